//! System change numbers. They pass 2^53, so JSON carries them as strings.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An Oracle system change number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(try_from = "String", into = "String")]
pub struct Scn(u64);

/// A text that is no SCN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an SCN")]
pub struct BadScn(String);

impl Scn {
    /// Wraps a number.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next SCN: `UNTIL CHANGE n` recovers through n - 1, so "through this one" is `UNTIL CHANGE next`.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Scn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Scn {
    type Err = BadScn;
    fn from_str(text: &str) -> Result<Self, BadScn> {
        let text = text.trim();
        text.parse().map(Self).map_err(|_| BadScn(text.to_owned()))
    }
}

impl TryFrom<String> for Scn {
    type Error = BadScn;
    fn try_from(text: String) -> Result<Self, BadScn> {
        text.parse()
    }
}

impl From<Scn> for String {
    fn from(scn: Scn) -> String {
        scn.to_string()
    }
}
