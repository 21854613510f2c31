//! A second log switch, so that the end of the window is in an archived log, and the list of the logs that recovery of
//! the snapshot needs: per thread without a gap, from BEGIN to past END.

use super::{begin::Begin, end::EndBackup};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::Scn,
    port::{Bind, Row, Rows, Statement},
    step::{
        World,
        params::{DbSite, SnapshotParams},
        sql as ask,
    },
    text::{Release, sql},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub struct NeededLogs(pub Arc<SnapshotParams>);

/// An archived log on the database's VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Thread.
    pub thread: u64,
    /// Sequence.
    pub sequence: u64,
    /// First SCN.
    pub first: Scn,
    /// First SCN of the next log.
    pub next: Scn,
    /// Bytes.
    pub bytes: u64,
    /// Its file.
    pub name: String,
}

impl Step<World> for NeededLogs {
    const KIND: &'static str = "needed_logs";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "a log switch leaves nothing to take back" };
    type Out = Vec<Log>;

    fn describe(&self) -> String {
        "archive the current log, list the logs that the snapshot needs".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Vec<Log>>, Fault> {
        let (begin, end) = (cx.out::<Begin>()?.scn, cx.out::<EndBackup>()?.scn);
        let release = self.0.release()?;
        let window = (self.0.surveyed.identity.resetlogs_change, begin, end);
        let batch = [sql::LOGS_ARCHIVE_CURRENT.at(release, &[])?, statement(release, window)?];
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &batch)?;
        let rows = rows.into_iter().nth(1).unwrap_or_default();
        Ok(Ran::Done(chosen(&rows, window.0, begin, end)?))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Vec<Log>>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Vec<Log>>) -> Result<(), Fault> {
        Ok(())
    }
}

/// RESETLOGS_CHANGE# of the incarnation, SCN of BEGIN and of END.
type Range = (Scn, Scn, Scn);

fn statement(release: Release, (incarnation, begin, end): Range) -> Result<Statement, Fault> {
    let wanted = [
        ("resetlogs_change", Bind::Number(incarnation.get())),
        ("begin_scn", Bind::Number(begin.get())),
        ("end_scn", Bind::Number(end.get())),
    ];
    sql::LOGS_NEEDED.at(release, &wanted)
}

/// The logs of a window that is over, as far as production has them still.
pub fn needed(world: &World, site: &DbSite, release: Release, window: Range) -> Result<Vec<Log>, Fault> {
    let rows = ask::ask(world, &ask::production(site), &[statement(release, window)?])?;
    chosen(&rows.into_iter().next().unwrap_or_default(), window.0, window.1, window.2)
}

/// One copy of each log of the incarnation (its sequence numbers may be those of an older branch, too), the first
/// destination that still has it; a log that is gone or a gap is a failure.
fn chosen(rows: &Rows, incarnation: Scn, begin: Scn, end: Scn) -> Result<Vec<Log>, Fault> {
    let mut logs: BTreeMap<(u64, u64), Option<Log>> = BTreeMap::new();
    for row in rows.iter() {
        if row.scn("RESETLOGS_CHANGE#")? != incarnation {
            continue;
        }
        let kept = logs.entry((row.number("THREAD#")?, row.number("SEQUENCE#")?)).or_default();
        if kept.is_none() && row.get("DELETED")? == Some("NO") && row.get("STATUS")? == Some("A") {
            *kept = log(row)?;
        }
    }
    let gone = logs.iter().find(|(_, log)| log.is_none()).map(|(key, _)| *key);
    if let Some((thread, sequence)) = gone {
        return Err(missing(format!("the archived log of thread {thread}, sequence {sequence} is deleted")));
    }
    let logs: Vec<Log> = logs.into_values().flatten().collect();
    whole(&logs, begin, end)?;
    Ok(logs)
}

fn log(row: Row<'_>) -> Result<Option<Log>, Fault> {
    let Some(name) = row.get("NAME")? else { return Ok(None) };
    Ok(Some(Log {
        thread: row.number("THREAD#")?,
        sequence: row.number("SEQUENCE#")?,
        first: row.scn("FIRST_CHANGE#")?,
        next: row.scn("NEXT_CHANGE#")?,
        bytes: row.number("BYTES")?,
        name: name.to_owned(),
    }))
}

