//! The seam between the engine (files, redo, recovery) and everything that talks to it (SQL, sqlplus, RMAN, workload).
//! The engine knows no SQL; the SQL side touches no file.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// An error stack as Oracle prints it: `ORA-01123: …` first, then the lines that go with it (ORA-01110 …).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OraError {
    /// Code and text of each line, without the `ORA-nnnnn: ` prefix.
    pub lines: Vec<(u32, String)>,
}

impl OraError {
    /// One line.
    pub fn new(code: u32, text: impl Into<String>) -> Self {
        Self { lines: vec![(code, text.into())] }
    }

    /// With one more line.
    #[must_use]
    pub fn and(mut self, code: u32, text: impl Into<String>) -> Self {
        self.lines.push((code, text.into()));
        self
    }
}

impl std::fmt::Display for OraError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<_> = self.lines.iter().map(|(code, text)| format!("ORA-{code:05}: {text}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for OraError {}

/// V$INSTANCE.STATUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// Instance up, nothing mounted.
    Started,
    /// Control file read.
    Mounted,
    /// Open.
    Open,
}

/// V$DATABASE.CONTROLFILE_TYPE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlType {
    /// The live one.
    Current,
    /// Made by BACKUP CONTROLFILE TO.
    Backup,
    /// Made by CREATE STANDBY CONTROLFILE AS.
    Standby,
}

/// What a session may ask the engine to do. Names as in the SQL statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Reads the control files named by the parameters.
    Mount,
    /// ALTER DATABASE OPEN [READ ONLY | RESETLOGS].
    Open {
        /// OPEN RESETLOGS
        resetlogs: bool,
        /// OPEN READ ONLY
        read_only: bool,
    },
    /// Closes what is open; the daemon ends afterwards.
    Shutdown {
        /// SHUTDOWN ABORT: nothing is written.
        abort: bool,
    },
    /// ALTER DATABASE / TABLESPACE BEGIN BACKUP.
    BeginBackup {
        /// `None`: the whole database.
        tablespace: Option<String>,
    },
    /// ALTER DATABASE / TABLESPACE END BACKUP.
    EndBackup {
        /// `None`: the whole database.
        tablespace: Option<String>,
    },
    /// ALTER SYSTEM ARCHIVE LOG CURRENT (waits until archived).
    ArchiveLogCurrent,
    /// ALTER SYSTEM SWITCH LOGFILE.
    SwitchLogfile,
    /// ALTER SYSTEM CHECKPOINT.
    Checkpoint,
    /// ALTER DATABASE BACKUP CONTROLFILE TO 'file' [REUSE].
    BackupControlfile {
        /// Where.
        to: PathBuf,
        /// May it exist.
        reuse: bool,
    },
    /// ALTER DATABASE CREATE STANDBY CONTROLFILE AS 'file' [REUSE].
    StandbyControlfile {
        /// Where.
        to: PathBuf,
        /// May it exist.
        reuse: bool,
    },
    /// ALTER DATABASE RENAME FILE 'from' TO 'to' (datafile, tempfile or log member).
    RenameFile {
        /// The name in the control file.
        from: PathBuf,
        /// The new name; must exist for a datafile.
        to: PathBuf,
    },
    /// ALTER DATABASE CREATE DATAFILE 'from' [AS 'to']: an empty file that recovery fills from the redo.
    CreateDatafile {
        /// The name in the control file, or the file's number.
        from: PathBuf,
        /// The new file; `None`: under its old name.
        to: Option<PathBuf>,
    },
    /// ALTER DATABASE DISABLE BLOCK CHANGE TRACKING.
    DisableTracking,
    /// ALTER DATABASE ENABLE BLOCK CHANGE TRACKING USING FILE 'file'.
    EnableTracking {
        /// Where.
        file: PathBuf,
    },
    /// ALTER DATABASE ARCHIVELOG | NOARCHIVELOG (in MOUNT).
    ArchiveMode {
        /// ARCHIVELOG
        on: bool,
    },
    /// ALTER DATABASE DATAFILE n OFFLINE | ONLINE.
    DatafileOnline {
        /// File number.
        file: u32,
        /// ONLINE
        online: bool,
    },
    /// ALTER TABLESPACE t OFFLINE [IMMEDIATE] | ONLINE.
    TablespaceOnline {
        /// Name.
        tablespace: String,
        /// ONLINE
        online: bool,
    },
    /// ALTER TABLESPACE t READ ONLY | READ WRITE.
    TablespaceReadOnly {
        /// Name.
        tablespace: String,
        /// READ ONLY
        read_only: bool,
    },
    /// CREATE TABLESPACE t DATAFILE 'f' SIZE n.
    CreateTablespace {
        /// Name.
        name: String,
        /// Its first file.
        file: PathBuf,
        /// Size.
        bytes: u64,
    },
    /// ALTER TABLESPACE t ADD DATAFILE 'f' SIZE n.
    AddDatafile {
        /// Name.
        tablespace: String,
        /// The file.
        file: PathBuf,
        /// Size.
        bytes: u64,
    },
    /// RECOVER …: one step; the answer says what is asked next.
    Recover(Recover),
    /// One transaction of the workload: all rows or none.
    Commit(Vec<RowChange>),
    /// Adds backup pieces, catalogued logs and backup rows to the control file (what RMAN writes there).
    RecordBackup(BackupRecord),
    /// Remembers an RMAN configuration line (`CONTROLFILE AUTOBACKUP` = `ON`).
    Configure {
        /// Name as V$RMAN_CONFIGURATION shows it.
        name: String,
        /// Value.
        value: String,
    },
    /// Every second block write is held between its halves until released (fractured blocks for certain), or no more.
    HoldWrites(bool),
}

