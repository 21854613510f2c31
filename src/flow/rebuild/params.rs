//! What a rebuild is started with.

use crate::{catalog::SnapshotRecord, model::DbName};
use serde::{Deserialize, Serialize};

/// Where a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `record.json` of its artifacts.
    Artifacts,
    /// The description at the manager, with the disks and files of today.
    Description,
}

/// A snapshot that is there and not in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// As it will be recorded.
    pub record: SnapshotRecord,
    /// Where that comes from.
    pub source: Source,
    /// What is known, in words.
    pub known: Vec<String>,
    /// What is not.
    pub unknown: Vec<String>,
}

/// Parameters of a rebuild run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RebuildParams {
    /// The database.
    pub database: DbName,
    /// What is recorded, oldest first.
    pub found: Vec<Found>,
}
