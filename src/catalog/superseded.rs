//! Recoveries that were left stuck, and what came of them: a later recovery put other disks in their place, or `commit`
//! gave them up.

use super::{
    orphans::RECOVER,
    owners::COMMIT,
    runs::{RunInfo, RunWord},
};
use crate::{fault::Fault, model::RunId, store::Store};
use serde_json::Value;
use std::collections::BTreeSet;

/// The later recovery that is done and holds a slot of this stuck one. Taking the stuck one back would pull the later
/// one's disk away.
pub fn superseded_by(store: &Store, run: &RunInfo, all: &[RunInfo]) -> Result<Option<RunId>, Fault> {
    if run.flow != RECOVER || run.state != RunWord::Stuck {
        return Ok(None);
    }
    let mine = slots(store, &run.id)?;
    for later in all.iter().filter(|later| later.flow == RECOVER && later.state == RunWord::Done) {
        let behind = later.database == run.database && later.started_at > run.started_at;
        if behind && !slots(store, &later.id)?.is_disjoint(&mine) {
            return Ok(Some(later.id.clone()));
        }
    }
    Ok(None)
}

fn slots(store: &Store, run: &RunId) -> Result<BTreeSet<u64>, Fault> {
    let params = store.run_state(run)?.header.params;
    let disks = params["disks"].as_array().cloned().unwrap_or_default();
    Ok(disks.iter().filter_map(|disk| disk["slot"].as_u64()).collect())
}

/// Recoveries whose `commit` is done.
pub(super) fn given_up(store: &Store, all: &[RunInfo]) -> Result<BTreeSet<RunId>, Fault> {
    let commits = all.iter().filter(|run| run.flow == COMMIT && run.state == RunWord::Done);
    let of = |run: &RunInfo| Ok(run_of(&store.run_state(&run.id)?.header.params));
    commits.map(of).filter_map(Result::transpose).collect()
}

/// Whether the `commit` of a recovery is done.
pub fn is_given_up(store: &Store, recovery: &RunId) -> Result<bool, Fault> {
    Ok(given_up(store, &super::runs(store, None)?)?.contains(recovery))
}

fn run_of(params: &Value) -> Option<RunId> {
    params["run"].as_str()?.parse().ok()
}
