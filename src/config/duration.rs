//! Durations as people write them: `90 s`, `5 min`, `2 h`.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A duration of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(Duration);

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The duration.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl std::str::FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("`{text}` is not a duration like `90 s`, `5 min` or `2 h`: {why}");
        let duration = humantime::parse_duration(text).map_err(|e| wrong(e.to_string()))?;
        if duration.is_zero() { Err(wrong("it must be more than nothing".to_owned())) } else { Ok(Self(duration)) }
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("90 s", 90)]
    #[case("5 min", 300)]
    #[case("2 h", 7200)]
    #[case("1h 30min", 5400)]
    fn understood(#[case] text: &str, #[case] seconds: u64) {
        assert_eq!(text.parse::<Span>().unwrap(), Span::seconds(seconds));
    }

    #[rstest]
    #[case("90")]
    #[case("")]
    #[case("-1 s")]
    #[case("0 s")]
    #[case("soon")]
    fn refused(#[case] text: &str) {
        assert!(text.parse::<Span>().unwrap_err().contains("is not a duration"));
    }
}
