//! What `sh/guard_probe.tera` and `sh/guard_disarm.tera` print, read back.

use crate::{
    fault::{Fault, Kind},
    model::Scn,
};
use serde::{Deserialize, Serialize};

/// Who ended the guard's watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// It was disarmed.
    Disarm,
    /// Its deadline passed and it went to work.
    Fire,
}

/// The guard as it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardReport {
    /// Whether its process lives.
    pub alive: bool,
    /// Seconds of /proc/uptime at the look.
    pub uptime: u64,
    /// Seconds of /proc/uptime at which it acts; none where it did not get that far.
    pub deadline: Option<u64>,
    /// None while it watches.
    pub decided: Option<Decided>,
    /// `disarmed`, `ended`, `stuck`, `unanswered`; none before its end.
    pub result: Option<String>,
    /// Files and the CHANGE# that the BEGIN call spooled.
    pub begun: Vec<(u32, Scn)>,
    /// Its log.
    pub log: Vec<String>,
}

/// The report, or `None` where no guard was ever armed. A text without its end line is not believed.
pub fn read(text: &str) -> Result<Option<GuardReport>, Fault> {
    let refuse = |why: &str| {
        Fault::new(Kind::External, "GRD-001", format!("the guard's report was not understood: {why}")).printed(text)
    };
    let lines: Vec<&str> = text.lines().collect();
    let Some(("end", lines)) = lines.split_last().map(|(last, rest)| (last.trim(), rest)) else {
        return Err(refuse("it has no end"));
    };
    if lines == ["absent"] {
        return Ok(None);
    }
    let mut report = GuardReport::default();
    for line in lines {
        take(&mut report, line).ok_or_else(|| refuse(line))?;
    }
    Ok(Some(report))
}

fn take(report: &mut GuardReport, line: &str) -> Option<()> {
    let (key, value) = line.split_once(' ').unwrap_or((line, ""));
    match (key, value) {
        ("alive", "yes" | "no") => report.alive = value == "yes",
        ("uptime", _) => report.uptime = value.parse().ok()?,
        ("deadline", _) => report.deadline = Some(value.parse().ok()?),
        ("decided", "disarm") => report.decided = Some(Decided::Disarm),
        ("decided", "fire") => report.decided = Some(Decided::Fire),
        ("result", _) => report.result = Some(value.to_owned()),
        ("begun", _) => {
            let (file, change) = value.split_once(' ')?;
            report.begun.push((file.parse().ok()?, change.parse().ok()?));
        }
        ("log", _) => report.log.push(value.to_owned()),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_report() {
        let text = "alive no\nuptime 120\ndeadline 110\ndecided fire\nresult ended\nbegun 3 9007199254740993\n\
                    log 2026-11-21T20:45:12Z up=110 END BACKUP for 1 files\nlog \nend\n";
        let report = read(text).unwrap().unwrap();
        assert_eq!((report.alive, report.deadline, report.decided), (false, Some(110), Some(Decided::Fire)));
        assert_eq!(report.begun, [(3, Scn::new(9_007_199_254_740_993))]);
        assert_eq!((report.result.as_deref(), report.log.len()), (Some("ended"), 2));
        assert_eq!(read("absent\nend\n").unwrap(), None);
    }

    #[rstest]
    #[case("")]
    #[case("alive yes\nuptime 1\n")]
    #[case("alive perhaps\nend\n")]
    #[case("something else\nend\n")]
    #[case("begun 3\nend\n")]
    fn not_believed(#[case] text: &str) {
        assert_eq!(read(text).unwrap_err().code, "GRD-001");
    }
}
