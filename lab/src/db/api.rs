//! The seam between the engine (files, redo, recovery) and everything that talks to it (SQL, sqlplus, RMAN, workload).
//! The engine knows no SQL; the SQL side touches no file.

mod rows;

pub use rows::*;

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
    /// ALTER DATABASE CREATE DATAFILE 'from' [AS 'to' | AS NEW]: an empty file that recovery fills from the redo.
    CreateDatafile {
        /// The name in the control file, or the file's number.
        from: PathBuf,
        /// Under which name.
        to: NewName,
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
    /// ALTER DATABASE DATAFILE n OFFLINE FOR DROP.
    DatafileForDrop {
        /// File number.
        file: u32,
    },
    /// ALTER PLUGGABLE DATABASE … OPEN.
    OpenPdbs {
        /// Which.
        pdbs: Pdbs,
        /// How.
        mode: PdbMode,
    },
    /// ALTER PLUGGABLE DATABASE … CLOSE [IMMEDIATE | ABORT].
    ClosePdbs {
        /// Which.
        pdbs: Pdbs,
        /// ABORT: nothing is written.
        abort: bool,
    },
    /// ALTER PLUGGABLE DATABASE … SAVE STATE | DISCARD STATE.
    SavePdbs {
        /// Which.
        pdbs: Pdbs,
        /// SAVE
        save: bool,
    },
    /// ALTER TABLESPACE t ONLINE.
    TablespaceOnline {
        /// Name.
        tablespace: String,
    },
    /// ALTER TABLESPACE t OFFLINE.
    TablespaceOffline {
        /// Name.
        tablespace: String,
        /// In which way.
        how: Offline,
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
        /// Its first file; `None`: an Oracle-managed name.
        file: Option<PathBuf>,
        /// Size.
        bytes: u64,
    },
    /// DROP TABLESPACE t [INCLUDING CONTENTS [AND DATAFILES]].
    DropTablespace {
        /// Name.
        name: String,
        /// What becomes of what is in it.
        contents: Contents,
    },
    /// ALTER TABLESPACE t RENAME DATAFILE 'from' TO 'to'.
    RenameDatafile {
        /// Its tablespace.
        tablespace: String,
        /// The name in the control file.
        from: PathBuf,
        /// The new name; must exist.
        to: PathBuf,
    },
    /// ALTER TABLESPACE t ADD DATAFILE 'f' SIZE n.
    AddDatafile {
        /// Name.
        tablespace: String,
        /// The file; `None`: an Oracle-managed name.
        file: Option<PathBuf>,
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

/// Pluggable databases of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pdbs {
    /// p, …
    Named(Vec<String>),
    /// ALL [EXCEPT p, …]
    AllExcept(Vec<String>),
}

/// How a pluggable database opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PdbMode {
    /// READ ONLY or READ WRITE, where it is said.
    pub read_only: Option<bool>,
    /// RESTRICTED
    pub restricted: bool,
}

/// The name of a file that CREATE DATAFILE makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewName {
    /// Its old one.
    Same,
    /// AS 'name'
    As(PathBuf),
    /// AS NEW: an Oracle-managed one.
    Managed,
}

/// What DROP TABLESPACE includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contents {
    /// Nothing is said: the tablespace must be empty.
    Kept,
    /// INCLUDING CONTENTS
    Included,
    /// INCLUDING CONTENTS AND DATAFILES: the files are deleted.
    WithFiles,
}

/// How a tablespace goes offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offline {
    /// Every file is checkpointed: it comes back without recovery.
    Normal,
    /// Those that can be reached are checkpointed.
    Temporary,
    /// Nothing is written: every file needs recovery.
    Immediate,
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
    /// TABLESPACE t, …
    Tablespaces(Vec<String>),
    /// DATAFILE n | 'name', …
    Datafiles(Vec<PathBuf>),
    /// PLUGGABLE DATABASE p, …
    Pdbs(Vec<String>),
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
        /// Why an AUTOMATIC recovery asks: the suggested file cannot be opened (ORA-00308).
        failed: Option<OraError>,
    },
    /// `Media recovery cancelled.`
    RecoveryCancelled,
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
