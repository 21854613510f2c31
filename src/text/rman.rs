//! Contexts of `templates/rman`.

use super::Template;
use serde::Serialize;

/// How the media manager is reached (Backup and Recovery Reference, "allocOperandList", PARMS).
#[derive(Debug, Clone, Serialize)]
pub struct Sbt {
    /// Channel names; their number is the number of tape streams.
    pub channels: Vec<String>,
    /// SBT_LIBRARY.
    pub library: String,
    /// ENV, in order.
    pub env: Vec<SbtEnv>,
}

/// One variable of ENV.
#[derive(Debug, Clone, Serialize)]
pub struct SbtEnv {
    /// Name.
    pub name: String,
    /// Value. Not secret: it stands in RMAN's own log.
    pub value: String,
}

impl Sbt {
    /// Channels t1 … tn.
    pub fn new(channels: u32, library: &str, env: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            channels: (1..=channels.max(1)).map(|n| format!("t{n}")).collect(),
            library: library.to_owned(),
            env: env.into_iter().map(|(name, value)| SbtEnv { name, value }).collect(),
        }
    }
}

/// Datafiles and kept archived logs to tape.
#[derive(Debug, Clone, Serialize)]
pub struct Backup<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// The media manager.
    pub sbt: &'a Sbt,
    /// The run, for FORMAT.
    pub run: &'a str,
    /// Tag of this attempt.
    pub tag: &'a str,
    /// CONTROLFILE AUTOBACKUP: true for a BACKUP control file, false for a STANDBY one.
    pub autobackup: bool,
    /// CHECK LOGICAL.
    pub check_logical: bool,
    /// Empty for DATABASE NOEXCLUDE; else these files. SKIP OFFLINE is refused with a BACKUP control file (RMAN-06131),
    /// so files that are left out are left out by naming the others.
    pub datafiles: &'a [u32],
    /// Private folder of the kept logs, without a slash at its end; empty for none.
    pub logs: &'a str,
}

/// The clone's control file to tape, under a handle that can be guessed.
#[derive(Debug, Clone, Serialize)]
pub struct Controlfile<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// The media manager.
    pub sbt: &'a Sbt,
    /// `ovm_<DBID>_<run>_cf_1`
    pub handle: &'a str,
    /// Tag of this attempt.
    pub tag: &'a str,
    /// The copy.
    pub path: &'a str,
}

/// Reads every byte of the pieces of one tag.
#[derive(Debug, Clone, Serialize)]
pub struct Validate<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// The media manager.
    pub sbt: &'a Sbt,
    /// Tag of the good attempt.
    pub tag: &'a str,
    /// Empty for the whole database.
    pub datafiles: &'a [u32],
}

/// Reads every block of the mounted or open copy.
#[derive(Debug, Clone, Serialize)]
pub struct ValidateBlocks<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// Channel names; their number is the number of readers.
    pub channels: &'a [String],
    /// The datafiles.
    pub datafiles: &'a [u32],
}

impl Template for ValidateBlocks<'_> {
    const NAME: &'static str = "rman/validate_blocks.tera";
}

/// Reads every byte of one archived log (Backup and Recovery Reference, "BACKUP", VALIDATE). ORA-19599: it is corrupt.
#[derive(Debug, Clone, Serialize)]
pub struct ValidateLog<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// Its name as V$ARCHIVED_LOG has it.
    pub path: &'a str,
}

impl Template for ValidateLog<'_> {
    const NAME: &'static str = "rman/validate_log.tera";
}

/// The control file from tape, by its handle (Backup and Recovery Reference, "RESTORE", restoreSpecOperand FROM).
#[derive(Debug, Clone, Serialize)]
pub struct RestoreControlfile<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// The media manager.
    pub sbt: &'a Sbt,
    /// The database, which an instance in NOMOUNT does not know.
    pub dbid: u64,
    /// `ovm_<DBID>_<run>_cf_1`
    pub handle: &'a str,
    /// Where it goes.
    pub path: &'a str,
}

/// A datafile and where it is restored to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewName {
    /// FILE#
    pub number: u32,
    /// The file.
    pub path: String,
}

/// Archived logs of one thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogRange {
    /// THREAD#
    pub thread: u64,
    /// First SEQUENCE#.
    pub from: u64,
    /// Last SEQUENCE#.
    pub until: u64,
}

/// Datafiles from the pieces of one tag to names of their own, and the archived logs of that tag.
#[derive(Debug, Clone, Serialize)]
pub struct Restore<'a> {
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// The media manager.
    pub sbt: &'a Sbt,
    /// Tag of the good attempt.
    pub tag: &'a str,
    /// The datafiles.
    pub files: &'a [NewName],
    /// The logs; empty for none.
    pub logs: &'a [LogRange],
    /// Folder for the logs, without a slash at its end.
    pub logs_to: &'a str,
}

impl Template for RestoreControlfile<'_> {
    const NAME: &'static str = "rman/restore_controlfile.tera";
}
impl Template for Restore<'_> {
    const NAME: &'static str = "rman/restore.tera";
}
impl Template for Backup<'_> {
    const NAME: &'static str = "rman/backup.tera";
}
impl Template for Controlfile<'_> {
    const NAME: &'static str = "rman/controlfile.tera";
}
impl Template for Validate<'_> {
    const NAME: &'static str = "rman/validate.tera";
}
