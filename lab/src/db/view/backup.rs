//! Records of backups in the control file: pieces, sets, datafiles, logs, corruption.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::{BackupDatafile, BackupRedolog, Piece};
use std::collections::BTreeMap;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$BACKUP_PIECE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, SET_STAMP n, SET_COUNT n, PIECE# n, COPY# n, DEVICE_TYPE v17, HANDLE v513, \
            COMMENTS v64, MEDIA v65, MEDIA_POOL n, CONCUR v3, TAG v32, STATUS v1, START_TIME d, COMPLETION_TIME d, \
            ELAPSED_SECONDS n, DELETED v3, BYTES n, IS_RECOVERY_DEST_FILE v3, RMAN_STATUS_RECID n, \
            RMAN_STATUS_STAMP n, COMPRESSED v3, BACKED_BY_VSS v3, ENCRYPTED v3, BACKED_BY_OSB v3, FOREIGN_DBID n +12, \
            CON_ID n +12, GUID v32 +12, FILE_STATUS v14 +23",
        rows: |w| w.each(|d| d.pieces.iter().map(piece).collect()),
    },
    View {
        name: "V$BACKUP_SET",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, SET_STAMP n, SET_COUNT n, BACKUP_TYPE v1, CONTROLFILE_INCLUDED v3, \
            INCREMENTAL_LEVEL n, PIECES n, START_TIME d, COMPLETION_TIME d, ELAPSED_SECONDS n, BLOCK_SIZE n, \
            INPUT_FILE_SCAN_ONLY v3, KEEP v3, KEEP_UNTIL d, KEEP_OPTIONS v11, MULTI_SECTION v3, \
            FOREIGN_DBID n +12, CON_ID n +12, GUID v32 +12",
        rows: sets,
    },
    View {
        name: "V$BACKUP_DATAFILE",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, SET_STAMP n, SET_COUNT n, FILE# n, CREATION_CHANGE# n, CREATION_TIME d, \
            RESETLOGS_CHANGE# n, RESETLOGS_TIME d, INCREMENTAL_LEVEL n, INCREMENTAL_CHANGE# n, CHECKPOINT_CHANGE# n, \
            CHECKPOINT_TIME d, ABSOLUTE_FUZZY_CHANGE# n, MARKED_CORRUPT n, MEDIA_CORRUPT n, LOGICALLY_CORRUPT n, \
            DATAFILE_BLOCKS n, BLOCKS n, BLOCK_SIZE n, OLDEST_OFFLINE_RANGE n, COMPLETION_TIME d, \
            CONTROLFILE_TYPE v1, USED_CHANGE_TRACKING v3, BLOCKS_READ n, USED_OPTIMIZATION v3, FOREIGN_DBID n, \
            PLUGGED_READONLY v3, PLUGIN_CHANGE# n, PLUGIN_RESETLOGS_CHANGE# n, PLUGIN_RESETLOGS_TIME d, \
            SECTION_SIZE n, UNDO_OPTIMIZED v3, BLOCKS_SKIPPED_IN_CELL n, CON_ID n +12, GUID v32 +12",
        rows: |w| w.each(|d| d.backup_datafiles.iter().map(datafile).collect()),
    },
    View {
        name: "V$BACKUP_REDOLOG",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "RECID n, STAMP n, SET_STAMP n, SET_COUNT n, THREAD# n, SEQUENCE# n, RESETLOGS_CHANGE# n, \
            RESETLOGS_TIME d, FIRST_CHANGE# n, FIRST_TIME d, NEXT_CHANGE# n, NEXT_TIME d, BLOCKS n, BLOCK_SIZE n, \
            TERMINAL v3, CON_ID n +12",
        rows: |w| w.each(|d| d.backup_redologs.iter().enumerate().map(redolog).collect()),
    },
    View {
        name: "V$DATABASE_BLOCK_CORRUPTION",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "FILE# n, BLOCK# n, BLOCKS n, CORRUPTION_CHANGE# n, CORRUPTION_TYPE v9, CON_ID n +12",
        rows: |w| w.each(|d| d.corruption.iter().map(corruption).collect()),
    },
];

