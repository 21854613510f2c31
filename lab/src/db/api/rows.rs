//! What the V$ views show and what RMAN writes: rows of the control file and of the datafile headers.

use super::{ControlType, Status};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What RMAN writes into the control file after a backup set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BackupRecord {
    /// Rows of V$BACKUP_PIECE.
    pub pieces: Vec<Piece>,
    /// Rows of V$BACKUP_DATAFILE.
    pub datafiles: Vec<BackupDatafile>,
    /// Archived logs that became known (CATALOG), rows of V$ARCHIVED_LOG.
    pub catalogued: Vec<ArchivedLog>,
    /// Rows of V$BACKUP_REDOLOG.
    pub redologs: Vec<BackupRedolog>,
    /// Data files whose blocks were all looked at, each with its rows of V$DATABASE_BLOCK_CORRUPTION (first block, blocks,
    /// type), which take the place of those it had.
    #[serde(default)]
    pub scanned: Vec<(u32, Vec<CorruptRange>)>,
    /// Copies of a control file that became known (CATALOG).
    #[serde(default)]
    pub controlfile_copies: Vec<PathBuf>,
}

/// First block, blocks and type of a row of V$DATABASE_BLOCK_CORRUPTION.
pub type CorruptRange = (u64, u64, String);

/// A row of V$BACKUP_PIECE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Piece {
    pub recid: u32,
    pub set_stamp: u64,
    pub set_count: u32,
    pub piece: u32,
    pub copy: u32,
    pub handle: String,
    pub tag: String,
    pub device_type: String,
    /// `A` available, `D` deleted, `X` expired.
    pub status: char,
    pub start_time: i64,
    pub completion_time: i64,
    pub bytes: u64,
    pub media: Option<String>,
    pub comments: Option<String>,
    /// `D` full, `I` incremental, `L` archived logs, as V$BACKUP_SET.BACKUP_TYPE.
    pub backup_type: char,
    /// Whether a control file is in the set.
    pub controlfile_included: bool,
}

/// A row of V$BACKUP_DATAFILE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BackupDatafile {
    pub recid: u32,
    pub set_stamp: u64,
    pub set_count: u32,
    pub file: u32,
    pub creation_change: u64,
    pub resetlogs_change: u64,
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    pub absolute_fuzzy_change: u64,
    pub marked_corrupt: u64,
    pub media_corrupt: u64,
    pub logically_corrupt: u64,
    pub datafile_blocks: u64,
    pub blocks: u64,
    pub block_size: u32,
    pub completion_time: i64,
}

/// A row of V$BACKUP_REDOLOG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct BackupRedolog {
    pub set_stamp: u64,
    pub set_count: u32,
    pub thread: u32,
    pub sequence: u32,
    pub resetlogs_change: u64,
    pub first_change: u64,
    pub next_change: u64,
    pub blocks: u64,
}

/// A row of V$ARCHIVED_LOG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ArchivedLog {
    pub recid: u32,
    pub stamp: u64,
    pub name: Option<PathBuf>,
    pub dest_id: u32,
    pub thread: u32,
    pub sequence: u32,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    pub first_change: u64,
    pub first_time: i64,
    pub next_change: u64,
    pub next_time: i64,
    pub blocks: u64,
    pub block_size: u32,
    pub archived: bool,
    pub deleted: bool,
    /// `A` available, `D` deleted …
    pub status: char,
    pub completion_time: i64,
}

/// One datafile: V$DATAFILE, V$DATAFILE_HEADER and V$BACKUP at once. `header` is what the file itself says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Datafile {
    pub file: u32,
    pub ts: u32,
    pub tablespace: String,
    pub rfile: u32,
    pub name: PathBuf,
    /// `SYSTEM`, `ONLINE`, `OFFLINE`, `RECOVER`, `SYSOFF`.
    pub status: String,
    /// `READ WRITE`, `READ ONLY`, `DISABLED`.
    pub enabled: String,
    pub creation_change: u64,
    pub creation_time: i64,
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    pub unrecoverable_change: u64,
    pub offline_change: u64,
    pub online_change: u64,
    pub bytes: u64,
    pub blocks: u64,
    pub block_size: u32,
    /// V$BACKUP: `ACTIVE`, `NOT ACTIVE`, `OFFLINE NORMAL`, with CHANGE# and TIME of the begin.
    pub backup_status: String,
    pub backup_change: u64,
    pub backup_time: i64,
    pub header: Result<Header, String>,
    /// CON_ID: 0 outside a CDB, 1 the root.
    pub con_id: u32,
}

/// What a datafile's header says (V$DATAFILE_HEADER). `Err` in `Datafile::header` is its ERROR column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Header {
    pub dbid: u32,
    pub db_name: String,
    pub fuzzy: bool,
    pub recover: bool,
    pub creation_change: u64,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    pub checkpoint_count: u32,
    pub blocks: u64,
}

