//! V$ARCHIVED_LOG, V$ARCHIVE_DEST, V$RECOVERY_FILE_DEST, V$FLASHBACK_DATABASE_LOGFILE, V$BLOCK_CHANGE_TRACKING.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::ArchivedLog;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$ARCHIVED_LOG",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, NAME v513, DEST_ID n, THREAD# n, SEQUENCE# n, RESETLOGS_CHANGE# n, \
            RESETLOGS_TIME d, RESETLOGS_ID n, FIRST_CHANGE# n, FIRST_TIME d, NEXT_CHANGE# n, NEXT_TIME d, BLOCKS n, \
            BLOCK_SIZE n, CREATOR v7, REGISTRAR v7, STANDBY_DEST v3, ARCHIVED v3, APPLIED v9, DELETED v3, STATUS v1, \
            COMPLETION_TIME d, DICTIONARY_BEGIN v3, DICTIONARY_END v3, END_OF_REDO v3, BACKUP_COUNT n, \
            ARCHIVAL_THREAD# n, ACTIVATION# n, IS_RECOVERY_DEST_FILE v3, COMPRESSED v3, FAL v3, \
            END_OF_REDO_TYPE v10, BACKED_BY_VSS v3, CON_ID n +12",
        rows: |w| w.each(|d| d.archived.iter().map(archived).collect()),
    },
    View {
        name: "V$ARCHIVE_DEST",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "DEST_ID n, DEST_NAME v256, STATUS v9, BINDING v9, NAME_SPACE v7, TARGET v7 -12, TARGET v16 +12, \
            ARCHIVER v10, SCHEDULE v8, DESTINATION v256, LOG_SEQUENCE n, REOPEN_SECS n, DELAY_MINS n, \
            MAX_CONNECTIONS n, NET_TIMEOUT n, PROCESS v10, REGISTER v3, FAIL_DATE d, FAIL_SEQUENCE n, FAIL_BLOCK n, \
            FAILURE_COUNT n, MAX_FAILURE n, ERROR v256, ALTERNATE v256, DEPENDENCY v256, REMOTE_TEMPLATE v256, \
            QUOTA_SIZE n, QUOTA_USED n, MOUNTID n, TRANSMIT_MODE v12, ASYNC_BLOCKS n, AFFIRM v3, TYPE v7, \
            VALID_NOW v16, VALID_TYPE v15, VALID_ROLE v12, DB_UNIQUE_NAME v30, VERIFY v3, COMPRESSION v7, \
            APPLIED_SCN n, CON_ID n +12, ENCRYPTION v7 +12",
        rows: destinations,
    },
    View {
        name: "V$RECOVERY_FILE_DEST",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "NAME v513, SPACE_LIMIT n, SPACE_USED n, SPACE_RECLAIMABLE n, NUMBER_OF_FILES n, CON_ID n +12",
        rows: recovery_area,
    },
    View {
        name: "V$FLASHBACK_DATABASE_LOGFILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "NAME v513, LOG# n, THREAD# n, SEQUENCE# n, BYTES n, FIRST_CHANGE# n, FIRST_TIME d, TYPE v9, \
            CON_ID n +12",
        rows: |_| Vec::new(),
    },
    View {
        name: "V$BLOCK_CHANGE_TRACKING",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "STATUS v10, FILENAME v513, BYTES n, CON_ID n +12",
        rows: tracking,
    },
];

fn archived(a: &ArchivedLog) -> Row {
    let who = row![
        "RECID" => a.recid, "STAMP" => a.stamp, "NAME" => a.name.as_ref(), "DEST_ID" => a.dest_id,
        "THREAD#" => a.thread, "SEQUENCE#" => a.sequence, "RESETLOGS_CHANGE#" => a.resetlogs_change,
        "RESETLOGS_TIME" => date(a.resetlogs_time), "RESETLOGS_ID" => super::memory::stamp(a.resetlogs_time),
        "FIRST_CHANGE#" => a.first_change, "FIRST_TIME" => date(a.first_time), "NEXT_CHANGE#" => a.next_change,
        "NEXT_TIME" => date(a.next_time), "BLOCKS" => a.blocks, "BLOCK_SIZE" => a.block_size,
    ];
    let how = row![
        "CREATOR" => "ARCH", "REGISTRAR" => "ARCH", "STANDBY_DEST" => "NO", "ARCHIVED" => a.archived,
        "APPLIED" => "NO", "DELETED" => a.deleted, "STATUS" => a.status, "COMPLETION_TIME" => date(a.completion_time),
        "DICTIONARY_BEGIN" => "NO", "DICTIONARY_END" => "NO", "END_OF_REDO" => "NO", "BACKUP_COUNT" => 0,
        "ARCHIVAL_THREAD#" => a.thread, "IS_RECOVERY_DEST_FILE" => "NO", "COMPRESSED" => "NO", "FAL" => "NO",
        "BACKED_BY_VSS" => "NO",
    ];
    [who, how].concat()
}

/// A parameter's value in force.
fn parameter<'a>(w: &'a World<'_>, name: &str) -> Option<&'a str> {
    let of = |list: &'a [(String, String)]| list.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    of(w.changed).or_else(|| of(&w.facts.parameters)).filter(|v| !v.is_empty())
}

