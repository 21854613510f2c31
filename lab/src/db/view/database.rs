//! V$DATABASE, V$DATABASE_INCARNATION, V$THREAD, V$CONTROLFILE, V$TABLESPACE.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::{ControlType, Database, Incarnation};
use std::collections::BTreeMap;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$DATABASE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "DBID n, NAME v9, CREATED d, RESETLOGS_CHANGE# n, RESETLOGS_TIME d, PRIOR_RESETLOGS_CHANGE# n, \
            PRIOR_RESETLOGS_TIME d, LOG_MODE v12, CHECKPOINT_CHANGE# n, ARCHIVE_CHANGE# n, CONTROLFILE_TYPE v7, \
            CONTROLFILE_CREATED d, CONTROLFILE_SEQUENCE# n, CONTROLFILE_CHANGE# n, CONTROLFILE_TIME d, \
            OPEN_RESETLOGS v11, VERSION_TIME d, OPEN_MODE v20, PROTECTION_MODE v20, PROTECTION_LEVEL v20, \
            REMOTE_ARCHIVE v8, ACTIVATION# n, SWITCHOVER# n, DATABASE_ROLE v16, ARCHIVELOG_CHANGE# n, \
            ARCHIVELOG_COMPRESSION v8, SWITCHOVER_STATUS v20, DATAGUARD_BROKER v8, GUARD_STATUS v7, \
            SUPPLEMENTAL_LOG_DATA_MIN v8, SUPPLEMENTAL_LOG_DATA_PK v3, SUPPLEMENTAL_LOG_DATA_UI v3, \
            FORCE_LOGGING v3 -12, FORCE_LOGGING v39 +12, PLATFORM_ID n, PLATFORM_NAME v101, \
            RECOVERY_TARGET_INCARNATION# n, LAST_OPEN_INCARNATION# n, CURRENT_SCN n, FLASHBACK_ON v18, \
            SUPPLEMENTAL_LOG_DATA_FK v3, SUPPLEMENTAL_LOG_DATA_ALL v3, DB_UNIQUE_NAME v30, \
            STANDBY_BECAME_PRIMARY_SCN n, FS_FAILOVER_MODE v19 +19, FS_FAILOVER_STATUS v22, \
            FS_FAILOVER_CURRENT_TARGET v30, FS_FAILOVER_THRESHOLD n, FS_FAILOVER_OBSERVER_PRESENT v7, \
            FS_FAILOVER_OBSERVER_HOST v512, CONTROLFILE_CONVERTED v3, PRIMARY_DB_UNIQUE_NAME v30, \
            SUPPLEMENTAL_LOG_DATA_PL v3, MIN_REQUIRED_CAPTURE_CHANGE# n, CDB v3 +12, CON_ID n +12, \
            PENDING_ROLE_CHANGE_TASKS v512 +12, CON_DBID n +12, FORCE_FULL_DB_CACHING v3 +12, \
            SUPPLEMENTAL_LOG_DATA_SR v3 +19, GOLDENGATE_BLOCKING_MODE v12 +23",
        rows: |w| w.each(|d| vec![[identity(d), state(d), others(d)].concat()]),
    },
    View {
        name: "V$DATABASE_INCARNATION",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "INCARNATION# n, RESETLOGS_CHANGE# n, RESETLOGS_TIME d, PRIOR_RESETLOGS_CHANGE# n, \
            PRIOR_RESETLOGS_TIME d, STATUS v7, RESETLOGS_ID n, PRIOR_INCARNATION# n, \
            FLASHBACK_DATABASE_ALLOWED v26, CON_ID n +12, PDB_INCARNATION# n +19",
        rows: |w| w.each(|d| d.incarnations.iter().map(incarnation).collect()),
    },
    View {
        name: "V$THREAD",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "THREAD# n, STATUS v6, ENABLED v8, GROUPS n, INSTANCE v80, OPEN_TIME d, CURRENT_GROUP# n, \
            SEQUENCE# n, CHECKPOINT_CHANGE# n, CHECKPOINT_TIME d, ENABLE_CHANGE# n, ENABLE_TIME d, \
            DISABLE_CHANGE# n, DISABLE_TIME d, LAST_REDO_SEQUENCE# n, LAST_REDO_BLOCK n, LAST_REDO_CHANGE# n, \
            LAST_REDO_TIME d, CON_ID n +12",
        rows: threads,
    },
    View {
        name: "V$CONTROLFILE",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "STATUS v7, NAME v513, IS_RECOVERY_DEST_FILE v3, BLOCK_SIZE n, FILE_SIZE_BLKS n, CON_ID n +12",
        rows: control_files,
    },
    View {
        name: "V$TABLESPACE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "TS# n, NAME v30, INCLUDED_IN_DATABASE_BACKUP v3, BIGFILE v3, FLASHBACK_ON v3, \
            ENCRYPT_IN_BACKUP v3, CON_ID n +12",
        rows: tablespaces,
    },
];

