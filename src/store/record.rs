//! What the catalog keeps, as JSON shows it (contract.md), and the changes that a step's output may carry.

use crate::model::{DbName, RunId, Scn};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// Id of the run that made it.
    pub id: RunId,
    /// The database.
    pub database: DbName,
    /// Its DBID.
    pub dbid: u64,
    /// RESETLOGS_CHANGE# of its incarnation.
    pub resetlogs_change: Scn,
    /// CHANGE# at BEGIN BACKUP.
    pub begin_scn: Scn,
    /// SCN at END BACKUP.
    pub end_scn: Scn,
    /// When backup mode began.
    pub begun_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Time in backup mode, milliseconds.
    pub window_ms: u64,
    /// Time of the clone job inside it, milliseconds.
    pub clone_job_ms: u64,
    /// What is known of it.
    pub state: SnapshotState,
    /// Its tape half.
    pub tape: Tape,
    /// When it was last drilled.
    pub drilled_at: Option<DateTime<Utc>>,
    /// Whether retention must leave it.
    pub pinned: bool,
    /// The golden disks.
    pub disks: Vec<Disk>,
    /// Its data files, as the survey saw them.
    pub files: Vec<Value>,
    /// The kept logs.
    pub logs: Vec<Value>,
    /// Its backup pieces.
    pub pieces: Vec<Piece>,
    /// What a rebuild of the disks needs.
    pub layout: Value,
}

/// What is known of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotState {
    /// Its headers have not been seen.
    Unproved,
    /// Its headers were seen to be right.
    Proved,
    /// It is off the current incarnation path.
    Orphan,
    /// It is of no use.
    Rejected,
}

/// The tape half of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tape {
    /// How far it is.
    pub state: TapeState,
    /// How many pieces there are.
    pub pieces: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the last was written.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How far the tape half is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapeState {
    /// None is wanted.
    None,
    /// It has not begun.
    Pending,
    /// A run is at it. When that run is undone or stuck, the store makes this `Failed`.
    Running,
    /// It is on tape, with evidence.
    Ok,
    /// It failed.
    Failed,
}

/// A golden disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Slot in the production VM.
    pub slot: u32,
    /// What lies on it (`data`, …).
    pub role: String,
    /// The manager's id.
    pub id: String,
    /// Its size.
    pub bytes: u64,
}

/// A backup piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The media manager's handle.
    pub handle: String,
    /// RMAN's tag.
    pub tag: String,
    /// Its size.
    pub bytes: u64,
}

impl Tape {
    /// A tape half without pieces.
    #[must_use]
    pub fn empty(state: TapeState) -> Self {
        Self { state, pieces: 0, bytes: 0, finished_at: None }
    }
}

/// A change of the catalog. A step whose `Out` has a top-level field `catalog: Vec<CatalogChange>` makes these changes in
/// the transaction of its `done`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogChange {
    /// A snapshot exists.
    SnapshotMade(Box<SnapshotRecord>),
    /// More is known of one.
    SnapshotState {
        /// Which.
        id: RunId,
        /// What.
        state: SnapshotState,
    },
    /// Its tape half moved.
    TapeState {
        /// Which.
        id: RunId,
        /// How it stands.
        tape: Tape,
    },
    /// These are its pieces now (the ones before are void).
    Pieces {
        /// Which.
        id: RunId,
        /// All that count.
        pieces: Vec<Piece>,
    },
    /// It was drilled.
    Drilled {
        /// Which.
        id: RunId,
        /// When.
        at: DateTime<Utc>,
    },
    /// Retention must leave it, or need not.
    Pinned {
        /// Which.
        id: RunId,
        /// Whether.
        pinned: bool,
    },
    /// It was deleted.
    Gone {
        /// Which.
        id: RunId,
    },
}
