//! Contexts of `templates/report`: what a run says of itself to keep. The same values are its JSON.

use super::{Template, check::Check};
use crate::model::Scn;
use serde::{Deserialize, Serialize};

/// The restore test of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// Number of this description.
    pub schema: u32,
    /// Whether this is of a lab.
    pub simulated: bool,
    /// The run.
    pub run: String,
    /// When it was over, RFC 3339 with offset.
    pub at: String,
    /// Whether everything was as it must be.
    pub passed: bool,
    /// What was not.
    pub findings: Vec<String>,
    /// The database as configured.
    pub database: String,
    /// Its DBID.
    pub dbid: u64,
    /// Its incarnation.
    pub resetlogs_change: Scn,
    /// The snapshot.
    pub snapshot: String,
    /// When its window ended.
    pub snapshot_ended_at: String,
    /// CHANGE# at BEGIN BACKUP.
    pub begin_scn: Scn,
    /// SCN at END BACKUP.
    pub end_scn: Scn,
    /// `end`, `latest-kept`, `scn=N`
    pub target: String,
    /// The last change that was applied.
    pub recovered_through: Option<Scn>,
    /// The media host.
    pub media: String,
    /// How it was opened, and which other ways were not taken.
    pub open: Open,
    /// Phases and how long they took.
    pub phases: Vec<Phase>,
    /// Blocks that were read and checked, over all files.
    pub blocks: u64,
    /// The datafiles.
    pub files: Vec<FileBlocks>,
    /// Bad blocks (V$DATABASE_BLOCK_CORRUPTION, and RMAN's words).
    pub corruption: Vec<String>,
    /// The site's own checks.
    pub checks: Vec<Checked>,
}

/// How a copy was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// `readonly`, `standby`, `resetlogs`; none: it was not.
    pub how: Option<String>,
    /// V$DATABASE.OPEN_MODE.
    pub mode: Option<String>,
    /// The other ways, each with why not.
    pub not: Vec<NotOpened>,
}

/// A way that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotOpened {
    /// Which.
    pub how: String,
    /// Why not.
    pub why: String,
}

/// A part of the drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// What was done.
    pub name: String,
    /// Milliseconds.
    pub ms: u64,
}

/// A datafile as RMAN validated it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBlocks {
    /// FILE#
    pub file: u64,
    /// Its name at production.
    pub name: String,
    /// Blocks that were read.
    pub blocks: u64,
    /// Whether RMAN found nothing.
    pub good: bool,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The check.
    pub check: Check,
    /// Whether it passed.
    pub passed: bool,
    /// Why not, or empty.
    pub why: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<Vec<String>>,
    /// How many there were.
    pub row_count: u64,
}

impl Template for Drill {
    const NAME: &'static str = "report/drill.html.tera";
}
