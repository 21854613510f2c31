//! What a drill is started with.

use crate::{
    fault::{Fault, Kind},
    model::Scn,
    step::{files::Moved, params::CloneParams},
    text::check::Check,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// Parameters of a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrillParams {
    /// The copy on the media host.
    pub clone: CloneParams,
    /// How far it is recovered, as typed.
    pub goal: Goal,
    /// The same as an SCN: changes below it.
    pub until: Scn,
    /// CHANGE# at BEGIN BACKUP.
    pub begin_scn: Scn,
    /// When the window ended.
    pub ended_at: DateTime<Utc>,
    /// The site's own checks.
    pub checks: Vec<Check>,
    /// The kept control file of type BACKUP; records of before have no digest of it.
    pub backup_control: Option<Moved>,
    /// Whether this is a lab.
    pub simulated: bool,
}

/// How far a copy is recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Through END BACKUP.
    End,
    /// As far as the kept logs go.
    LatestKept,
    /// Changes below this one.
    Scn(Scn),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("end"),
            Self::LatestKept => f.write_str("latest-kept"),
            Self::Scn(scn) => write!(f, "scn={scn}"),
        }
    }
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("scn=")) {
            ("end", _) => Ok(Self::End),
            ("latest-kept", _) => Ok(Self::LatestKept),
            (_, Some(scn)) => scn.parse().map(Self::Scn).map_err(|error| format!("{error}")),
            _ => Err("latest-kept, end or scn=N".to_owned()),
        }
    }
}

impl Goal {
    /// The SCN that recovery stops below: behind END BACKUP, and not behind the kept logs.
    pub fn until(self, p: &CloneParams) -> Result<Scn, Fault> {
        let (first, last) = (p.end_scn.next(), p.logs.iter().map(|log| log.next).max().unwrap_or_default());
        match self {
            Self::End => Ok(first),
            Self::LatestKept => Ok(last.max(first)),
            Self::Scn(scn) if scn < first => {
                Err(outside(format!("scn={scn} is not behind END BACKUP at SCN {} of {}", p.end_scn, p.snapshot)).hint(
                    format!("changes below the target are applied: scn={first} is the first that can be reached"),
                ))
            }
            Self::Scn(scn) if scn > last => {
                Err(outside(format!("the kept logs of {} end below scn={scn}: they reach scn={last}", p.snapshot))
                    .hint("--to latest-kept takes all of them"))
            }
            Self::Scn(scn) => Ok(scn),
        }
    }
}

fn outside(text: String) -> Fault {
    Fault::new(Kind::User, "DRL-002", text)
}

impl DrillParams {
    /// With a STANDBY control file first, where the site has one; then with the BACKUP one.
    #[must_use]
    pub fn attempts(&self) -> Vec<Arc<CloneParams>> {
        let mut attempts = vec![Arc::new(self.clone.clone())];
        if self.clone.media.standby {
            let mut backup = self.clone.clone();
            backup.media.standby = false;
            backup.control = self.backup_control.clone();
            attempts.push(Arc::new(backup));
        }
        attempts
    }
}

/// The kind of control file of an attempt: its key.
#[must_use]
pub fn kind(p: &CloneParams) -> String {
    if p.media.standby { "standby" } else { "backup" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::{KeptLog, testing::offload};
    use rstest::rstest;

    fn params() -> CloneParams {
        let mut p = offload();
        p.end_scn = Scn::new(2000);
        let moved = Moved { bytes: 1, sha256: String::new() };
        let (first, next) = (Scn::new(900), Scn::new(2100));
        p.logs = vec![KeptLog { thread: 1, sequence: 7, first, next, file: "1_7.arc".into(), moved }];
        p
    }

    /// UNTIL CHANGE n means changes below n (law 15).
    #[rstest]
    #[case("end", Ok(2001))]
    #[case("latest-kept", Ok(2100))]
    #[case("scn=2001", Ok(2001))]
    #[case("scn=2100", Ok(2100))]
    #[case("scn=2000", Err("not behind END BACKUP at SCN 2000"))]
    #[case("scn=2101", Err("they reach scn=2100"))]
    fn targets(#[case] text: &str, #[case] until: Result<u64, &str>) {
        let goal: Goal = text.parse().unwrap();
        assert_eq!(goal.to_string(), text);
        match (goal.until(&params()), until) {
            (Ok(scn), Ok(wanted)) => assert_eq!(scn, Scn::new(wanted)),
            (Err(fault), Err(why)) => assert!(fault.message.contains(why), "{fault}"),
            (got, wanted) => panic!("{got:?}, not {wanted:?}"),
        }
    }

    #[rstest]
    #[case("latest")]
    #[case("scn=x")]
    #[case("")]
    fn other_words_are_no_target(#[case] text: &str) {
        assert!(text.parse::<Goal>().is_err());
    }
}
