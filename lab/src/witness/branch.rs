//! Incarnations as the witness tells them apart.

use crate::db::api::{Database, Incarnation};
use serde::{Deserialize, Serialize};

/// One incarnation: two that begin at the same SCN differ in time. Written as `[RESETLOGS_CHANGE#, RESETLOGS_TIME]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "(u64, i64)", into = "(u64, i64)")]
pub struct Branch {
    /// RESETLOGS_CHANGE#: what its parent did from this SCN on is not part of it.
    pub change: u64,
    /// RESETLOGS_TIME, seconds since the epoch.
    pub time: i64,
}

impl Branch {
    /// By its two numbers.
    #[must_use]
    pub const fn new(change: u64, time: i64) -> Self {
        Self { change, time }
    }
}

impl From<(u64, i64)> for Branch {
    fn from((change, time): (u64, i64)) -> Self {
        Self { change, time }
    }
}

impl From<Branch> for (u64, i64) {
    fn from(branch: Branch) -> Self {
        (branch.change, branch.time)
    }
}

impl From<&Incarnation> for Branch {
    fn from(incarnation: &Incarnation) -> Self {
        Self::new(incarnation.resetlogs_change, incarnation.resetlogs_time)
    }
}

/// The incarnations of a mounted database up to the present one, oldest first.
#[must_use]
pub fn path(database: &Database) -> Vec<Branch> {
    database.path().into_iter().map(Branch::from).collect()
}
