//! The statements of `sql/`: one file each, compiled in, with a header that says what the text cannot.
//!
//! `sql::BACKUP_BEGIN.at(release, &[])` gives the statement that fits a release. Binds go to the driver; the few values
//! that SQL cannot bind (paths and names in DDL) are put in here, through a filter that refuses what is not plain.

pub use super::header::{Entry, State, ValueKind};
use super::{Release, header, template};
use crate::{
    fault::{Fault, Kind},
    port::{Bind, Statement},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// The name of a statement; the constants of this module are all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SqlId(&'static str);

macro_rules! registry {
    ($($name:ident = $id:literal [$($file:literal),+];)+) => {
        $(
            #[doc = concat!("`", $id, "`: see the head of `sql/", $id, ".sql`.")]
            pub const $name: SqlId = SqlId($id);
        )+

        /// Every statement.
        pub const ALL: &[SqlId] = &[$($name),+];

        /// Every file (path under `sql/` without ending) and its text.
        pub const FILES: &[(&str, &str)] =
            &[$($(($file, include_str!(concat!("../../sql/", $file, ".sql")))),+),+];
    };
}

registry! {
    INSTANCE_RELEASE = "instance/release" ["instance/release"];
    INSTANCE_STATE = "instance/state" ["instance/state"];
    DATABASE_IDENTITY = "database/identity" ["database/identity", "database/identity@11"];
    DATABASE_NOW = "database/now" ["database/now"];
    DATABASE_PARAMETERS = "database/parameters" ["database/parameters"];
    DATABASE_PDBS = "database/pdbs" ["database/pdbs", "database/pdbs@11"];
    DATABASE_INCARNATIONS = "database/incarnations" ["database/incarnations"];
    DATABASE_THREADS = "database/threads" ["database/threads"];
    DATABASE_RESTORE_POINTS = "database/restore_points" ["database/restore_points"];
    FILES_DATA = "files/data" ["files/data", "files/data@11"];
    FILES_TEMP = "files/temp" ["files/temp", "files/temp@11"];
    FILES_CONTROL = "files/control" ["files/control"];
    FILES_REDO = "files/redo" ["files/redo"];
    FILES_LOGS = "files/logs" ["files/logs"];
    FILES_ARCHIVE_DESTS = "files/archive_dests" ["files/archive_dests"];
    FILES_FLASHBACK = "files/flashback" ["files/flashback"];
    FILES_CHANGE_TRACKING = "files/change_tracking" ["files/change_tracking"];
    FILES_RECOVERY_DEST = "files/recovery_dest" ["files/recovery_dest"];
    FILES_HEADERS = "files/headers" ["files/headers", "files/headers@11"];
    FILES_RECOVER = "files/recover" ["files/recover"];
    FILES_KEYSTORE = "files/keystore" ["files/keystore"];
    FILES_DIAGNOSTICS = "files/diagnostics" ["files/diagnostics"];
    FILES_DIRECTORIES = "files/directories" ["files/directories"];
    BACKUP_FILES = "backup/files" ["backup/files", "backup/files@11"];
    BACKUP_ACTIVE = "backup/active" ["backup/active"];
    BACKUP_OURS = "backup/ours" ["backup/ours"];
    BACKUP_BEGIN = "backup/begin" ["backup/begin"];
    BACKUP_END = "backup/end" ["backup/end"];
    BACKUP_END_GUARD = "backup/end_guard" ["backup/end_guard"];
    BACKUP_CONTROLFILE = "backup/controlfile" ["backup/controlfile"];
    BACKUP_STANDBY_CONTROLFILE = "backup/standby_controlfile" ["backup/standby_controlfile"];
    LOGS_ARCHIVE_CURRENT = "logs/archive_current" ["logs/archive_current"];
    LOGS_CHECKPOINT = "logs/checkpoint" ["logs/checkpoint"];
    LOGS_NEEDED = "logs/needed" ["logs/needed"];
    LOGS_SINCE = "logs/since" ["logs/since"];
    LOGS_NEWEST_RECORD = "logs/newest_record" ["logs/newest_record"];
    LOGS_ARCHIVED_AFTER = "logs/archived_after" ["logs/archived_after"];
    RMAN_SESSIONS = "rman/sessions" ["rman/sessions"];
    RMAN_JOBS = "rman/jobs" ["rman/jobs"];
    RMAN_PIECES = "rman/pieces" ["rman/pieces"];
    RMAN_DATAFILES = "rman/datafiles" ["rman/datafiles"];
    RMAN_REDOLOGS = "rman/redologs" ["rman/redologs"];
    RMAN_LONGOPS = "rman/longops" ["rman/longops"];
    RMAN_CORRUPTION = "rman/corruption" ["rman/corruption"];
    SESSION_IDENTITY = "session/identity" ["session/identity"];
    SESSION_PRESENT = "session/present" ["session/present"];
    SESSION_KILL = "session/kill" ["session/kill"];
    CHANGE_RENAME_FILE = "change/rename_file" ["change/rename_file"];
    CHANGE_DISABLE_TRACKING = "change/disable_tracking" ["change/disable_tracking"];
    CHANGE_DATAFILE_OFFLINE = "change/datafile_offline" ["change/datafile_offline"];
    CHANGE_DATAFILE_OFFLINE_DROP = "change/datafile_offline_drop" ["change/datafile_offline_drop"];
    CHANGE_DATAFILE_ONLINE = "change/datafile_online" ["change/datafile_online"];
    CHANGE_TABLESPACE_OFFLINE = "change/tablespace_offline" ["change/tablespace_offline"];
    CHANGE_TABLESPACE_ONLINE = "change/tablespace_online" ["change/tablespace_online"];
    CHANGE_CREATE_DATAFILE = "change/create_datafile" ["change/create_datafile"];
    CHANGE_CREATE_DATAFILE_MANAGED = "change/create_datafile_managed" ["change/create_datafile_managed"];
    CHANGE_MOUNT = "change/mount" ["change/mount"];
    CHANGE_OPEN = "change/open" ["change/open"];
    CHANGE_OPEN_READ_ONLY = "change/open_read_only" ["change/open_read_only"];
    CHANGE_OPEN_RESETLOGS = "change/open_resetlogs" ["change/open_resetlogs"];
    CHANGE_PDB_CLOSE = "change/pdb_close" ["change/pdb_close"];
    CHANGE_PDB_OPEN = "change/pdb_open" ["change/pdb_open"];
    TIME_SCN_OF = "time/scn_of" ["time/scn_of"];
}

static ENTRIES: LazyLock<Result<Vec<(&'static str, Entry)>, String>> = LazyLock::new(|| {
    let parsed = FILES.iter().map(|(file, text)| match header::parse(text) {
        Ok(entry) => Ok((*file, entry)),
        Err(why) => Err(format!("sql/{file}.sql: {why}")),
    });
    parsed.collect()
});

