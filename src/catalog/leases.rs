//! What is in use: databases, and what runs share.

use super::LiveRun;
use crate::{
    fault::Fault,
    model::RunId,
    store::{Holder, Store},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What a live process holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldLease {
    /// In words: `media host bckvm`.
    pub what: String,
    /// `database`, `media` or `repository`.
    pub kind: &'static str,
    /// The name of the database or media host, or the repository's id.
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

impl HeldLease {
    fn new(what: String, kind: &'static str, name: &str, holder: Holder) -> Self {
        let Holder { host, pid, since, run, step } = holder;
        Self { what, kind, name: name.to_owned(), host, pid, since, run, step }
    }
}

/// Databases first, without those of `live` runs, which are shown by themselves; then media hosts, then repositories.
pub fn leases(store: &Store, live: &[LiveRun]) -> Result<Vec<HeldLease>, Fault> {
    let mut databases = store.databases_in_use()?;
    databases.retain(|(name, _)| !live.iter().any(|run| run.run.database == *name));
    let databases = databases
        .into_iter()
        .map(|(name, who)| HeldLease::new(format!("database {name}"), "database", name.as_str(), who));
    let leases = store.leases()?.into_iter();
    let leases = leases.map(|(lease, who)| HeldLease::new(lease.to_string(), lease.kind(), lease.name(), who));
    Ok(databases.chain(leases).collect())
}