const fn type_name(kind: ControlType) -> &'static str {
    match kind {
        ControlType::Current => "CURRENT",
        ControlType::Backup => "BACKUP",
        ControlType::Standby => "STANDBY",
    }
}

fn identity(d: &Database) -> Row {
    row![
        "DBID" => d.dbid, "NAME" => &d.name, "DB_UNIQUE_NAME" => &d.db_unique_name, "CREATED" => date(d.created),
        "RESETLOGS_CHANGE#" => d.resetlogs_change, "RESETLOGS_TIME" => date(d.resetlogs_time),
        "PRIOR_RESETLOGS_CHANGE#" => d.prior_resetlogs_change,
        "PRIOR_RESETLOGS_TIME" => date(d.prior_resetlogs_time),
        "PLATFORM_ID" => 13, "PLATFORM_NAME" => "Linux x86 64-bit", "CDB" => if d.containers.is_empty() { "NO" } else { "YES" }, "CON_DBID" => d.dbid,
        "VERSION_TIME" => date(d.created), "CONTROLFILE_CREATED" => date(d.created), "ACTIVATION#" => d.dbid,
        "SWITCHOVER#" => d.dbid, "DATABASE_ROLE" => &d.role,
    ]
}

fn state(d: &Database) -> Row {
    let current = d.incarnations.iter().find(|i| i.status == "CURRENT").map(|i| i.incarnation);
    row![
        "LOG_MODE" => if d.archivelog { "ARCHIVELOG" } else { "NOARCHIVELOG" },
        "CHECKPOINT_CHANGE#" => d.checkpoint_change, "ARCHIVE_CHANGE#" => d.archive_change,
        "ARCHIVELOG_CHANGE#" => d.archive_change, "CONTROLFILE_TYPE" => type_name(d.control_type),
        "CONTROLFILE_CHANGE#" => d.controlfile_change, "CONTROLFILE_TIME" => date(d.controlfile_time),
        "CONTROLFILE_SEQUENCE#" => d.controlfile_change % 100_000,
        "OPEN_RESETLOGS" => if d.control_type == ControlType::Backup { "REQUIRED" } else { "NOT ALLOWED" },
        "OPEN_MODE" => &d.open_mode, "CURRENT_SCN" => d.current_scn, "FORCE_LOGGING" => d.force_logging,
        "FLASHBACK_ON" => d.flashback_on, "RECOVERY_TARGET_INCARNATION#" => current,
        "LAST_OPEN_INCARNATION#" => current,
    ]
}