/// One row of the workload's table: `key` has its fixed place in a block of a datafile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// The row, from 0.
    pub key: u32,
    /// The new value (at most 48 bytes of ASCII).
    pub value: String,
}

/// RECOVER as sqlplus and ALTER DATABASE RECOVER know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recover {
    /// Begins.
    Start {
        /// What.
        scope: RecoverScope,
        /// UNTIL.
        until: Until,
        /// USING BACKUP CONTROLFILE
        backup_controlfile: bool,
        /// AUTOMATIC: apply suggested logs without asking.
        automatic: bool,
        /// FROM 'location'
        from: Option<PathBuf>,
    },
    /// Answers `Specify log:` with a file name, or the suggestion.
    Apply {
        /// `None`: the suggested file.
        file: Option<PathBuf>,
        /// AUTO: from now on without asking.
        auto: bool,
    },
    /// CANCEL
    Cancel,
}

/// What is recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecoverScope {
    /// DATABASE
    Database,
    /// STANDBY DATABASE
    StandbyDatabase,
    /// TABLESPACE t
    Tablespace(String),
    /// DATAFILE n
    Datafile(u32),
}

/// Where recovery ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// All redo there is.
    Complete,
    /// UNTIL CANCEL
    Cancel,
    /// UNTIL CHANGE n: through n - 1.
    Change(u64),
    /// UNTIL TIME, seconds since the epoch.
    Time(i64),
}

/// What a command gave back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// Nothing to say.
    Ok,
    /// A commit's SCN and time (microseconds since the epoch).
    Committed {
        /// SCN of the commit.
        scn: u64,
        /// Its time.
        time_us: i64,
    },
    /// `Media recovery complete.`
    RecoveryComplete,
    /// ORA-00279/00289/00280 and `Specify log:`. `applied` are the logs used since the last question.
    NeedsLog {
        /// The SCN that is needed.
        change: u64,
        /// When it was generated (seconds since the epoch).
        generated: i64,
        /// Thread.
        thread: u32,
        /// Sequence.
        sequence: u32,
        /// The suggested file.
        suggestion: PathBuf,
        /// Logs applied since the last question.
        applied: Vec<PathBuf>,
    },
    /// `Media recovery cancelled.`
    RecoveryCancelled,
}

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
    /// V$TEMPFILE: file, ts, tablespace, name, bytes.
    pub tempfiles: Vec<(u32, u32, String, PathBuf, u64)>,
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
    /// V$DATABASE_BLOCK_CORRUPTION: file, block, blocks, type.
    pub corruption: Vec<(u32, u64, u64, String)>,
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

/// A running instance. The daemon keeps it behind a mutex; sessions call it one at a time.
pub trait Instance: Send {
    /// What the views show now (reads the datafile headers).
    fn facts(&mut self) -> Facts;
    /// Does one thing.
    fn execute(&mut self, command: &Command) -> Result<Done, OraError>;
    /// The workload's rows and the SCN at which they are so. ORA-03001 from an instance that has none.
    fn rows(&mut self) -> Result<(u64, BTreeMap<u32, String>), OraError> {
        Err(OraError::new(3001, "unimplemented feature"))
    }
    /// Background work: DBWR, checkpoints, archiver. The daemon calls it every 20 ms or so.
    fn tick(&mut self);
}
