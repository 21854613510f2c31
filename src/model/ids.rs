//! Names with a checked alphabet, so that no hostile text gets as far as a shell or a manager.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A name that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{given}` is not valid: {why}")]
pub struct BadName {
    /// What the name was meant to be ("database name", …).
    pub what: &'static str,
    /// The text as given.
    pub given: String,
    /// The rule it breaks.
    pub why: &'static str,
}

macro_rules! checked_name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and wraps it.
            pub fn new(text: &str) -> Result<Self, BadName> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                match check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(why) => Err(BadName { what: $what, given: text.to_owned(), why }),
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                Self::new(text)
            }
        }
    };
}

checked_name!(
    /// A database as the configuration names it: letters, digits and `_`, first a letter, at most 30.
    DbName, "database name",
    |t| match () {
        () if t.len() > 30 => Err("more than 30 characters"),
        () if !t.starts_with(|c: char| c.is_ascii_alphabetic()) => Err("it must begin with a letter"),
        () if !t.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => Err("only letters, digits and _ are allowed"),
        () => Ok(()),
    }
);

checked_name!(
    /// A host as the configuration names it (a key of `[hosts]`, or `manager`).
    HostName, "host name",
    |t| match () {
        () if t.is_empty() || t.len() > 63 => Err("it must have 1 to 63 characters"),
        () if !t.starts_with(|c: char| c.is_ascii_alphanumeric()) => Err("it must begin with a letter or digit"),
        () if !t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) => {
            Err("only letters, digits, _ - and . are allowed")
        }
        () => Ok(()),
    }
);

checked_name!(
    /// The manager's id of an object: hexadecimal, `.img`/`.iso` endings, and for servers colons.
    ObjectId, "object id",
    |t| match () {
        () if t.is_empty() || t.len() > 80 => Err("it must have 1 to 80 characters"),
        () if !t.starts_with(|c: char| c.is_ascii_alphanumeric()) => Err("it must begin with a letter or digit"),
        () if !t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-')) => {
            Err("only letters, digits, . : _ and - are allowed")
        }
        () => Ok(()),
    }
);

checked_name!(
    /// `<DB>-<UTC yyyymmddThhmmss>-<4 hex>`; snapshots have the id of the run that made them.
    RunId, "run id", check_run_id
);

fn check_run_id(text: &str) -> Result<(), &'static str> {
    let mut parts = text.splitn(3, '-');
    let (Some(db), Some(time), Some(hex)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("it must look like ORCL-20261121T204512-4f2a");
    };
    DbName::new(db).map_err(|_| "it does not begin with a database name")?;
    let digits = |s: &str| s.len() == s.chars().filter(char::is_ascii_digit).count();
    let shaped = time.len() == 15 && time.as_bytes()[8] == b'T';
    if !shaped || !digits(&time[..8]) || !digits(&time[9..]) {
        return Err("its time is not yyyymmddThhmmss");
    }
    if hex.len() != 4 || !hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)) {
        return Err("its last part is not four hexadecimal digits");
    }
    Ok(())
}

impl RunId {
    /// The id of a run of `db` that begins at `at`; `salt` keeps two of one second apart.
    #[must_use]
    pub fn make(db: &DbName, at: DateTime<Utc>, salt: u16) -> Self {
        Self(format!("{db}-{}-{salt:04x}", at.format("%Y%m%dT%H%M%S")))
    }

    /// The database it is of.
    #[must_use]
    pub fn database(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The digits of its time (`yyyymmddhhmmss`) and its four hexadecimal digits.
    #[must_use]
    pub fn stamp(&self) -> (String, &str) {
        let mut parts = self.0.splitn(3, '-').skip(1);
        let time = parts.next().unwrap_or_default().replace('T', "");
        (time, parts.next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ORCL-20261121T204512-4f2a", true)]
    #[case("ORCL-20261121T204512-4F2A", false)]
    #[case("ORCL-20261121204512-4f2a", false)]
    #[case("1RCL-20261121T204512-4f2a", false)]
    #[case("ORCL", false)]
    #[case("ORCL-2026é121T20451-4f2a", false)]
    fn run_ids(#[case] text: &str, #[case] good: bool) {
        assert_eq!(RunId::new(text).is_ok(), good, "{text}");
    }

    #[rstest]
    #[case("a;b")]
    #[case("$(id)")]
    #[case("-rf")]
    #[case("a\nb")]
    #[case("")]
    fn hostile_host_names(#[case] text: &str) {
        assert!(HostName::new(text).is_err());
    }
}
