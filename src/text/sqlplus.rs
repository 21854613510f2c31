//! Contexts of `templates/sqlplus`.

use super::Template;
use crate::{model::Scn, port::Role};
use serde::Serialize;

/// The role as CONNECT writes it.
#[must_use]
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Sysbackup => "SYSBACKUP",
        Role::Sysdba => "SYSDBA",
    }
}

/// What a batch does at its first error.
#[must_use]
pub const fn on_error(stop: bool) -> &'static str {
    if stop { "WHENEVER SQLERROR EXIT FAILURE ROLLBACK\n" } else { "WHENEVER SQLERROR CONTINUE\n" }
}

macro_rules! template {
    ($type:ty, $name:literal) => {
        impl Template for $type {
            const NAME: &'static str = $name;
        }
    };
}

/// First lines of a living session: connect, settings, release.
#[derive(Debug, Clone, Serialize)]
pub struct Prologue {
    /// `role_word`
    pub role: &'static str,
    /// What end markers begin with.
    pub marker: String,
}
template!(Prologue, "sqlplus/prologue.tera");

/// The frame of a script that runs once.
#[derive(Debug, Clone, Serialize)]
pub struct Script<'a> {
    /// `role_word`
    pub role: &'static str,
    /// End marker: a script without it in its output ended early.
    pub marker: &'a str,
    /// Text that another template of this folder made.
    pub body: &'a str,
}
template!(Script<'_>, "sqlplus/script.tera");

/// A query whose rows come as one text each, for releases without CSV.
#[derive(Debug, Clone, Serialize)]
pub struct Joined<'a> {
    /// Before, between and behind the values, so that a cut-off row and trailing blanks are seen.
    pub separator: &'a str,
    /// The query's columns.
    pub columns: &'a [String],
    /// The query, without terminator.
    pub query: &'a str,
}
template!(Joined<'_>, "sqlplus/joined.tera");

/// A site's own query, its rows with the names of their columns.
#[derive(Debug, Clone, Serialize)]
pub struct CheckQuery<'a> {
    /// The line that the rows stand behind.
    pub marker: &'a str,
    /// For `joined`.
    pub separator: &'a str,
    /// The query's columns, for releases without CSV; else none.
    pub columns: &'a [String],
    /// `text::check`
    pub query: &'a str,
}
template!(CheckQuery<'_>, "sqlplus/check.tera");

/// STARTUP MOUNT.
#[derive(Debug, Clone, Serialize)]
pub struct StartupMount<'a> {
    /// The pfile; empty for the instance's own spfile.
    pub pfile: &'a str,
}
template!(StartupMount<'_>, "sqlplus/startup_mount.tera");

/// STARTUP NOMOUNT, with a pfile.
#[derive(Debug, Clone, Serialize)]
pub struct StartupNomount<'a> {
    /// The pfile.
    pub pfile: &'a str,
}
template!(StartupNomount<'_>, "sqlplus/startup_nomount.tera");

/// SHUTDOWN ABORT.
#[derive(Debug, Clone, Serialize)]
pub struct ShutdownAbort {}
template!(ShutdownAbort, "sqlplus/shutdown_abort.tera");

/// SHUTDOWN IMMEDIATE.
#[derive(Debug, Clone, Serialize)]
pub struct ShutdownImmediate {}
template!(ShutdownImmediate, "sqlplus/shutdown_immediate.tera");

/// RECOVER DATABASE (SQL*Plus User's Guide, "RECOVER").
#[derive(Debug, Clone, Serialize)]
pub struct Recover<'a> {
    /// It takes the logs that it finds by their names, and does not ask for them.
    pub automatic: bool,
    /// Folder of the archived logs; empty for the instance's own destinations.
    pub logs: &'a str,
    /// STANDBY DATABASE, for a control file of type STANDBY. Not together with `backup_controlfile`.
    pub standby: bool,
    /// Recovers changes below this one; `None` is complete recovery. "Through n" is `n.next()` (law 15).
    pub until_change: Option<Scn>,
    /// UNTIL TIME: `YYYY-MM-DD:HH24:MI:SS` in the time zone of the database's host; empty without. Not together with
    /// `until_change`.
    pub until_time: &'a str,
    /// USING BACKUP CONTROLFILE. Never with the current control file.
    pub backup_controlfile: bool,
}
template!(Recover<'_>, "sqlplus/recover.tera");

impl Recover<'static> {
    /// With the current control file, to the end of redo.
    #[must_use]
    pub const fn complete() -> Self {
        Self {
            automatic: true,
            logs: "",
            standby: false,
            until_change: None,
            until_time: "",
            backup_controlfile: false,
        }
    }
}

/// A RECOVER whose question for a log is answered: by a file, then by CANCEL. Where it does not ask any more SQL*Plus does
/// not know CANCEL, and goes on.
#[derive(Debug, Clone, Serialize)]
pub struct RecoverOffer<'a> {
    /// The RECOVER, as its template made it.
    pub recover: &'a str,
    /// The file; empty: none, only what recovery finds by itself.
    pub log: &'a str,
}
template!(RecoverOffer<'_>, "sqlplus/recover_offer.tera");

/// RECOVER TABLESPACE, or DATAFILE where no tablespace is named. Complete recovery only.
#[derive(Debug, Clone, Serialize)]
pub struct RecoverPart<'a> {
    /// The tablespace, or empty.
    pub tablespace: &'a str,
    /// File numbers.
    pub datafiles: &'a [u32],
}
template!(RecoverPart<'_>, "sqlplus/recover_part.tera");

/// One file and its new name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// As the control file has it.
    pub old: String,
    /// As it lies on this host.
    pub new: String,
}

/// ALTER DATABASE RENAME FILE for many files in one call.
#[derive(Debug, Clone, Serialize)]
pub struct RenameFiles<'a> {
    /// The files, in order.
    pub names: &'a [Rename],
}
template!(RenameFiles<'_>, "sqlplus/rename_files.tera");
