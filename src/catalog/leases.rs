//! What runs share and one of them uses now.

use crate::{fault::Fault, model::RunId, store::Store};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A lease that a live process holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldLease {
    /// In words: `media host bckvm`.
    pub what: String,
    /// `media` or `repository`.
    pub kind: &'static str,
    /// The media host's name, or the repository's id.
    pub name: String,
    /// Node name of the holder.
    pub host: String,
    /// Its process.
    pub pid: u32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Its run, once it exists.
    pub run: Option<RunId>,
    /// The step that this run began last.
    pub step: Option<String>,
}

/// Media hosts first, then repositories.
pub fn leases(store: &Store) -> Result<Vec<HeldLease>, Fault> {
    let held = store.leases()?.into_iter().map(|(lease, holder)| HeldLease {
        what: lease.to_string(),
        kind: lease.kind(),
        name: lease.name().to_owned(),
        host: holder.host,
        pid: holder.pid,
        since: holder.since,
        run: holder.run,
        step: holder.step,
    });
    Ok(held.collect())
}