/// A redo log group with its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LogGroup {
    pub group: u32,
    pub thread: u32,
    pub sequence: u32,
    pub bytes: u64,
    /// `CURRENT`, `ACTIVE`, `INACTIVE`, `UNUSED`.
    pub status: String,
    pub archived: bool,
    pub first_change: u64,
    pub first_time: i64,
    pub members: Vec<PathBuf>,
}

/// A row of V$DATABASE_INCARNATION.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Incarnation {
    pub incarnation: u32,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    pub prior_resetlogs_change: u64,
    pub prior_resetlogs_time: i64,
    /// `CURRENT`, `PARENT`, `ORPHAN`.
    pub status: String,
    pub prior_incarnation: u32,
}

/// A container of a CDB besides the root, as the control file knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Container {
    pub con_id: u32,
    pub name: String,
    pub dbid: u32,
    pub guid: String,
    pub create_change: u64,
    /// SAVE STATE: how it opens once the CDB is open. (The real one keeps it in the dictionary, DBA_PDB_SAVED_STATES.)
    pub saved: Option<super::PdbMode>,
}

/// A row of V$PDBS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PdbRow {
    pub container: Container,
    /// `MOUNTED`, `READ WRITE`, `READ ONLY`.
    pub open_mode: String,
    /// `None` while it is mounted.
    pub restricted: Option<bool>,
    /// Seconds since the epoch.
    pub open_time: Option<i64>,
}

/// The mounted database. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Database {
    pub dbid: u32,
    pub name: String,
    pub db_unique_name: String,
    pub created: i64,
    pub archivelog: bool,
    /// `MOUNTED`, `READ WRITE`, `READ ONLY`.
    pub open_mode: String,
    pub role: String,
    pub control_type: ControlType,
    pub controlfile_change: u64,
    pub controlfile_time: i64,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    pub prior_resetlogs_change: u64,
    pub prior_resetlogs_time: i64,
    pub checkpoint_change: u64,
    /// 0 in MOUNT.
    pub current_scn: u64,
    pub archive_change: u64,
    pub force_logging: bool,
    pub flashback_on: bool,
    pub datafiles: Vec<Datafile>,
    /// V$TEMPFILE: file, ts, tablespace, name, bytes, container.
    pub tempfiles: Vec<(u32, u32, String, PathBuf, u64, u32)>,
    /// The seed and the pluggable databases; none: this is no CDB.
    pub containers: Vec<PdbRow>,
    /// V$CONTROLFILE.
    pub controlfiles: Vec<PathBuf>,
    pub logs: Vec<LogGroup>,
    pub archived: Vec<ArchivedLog>,
    pub incarnations: Vec<Incarnation>,
    pub pieces: Vec<Piece>,
    pub backup_datafiles: Vec<BackupDatafile>,
    pub backup_redologs: Vec<BackupRedolog>,
    /// Control file copies that RMAN knows.
    pub controlfile_copies: Vec<PathBuf>,
    /// V$RMAN_CONFIGURATION.
    pub rman_configuration: Vec<(String, String)>,
    /// V$BLOCK_CHANGE_TRACKING: the file while enabled.
    pub tracking: Option<PathBuf>,
    /// SCNs and the times (seconds) at which they were given out, every three seconds or so: what SMON notes.
    pub scn_times: Vec<(u64, i64)>,
    /// V$DATABASE_BLOCK_CORRUPTION: file, block, blocks, type.
    pub corruption: Vec<(u32, u64, u64, String)>,
}

impl Database {
    /// The incarnations up to the present one, oldest first.
    #[must_use]
    pub fn path(&self) -> Vec<&Incarnation> {
        let present = (self.resetlogs_change, self.resetlogs_time);
        let all = &self.incarnations;
        let mut path = Vec::new();
        let mut next = all.iter().find(|i| (i.resetlogs_change, i.resetlogs_time) == present);
        while let Some(here) = next {
            path.insert(0, here);
            next = all.iter().find(|i| i.incarnation == here.prior_incarnation && i.incarnation < here.incarnation);
        }
        path
    }

    /// RESETLOGS_CHANGE# of the incarnation on the path that holds an SCN.
    #[must_use]
    pub fn incarnation_of(&self, scn: u64) -> u64 {
        let holds = self.path().into_iter().rev().find(|i| i.resetlogs_change <= scn);
        holds.map_or(self.resetlogs_change, |i| i.resetlogs_change)
    }
}

/// Everything that the V$ views show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Facts {
    pub instance: String,
    pub host: String,
    pub status: Status,
    pub startup_time: i64,
    /// V$PARAMETER: every parameter in force, lower-case names; those absent here have their defaults.
    pub parameters: Vec<(String, String)>,
    /// `None` before MOUNT.
    pub database: Option<Database>,
}