/// Every file, taken apart.
pub fn entries() -> Result<&'static [(&'static str, Entry)], Fault> {
    match &*ENTRIES {
        Ok(entries) => Ok(entries),
        Err(why) => Err(bug(why.clone())),
    }
}

fn bug(why: String) -> Fault {
    Fault::new(Kind::Bug, "TXT-001", why)
}

impl SqlId {
    /// `area/name`
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The file of this statement for a release.
    pub fn entry(self, release: Release) -> Result<(&'static str, &'static Entry), Fault> {
        let found = entries()?.iter().find(|(_, entry)| entry.id == self.0 && entry.is_for(release));
        found.map(|(file, entry)| (*file, entry)).ok_or_else(|| {
            Fault::new(Kind::User, "SQL-007", format!("there is no statement {} for release {release}", self.0))
                .hint(format!("releases from {} on are served", Release::OLDEST))
        })
    }

    /// The statement for a release, with its values. Values are checked against the header: none may be missing,
    /// none may be too many, each has its kind.
    pub fn at(self, release: Release, values: &[(&str, Bind)]) -> Result<Statement, Fault> {
        let (file, entry) = self.entry(release)?;
        check(entry, values)?;
        let given = |name: &str| values.iter().find(|(n, _)| *n == name).map(|(_, bind)| bind.clone());
        let binds = entry.binds.iter().filter_map(|(name, _)| Some((name.clone(), given(name)?))).collect();
        Ok(Statement { id: entry.id.clone(), text: text(file, entry, values)?, binds, columns: entry.columns.clone() })
    }
}

fn check(entry: &Entry, values: &[(&str, Bind)]) -> Result<(), Fault> {
    let wanted = entry.binds.iter().chain(&entry.literals);
    if wanted.clone().count() != values.len() {
        return Err(bug(format!("{} takes {} values, {} were given", entry.id, wanted.count(), values.len())));
    }
    for (name, kind) in wanted {
        let fits = |bind: &Bind| {
            matches!((bind, kind), (Bind::Number(_), ValueKind::Number) | (Bind::Text(_), ValueKind::Text))
        };
        if !values.iter().any(|(n, bind)| n == name && fits(bind)) {
            return Err(bug(format!("{} was not given its {name} as a {kind:?}", entry.id)));
        }
    }
    Ok(())
}

fn text(file: &str, entry: &Entry, values: &[(&str, Bind)]) -> Result<String, Fault> {
    if entry.literals.is_empty() {
        return Ok(entry.body.clone());
    }
    let context: BTreeMap<&str, String> = values.iter().map(|(name, bind)| (*name, plain(bind))).collect();
    template::render_named(&format!("sql/{file}"), &context)
}

fn plain(bind: &Bind) -> String {
    match bind {
        Bind::Number(number) => number.to_string(),
        Bind::Text(text) => text.clone(),
    }
}

/// SPOOL of SQL*Plus around a query, so that one call also leaves its answer in a file at the host (the guard's list).
/// Not SQL: the sqlplus driver sends it as a client command, another implementation of `Sql` refuses it.
pub fn spool_on(path: &str) -> Result<Statement, Fault> {
    let context = BTreeMap::from([("path", path)]);
    Ok(client("client/spool_on", template::render_named("sqlplus/spool_on.tera", &context)?.trim().to_owned()))
}

/// Ends `spool_on` and writes the file out.
#[must_use]
pub fn spool_off() -> Statement {
    client("client/spool_off", "SPOOL OFF".to_owned())
}

fn client(id: &str, text: String) -> Statement {
    Statement { id: id.to_owned(), text, binds: Vec::new(), columns: Vec::new() }
}
