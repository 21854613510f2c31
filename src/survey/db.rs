//! What the database says of itself.

use crate::model::Scn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// V$DATABASE and V$INSTANCE, the columns that matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Identity {
    pub dbid: u64,
    pub name: String,
    pub db_unique_name: String,
    pub log_mode: String,
    pub open_mode: String,
    pub role: String,
    pub controlfile_type: String,
    pub resetlogs_change: Scn,
    /// As printed by the database; compared as text only.
    pub resetlogs_time: String,
    pub current_scn: Scn,
    pub flashback_on: String,
    pub fs_failover_status: String,
    pub cdb: bool,
    pub version: String,
    pub host_name: String,
    pub startup_time: String,
    pub parallel: bool,
    pub enabled_threads: u64,
}

/// A datafile (V$DATAFILE with its tablespace).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DataFile {
    pub number: u64,
    pub name: String,
    pub tablespace: String,
    pub con_id: u64,
    /// `SYSTEM`, `ONLINE`, `OFFLINE`, `RECOVER`, `SYSOFF`.
    pub status: String,
    /// `READ WRITE`, `READ ONLY`, `DISABLED` …
    pub enabled: String,
    pub creation_change: Scn,
    /// `YYYY-MM-DD HH24:MI:SS` of the database's host; records of before it was asked have none.
    #[serde(default)]
    pub created: String,
    pub checkpoint_change: Scn,
    pub bytes: u64,
}

impl DataFile {
    /// Whether it takes part in backup mode: online, read write (and in an open read-write container, which the
    /// caller knows).
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.is_online() && self.enabled == "READ WRITE"
    }

    /// Whether `skip` leaves it out of the backup: named there, and offline. A file that came back online is taken.
    #[must_use]
    pub fn is_left_out(&self, skip: &[String]) -> bool {
        !self.is_online() && skip.contains(&self.name)
    }

    /// Whether it is online.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self.status.as_str(), "SYSTEM" | "ONLINE")
    }
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FileKind {
    Data,
    Temp,
    Redo,
    Control,
    Archive,
    Flashback,
    Tracking,
    Parameter,
    Software,
}

/// A file or folder that the database names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbFile {
    /// What for.
    pub kind: FileKind,
    /// Its path.
    pub path: String,
}

/// Parameters in force, lower-case names.
pub type Parameters = BTreeMap<String, String>;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbFacts {
    /// Who it is.
    pub identity: Identity,
    /// Its datafiles.
    pub datafiles: Vec<DataFile>,
    /// Every file and folder it names, datafiles included.
    pub files: Vec<DbFile>,
    /// Datafiles in backup mode now: number and name.
    pub active: Vec<(u64, String)>,
    /// RMAN sessions now.
    pub rman_sessions: u64,
    /// Parameters.
    pub parameters: Parameters,
    /// Containers that are not open read write: con_id and mode.
    pub closed_containers: Vec<(u64, String)>,
}

impl DbFacts {
    /// The datafiles that BEGIN BACKUP must put into backup mode.
    pub fn planned(&self) -> impl Iterator<Item = &DataFile> {
        let open = |f: &&DataFile| !self.closed_containers.iter().any(|(con, _)| *con == f.con_id);
        self.datafiles.iter().filter(|f| f.is_writable()).filter(open)
    }

    /// A parameter's value.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
