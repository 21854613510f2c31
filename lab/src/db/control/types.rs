//! What a control file holds.

use crate::db::api::{ArchivedLog, BackupDatafile, BackupRedolog, Container, ControlType, Incarnation, Piece};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The whole content of a control file. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ControlFile {
    pub dbid: u32,
    pub name: String,
    pub created: i64,
    pub compatible: String,
    pub kind: ControlType,
    /// Counts every write; the copies must agree on it.
    pub version: u64,
    pub change: u64,
    pub time: i64,
    pub archivelog: bool,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    pub prior_resetlogs_change: u64,
    pub prior_resetlogs_time: i64,
    /// The last full checkpoint.
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    pub thread: Thread,
    /// Incomplete recovery went to here: only RESETLOGS opens (ORA-01589).
    pub recovered_to: Option<u64>,
    pub datafiles: Vec<FileRecord>,
    /// File number, tablespace number, tablespace, name, bytes, container.
    pub tempfiles: Vec<(u32, u32, String, PathBuf, u64, u32)>,
    /// The seed and the pluggable databases; none: this is no CDB.
    #[serde(default)]
    pub containers: Vec<Container>,
    /// Files of dropped tablespaces: the dictionary of before the drop has them still.
    #[serde(default)]
    pub dropped: Vec<DroppedFile>,
    /// How far an OPEN RESETLOGS came that did not end.
    #[serde(default)]
    pub resetting: Option<Resetting>,
    pub groups: Vec<Group>,
    pub archived: Vec<ArchivedLog>,
    pub incarnations: Vec<Incarnation>,
    pub pieces: Vec<Piece>,
    pub backup_datafiles: Vec<BackupDatafile>,
    pub backup_redologs: Vec<BackupRedolog>,
    #[serde(default)]
    pub controlfile_copies: Vec<PathBuf>,
    pub rman_configuration: Vec<(String, String)>,
    /// SCNs with their times, as SMON notes them in the dictionary.
    #[serde(default)]
    pub scn_times: Vec<(u64, i64)>,
    pub tracking: Option<PathBuf>,
    pub corruption: Vec<(u32, u64, u64, String)>,
    pub next_recid: u32,
}

/// A file whose tablespace was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedFile {
    /// When.
    pub scn: u64,
    /// What the control file knew of it.
    pub record: FileRecord,
}

/// Where an OPEN RESETLOGS stands while it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resetting {
    /// Online logs may be gone.
    Begun,
    /// The new incarnation stands in the control file.
    Incarnation,
}

/// The one redo thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Open: the instance has not closed it, crash recovery is due if there is none.
    pub open: bool,
    /// Crash recovery begins in this log …
    pub sequence: u32,
    /// … at this byte.
    pub offset: u64,
    /// The highest SCN known when this was written.
    pub scn: u64,
}

/// V$DATAFILE.STATUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileStatus {
    /// In use.
    Online,
    /// Closed cleanly.
    Offline,
    /// Offline and needs media recovery.
    Recover,
}

/// V$DATAFILE.ENABLED.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enabled {
    /// READ WRITE
    ReadWrite,
    /// READ ONLY
    ReadOnly,
}

/// A file's BEGIN BACKUP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its SCN.
    pub change: u64,
    /// Its time.
    pub time: i64,
}

/// A data file as the control file knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FileRecord {
    pub file: u32,
    pub ts: u32,
    pub tablespace: String,
    pub rfile: u32,
    pub name: PathBuf,
    pub status: FileStatus,
    pub enabled: Enabled,
    pub creation_change: u64,
    pub creation_time: i64,
    /// The log that its creation lies in.
    pub creation_sequence: u32,
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    /// Must equal the header's; a header with a lower one is an old version of the file.
    pub checkpoint_count: u32,
    pub offline_change: u64,
    pub online_change: u64,
    pub blocks: u64,
    /// In backup mode since.
    pub backup: Option<Backup>,
    /// The first row that lives here, and how many do.
    pub first_key: u32,
    pub keys: u32,
    /// Every READ ONLY and READ WRITE of its tablespace on the present path, oldest first. (The dictionary's state and the
    /// offline ranges of a real control file.)
    #[serde(default)]
    pub turns: Vec<Turn>,
    /// The container: 0 outside a CDB, 1 the root. Tablespace numbers and names are those of the container.
    #[serde(default)]
    pub con_id: u32,
}

/// READ ONLY or READ WRITE of a tablespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub scn: u64,
    /// READ ONLY
    pub read_only: bool,
    /// In which log.
    pub sequence: u32,
}

impl FileRecord {
    /// Whether it is one of this tablespace of the root, or of a database that is no CDB.
    #[must_use]
    pub fn of_root(&self, tablespace: &str) -> bool {
        self.con_id <= 1 && self.tablespace == tablespace
    }

