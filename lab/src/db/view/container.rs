//! V$PDBS, V$CONTAINERS, DBA_PDBS, DBA_PDB_SAVED_STATES, CDB_DATA_FILES as the root sees them.

use super::cell::row;
use super::{Cell, Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::{Database, PdbRow};

/// CON_UID of CDB$ROOT.
const ROOT_UID: u32 = 1;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$PDBS",
        since: Oracle::V12_2,
        needs: Needs::Mounted,
        columns: "CON_ID n, DBID n, CON_UID n, GUID v32, NAME v128, OPEN_MODE v10, RESTRICTED v3, OPEN_TIME t, \
            CREATE_SCN n, TOTAL_SIZE n, BLOCK_SIZE n, RECOVERY_STATUS v8, SNAPSHOT_PARENT_CON_ID n, \
            APPLICATION_ROOT v3, APPLICATION_PDB v3, APPLICATION_SEED v3, LOCAL_UNDO n",
        rows: |w| w.each(|d| d.containers.iter().map(|pdb| pluggable(d, pdb)).collect()),
    },
    View {
        name: "V$CONTAINERS",
        since: Oracle::V12_2,
        needs: Needs::Mounted,
        columns: "CON_ID n, DBID n, CON_UID n, GUID v32, NAME v128, OPEN_MODE v10, RESTRICTED v3, OPEN_TIME t, \
            CREATE_SCN n, TOTAL_SIZE n, BLOCK_SIZE n, RECOVERY_STATUS v8, SNAPSHOT_PARENT_CON_ID n, LOCAL_UNDO n",
        rows: containers,
    },
    View {
        name: "DBA_PDBS",
        since: Oracle::V12_2,
        needs: Needs::Open,
        columns: "PDB_ID n, PDB_NAME v128, DBID n, CON_UID n, GUID v32, STATUS v10, CREATION_SCN n, LOGGING v9, CON_ID n",
        rows: |w| w.each(|d| d.containers.iter().map(pdb).collect()),
    },
    View {
        name: "DBA_PDB_SAVED_STATES",
        since: Oracle::V12_2,
        needs: Needs::Open,
        columns: "CON_ID n, CON_NAME v128, INSTANCE_NAME v128, CON_UID n, GUID v32, STATE v14, RESTRICTED v3",
        rows: saved,
    },
];

fn pluggable(d: &Database, pdb: &PdbRow) -> Row {
    let known = &pdb.container;
    let own = d.datafiles.iter().filter(|f| f.con_id == known.con_id);
    let bytes: u64 = own.map(|f| f.bytes).sum();
    // A mounted one knows no size (Database Reference, V$PDBS).
    let size = if pdb.open_mode == "MOUNTED" { 0 } else { bytes };
    row![
        "CON_ID" => known.con_id, "DBID" => known.dbid, "CON_UID" => known.dbid, "GUID" => &known.guid,
        "NAME" => &known.name, "OPEN_MODE" => &pdb.open_mode,
        "RESTRICTED" => pdb.restricted.map(|yes| if yes { "YES" } else { "NO" }),
        "OPEN_TIME" => pdb.open_time.map_or(Cell::Null, |time| Cell::Stamp(time * 1_000_000)),
        "CREATE_SCN" => known.create_change, "TOTAL_SIZE" => size, "BLOCK_SIZE" => 8192, "RECOVERY_STATUS" => "ENABLED",
        "APPLICATION_ROOT" => "NO", "APPLICATION_PDB" => "NO", "APPLICATION_SEED" => "NO", "LOCAL_UNDO" => 1,
    ]
}

/// In a database that is no CDB one row with CON_ID 0.
fn containers(w: &World<'_>) -> Vec<Row> {
    let all = |d: &Database| {
        let cdb = !d.containers.is_empty();
        let pdbs = d.containers.iter().map(|pdb| pluggable(d, pdb));
        std::iter::once(whole(d, cdb)).chain(pdbs).collect()
    };
    w.each(all)
}

fn whole(d: &Database, cdb: bool) -> Row {
    row![
        "CON_ID" => u32::from(cdb), "DBID" => d.dbid, "CON_UID" => if cdb { ROOT_UID } else { 0 },
        "NAME" => if cdb { "CDB$ROOT" } else { d.name.as_str() },
        "OPEN_MODE" => &d.open_mode, "RESTRICTED" => if d.open_mode == "MOUNTED" && cdb { None } else { Some("NO") },
    ]
}

fn pdb(pdb: &PdbRow) -> Row {
    let known = &pdb.container;
    row![
        "PDB_ID" => known.con_id, "PDB_NAME" => &known.name, "DBID" => known.dbid, "CON_UID" => known.dbid,
        "GUID" => &known.guid, "STATUS" => "NORMAL", "CREATION_SCN" => known.create_change, "LOGGING" => "LOGGING",
        "CON_ID" => known.con_id,
    ]
}

fn saved(w: &World<'_>) -> Vec<Row> {
    let one = |pdb: &PdbRow| {
        let (known, mode) = (&pdb.container, pdb.container.saved?);
        Some(row![
            "CON_ID" => known.con_id, "CON_NAME" => &known.name, "INSTANCE_NAME" => &w.facts.instance,
            "CON_UID" => known.dbid, "GUID" => &known.guid,
            "STATE" => if mode.read_only == Some(true) { "OPEN READ ONLY" } else { "OPEN" },
            "RESTRICTED" => if mode.restricted { "YES" } else { "NO" },
        ])
    };
    w.each(|d| d.containers.iter().filter_map(one).collect())
}
