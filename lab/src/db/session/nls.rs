//! A session's language settings.

use serde::{Deserialize, Serialize};

/// The formats in force in a session (Database Globalization Support Guide, "Setting Up a Globalization Support
/// Environment"): defaults of AMERICA, then the client's NLS_* environment, then ALTER SESSION.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nls {
    /// NLS_DATE_FORMAT
    pub date: String,
    /// NLS_TIMESTAMP_TZ_FORMAT
    pub stamp: String,
}

impl Default for Nls {
    fn default() -> Self {
        Self { date: "DD-MON-RR".into(), stamp: "DD-MON-RR HH.MI.SSXFF AM TZR".into() }
    }
}

impl Nls {
    /// From the client's environment.
    #[must_use]
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut nls = Self::default();
        for name in ["NLS_DATE_FORMAT", "NLS_TIMESTAMP_TZ_FORMAT"] {
            if let Some(value) = get(name).filter(|v| !v.is_empty()) {
                nls.set(name, &value);
            }
        }
        nls
    }

    /// Sets one; false when the name is not an NLS setting that the lab acts on.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        match name {
            "NLS_DATE_FORMAT" => value.clone_into(&mut self.date),
            "NLS_TIMESTAMP_TZ_FORMAT" => value.clone_into(&mut self.stamp),
            _ => return false,
        }
        true
    }
}