/// `LOCATION=/u01/arch MANDATORY` without its attributes.
fn location(value: &str) -> Option<&str> {
    let word = value.split_whitespace().next()?;
    let (key, path) = word.split_once('=')?;
    key.eq_ignore_ascii_case("location").then(|| path.trim_matches(['"', '\'']))
}

fn destinations(w: &World<'_>) -> Vec<Row> {
    (1..=31).map(|n| destination(w, n)).collect()
}

fn destination(w: &World<'_>, n: u32) -> Row {
    let value = parameter(w, &format!("log_archive_dest_{n}")).or_else(|| legacy(w, n));
    let place = value.map(|v| location(v).unwrap_or(v));
    let deferred =
        parameter(w, &format!("log_archive_dest_state_{n}")).is_some_and(|s| s.eq_ignore_ascii_case("defer"));
    let mandatory = value.is_some_and(|v| v.to_uppercase().contains("MANDATORY"));
    let last = w.database().and_then(|d| d.archived.iter().filter(|a| a.dest_id == n).map(|a| a.sequence).max());
    let status = match place {
        None => "INACTIVE",
        Some(_) if deferred => "DEFERRED",
        Some(_) => "VALID",
    };
    row![
        "DEST_ID" => n, "DEST_NAME" => format!("LOG_ARCHIVE_DEST_{n}"), "STATUS" => status,
        "BINDING" => if mandatory { "MANDATORY" } else { "OPTIONAL" }, "NAME_SPACE" => "SYSTEM",
        "TARGET" => "PRIMARY", "ARCHIVER" => "ARCH", "SCHEDULE" => if place.is_some() { "ACTIVE" } else { "INACTIVE" },
        "DESTINATION" => place, "LOG_SEQUENCE" => last.unwrap_or(0), "REOPEN_SECS" => if place.is_some() { 300 } else { 0 },
        "DELAY_MINS" => 0, "MAX_CONNECTIONS" => 1, "NET_TIMEOUT" => 0, "PROCESS" => "ARCH", "REGISTER" => true,
        "FAIL_SEQUENCE" => 0, "FAIL_BLOCK" => 0, "FAILURE_COUNT" => 0, "MAX_FAILURE" => 0, "ALTERNATE" => "NONE",
        "DEPENDENCY" => "NONE", "REMOTE_TEMPLATE" => "NONE", "QUOTA_SIZE" => 0, "QUOTA_USED" => 0, "MOUNTID" => 0,
        "TRANSMIT_MODE" => "SYNCHRONOUS", "ASYNC_BLOCKS" => 0, "AFFIRM" => "NO", "TYPE" => "PUBLIC",
        "VALID_NOW" => if status == "VALID" { "YES" } else { "UNKNOWN" }, "VALID_TYPE" => "ALL_LOGFILES",
        "VALID_ROLE" => "ALL_ROLES", "DB_UNIQUE_NAME" => "NONE", "VERIFY" => "NO", "COMPRESSION" => "DISABLE",
        "ENCRYPTION" => "DISABLE", "APPLIED_SCN" => 0,
    ]
}

/// LOG_ARCHIVE_DEST of old stands for destination 1.
fn legacy<'a>(w: &'a World<'_>, n: u32) -> Option<&'a str> {
    if n == 1 { parameter(w, "log_archive_dest") } else { None }
}

fn recovery_area(w: &World<'_>) -> Vec<Row> {
    let Some(name) = parameter(w, "db_recovery_file_dest") else { return Vec::new() };
    let limit = parameter(w, "db_recovery_file_dest_size").and_then(super::memory::bytes).unwrap_or(0);
    let inside = |a: &&ArchivedLog| !a.deleted && a.name.as_ref().is_some_and(|n| n.starts_with(name));
    let (mut used, mut files) = (0, 0);
    for log in w.database().map_or(&[][..], |d| &d.archived).iter().filter(inside) {
        used += log.blocks * u64::from(log.block_size);
        files += 1;
    }
    vec![row![
        "NAME" => name, "SPACE_LIMIT" => limit, "SPACE_USED" => used, "SPACE_RECLAIMABLE" => 0,
        "NUMBER_OF_FILES" => files,
    ]]
}

fn tracking(w: &World<'_>) -> Vec<Row> {
    let one = |file: Option<&std::path::PathBuf>| {
        row![
            "STATUS" => if file.is_some() { "ENABLED" } else { "DISABLED" }, "FILENAME" => file,
            "BYTES" => file.map(|_| 11_599_872),
        ]
    };
    w.each(|d| vec![one(d.tracking.as_ref())])
}

#[cfg(test)]
mod tests {
    #[rstest::rstest]
    #[case("LOCATION=/u01/arch", Some("/u01/arch"))]
    #[case("location=\"/u01/a\" mandatory reopen=60", Some("/u01/a"))]
    #[case("SERVICE=stby", None)]
    fn a_destination_is_its_location(#[case] value: &str, #[case] want: Option<&str>) {
        assert_eq!(super::location(value), want);
    }
}
