//! V$DATAFILE, V$DATAFILE_HEADER, V$TEMPFILE, V$BACKUP, V$RECOVER_FILE.

use super::cell::{date, row};
use super::{Cell, Needs, Row, View};
use crate::context::Oracle;
use crate::db::api::{Datafile, Header};

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$DATAFILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, CREATION_CHANGE# n, CREATION_TIME d, TS# n, RFILE# n, STATUS v7, ENABLED v10, \
            CHECKPOINT_CHANGE# n, CHECKPOINT_TIME d, UNRECOVERABLE_CHANGE# n, UNRECOVERABLE_TIME d, \
            LAST_CHANGE# n, LAST_TIME d, OFFLINE_CHANGE# n, ONLINE_CHANGE# n, ONLINE_TIME d, BYTES n, BLOCKS n, \
            CREATE_BYTES n, BLOCK_SIZE n, NAME v513, PLUGGED_IN n, BLOCK1_OFFSET n, AUX_NAME v513, \
            FIRST_NONLOGGED_SCN n, FIRST_NONLOGGED_TIME d, FOREIGN_DBID n, FOREIGN_CREATION_CHANGE# n, \
            FOREIGN_CREATION_TIME d, PLUGGED_READONLY v3, PLUGIN_CHANGE# n, PLUGIN_RESETLOGS_CHANGE# n, \
            PLUGIN_RESETLOGS_TIME d, CON_ID n +12",
        rows: |w| w.each(|d| d.datafiles.iter().map(datafile).collect()),
    },
    View {
        name: "V$DATAFILE_HEADER",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, STATUS v7, ERROR v18, FORMAT n, RECOVER v3, FUZZY v3, CREATION_CHANGE# n, \
            CREATION_TIME d, TABLESPACE_NAME v30, TS# n, RFILE# n, RESETLOGS_CHANGE# n, RESETLOGS_TIME d, \
            CHECKPOINT_CHANGE# n, CHECKPOINT_TIME d, CHECKPOINT_COUNT n, BYTES n, BLOCKS n, NAME v513, \
            SPACE_HEADER v40, LAST_DEALLOC_SCN v16, UNDO_OPT_CURRENT_CHANGE# v40, CON_ID n +12",
        rows: |w| w.each(|d| d.datafiles.iter().map(header).collect()),
    },
    View {
        name: "V$TEMPFILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, CREATION_CHANGE# n, CREATION_TIME d, TS# n, RFILE# n, STATUS v7, ENABLED v10, BYTES n, \
            BLOCKS n, CREATE_BYTES n, BLOCK_SIZE n, NAME v513, CON_ID n +12",
        rows: |w| w.each(|d| d.tempfiles.iter().map(tempfile).collect()),
    },
    View {
        name: "V$BACKUP",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, STATUS v18, CHANGE# n, TIME d, CON_ID n +12",
        rows: |w| w.each(|d| d.datafiles.iter().filter(|f| !f.backup_status.is_empty()).map(backup).collect()),
    },
    View {
        name: "V$RECOVER_FILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, ONLINE v7, ONLINE_STATUS v7, ERROR v65, CHANGE# n, TIME d, CON_ID n +12",
        rows: |w| w.each(|d| d.datafiles.iter().filter_map(recover).collect()),
    },
];

fn datafile(f: &Datafile) -> Row {
    let online = matches!(f.status.as_str(), "ONLINE" | "SYSTEM");
    row![
        "FILE#" => f.file, "CREATION_CHANGE#" => f.creation_change, "CREATION_TIME" => date(f.creation_time),
        "TS#" => f.ts, "RFILE#" => f.rfile, "STATUS" => &f.status, "ENABLED" => &f.enabled,
        "CHECKPOINT_CHANGE#" => f.checkpoint_change, "CHECKPOINT_TIME" => date(f.checkpoint_time),
        "UNRECOVERABLE_CHANGE#" => f.unrecoverable_change, "LAST_CHANGE#" => (!online).then_some(f.checkpoint_change),
        "LAST_TIME" => if online { Cell::Null } else { date(f.checkpoint_time) },
        "OFFLINE_CHANGE#" => f.offline_change, "ONLINE_CHANGE#" => f.online_change, "BYTES" => f.bytes, "BLOCKS" => f.blocks,
        "CREATE_BYTES" => f.bytes, "BLOCK_SIZE" => f.block_size, "NAME" => &f.name, "PLUGGED_IN" => 0,
        "BLOCK1_OFFSET" => f.block_size, "AUX_NAME" => "NONE", "FIRST_NONLOGGED_SCN" => 0, "FOREIGN_DBID" => 0,
        "FOREIGN_CREATION_CHANGE#" => 0, "PLUGGED_READONLY" => "NO", "PLUGIN_CHANGE#" => 0,
        "PLUGIN_RESETLOGS_CHANGE#" => 0, "CON_ID" => f.con_id,
    ]
}

