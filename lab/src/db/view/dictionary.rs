//! Static dictionary views, which need an open database, and DUAL, which does not. DBA_… show the container of the session: here
//! the root. CDB_… show all that are open.

use super::cell::row;
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::Datafile;
use std::collections::BTreeMap;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "DUAL",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "DUMMY v1",
        rows: |_| vec![row!["DUMMY" => "X"]],
    },
    View {
        name: "DBA_DATA_FILES",
        since: Oracle::V11_2,
        needs: Needs::Open,
        columns: "FILE_NAME v513, FILE_ID n, TABLESPACE_NAME v30, BYTES n, BLOCKS n, STATUS v9, RELATIVE_FNO n, \
            AUTOEXTENSIBLE v3, MAXBYTES n, MAXBLOCKS n, INCREMENT_BY n, USER_BYTES n, USER_BLOCKS n, ONLINE_STATUS v7, \
            LOST_WRITE_PROTECT v7 +19",
        rows: |w| w.each(|d| d.datafiles.iter().filter(|f| f.con_id <= 1).map(file).collect()),
    },
    View {
        name: "CDB_DATA_FILES",
        since: Oracle::V12_2,
        needs: Needs::Open,
        columns: "FILE_NAME v513, FILE_ID n, TABLESPACE_NAME v30, BYTES n, BLOCKS n, STATUS v9, RELATIVE_FNO n, \
            AUTOEXTENSIBLE v3, MAXBYTES n, MAXBLOCKS n, INCREMENT_BY n, USER_BYTES n, USER_BLOCKS n, ONLINE_STATUS v7, \
            LOST_WRITE_PROTECT v7 +19, CON_ID n",
        rows: |w| w.each(|d| d.datafiles.iter().filter(|f| shown(d, f)).map(in_cdb).collect()),
    },
    View {
        name: "DBA_TEMP_FILES",
        since: Oracle::V11_2,
        needs: Needs::Open,
        columns: "FILE_NAME v513, FILE_ID n, TABLESPACE_NAME v30, BYTES n, BLOCKS n, STATUS v7, RELATIVE_FNO n, \
            AUTOEXTENSIBLE v3, MAXBYTES n, MAXBLOCKS n, INCREMENT_BY n, USER_BYTES n, USER_BLOCKS n, SHARED v13 +12, \
            INST_ID n +12",
        rows: temp_files,
    },
    View {
        name: "DBA_TABLESPACES",
        since: Oracle::V11_2,
        needs: Needs::Open,
        columns: "TABLESPACE_NAME v30, BLOCK_SIZE n, INITIAL_EXTENT n, NEXT_EXTENT n, MIN_EXTENTS n, MAX_EXTENTS n, \
            MAX_SIZE n, PCT_INCREASE n, MIN_EXTLEN n, STATUS v9, CONTENTS v9 -12, CONTENTS v21 +12, LOGGING v9, \
            FORCE_LOGGING v3, EXTENT_MANAGEMENT v10, ALLOCATION_TYPE v9, PLUGGED_IN v3, \
            SEGMENT_SPACE_MANAGEMENT v6, DEF_TAB_COMPRESSION v8, RETENTION v11, BIGFILE v3, \
            PREDICATE_EVALUATION v7, ENCRYPTED v3, COMPRESS_FOR v30, DEF_INMEMORY v8 +12, SHARED v13 +12",
        rows: tablespaces,
    },
    View {
        name: "DBA_DIRECTORIES",
        since: Oracle::V11_2,
        needs: Needs::Open,
        columns: "OWNER v30 -12, OWNER v128 +12, DIRECTORY_NAME v30 -12, DIRECTORY_NAME v128 +12, \
            DIRECTORY_PATH v4000, ORIGIN_CON_ID n +12",
        rows: directories,
    },
];

fn file(f: &Datafile) -> Row {
    row![
        "FILE_NAME" => &f.name, "FILE_ID" => f.file, "TABLESPACE_NAME" => &f.tablespace, "BYTES" => f.bytes,
        "BLOCKS" => f.blocks, "STATUS" => "AVAILABLE", "RELATIVE_FNO" => f.rfile, "AUTOEXTENSIBLE" => "NO",
        "MAXBYTES" => 0, "MAXBLOCKS" => 0, "INCREMENT_BY" => 0, "USER_BYTES" => f.bytes.saturating_sub(1_048_576),
        "USER_BLOCKS" => f.blocks.saturating_sub(128), "ONLINE_STATUS" => &f.status, "LOST_WRITE_PROTECT" => "OFF",
    ]
}