fn others(d: &Database) -> Row {
    let open = d.open_mode == "READ WRITE";
    row![
        "PROTECTION_MODE" => "MAXIMUM PERFORMANCE",
        "PROTECTION_LEVEL" => if open { "MAXIMUM PERFORMANCE" } else { "UNPROTECTED" },
        "REMOTE_ARCHIVE" => "ENABLED", "ARCHIVELOG_COMPRESSION" => "DISABLED", "SWITCHOVER_STATUS" => "NOT ALLOWED",
        "DATAGUARD_BROKER" => "DISABLED", "GUARD_STATUS" => "NONE", "SUPPLEMENTAL_LOG_DATA_MIN" => "NO",
        "SUPPLEMENTAL_LOG_DATA_PK" => "NO", "SUPPLEMENTAL_LOG_DATA_UI" => "NO", "SUPPLEMENTAL_LOG_DATA_FK" => "NO",
        "SUPPLEMENTAL_LOG_DATA_ALL" => "NO", "SUPPLEMENTAL_LOG_DATA_PL" => "NO", "SUPPLEMENTAL_LOG_DATA_SR" => "NO",
        "STANDBY_BECAME_PRIMARY_SCN" => 0, "FS_FAILOVER_MODE" => "DISABLED", "FS_FAILOVER_STATUS" => "DISABLED",
        "FS_FAILOVER_THRESHOLD" => 0, "CONTROLFILE_CONVERTED" => "NO", "FORCE_FULL_DB_CACHING" => "NO",
        "PENDING_ROLE_CHANGE_TASKS" => "NOT APPLICABLE", "GOLDENGATE_BLOCKING_MODE" => "NONE",
    ]
}

fn incarnation(i: &Incarnation) -> Row {
    row![
        "INCARNATION#" => i.incarnation, "RESETLOGS_CHANGE#" => i.resetlogs_change,
        "RESETLOGS_TIME" => date(i.resetlogs_time), "PRIOR_RESETLOGS_CHANGE#" => i.prior_resetlogs_change,
        "PRIOR_RESETLOGS_TIME" => date(i.prior_resetlogs_time), "STATUS" => &i.status,
        "RESETLOGS_ID" => super::memory::stamp(i.resetlogs_time), "PRIOR_INCARNATION#" => i.prior_incarnation,
        "FLASHBACK_DATABASE_ALLOWED" => "NO", "PDB_INCARNATION#" => 0,
    ]
}

fn threads(w: &World<'_>) -> Vec<Row> {
    let thread = |d: &Database| {
        let current = d.logs.iter().find(|l| l.status == "CURRENT");
        row![
            "THREAD#" => 1, "STATUS" => if d.open_mode == "MOUNTED" { "CLOSED" } else { "OPEN" },
            "ENABLED" => "PUBLIC", "GROUPS" => d.logs.len(), "INSTANCE" => &w.facts.instance,
            "OPEN_TIME" => date(w.facts.startup_time), "CURRENT_GROUP#" => current.map(|l| l.group),
            "SEQUENCE#" => current.map(|l| l.sequence), "CHECKPOINT_CHANGE#" => d.checkpoint_change,
            "CHECKPOINT_TIME" => date(d.controlfile_time), "ENABLE_CHANGE#" => d.resetlogs_change,
            "ENABLE_TIME" => date(d.resetlogs_time), "DISABLE_CHANGE#" => 0,
            "LAST_REDO_SEQUENCE#" => current.map(|l| l.sequence), "LAST_REDO_CHANGE#" => d.current_scn,
        ]
    };
    w.each(|d| vec![thread(d)])
}

fn control_files(w: &World<'_>) -> Vec<Row> {
    let one = |name: &std::path::PathBuf| {
        row![
            "NAME" => name, "IS_RECOVERY_DEST_FILE" => "NO", "BLOCK_SIZE" => 16384, "FILE_SIZE_BLKS" => 594,
        ]
    };
    w.each(|d| d.controlfiles.iter().map(one).collect())
}

fn tablespaces(w: &World<'_>) -> Vec<Row> {
    let all = |d: &Database| {
        let data = d.datafiles.iter().map(|f| ((f.con_id, f.ts), (f.tablespace.clone(), true)));
        let temp = d.tempfiles.iter().map(|t| ((t.5, t.1), (t.2.clone(), false)));
        data.chain(temp)
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .map(|((con_id, ts), (name, kept))| {
                row!["TS#" => ts, "CON_ID" => con_id, "NAME" => name, "INCLUDED_IN_DATABASE_BACKUP" => kept, "BIGFILE" => "NO",
                "FLASHBACK_ON" => "YES"]
            })
            .collect()
    };
    w.each(all)
}