fn online(f: &Datafile) -> &'static str {
    match f.status.as_str() {
        "OFFLINE" | "RECOVER" | "SYSOFF" => "OFFLINE",
        _ => "ONLINE",
    }
}

fn header(f: &Datafile) -> Row {
    let known = row!["FILE#" => f.file, "STATUS" => online(f), "NAME" => &f.name, "TS#" => f.ts,
        "CON_ID" => f.con_id];
    match &f.header {
        Ok(h) => [known, header_says(f, h)].concat(),
        // What cannot be read shows zeros, as the Reference's text on ERROR says.
        Err(error) => [
            known,
            row!["ERROR" => error, "FORMAT" => 0, "CREATION_CHANGE#" => 0, "RFILE#" => 0, "RESETLOGS_CHANGE#" => 0,
                "CHECKPOINT_CHANGE#" => 0, "CHECKPOINT_COUNT" => 0, "BYTES" => 0, "BLOCKS" => 0],
        ]
        .concat(),
    }
}

fn header_says(f: &Datafile, h: &Header) -> Row {
    row![
        "FORMAT" => 10, "RECOVER" => h.recover, "FUZZY" => h.fuzzy, "CREATION_CHANGE#" => h.creation_change,
        "CREATION_TIME" => date(f.creation_time), "TABLESPACE_NAME" => &f.tablespace, "RFILE#" => f.rfile,
        "RESETLOGS_CHANGE#" => h.resetlogs_change, "RESETLOGS_TIME" => date(h.resetlogs_time),
        "CHECKPOINT_CHANGE#" => h.checkpoint_change, "CHECKPOINT_TIME" => date(h.checkpoint_time),
        "CHECKPOINT_COUNT" => h.checkpoint_count, "BYTES" => h.blocks * u64::from(f.block_size),
        "BLOCKS" => h.blocks, "LAST_DEALLOC_SCN" => "0",
    ]
}

fn tempfile((file, ts, _, name, bytes, con_id): &(u32, u32, String, std::path::PathBuf, u64, u32)) -> Row {
    row![
        "FILE#" => *file, "TS#" => *ts, "RFILE#" => *file, "STATUS" => "ONLINE", "ENABLED" => "READ WRITE",
        "BYTES" => *bytes, "BLOCKS" => bytes / 8192, "CREATE_BYTES" => *bytes, "BLOCK_SIZE" => 8192, "NAME" => name,
        "CREATION_CHANGE#" => 0, "CON_ID" => *con_id,
    ]
}

fn backup(f: &Datafile) -> Row {
    row![
        "FILE#" => f.file, "STATUS" => &f.backup_status, "CHANGE#" => f.backup_change, "TIME" => date(f.backup_time),
        "CON_ID" => f.con_id,
    ]
}

/// A file is listed when it is away, unreadable, or behind (`V$RECOVER_FILE`: ERROR is empty when the reason is
/// unknown, `OFFLINE NORMAL` when nothing has to be done).
fn recover(f: &Datafile) -> Option<Row> {
    let say = |error: &str, change: u64, time: i64| {
        row![
            "FILE#" => f.file, "ONLINE" => online(f), "ONLINE_STATUS" => online(f), "ERROR" => error,
            "CHANGE#" => change, "TIME" => date(time), "CON_ID" => f.con_id,
        ]
    };
    match &f.header {
        Err(error) => Some(say(error, 0, 0)),
        Ok(_) if f.backup_status == "OFFLINE NORMAL" => Some(say("OFFLINE NORMAL", 0, 0)),
        Ok(h) if h.recover || f.status == "RECOVER" => Some(say("", h.checkpoint_change, h.checkpoint_time)),
        Ok(_) => None,
    }
}
