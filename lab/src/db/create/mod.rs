//! CREATE DATABASE: makes every file of a new database as a clean shutdown leaves them; of a CDB also the seed (CREATE DATABASE
//! … ENABLE PLUGGABLE DATABASE) and pluggable databases.

mod containers;
mod creation;

use super::{
    api::OraError,
    control::FileRecord,
    errors::{self, Ora},
    header::DatafileHeader,
};
use crate::context::Oracle;
use creation::Creation;
use rand::RngExt;
use std::{
    fs,
    path::{Path, PathBuf},
};

const MIB: u64 = 1 << 20;
const BLOCK: u64 = super::block::BLOCK_SIZE as u64;

/// Bytes of the files.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Sizes {
    pub system: u64,
    pub sysaux: u64,
    pub undo: u64,
    pub users: u64,
    pub temp: u64,
    /// Of each redo log group.
    pub redo: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { system: 4 * MIB, sysaux: 2 * MIB, undo: 2 * MIB, users: 4 * MIB, temp: 2 * MIB, redo: 4 * MIB }
    }
}

/// One more tablespace.
#[derive(Debug, Clone)]
pub struct TablespaceSpec {
    /// Its name, upper case.
    pub name: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Bytes of each file.
    pub bytes: u64,
    /// Whether rows of the workload live in it. Without, it suits tests of read-only and offline tablespaces.
    pub rows: bool,
}

/// What to make.
#[derive(Debug, Clone)]
pub struct CreateSpec {
    /// The release (COMPATIBLE).
    pub oracle: Oracle,
    /// ORACLE_HOME; `dbs` is made below it.
    pub home: PathBuf,
    /// ORACLE_SID.
    pub sid: String,
    /// DB_NAME, at most 8 characters.
    pub db_name: String,
    /// DB_UNIQUE_NAME if it differs.
    pub db_unique_name: Option<String>,
    /// Folder of the data files and the temp file.
    pub data_dir: PathBuf,
    /// Folders of the redo members: each group has one member in each.
    pub redo_dirs: Vec<PathBuf>,
    /// LOG_ARCHIVE_DEST_1.
    pub archive_dir: PathBuf,
    /// The control files.
    pub control_files: Vec<PathBuf>,
    /// File sizes.
    pub sizes: Sizes,
    /// Archive mode.
    pub archivelog: bool,
    /// Rows of the workload, spread over USERS and the tablespaces with `rows`.
    pub rows: u32,
    /// Oracle-managed names (`o1_mf_…`) for data files and redo.
    pub omf: bool,
    /// More tablespaces.
    pub tablespaces: Vec<TablespaceSpec>,
    /// More parameters for the parameter files.
    pub parameters: Vec<(String, String)>,
    /// The pluggable databases of a CDB; none: it is no CDB.
    pub pdbs: Vec<PdbSpec>,
}

/// A pluggable database with SYSTEM, SYSAUX, UNDOTBS1 (local undo), USERS and TEMP; rows of the workload live in USERS.
#[derive(Debug, Clone)]
pub struct PdbSpec {
    /// Its name, upper case.
    pub name: String,
    /// Folder of its files.
    pub data_dir: PathBuf,
}

impl CreateSpec {
    /// The usual database below one folder: `oradata`, `redo`, `arch`, two control files, tablespace DATA with two files.
    #[must_use]
    pub fn below(folder: &Path, home: PathBuf, sid: &str, oracle: Oracle) -> Self {
        let data_dir = folder.join("oradata");
        let files = vec![data_dir.join("data01.dbf"), data_dir.join("data02.dbf")];
        Self {
            oracle,
            home,
            sid: sid.into(),
            db_name: sid.to_uppercase(),
            db_unique_name: None,
            redo_dirs: vec![folder.join("redo")],
            archive_dir: folder.join("arch"),
            control_files: vec![folder.join("redo/control01.ctl"), folder.join("redo/control02.ctl")],
            data_dir,
            sizes: Sizes::default(),
            archivelog: true,
            rows: 2000,
            omf: false,
            tablespaces: vec![TablespaceSpec { name: "DATA".into(), files, bytes: 4 * MIB, rows: true }],
            parameters: Vec::new(),
            pdbs: Vec::new(),
        }
    }
}

/// Makes the database. ORA-01501 with what went wrong below it; files made so far stay, as with CREATE DATABASE.
pub fn create(spec: &CreateSpec) -> Result<(), OraError> {
    let failed = |below: OraError| errors::over(1501, "CREATE DATABASE failed", below);
    Creation::new(spec).run().map_err(failed)
}

/// COMPATIBLE as a new database of the release has it.
pub(crate) const fn compatible(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::V11_2 => "11.2.0.4.0",
        Oracle::V12_2 => "12.2.0",
        Oracle::V19 => "19.0.0",
        Oracle::V23 => "23.0.0",
    }
}

/// The header of a file just made: its checkpoint is its creation.
pub(crate) fn new_header(
    record: &FileRecord,
    dbid: u32,
    db_name: &str,
    (resetlogs_change, resetlogs_time): (u64, i64),
) -> DatafileHeader {
    DatafileHeader {
        dbid,
        db_name: db_name.into(),
        file: record.file,
        ts: record.ts,
        tablespace: record.tablespace.clone(),
        rfile: record.rfile,
        blocks: record.blocks,
        creation_change: record.creation_change,
        creation_time: record.creation_time,
        resetlogs_change,
        resetlogs_time,
        checkpoint_change: record.creation_change,
        checkpoint_time: record.creation_time,
        checkpoint_sequence: record.creation_sequence,
        checkpoint_count: 1,
        fuzzy: true,
        hot: false,
        recovering: false,
        backup_change: 0,
        backup_time: 0,
        real_checkpoint: 0,
        real_sequence: 0,
        dictionary: Vec::new(),
    }
}

/// Makes a temp file: sparse, as Oracle leaves it.
pub(crate) fn make_temp(path: &Path, bytes: u64) -> Ora<()> {
    let make = || fs::OpenOptions::new().create(true).truncate(true).write(true).open(path)?.set_len(bytes + BLOCK);
    make().map_err(|error| {
        errors::with_system(1119, format!("error in creating database file '{}'", path.display()), &error)
    })
}

fn parents(path: &Path) -> Ora<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| {
        errors::with_system(1119, format!("error in creating database file '{}'", path.display()), &error)
    })
}

/// The eight characters in an Oracle-managed name.
pub(crate) fn suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxyz0123456789";
    let mut random = rand::rng();
    (0..8).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}
