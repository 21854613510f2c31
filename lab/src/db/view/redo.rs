//! V$LOG, V$LOGFILE, V$STANDBY_LOG, V$LOG_HISTORY.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::LogGroup;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$LOG",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "GROUP# n, THREAD# n, SEQUENCE# n, BYTES n, BLOCKSIZE n, MEMBERS n, ARCHIVED v3, STATUS v16, \
            FIRST_CHANGE# n, FIRST_TIME d, NEXT_CHANGE# n, NEXT_TIME d, CON_ID n +12",
        rows: logs,
    },
    View {
        name: "V$LOGFILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "GROUP# n, STATUS v7, TYPE v7, MEMBER v513, IS_RECOVERY_DEST_FILE v3, CON_ID n +12",
        rows: |w| w.each(|d| d.logs.iter().flat_map(members).collect()),
    },
    View {
        name: "V$STANDBY_LOG",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "GROUP# n, DBID v40, THREAD# n, SEQUENCE# n, BYTES n, BLOCKSIZE n, USED n, ARCHIVED v3, \
            STATUS v10, FIRST_CHANGE# n, FIRST_TIME d, NEXT_CHANGE# n, NEXT_TIME d, LAST_CHANGE# n, LAST_TIME d, \
            CON_ID n +12",
        rows: |_| Vec::new(),
    },
    View {
        name: "V$LOG_HISTORY",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, THREAD# n, SEQUENCE# n, FIRST_CHANGE# n, FIRST_TIME d, NEXT_CHANGE# n, \
            RESETLOGS_CHANGE# n, RESETLOGS_TIME d, CON_ID n +12",
        rows: history,
    },
];

/// NEXT_CHANGE# of the current log: the greatest SCN of the release's format. From 12.2 on Oracle shows
/// 9295429630892703743, which passes 63 bits; the lab's numbers are 63 bits wide, so it shows 2^63 - 1 there.
const fn no_end(release: Oracle) -> i64 {
    match release {
        Oracle::V11_2 => 281_474_976_710_655,
        Oracle::V12_2 | Oracle::V19 | Oracle::V23 => i64::MAX,
    }
}

fn logs(w: &World<'_>) -> Vec<Row> {
    w.each(|d| d.logs.iter().map(|log| group(log, &d.logs, no_end(w.release))).collect())
}

fn group(log: &LogGroup, all: &[LogGroup], no_end: i64) -> Row {
    let next = all.iter().find(|l| l.sequence == log.sequence + 1 && l.thread == log.thread && log.sequence > 0);
    row![
        "GROUP#" => log.group, "THREAD#" => log.thread, "SEQUENCE#" => log.sequence, "BYTES" => log.bytes,
        "BLOCKSIZE" => 512, "MEMBERS" => log.members.len(), "ARCHIVED" => log.archived, "STATUS" => &log.status,
        "FIRST_CHANGE#" => log.first_change, "FIRST_TIME" => date(log.first_time),
        "NEXT_CHANGE#" => next.map_or(if log.status == "UNUSED" { 0 } else { no_end }, |n| n.first_change.cast_signed()),
        "NEXT_TIME" => next.map_or(super::Cell::Null, |n| date(n.first_time)),
    ]
}

fn members(log: &LogGroup) -> Vec<Row> {
    let one = |member: &std::path::PathBuf| row!["GROUP#" => log.group, "TYPE" => "ONLINE", "MEMBER" => member, "IS_RECOVERY_DEST_FILE" => "NO"];
    log.members.iter().map(one).collect()
}

fn history(w: &World<'_>) -> Vec<Row> {
    let mut rows = w.each(|d| d.archived.clone());
    rows.sort_by_key(|a| (a.resetlogs_change, a.thread, a.sequence));
    rows.dedup_by_key(|a| (a.resetlogs_change, a.thread, a.sequence));
    let one = |(n, a): (usize, &crate::db::api::ArchivedLog)| {
        row![
            "RECID" => n + 1, "STAMP" => a.stamp, "THREAD#" => a.thread, "SEQUENCE#" => a.sequence,
            "FIRST_CHANGE#" => a.first_change, "FIRST_TIME" => date(a.first_time), "NEXT_CHANGE#" => a.next_change,
            "RESETLOGS_CHANGE#" => a.resetlogs_change, "RESETLOGS_TIME" => date(a.resetlogs_time),
        ]
    };
    rows.iter().enumerate().map(one).collect()
}
