use super::*;
use crate::{
    engine::testing::TestClock,
    model::RunId,
    store::tests::{Changes, drive, made, me, open, orcl},
};
use tempfile::TempDir;

const FIRST: &str = "ORCL-20261121T204512-4f2a";
const SECOND: &str = "ORCL-20261121T214512-0001";

fn store_with(dir: &TempDir) -> Store {
    let store = open(dir);
    for run in [FIRST, SECOND] {
        drive(&store, run, vec![Changes("made", vec![made(run)], false)]).unwrap();
    }
    store
}

#[test]
fn snapshots_are_listed_newest_first_and_found_by_prefix() {
    let dir = TempDir::new().unwrap();
    let store = store_with(&dir);
    let ids: Vec<_> = snapshots(&store, Some(&orcl())).unwrap().into_iter().map(|made| made.id.to_string()).collect();
    assert_eq!(ids, [SECOND, FIRST]);
    assert_eq!(find_snapshot(&store, "ORCL-20261121T20").unwrap().id.as_str(), FIRST);
    assert_eq!(find_snapshot(&store, SECOND).unwrap().id.as_str(), SECOND);
    let fault = find_snapshot(&store, "ORCL-2026").unwrap_err();
    assert_eq!((fault.code.as_str(), fault.causes), ("CAT-002", vec![format!("{SECOND}, {FIRST}")]));
    let fault = find_snapshot(&store, "ORCL-20261121T204512-4f2b").unwrap_err();
    assert_eq!((fault.code.as_str(), fault.hints[0].text.as_str()), ("CAT-001", &*format!("the nearest is {FIRST}")));
    let fault = find_snapshot(&store, "ORCL-20261121T204599-9999").unwrap_err();
    assert!(
        !fault.hints.iter().any(|hint| hint.text.contains("nearest")),
        "another id is no typing mistake: {fault:?}"
    );
    assert_eq!(find_run(&store, "").unwrap_err().code, "CAT-001");
    let shown = show(&store, FIRST).unwrap();
    assert_eq!(shown.snapshot.unwrap().id, shown.run.unwrap().0.id);
    assert_eq!(snapshots(&store, Some(&DbName::new("OTHER").unwrap())).unwrap(), []);
}

/// `rebuild` records them in no order of age, all in one event.
#[test]
fn the_newest_is_the_one_that_was_made_last_whenever_it_was_recorded() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (old, mut new) = (made(FIRST), made(SECOND));
    if let CatalogChange::SnapshotMade(record) = &mut new {
        record.begun_at += chrono::TimeDelta::hours(1);
    }
    drive(&store, FIRST, vec![Changes("made", vec![new, old], false)]).unwrap();
    let ids: Vec<_> = snapshots(&store, None).unwrap().into_iter().map(|made| made.id.to_string()).collect();
    assert_eq!(ids, [SECOND, FIRST]);
}

#[test]
fn a_run_without_end_is_interrupted_unless_its_own_process_holds_the_lock() {
    let dir = TempDir::new().unwrap();
    let store = store_with(&dir);
    let id = RunId::new("ORCL-20261122T204512-0002").unwrap();
    // A run whose catalog change is refused stops without an end.
    drive(&store, id.as_str(), vec![Changes("twice", vec![made(FIRST)], false)]).unwrap_err();
    let word = || find_run(&store, id.as_str()).unwrap().state;
    assert_eq!(word(), RunWord::Interrupted);
    assert_eq!(unfinished(&store, &orcl()).unwrap().len(), 1);
    let lock = store.try_lock(&orcl(), &me(), &TestClock::default()).unwrap();
    assert_eq!(word(), RunWord::Interrupted, "somebody else holds the lock");
    let used = leases(&store, &[]).unwrap();
    assert_eq!((used.len(), used[0].what.as_str(), &used[0].run), (1, "database ORCL", &None), "{used:?}");
    store.note_run(&lock, &me(), &id).unwrap();
    assert_eq!(word(), RunWord::Running);
    assert_eq!(unfinished(&store, &orcl()).unwrap(), []);
    let now = find_run(&store, id.as_str()).unwrap().started_at + chrono::TimeDelta::seconds(9);
    let at_work = live(&store, now).unwrap();
    assert_eq!((at_work.len(), at_work[0].elapsed_ms), (1, 9000));
    assert!(leases(&store, &at_work).unwrap().is_empty(), "a live run is shown by itself");
    assert_eq!(at_work[0].usual_ms, usual_ms(&store, &orcl(), "changes").unwrap());
    assert!(at_work[0].usual_ms.is_some());
    drop(lock);
    assert_eq!(word(), RunWord::Interrupted);
}

#[test]
fn the_usual_duration_is_the_median_of_done_runs() {
    let dir = TempDir::new().unwrap();
    let store = store_with(&dir);
    assert_eq!(usual_ms(&store, &orcl(), "offload").unwrap(), None);
    let mut took: Vec<i64> = runs(&store, None)
        .unwrap()
        .iter()
        .map(|run| (run.ended_at.unwrap() - run.started_at).num_milliseconds())
        .collect();
    took.sort_unstable();
    assert_eq!(usual_ms(&store, &orcl(), "changes").unwrap(), Some(u64::try_from((took[0] + took[1]) / 2).unwrap()));
}