fn piece(p: &Piece) -> Row {
    row![
        "RECID" => p.recid, "STAMP" => super::memory::stamp(p.completion_time), "SET_STAMP" => p.set_stamp,
        "SET_COUNT" => p.set_count, "PIECE#" => p.piece, "COPY#" => p.copy, "DEVICE_TYPE" => &p.device_type,
        "HANDLE" => &p.handle, "COMMENTS" => p.comments.as_ref(), "MEDIA" => p.media.as_ref(), "MEDIA_POOL" => 0,
        "CONCUR" => p.device_type != "DISK", "TAG" => &p.tag, "STATUS" => p.status,
        "START_TIME" => date(p.start_time), "COMPLETION_TIME" => date(p.completion_time),
        "ELAPSED_SECONDS" => p.completion_time - p.start_time, "DELETED" => p.status == 'D', "BYTES" => p.bytes,
        "IS_RECOVERY_DEST_FILE" => "NO", "COMPRESSED" => "NO", "BACKED_BY_VSS" => "NO", "ENCRYPTED" => "NO",
        "BACKED_BY_OSB" => "NO", "FOREIGN_DBID" => 0,
    ]
}

/// A set is what its pieces have in common.
fn sets(w: &World<'_>) -> Vec<Row> {
    let mut sets: BTreeMap<(u64, u32), Vec<Piece>> = BTreeMap::new();
    for p in w.each(|d| d.pieces.clone()) {
        sets.entry((p.set_stamp, p.set_count)).or_default().push(p);
    }
    sets.values().enumerate().filter_map(set).collect()
}

fn set((n, pieces): (usize, &Vec<Piece>)) -> Option<Row> {
    let first = pieces.iter().min_by_key(|p| p.start_time)?;
    let end = pieces.iter().map(|p| p.completion_time).max()?;
    Some(row![
        "RECID" => n + 1, "STAMP" => super::memory::stamp(end), "SET_STAMP" => first.set_stamp,
        "SET_COUNT" => first.set_count, "BACKUP_TYPE" => first.backup_type,
        "CONTROLFILE_INCLUDED" => pieces.iter().any(|p| p.controlfile_included), "PIECES" => pieces.len(),
        "START_TIME" => date(first.start_time), "COMPLETION_TIME" => date(end),
        "ELAPSED_SECONDS" => end - first.start_time,
        "BLOCK_SIZE" => if first.backup_type == 'L' { 512 } else { 8192 }, "INPUT_FILE_SCAN_ONLY" => "NO",
        "KEEP" => "NO", "MULTI_SECTION" => "NO", "FOREIGN_DBID" => 0,
    ])
}

fn datafile(b: &BackupDatafile) -> Row {
    row![
        "RECID" => b.recid, "STAMP" => super::memory::stamp(b.completion_time), "SET_STAMP" => b.set_stamp,
        "SET_COUNT" => b.set_count, "FILE#" => b.file, "CREATION_CHANGE#" => b.creation_change,
        "RESETLOGS_CHANGE#" => b.resetlogs_change, "INCREMENTAL_CHANGE#" => 0,
        "CHECKPOINT_CHANGE#" => b.checkpoint_change, "CHECKPOINT_TIME" => date(b.checkpoint_time),
        "ABSOLUTE_FUZZY_CHANGE#" => b.absolute_fuzzy_change, "MARKED_CORRUPT" => b.marked_corrupt,
        "MEDIA_CORRUPT" => b.media_corrupt, "LOGICALLY_CORRUPT" => b.logically_corrupt,
        "DATAFILE_BLOCKS" => b.datafile_blocks, "BLOCKS" => b.blocks, "BLOCK_SIZE" => b.block_size,
        "OLDEST_OFFLINE_RANGE" => 0, "COMPLETION_TIME" => date(b.completion_time), "USED_CHANGE_TRACKING" => "NO",
        "BLOCKS_READ" => b.datafile_blocks, "USED_OPTIMIZATION" => "NO", "FOREIGN_DBID" => 0,
        "PLUGGED_READONLY" => "NO", "PLUGIN_CHANGE#" => 0, "PLUGIN_RESETLOGS_CHANGE#" => 0, "SECTION_SIZE" => 0,
        "UNDO_OPTIMIZED" => "NO", "BLOCKS_SKIPPED_IN_CELL" => 0,
    ]
}

fn redolog((n, b): (usize, &BackupRedolog)) -> Row {
    row![
        "RECID" => n + 1, "STAMP" => b.set_stamp, "SET_STAMP" => b.set_stamp, "SET_COUNT" => b.set_count,
        "THREAD#" => b.thread, "SEQUENCE#" => b.sequence, "RESETLOGS_CHANGE#" => b.resetlogs_change,
        "FIRST_CHANGE#" => b.first_change, "NEXT_CHANGE#" => b.next_change, "BLOCKS" => b.blocks,
        "BLOCK_SIZE" => 512, "TERMINAL" => "NO",
    ]
}

fn corruption((file, block, blocks, kind): &(u32, u64, u64, String)) -> Row {
    row![
        "FILE#" => *file, "BLOCK#" => *block, "BLOCKS" => *blocks, "CORRUPTION_CHANGE#" => 0,
        "CORRUPTION_TYPE" => kind,
    ]
}
