//! The commands, parsed.

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// CONNECT TARGET | CATALOG
    Connect { catalog: bool, text: String },
    /// SET …
    Set(Setting),
    /// SHOW ALL or one parameter.
    Show(String),
    /// CONFIGURE name value; an empty value clears.
    Configure { name: String, value: String },
    /// ALLOCATE CHANNEL
    Allocate { name: String, device: Device, parms: Option<String>, format: Option<String>, maintenance: bool },
    /// RELEASE CHANNEL
    Release(Option<String>),
    /// BACKUP
    Backup(Box<Backup>),
    /// VALIDATE DATABASE | DATAFILE
    Validate(Objects, bool),
    /// CATALOG
    Catalog(Catalog),
    /// LIST
    List(List),
    /// CROSSCHECK BACKUP | ARCHIVELOG ALL
    Crosscheck { logs: bool },
    /// RESTORE
    Restore(Restore),
    /// RECOVER DATABASE | DATAFILE
    Recover { what: Objects, until: Option<Until> },
    /// SQL 'text'
    Sql(String),
    /// STARTUP
    Startup { mode: String, pfile: Option<String>, force: bool },
    /// SHUTDOWN
    Shutdown(String),
    /// ALTER … and SELECT, as they are.
    Statement(String),
    /// REPORT SCHEMA
    ReportSchema,
    /// RUN { … }
    Run(Vec<Step>),
    /// EXIT, QUIT
    Exit,
    /// An empty command.
    Nothing,
}

/// A command within RUN, with its text for faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The command.
    pub verb: Verb,
    /// Its words.
    pub text: String,
}

/// SET …
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// ECHO ON | OFF
    Echo(bool),
    /// ENCRYPTION ON | OFF
    Encryption(bool),
    /// COMMAND ID TO 'x'
    CommandId(String),
    /// DBID n
    Dbid(u32),
    /// UNTIL …
    Until(Until),
    /// NEWNAME FOR DATAFILE n TO 'x'
    Newname(u32, String),
    /// MAXCORRUPT FOR DATAFILE n, … TO m
    MaxCorrupt(Vec<u32>, u64),
    /// ARCHIVELOG DESTINATION TO 'x'
    ArchiveDestination(String),
}

/// DEVICE TYPE
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// DISK
    Disk,
    /// SBT, SBT_TAPE
    Sbt,
}

impl Device {
    /// As printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disk => "DISK",
            Self::Sbt => "SBT_TAPE",
        }
    }
}

/// UNTIL
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// SCN n
    Scn(u64),
    /// TIME 'x'
    Time(String),
    /// SEQUENCE n
    Sequence(u32),
}

/// Data files by name, number or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objects {
    /// DATABASE
    Database,
    /// DATAFILE n | 'x', …
    Datafiles(Vec<String>),
    /// TABLESPACE t | pdb:t, …
    Tablespaces(Vec<String>),
    /// PLUGGABLE DATABASE p, … | DATABASE ROOT
    Pdbs(Vec<String>),
}

/// Which archived logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logs {
    /// LIKE 'pattern'
    pub like: Option<String>,
    /// FROM SCN / SEQUENCE
    pub from: Option<(bool, u64)>,
    /// UNTIL SCN / SEQUENCE
    pub until: Option<(bool, u64)>,
}

/// What BACKUP is to put into sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// DATABASE, DATAFILE, TABLESPACE
    Files(Objects),
    /// ARCHIVELOG
    Logs(Logs),
    /// CONTROLFILECOPY 'x'
    ControlfileCopy(String),
    /// CURRENT CONTROLFILE
    CurrentControlfile,
    /// SPFILE
    Spfile,
}

/// BACKUP
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backup {
    /// VALIDATE: read only.
    pub validate: bool,
    /// CHECK LOGICAL
    pub check_logical: bool,
    /// INCREMENTAL LEVEL
    pub level: Option<u32>,
    /// FILESPERSET
    pub files_per_set: Option<usize>,
    /// FORMAT
    pub format: Option<String>,
    /// TAG
    pub tag: Option<String>,
    /// DEVICE TYPE
    pub device: Option<Device>,
    /// SECTION SIZE in bytes
    pub section: Option<u64>,
    /// SKIP OFFLINE | READONLY | INACCESSIBLE
    pub skip: Vec<String>,
    /// PLUS ARCHIVELOG
    pub plus_archivelog: bool,
    /// INCLUDE CURRENT CONTROLFILE
    pub include_controlfile: bool,
    /// What.
    pub subjects: Vec<Subject>,
}

/// CATALOG
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catalog {
    /// START WITH 'x' [NOPROMPT]
    StartWith { prefix: String, noprompt: bool },
    /// ARCHIVELOG 'x', …
    Logs(Vec<String>),
    /// CONTROLFILECOPY 'x', …
    ControlfileCopies(Vec<String>),
    /// DATAFILECOPY 'x', …
    DatafileCopies(Vec<String>),
    /// [DEVICE TYPE SBT] BACKUPPIECE 'x', …
    Pieces(Option<Device>, Vec<String>),
}

/// LIST
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// BACKUP [SUMMARY] [TAG 't'] [OF …]
    Backup { summary: bool, tag: Option<String>, handle: Option<String> },
    /// INCARNATION
    Incarnation,
    /// ARCHIVELOG ALL
    Archivelog,
    /// COPY, DATAFILECOPY
    Copy,
}

/// What RESTORE restores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Data files.
    Files(Objects),
    /// Archived logs.
    Logs(Logs),
    /// CONTROLFILE [TO 'x'] FROM 'handle'
    Controlfile { to: Option<String>, from: Option<String> },
}

/// RESTORE
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// What.
    pub target: Target,
    /// VALIDATE
    pub validate: bool,
    /// VALIDATE HEADER
    pub header: bool,
    /// PREVIEW
    pub preview: bool,
    /// FROM TAG
    pub tag: Option<String>,
    /// UNTIL
    pub until: Option<Until>,
}
