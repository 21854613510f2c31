//! RMAN's error stacks (Backup and Recovery User's Guide, "Troubleshooting RMAN Operations": the frame RMAN-00571/00569 stands
//! once per stack, the vendor's words follow ORA-19511 indented by three blanks).

use crate::db::api::OraError;

/// The frame line.
const RULE: &str = "===========================================================";

/// Why a command did not do it: the lines as they are printed, without the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `RMAN-…: …`, `ORA-…: …` or vendor text.
    pub lines: Vec<String>,
    /// Whether the channel itself is to blame: its job may run on another one.
    pub channel: bool,
}

impl Failure {
    /// One RMAN line.
    pub fn rman(code: u32, text: impl AsRef<str>) -> Self {
        Self { lines: vec![format!("RMAN-{code:05}: {}", text.as_ref())], channel: false }
    }

    /// One ORA line.
    pub fn ora(code: u32, text: impl AsRef<str>) -> Self {
        Self { lines: vec![format!("ORA-{code:05}: {}", text.as_ref())], channel: false }
    }

    /// With one more ORA line.
    #[must_use]
    pub fn and(mut self, code: u32, text: impl AsRef<str>) -> Self {
        self.lines.push(format!("ORA-{code:05}: {}", text.as_ref()));
        self
    }

    /// With one more RMAN line.
    #[must_use]
    pub fn and_rman(mut self, code: u32, text: impl AsRef<str>) -> Self {
        self.lines.push(format!("RMAN-{code:05}: {}", text.as_ref()));
        self
    }

    /// With one more line as it is.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.lines.push(text.into());
        self
    }

    /// One that may be tried on another channel.
    #[must_use]
    pub const fn of_channel(mut self) -> Self {
        self.channel = true;
        self
    }

    /// Below another line.
    #[must_use]
    pub fn under(mut self, line: String) -> Self {
        self.lines.insert(0, line);
        self
    }

    /// Whether a code is among the lines (`ORA-19566`).
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(code))
    }

    /// Whether the first line already says which command failed.
    fn headed(&self) -> bool {
        ["RMAN-03002", "RMAN-03009", "RMAN-00558", "RMAN-00601"].iter().any(|code| self.lines[0].starts_with(code))
    }

    /// Below `RMAN-03002: failure of … command at …` unless it has such a line.
    #[must_use]
    pub fn of_command(self, command: &str, at: &str) -> Self {
        if self.headed() { self } else { self.under(format!("RMAN-03002: failure of {command} command at {at}")) }
    }

    /// Below `RMAN-03009: failure of … command on … channel at …`.
    #[must_use]
    pub fn on_channel(self, command: &str, channel: &str, at: &str) -> Self {
        if self.headed() {
            return self;
        }
        self.under(format!("RMAN-03009: failure of {command} command on {channel} channel at {at}"))
    }

    /// With its frame, as printed.
    #[must_use]
    pub fn framed(&self) -> Vec<String> {
        let mut lines = vec![
            format!("RMAN-00571: {RULE}"),
            "RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============".to_owned(),
            format!("RMAN-00571: {RULE}"),
        ];
        lines.extend(self.lines.iter().cloned());
        lines
    }
}

impl From<OraError> for Failure {
    fn from(error: OraError) -> Self {
        let lines = error.lines.iter().map(|(code, text)| format!("ORA-{code:05}: {text}")).collect();
        Self { lines, channel: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_stands_once_and_the_head_is_not_doubled() {
        let failure = Failure::ora(19506, "failed").on_channel("backup", "t1", "09/19/2017 10:04:51");
        let printed = failure.of_command("backup", "never").framed();
        assert_eq!(printed.len(), 5);
        assert_eq!(printed[3], "RMAN-03009: failure of backup command on t1 channel at 09/19/2017 10:04:51");
        assert_eq!(printed[4], "ORA-19506: failed");
    }
}