    /// Online and writable: what BEGIN BACKUP takes, what a checkpoint advances.
    #[must_use]
    pub fn writable(&self) -> bool {
        self.status == FileStatus::Online && self.enabled == Enabled::ReadWrite
    }

    /// Since when the file is read only at a point that lies behind every change below `scn`; `None`: it is writable.
    #[must_use]
    pub fn read_only_at(&self, scn: u64) -> Option<u64> {
        let last = self.turns.iter().rfind(|turn| turn.scn < scn);
        last.filter(|turn| turn.read_only).map(|turn| turn.scn)
    }

    /// The READ WRITE that follows where a copy with this checkpoint was taken while the file was read only: no redo of
    /// before concerns it.
    #[must_use]
    pub fn thawed_after(&self, checkpoint: u64) -> Option<Turn> {
        let at = self.turns.iter().position(|turn| turn.read_only && turn.scn == checkpoint)?;
        self.turns.get(at + 1).copied()
    }

    /// Notes a turn; the same one is noted once.
    pub fn turn(&mut self, turn: Turn) {
        if self.turns.iter().all(|known| known.scn < turn.scn) {
            self.turns.push(turn);
            self.enabled = if turn.read_only { Enabled::ReadOnly } else { Enabled::ReadWrite };
        }
    }

    /// Forgets every turn from `scn` on.
    pub fn turn_back(&mut self, scn: u64) {
        self.turns.retain(|turn| turn.scn < scn);
        let since = self.read_only_at(scn);
        self.enabled = if since.is_some() { Enabled::ReadOnly } else { Enabled::ReadWrite };
        self.checkpoint_change = since.unwrap_or(self.checkpoint_change);
    }

    /// Whether this is the name media recovery gave a file that the control file did not know.
    #[must_use]
    pub fn unnamed(&self) -> bool {
        let name = self.name.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("UNNAMED") || name.starts_with("MISSING")
    }
}

/// V$LOG.STATUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupStatus {
    /// Being written.
    Current,
    /// Still needed for crash recovery.
    Active,
    /// Not needed.
    Inactive,
    /// Never written.
    Unused,
}

impl GroupStatus {
    /// As the view shows it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Current => "CURRENT",
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Unused => "UNUSED",
        }
    }
}

/// A redo log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Group {
    pub group: u32,
    pub sequence: u32,
    pub bytes: u64,
    pub status: GroupStatus,
    pub archived: bool,
    pub first_change: u64,
    pub first_time: i64,
    pub members: Vec<PathBuf>,
}

// The control file's circular records: the oldest go when there are more.
const KEPT: [usize; 4] = [800, 400, 800, 400];

impl ControlFile {
    /// The record of a file.
    #[must_use]
    pub fn datafile(&self, file: u32) -> Option<&FileRecord> {
        self.datafiles.iter().find(|f| f.file == file)
    }

    /// The record of a file, to change.
    pub fn datafile_mut(&mut self, file: u32) -> Option<&mut FileRecord> {
        self.datafiles.iter_mut().find(|f| f.file == file)
    }

    /// The group being written.
    #[must_use]
    pub fn current(&self) -> Option<&Group> {
        self.groups.iter().find(|g| g.status == GroupStatus::Current)
    }

    /// The group that holds a sequence of the present incarnation.
    #[must_use]
    pub fn group_of(&self, sequence: u32) -> Option<&Group> {
        self.groups.iter().find(|g| g.status != GroupStatus::Unused && g.sequence == sequence)
    }

    /// The next RECID.
    pub fn recid(&mut self) -> u32 {
        self.next_recid += 1;
        self.next_recid
    }

    /// Drops the oldest of the circular records.
    pub(super) fn trim(&mut self) {
        fn last<T>(rows: &mut Vec<T>, kept: usize) {
            let surplus = rows.len().saturating_sub(kept);
            rows.drain(..surplus);
        }
        last(&mut self.archived, KEPT[0]);
        last(&mut self.pieces, KEPT[1]);
        last(&mut self.backup_datafiles, KEPT[2]);
        last(&mut self.backup_redologs, KEPT[3]);
    }

    /// The incarnations from the oldest to the present one, following the parents.
    #[must_use]
    pub fn path(&self) -> Vec<&Incarnation> {
        let mut path = Vec::new();
        let mut next = self
            .incarnations
            .iter()
            .find(|i| i.resetlogs_change == self.resetlogs_change && i.resetlogs_time == self.resetlogs_time);
        while let Some(incarnation) = next {
            path.insert(0, incarnation);
            let prior = incarnation.prior_incarnation;
            next = self.incarnations.iter().find(|i| i.incarnation == prior && i.incarnation < incarnation.incarnation);
        }
        path
    }
}
