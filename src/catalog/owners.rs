//! Who answers for what carries our mark outside: unfinished runs, recorded snapshots, open extracts, recoveries without
//! `commit`, disks restored from tape. What nobody answers for is an orphan.

use super::{
    extracts::open_extracts,
    orphans::RECOVER,
    runs::{RunInfo, RunWord, runs},
    superseded::given_up,
};
use crate::{
    fault::Fault,
    model::{DbName, RunId},
    store::Store,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The flow's name in journals.
pub const COMMIT: &str = "commit";
/// The flow's name in journals.
pub const FROM_TAPE: &str = "from_tape";

/// Why everything of a run is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It has not ended: `heal` settles it.
    Unfinished,
    /// An extract that is open.
    Extract,
    /// A recovery whose way back is kept.
    Recovery,
    /// Disks restored from tape, which a recovery may take.
    Restored,
}

impl Claim {
    /// In words.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::Unfinished => "an unfinished run",
            Self::Extract => "an open extract",
            Self::Recovery => "a recovery without commit",
            Self::Restored => "disks restored from tape",
        }
    }
}

/// What the store knows of a database's marks.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    claims: BTreeMap<RunId, Claim>,
    known: BTreeSet<RunId>,
    snapshots: BTreeSet<RunId>,
    /// Snapshot and mount point of each golden copy that a recovery put in the place of a live disk: the copy of the
    /// control file in it came along, and goes with the recovery's `commit`.
    came_along: BTreeSet<(RunId, String)>,
    /// Golden disks of every database: a wrong mark must not make one deletable.
    golden: BTreeSet<String>,
}

impl Owners {
    /// Reads the store.
    pub fn of(store: &Store, database: &DbName) -> Result<Self, Fault> {
        let all = runs(store, Some(database))?;
        let mut owners = Self { known: all.iter().map(|run| run.id.clone()).collect(), ..Self::default() };
        for snapshot in store.snapshots(None)? {
            owners.golden.extend(snapshot.disks.into_iter().map(|disk| disk.id));
            if snapshot.database == *database {
                owners.snapshots.insert(snapshot.id);
            }
        }
        let committed = given_up(store, &all)?;
        owners.claims = all.iter().filter_map(|run| Some((run.id.clone(), claim(run, &committed)?))).collect();
        // What was taken back has its old disks in place again.
        let swapped = all.iter().filter(|run| run.flow == RECOVER && run.state != RunWord::Undone);
        for run in swapped.filter(|run| owners.claims.contains_key(&run.id)) {
            owners.came_along.extend(came_along(&store.run_state(&run.id)?.header.params));
        }
        for open in open_extracts(store, Some(database))? {
            owners.claims.entry(open.run.id).or_insert(Claim::Extract);
        }
        Ok(owners)
    }

    /// Who answers for everything of a run.
    #[must_use]
    pub fn claim(&self, run: &RunId) -> Option<Claim> {
        self.claims.get(run).copied()
    }

    /// Whether the store has heard of a run or of its snapshot. What it has not heard of may be of a store that was lost.
    #[must_use]
    pub fn knows(&self, run: &RunId) -> bool {
        self.known.contains(run) || self.snapshots.contains(run)
    }

    /// Whether it is the snapshot of that run that is kept.
    #[must_use]
    pub fn is_snapshot(&self, run: &RunId) -> bool {
        self.snapshots.contains(run)
    }

    /// Whether a file of a snapshot's run lies where a recovery that waits for `commit` or `undo` brought it.
    #[must_use]
    pub fn came_along(&self, snapshot: &RunId, path: &str) -> bool {
        let of = |(one, point): &(RunId, String)| {
            one == snapshot && path.strip_prefix(point.as_str()).is_some_and(|rest| rest.starts_with("/.ovmirror/"))
        };
        self.came_along.iter().any(of)
    }

    /// Whether a disk is the golden one of any recorded snapshot.
    #[must_use]
    pub fn is_golden(&self, disk: &str) -> bool {
        self.golden.contains(disk)
    }

    /// Whether a run of the database has not ended: what it is just making may have no name yet.
    #[must_use]
    pub fn is_anything_unfinished(&self) -> bool {
        self.claims.values().any(|claim| *claim == Claim::Unfinished)
    }
}

fn claim(run: &RunInfo, committed: &BTreeSet<RunId>) -> Option<Claim> {
    match (run.state, run.flow.as_str()) {
        (RunWord::Done | RunWord::Undone, RECOVER) => (!committed.contains(&run.id)).then_some(Claim::Recovery),
        (RunWord::Done, FROM_TAPE) => Some(Claim::Restored),
        (RunWord::Done | RunWord::Undone, _) => None,
        (RunWord::Running | RunWord::Unwinding | RunWord::Stuck | RunWord::Interrupted, _) => Some(Claim::Unfinished),
    }
}

