//! ORASBT_SIM_ERROR: makes one call of the test library fail on purpose (reference 3.2).

/// The call that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SimError {
    Init,
    Backup,
    Write,
    Close,
    Restore,
    Read,
    Info,
}

impl SimError {
    /// From the variable's value, with or without the API's 2 at the end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_lowercase().trim_end_matches('2') {
            "sbtinit" => Self::Init,
            "sbtbackup" => Self::Backup,
            "sbtwrite" => Self::Write,
            "sbtclose" => Self::Close,
            "sbtrestore" => Self::Restore,
            "sbtread" => Self::Read,
            "sbtinfo" => Self::Info,
            _ => return None,
        })
    }
}
