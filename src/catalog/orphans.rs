//! Snapshots that a RESETLOGS left behind. Nothing is stored for it: which recoveries stand is in the journal, and an undo
//! brings a branch back.

use super::runs::{RunInfo, RunWord, info};
use crate::{
    fault::Fault,
    model::{DbName, Scn},
    store::{SnapshotRecord, SnapshotState, Store},
};
use chrono::{DateTime, Utc};

/// The flow's name in journals.
pub const RECOVER: &str = "recover";

/// A recovery that opened a new incarnation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Branch {
    database: DbName,
    at: DateTime<Utc>,
    resetlogs: Scn,
    /// Whether the recovery stands; else its own incarnation is the one that was left.
    stands: bool,
    /// When it was taken back.
    ended: Option<DateTime<Utc>>,
}

/// Marks those that are off the incarnation path.
pub fn mark(store: &Store, snapshots: &mut [SnapshotRecord]) -> Result<(), Fault> {
    let rows = store.runs(None)?.into_iter().filter(|row| row.flow == RECOVER);
    let mut branches = Vec::new();
    for row in rows {
        branches.extend(branch(store, &info(store, row)?)?);
    }
    for one in snapshots.iter_mut().filter(|one| one.state != SnapshotState::Rejected) {
        if branches.iter().any(|branch| left(branch, one)) {
            one.state = SnapshotState::Orphan;
        }
    }
    Ok(())
}

fn branch(store: &Store, run: &RunInfo) -> Result<Option<Branch>, Fault> {
    let stands = match run.state {
        RunWord::Done => true,
        RunWord::Undone => false,
        _ => return Ok(None),
    };
    let state = store.run_state(&run.id)?;
    if !opens_anew(&state.header.params) {
        return Ok(None);
    }
    let opened = state.step("open").and_then(|step| step.out.as_ref());
    let resetlogs = opened.and_then(|out| out["resetlogs"].as_str()).and_then(|text| text.parse().ok());
    Ok(resetlogs.map(|resetlogs| Branch {
        database: run.database.clone(),
        at: run.started_at,
        resetlogs: Scn::new(resetlogs),
        stands,
        ended: run.ended_at,
    }))
}

/// Complete recovery stays in its incarnation, unless the snapshot's control file was used.
fn opens_anew(params: &serde_json::Value) -> bool {
    params["until"] != "complete" || !params["controlfile"].is_null()
}

/// A recovery that stands leaves what was made before it and ends behind its RESETLOGS; one that was taken back leaves
/// what was made in its own incarnation meanwhile: another one behind it may begin at the same SCN.
fn left(branch: &Branch, one: &SnapshotRecord) -> bool {
    let before = one.begun_at < branch.at;
    one.database == branch.database
        && match branch.stands {
            true => before && one.end_scn >= branch.resetlogs,
            false => {
                let meanwhile = !before && branch.ended.is_none_or(|ended| one.begun_at < ended);
                meanwhile && one.resetlogs_change == branch.resetlogs
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{made, orcl};
    use rstest::rstest;

    /// A snapshot made `minutes` from 20:00 on, of an incarnation, with its end.
    fn snapshot(minutes: i64, resetlogs: u64, end: u64) -> SnapshotRecord {
        let crate::store::CatalogChange::SnapshotMade(mut record) = made("ORCL-20261121T204512-4f2a") else {
            panic!("it makes one");
        };
        record.begun_at = start() + chrono::TimeDelta::minutes(minutes);
        (record.resetlogs_change, record.end_scn) = (Scn::new(resetlogs), Scn::new(end));
        *record
    }

    fn start() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-21T20:00:00Z").unwrap().to_utc()
    }

    #[rstest]
    #[case::complete(serde_json::json!({"until": "complete"}), false)]
    #[case::complete_with_the_present_control_file(serde_json::json!({"until": "complete", "controlfile": null}), false)]
    #[case::complete_with_the_snapshots(serde_json::json!({"until": "complete", "controlfile": {"lost": true}}), true)]
    #[case::to_a_point(serde_json::json!({"until": {"change": 7}}), true)]
    fn a_recovery_that_opens_a_new_incarnation(#[case] params: serde_json::Value, #[case] wanted: bool) {
        assert_eq!(opens_anew(&params), wanted);
    }

    #[rstest]
    #[case::ended_below_the_resetlogs(true, snapshot(-5, 1, 400), false)]
    #[case::ended_behind_it(true, snapshot(-5, 1, 600), true)]
    #[case::of_the_new_incarnation(true, snapshot(5, 500, 700), false)]
    #[case::taken_back_so_the_old_one_is_on_the_path(false, snapshot(-5, 1, 600), false)]
    #[case::taken_back_so_the_new_one_is_off_it(false, snapshot(5, 500, 700), true)]
    #[case::of_a_second_one_that_begins_at_the_same_point(false, snapshot(25, 500, 700), false)]
    #[case::made_on_the_old_branch_after_it(false, snapshot(5, 1, 700), false)]
    fn a_branch_that_was_left(#[case] stands: bool, #[case] one: SnapshotRecord, #[case] orphan: bool) {
        let ended = Some(start() + chrono::TimeDelta::minutes(20));
        let branch = Branch { database: orcl(), at: start(), resetlogs: Scn::new(500), stands, ended };
        assert_eq!(left(&branch, &one), orphan);
    }
}
