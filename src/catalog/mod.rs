//! What `list`, `show`, `runs`, `status` and the flows ask of the store.

mod extracts;
mod find;
mod folders;
mod leases;
mod orphans;
mod owners;
mod runs;
mod superseded;
#[cfg(test)]
mod tests;
mod windows;

pub use extracts::{EXTRACT, OpenExtract, open_extracts};
pub use find::{Shown, find_run, find_snapshot, show};
pub use folders::datafile_folders;
pub use leases::{HeldLease, leases};
#[cfg(test)]
pub use owners::testing;
pub use owners::{COMMIT, Claim, FROM_TAPE, Owners};
pub use runs::{LiveRun, RunInfo, RunWord, live, runs, unfinished, unsettled, usual_ms};
pub use superseded::{is_given_up, superseded_by};
pub use windows::{Windows, windows};

/// What a snapshot is; steps name these here and never see the store.
pub use crate::store::{CatalogChange, Disk, Piece, SnapshotRecord, SnapshotState, Tape, TapeState};

use crate::{fault::Fault, model::DbName, store::Store};

/// The snapshots of one database or of all, newest first.
pub fn snapshots(store: &Store, database: Option<&DbName>) -> Result<Vec<SnapshotRecord>, Fault> {
    let mut all = store.snapshots(database)?;
    orphans::mark(store, &mut all)?;
    Ok(all)
}
