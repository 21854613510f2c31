//! The release of a database, as far as text depends on it.

use crate::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// `major.minor` of a database: 11.2, 12.1, 12.2, 18.0, 19.0 …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release {
    /// First number.
    pub major: u16,
    /// Second number.
    pub minor: u16,
}

impl Release {
    /// The oldest release that is served.
    pub const OLDEST: Self = Self::new(11, 2);

    /// A release.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Whether containers and SYSBACKUP exist (12.1: Administrator's Guide, "Administrative Privileges").
    #[must_use]
    pub fn has_containers(self) -> bool {
        self >= Self::new(12, 1)
    }

    /// Whether SQL*Plus knows SET MARKUP CSV (12.2: SQL*Plus User's Guide, "New Features").
    #[must_use]
    pub fn has_csv(self) -> bool {
        self >= Self::new(12, 2)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Release {
    type Err = Fault;

    /// Reads the first two numbers of V$INSTANCE.VERSION (`19.0.0.0.0`, `11.2.0.4.0`).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let mut parts = text.trim().splitn(3, '.').map(str::parse::<u16>);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self::new(major, minor)),
            _ => Err(Fault::new(Kind::External, "SQL-006", format!("`{text}` is not a database release"))),
        }
    }
}

impl TryFrom<String> for Release {
    type Error = Fault;
    fn try_from(text: String) -> Result<Self, Fault> {
        text.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> String {
        release.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("11.2.0.4.0", 11, 2)]
    #[case("19.0.0.0.0", 19, 0)]
    #[case("23.0", 23, 0)]
    fn reads_versions(#[case] text: &str, #[case] major: u16, #[case] minor: u16) {
        assert_eq!(text.parse::<Release>().unwrap(), Release::new(major, minor));
    }

    #[rstest]
    #[case("")]
    #[case("19")]
    #[case("x.y")]
    fn refuses_others(#[case] text: &str) {
        assert!(text.parse::<Release>().is_err());
    }
}