/// EXCLUDE_SEED_CDB_VIEW is true unless it is changed: the seed is not shown, nor is what is not open.
fn shown(d: &crate::db::api::Database, f: &Datafile) -> bool {
    let open = |pdb: &crate::db::api::PdbRow| pdb.container.con_id == f.con_id && pdb.open_mode != "MOUNTED";
    f.con_id <= 1 || (f.con_id > 2 && d.containers.iter().any(open))
}

fn in_cdb(f: &Datafile) -> Row {
    [file(f), row!["CON_ID" => f.con_id]].concat()
}

fn temp_files(w: &World<'_>) -> Vec<Row> {
    let one = |(file, _, tablespace, name, bytes, _): &(u32, u32, String, std::path::PathBuf, u64, u32)| {
        row![
            "FILE_NAME" => name, "FILE_ID" => *file, "TABLESPACE_NAME" => tablespace, "BYTES" => *bytes,
            "BLOCKS" => bytes / 8192, "STATUS" => "ONLINE", "RELATIVE_FNO" => *file, "AUTOEXTENSIBLE" => "NO",
            "MAXBYTES" => 0, "MAXBLOCKS" => 0, "INCREMENT_BY" => 0, "SHARED" => "SHARED",
        ]
    };
    w.each(|d| d.tempfiles.iter().filter(|t| t.5 <= 1).map(one).collect())
}

fn tablespaces(w: &World<'_>) -> Vec<Row> {
    let state = |f: &Datafile| match (f.status.as_str(), f.enabled.as_str()) {
        ("OFFLINE" | "RECOVER", _) | (_, "DISABLED") => "OFFLINE",
        (_, "READ ONLY") => "READ ONLY",
        _ => "ONLINE",
    };
    let kind = |name: &str| if name.starts_with("UNDO") { "UNDO" } else { "PERMANENT" };
    let mut all = BTreeMap::new();
    for (ts, name, status, kind) in w.each(|d| {
        let data = d
            .datafiles
            .iter()
            .filter(|f| f.con_id <= 1)
            .map(|f| (f.ts, f.tablespace.clone(), state(f), kind(&f.tablespace)));
        data.chain(d.tempfiles.iter().filter(|t| t.5 <= 1).map(|t| (t.1, t.2.clone(), "ONLINE", "TEMPORARY"))).collect()
    }) {
        all.entry(ts).or_insert((name, status, kind));
    }
    all.values().map(tablespace).collect()
}

fn tablespace((name, status, kind): &(String, &str, &str)) -> Row {
    row![
        "TABLESPACE_NAME" => name, "BLOCK_SIZE" => 8192, "INITIAL_EXTENT" => 65536, "MIN_EXTENTS" => 1,
        "MAX_EXTENTS" => 2_147_483_645, "MAX_SIZE" => 2_147_483_645, "MIN_EXTLEN" => 65536, "STATUS" => *status,
        "CONTENTS" => *kind, "LOGGING" => if *kind == "TEMPORARY" { "NOLOGGING" } else { "LOGGING" },
        "FORCE_LOGGING" => "NO", "EXTENT_MANAGEMENT" => "LOCAL",
        "ALLOCATION_TYPE" => if *kind == "TEMPORARY" { "UNIFORM" } else { "SYSTEM" }, "PLUGGED_IN" => "NO",
        "SEGMENT_SPACE_MANAGEMENT" => if *kind == "PERMANENT" { "AUTO" } else { "MANUAL" },
        "DEF_TAB_COMPRESSION" => "DISABLED", "RETENTION" => "NOT APPLY", "BIGFILE" => "NO",
        "PREDICATE_EVALUATION" => "HOST", "ENCRYPTED" => "NO", "DEF_INMEMORY" => "DISABLED", "SHARED" => "SHARED",
    ]
}

/// The directories that every database has, under its home.
fn directories(w: &World<'_>) -> Vec<Row> {
    let home = w.home;
    [
        ("DATA_PUMP_DIR", format!("{home}/rdbms/log/")),
        ("ORACLE_OCM_CONFIG_DIR", format!("{home}/ccr/state")),
        ("XMLDIR", format!("{home}/rdbms/xml")),
    ]
    .into_iter()
    .map(|(name, path)| row!["OWNER" => "SYS", "DIRECTORY_NAME" => name, "DIRECTORY_PATH" => path])
    .collect()
}