/// Of a recovery's parameters: its snapshot, with each mount point whose disk is swapped.
fn came_along(params: &Value) -> Vec<(RunId, String)> {
    let Some(snapshot) = params["snapshot"].as_str().and_then(|id| id.parse::<RunId>().ok()) else { return Vec::new() };
    let points = params["units"].as_array().into_iter().flatten().filter_map(|unit| unit["target"].as_str());
    points.map(|point| (snapshot.clone(), point.trim_end_matches('/').to_owned())).collect()
}

#[cfg(test)]
pub mod testing {
    //! Owners for unit tests.
    use super::*;

    /// These runs are known, these are snapshots, these disks are golden.
    pub fn owners(known: &[&str], snapshots: &[&str], golden: &[&str]) -> Owners {
        let ids = |texts: &[&str]| texts.iter().map(|text| RunId::new(text).unwrap()).collect();
        Owners {
            known: ids(known),
            snapshots: ids(snapshots),
            came_along: BTreeSet::new(),
            claims: BTreeMap::new(),
            golden: golden.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    impl Owners {
        /// The same with a claim.
        pub fn claimed(mut self, run: &str, claim: Claim) -> Self {
            self.claims.insert(RunId::new(run).unwrap(), claim);
            self
        }

        /// The same with a golden copy of a snapshot at this mount point.
        pub fn swapped_in(mut self, snapshot: &str, point: &str) -> Self {
            self.came_along.insert((RunId::new(snapshot).unwrap(), point.to_owned()));
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{Changes, drive, made, open, orcl};
    use rstest::rstest;
    use tempfile::TempDir;

    const RUN: &str = "ORCL-20261121T204512-4f2a";

    fn run(flow: &str, state: RunWord) -> RunInfo {
        let started_at = "2026-11-21T20:45:12Z".parse().unwrap();
        let (id, flow) = (RunId::new(RUN).unwrap(), flow.to_owned());
        RunInfo { id, flow, database: orcl(), state, started_at, ended_at: None, step: None }
    }

    #[rstest]
    #[case::snapshot_done("snapshot", RunWord::Done, None)]
    #[case::offload_undone("offload", RunWord::Undone, None)]
    #[case::stuck("offload", RunWord::Stuck, Some(Claim::Unfinished))]
    #[case::cut_off("release", RunWord::Interrupted, Some(Claim::Unfinished))]
    #[case::recovered("recover", RunWord::Done, Some(Claim::Recovery))]
    #[case::recovery_taken_back("recover", RunWord::Undone, Some(Claim::Recovery))]
    #[case::restored("from_tape", RunWord::Done, Some(Claim::Restored))]
    #[case::restore_taken_back("from_tape", RunWord::Undone, None)]
    fn runs_that_answer_for_their_marks(#[case] flow: &str, #[case] state: RunWord, #[case] wanted: Option<Claim>) {
        assert_eq!(claim(&run(flow, state), &BTreeSet::new()), wanted);
    }

    #[test]
    fn a_commit_ends_the_claim_of_its_recovery() {
        let committed = BTreeSet::from([RunId::new(RUN).unwrap()]);
        assert_eq!(claim(&run("recover", RunWord::Done), &committed), None);
    }

    #[test]
    fn what_came_along_is_read_from_a_recoverys_parameters() {
        let params = serde_json::json!({"snapshot": RUN, "units": [{"target": "/u02"}, {"target": "/"}]});
        let found = came_along(&params);
        assert_eq!(
            found.iter().map(|(id, at)| (id.as_str(), at.as_str())).collect::<Vec<_>>(),
            [(RUN, "/u02"), (RUN, "")]
        );
        assert!(came_along(&serde_json::json!({"snapshot": 7})).is_empty());
    }

    #[test]
    fn what_the_store_has_not_heard_of_is_not_known() {
        let dir = TempDir::new().unwrap();
        let store = open(&dir);
        drive(&store, RUN, vec![Changes("made", vec![made(RUN)], false)]).unwrap();
        let owners = Owners::of(&store, &orcl()).unwrap();
        let (mine, other) = (RunId::new(RUN).unwrap(), RunId::new("ORCL-20261121T204512-0000").unwrap());
        assert!(owners.knows(&mine) && owners.is_snapshot(&mine) && !owners.knows(&other));
        assert!(owners.is_golden("0004fb00001200001234") && !owners.is_golden("0004fb00001200001235"));
        assert!(!owners.is_anything_unfinished());
        let elsewhere = Owners::of(&store, &DbName::new("SALES").unwrap()).unwrap();
        assert!(!elsewhere.knows(&mine), "another database's run is not this one's");
        assert!(elsewhere.is_golden("0004fb00001200001234"), "but its golden disk is nobody's orphan");
    }
}