fn whole(logs: &[Log], begin: Scn, end: Scn) -> Result<(), Fault> {
    if logs.is_empty() {
        return Err(missing(format!("no archived log holds the SCNs {begin} to {end}")));
    }
    let mut threads: BTreeMap<u64, Vec<&Log>> = BTreeMap::new();
    for log in logs {
        threads.entry(log.thread).or_default().push(log);
    }
    for (thread, logs) in threads {
        let gap = logs.windows(2).find(|pair| pair[1].first != pair[0].next);
        if let Some(pair) = gap {
            return Err(missing(format!("thread {thread} has a gap after sequence {}", pair[0].sequence)));
        }
        let (first, last) = (logs.first().map(|l| l.first), logs.last().map(|l| l.next));
        if first.is_none_or(|first| first > begin) || last.is_none_or(|last| last <= end) {
            return Err(missing(format!("the logs of thread {thread} do not reach from SCN {begin} past {end}")));
        }
    }
    Ok(())
}

fn missing(why: String) -> Fault {
    Fault::new(Kind::External, "LOG-001", format!("the snapshot would be of no use: {why}"))
        .hint("keep archived logs until the backup has them (RMAN deletion policy, cleanup jobs), then try again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// SCN of the RESETLOGS that made the current incarnation, and of the one before.
    const NOW: u64 = 50;
    const BEFORE: u64 = 1;

    /// Incarnation, sequence, first and next SCN, DELETED; all of thread 1.
    fn rows(list: &[(u64, u64, u64, u64, &str)]) -> Rows {
        let columns = [
            "THREAD#",
            "RESETLOGS_CHANGE#",
            "SEQUENCE#",
            "FIRST_CHANGE#",
            "NEXT_CHANGE#",
            "BYTES",
            "DELETED",
            "STATUS",
            "NAME",
        ];
        let row = |(incarnation, sequence, first, next, deleted): &(u64, u64, u64, u64, &str)| {
            let status = if *deleted == "NO" { "A" } else { "D" };
            let numbers = [&1, incarnation, sequence, first, next].map(|n| Some(n.to_string()));
            let rest = ["512", deleted, status, "/arch/x.dbf"].map(|t| Some(t.to_owned()));
            numbers.into_iter().chain(rest).collect()
        };
        Rows { columns: columns.map(str::to_owned).to_vec(), rows: list.iter().map(row).collect() }
    }

    #[rstest]
    #[case(&[(NOW, 7, 90, 110, "NO"), (NOW, 8, 110, 130, "NO")], None)]
    #[case(&[(NOW, 7, 90, 110, "YES"), (NOW, 7, 90, 110, "NO"), (NOW, 8, 110, 130, "NO")], None)]
    #[case(&[(NOW, 7, 90, 110, "NO"), (NOW, 8, 110, 130, "YES")], Some("sequence 8 is deleted"))]
    #[case(&[(NOW, 7, 90, 110, "NO"), (NOW, 9, 115, 130, "NO")], Some("gap after sequence 7"))]
    #[case(&[(NOW, 8, 110, 130, "NO")], Some("do not reach"))]
    #[case(&[(NOW, 7, 90, 110, "NO"), (NOW, 8, 110, 120, "NO")], Some("do not reach"))]
    #[case(&[], Some("no archived log"))]
    #[case::orphan_branch(
        &[(BEFORE, 7, 80, 105, "YES"), (BEFORE, 9, 105, 140, "NO"), (NOW, 7, 90, 110, "NO"), (NOW, 8, 110, 130, "NO")],
        None
    )]
    #[case::orphan_branch_alone(&[(BEFORE, 7, 90, 130, "NO")], Some("no archived log"))]
    fn logs_cover_the_window(#[case] list: &[(u64, u64, u64, u64, &str)], #[case] why: Option<&str>) {
        let found = chosen(&rows(list), Scn::new(NOW), Scn::new(100), Scn::new(120));
        match why {
            None => assert_eq!(found.unwrap().len(), 2),
            Some(why) => assert!(found.unwrap_err().message.contains(why)),
        }
    }
}
