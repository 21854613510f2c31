//! Where a recovery ends: what was typed, and what it means for RECOVER.

use super::moment;
use crate::{
    fault::{Fault, Kind},
    model::Scn,
};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

/// `--to …` as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// `latest`: every committed transaction.
    Latest,
    /// `time=…`: the moment, with its offset.
    Time(DateTime<FixedOffset>),
    /// `scn=N`: changes below N.
    Scn(Scn),
    /// `snapshot=ID`: as the snapshot was when its backup mode ended.
    Snapshot(String),
}

impl To {
    /// Reads `latest`, `time=…`, `scn=…` or `snapshot=…`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text.split_once('=') {
            None if text == "latest" => Ok(Self::Latest),
            Some(("time", moment)) => moment::parse(moment).map(Self::Time),
            Some(("scn", number)) => {
                let scn = number.parse().map(Scn::new);
                scn.map(Self::Scn).map_err(|_| bad(format!("`{number}` is no SCN")))
            }
            Some(("snapshot", id)) if !id.is_empty() => Ok(Self::Snapshot(id.to_owned())),
            _ => Err(bad(format!("`{text}` is no target"))),
        }
    }
}

fn bad(why: String) -> Fault {
    Fault::new(Kind::User, "REC-003", why)
        .hint("--to takes latest, time=2026-11-21T20:45:12+01:00, scn=123456 or snapshot=ID")
}

/// What RECOVER is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Until {
    /// Everything there is.
    Complete,
    /// UNTIL CHANGE n: changes below n.
    Change(Scn),
    /// UNTIL TIME: `YYYY-MM-DD:HH24:MI:SS` in the time zone of the database's host.
    Time(String),
}

impl Until {
    /// Whether OPEN RESETLOGS must follow: after every incomplete recovery (Error Messages: ORA-01589).
    #[must_use]
    pub fn needs_resetlogs(&self) -> bool {
        *self != Self::Complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("latest", To::Latest)]
    #[case("scn=42", To::Scn(Scn::new(42)))]
    #[case("snapshot=ORCL-2026", To::Snapshot("ORCL-2026".into()))]
    fn targets(#[case] text: &str, #[case] to: To) {
        assert_eq!(To::parse(text).unwrap(), to);
    }

    #[rstest]
    #[case("")]
    #[case("now")]
    #[case("scn=-1")]
    #[case("scn=1e9")]
    #[case("snapshot=")]
    #[case("time=")]
    #[case("time=yesterday")]
    fn what_is_no_target_says_what_is(#[case] text: &str) {
        let fault = To::parse(text).unwrap_err();
        assert!(fault.kind == Kind::User && !fault.hints.is_empty(), "{fault:?}");
    }
}
