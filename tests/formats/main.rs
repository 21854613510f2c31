//! Journals of every format ever released stay here for ever: they can be read, shown, undone and healed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use ovmirror::{
    engine::{
        Actor, Cancel, Cx, Engine, FORMAT, Flow, Journal, Phase, Probe, Ran, Record, RunState, Settled, Step,
        UndoPolicy, erase, fold,
    },
    fault::{Fault, Kind},
    model::RunId,
    port::{Clock, Silent},
    store::{SnapshotState, Store},
};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

const RUN: &str = "ORCL-20261121T204512-4f2a";

fn folder(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(format.to_string())
}

fn journals(format: u32) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(format)).unwrap() {
        let path = entry.unwrap().path();
        let lines = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        found.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), lines));
    }
    found.sort();
    found
}

fn records(format: u32, name: &str) -> Vec<Record> {
    let all = journals(format);
    let (_, lines) = all.iter().find(|(found, _)| found == name).unwrap();
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A store that holds the journal, as the version that wrote it would have left it.
fn stored(dir: &TempDir, format: u32, name: &str) -> Store {
    let store = Store::open(&dir.path().join("state"), true).unwrap();
    let run = RunId::new(RUN).unwrap();
    records(format, name).iter().for_each(|record| store.append(&run, record).unwrap());
    store
}

struct Still;

impl Clock for Still {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        "2026-11-22T00:00:00Z".parse().unwrap()
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    fn sleep(&self, _time: Duration) {}
}

/// What was undone, with the output that the undo was given.
type World = RefCell<Vec<String>>;

macro_rules! old_step {
    ($name:ident, $kind:literal, $undo:expr, $key:expr, $urgent:literal, $ends:literal) => {
        struct $name;
        impl Step<World> for $name {
            const KIND: &'static str = $kind;
            const UNDO: UndoPolicy = $undo;
            type Out = Value;
            fn key(&self) -> Option<String> {
                $key
            }
            fn urgent(&self) -> bool {
                $urgent
            }
            fn ends_window(&self) -> bool {
                $ends
            }
            fn describe(&self) -> String {
                $kind.into()
            }
            fn run(&self, _cx: &Cx<'_, World>) -> Result<Ran<Value>, Fault> {
                Err(Fault::new(Kind::Bug, "T-RUN", "an old journal must not run anything here"))
            }
            fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Value>, Fault> {
                Ok(Probe::Absent)
            }
            fn undo(&self, cx: &Cx<'_, World>, out: Option<&Value>) -> Result<(), Fault> {
                let out = out.map_or_else(|| "nothing".to_owned(), ToString::to_string);
                cx.world.borrow_mut().push(format!("{} {out}", $kind));
                Ok(())
            }
        }
    };
}

old_step!(Guard, "guard", UndoPolicy::Compensate, None, false, false);
old_step!(Begin, "begin", UndoPolicy::Compensate, None, true, false);
old_step!(Clone2, "clone", UndoPolicy::Compensate, Some("2".into()), false, false);
old_step!(Finish, "end", UndoPolicy::Nothing { because: "the window is over" }, None, false, true);
old_step!(Keep, "record", UndoPolicy::NoReturn { because: "the snapshot exists" }, None, false, false);

fn with_engine<T>(store: &Store, act: impl FnOnce(&Engine<'_, World>, &Flow<World>, &RunId) -> T) -> (T, Vec<String>) {
    let (world, cancel) = (World::default(), Cancel::default());
    let steps = vec![erase(Guard), erase(Begin), erase(Clone2), erase(Finish), erase(Keep)];
    let flow = Flow::new("toy", steps).unwrap();
    let engine = Engine {
        world: &world,
        clock: &Still,
        monitor: &Silent,
        journal: store,
        cancel: &cancel,
        me: Actor { pid: 1, host: "ctl2".into() },
        tool: "99.0.0",
        simulated: true,
    };
    let answer = act(&engine, &flow, &RunId::new(RUN).unwrap());
    (answer, world.into_inner())
}

#[test]
fn every_released_format_is_tested() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let folders = fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let present: BTreeSet<u32> =
        folders.map(|path| path.file_name().unwrap().to_str().unwrap().parse().unwrap()).collect();
    assert_eq!(present, (1..=FORMAT).collect::<BTreeSet<_>>(), "a folder per format, with journals of that format");
    for format in present {
        for (name, lines) in journals(format) {
            let first: Record = serde_json::from_str(&lines[0]).unwrap();
            let state = RunState::begin(&first).unwrap();
            assert_eq!(state.header.format, format, "{name}");
        }
    }
}

/// Together the journals hold every kind of record there is.
#[test]
fn every_kind_of_record_is_kept() {
    let kinds = ["run", "turn", "paused", "end", "started", "done", "failed", "undo_started", "undone", "undo_failed"];
    for format in 1..=FORMAT {
        let lines: Vec<Value> = journals(format)
            .iter()
            .flat_map(|(_, lines)| lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect();
        for kind in kinds {
            assert!(lines.iter().any(|line| line.get(kind).is_some()), "format {format} has no {kind}");
        }
    }
}

/// What is read is everything that was written: a field that a later version forgets would be lost here.
#[test]
fn records_of_the_present_format_are_written_as_they_are_read() {
    for (name, lines) in journals(FORMAT) {
        for line in lines {
            let record: Record = serde_json::from_str(&line).unwrap();
            let written = plain_times(serde_json::to_value(&record).unwrap());
            assert_eq!(written, plain_times(serde_json::from_str(&line).unwrap()), "{name}");
        }
    }
}

/// `…14.500Z` and `…14.5Z` are the same time.
fn plain_times(mut value: Value) -> Value {
    if let Some(at) = value.get("at").and_then(Value::as_str) {
        value["at"] = at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().to_rfc3339().into();
    }
    value
}

#[test]
fn old_runs_fold_to_their_states() {
    for format in 1..=FORMAT {
        let phase = |name: &str| fold(&records(format, name)).unwrap().phase();
        assert_eq!(phase("done"), Phase::Done);
        assert_eq!(phase("stuck"), Phase::Stuck);
        assert_eq!(phase("interrupted"), Phase::Running);
    }
}

#[test]
fn an_old_stuck_run_can_be_undone() {
    for format in 1..=FORMAT {
        let dir = TempDir::new().unwrap();
        let store = stored(&dir, format, "stuck");
        let (state, undone) = with_engine(&store, |engine, flow, run| engine.undo(flow, run));
        assert_eq!(state.unwrap().phase(), Phase::Undone);
        assert_eq!(undone, ["clone nothing", "guard \"guard 12\""]);
        assert_eq!(store.runs(None).unwrap()[0].state, "undone");
    }
}

#[test]
fn an_old_interrupted_window_is_healed_and_cannot_be_resumed_forward() {
    for format in 1..=FORMAT {
        let dir = TempDir::new().unwrap();
        let store = stored(&dir, format, "interrupted");
        let (healed, undone) = with_engine(&store, |engine, flow, run| engine.heal(flow, run));
        assert_eq!(healed.unwrap().settled, Settled::Unwound);
        assert_eq!(undone, ["begin nothing", "guard \"guard 12\""]);
    }
}

#[test]
fn an_old_done_run_is_in_the_catalog() {
    for format in 1..=FORMAT {
        let dir = TempDir::new().unwrap();
        let store = stored(&dir, format, "done");
        let made = store.snapshots(None).unwrap().remove(0);
        assert_eq!((made.state, made.pieces.len(), made.pinned), (SnapshotState::Proved, 1, true));
        let (refused, undone) = with_engine(&store, |engine, flow, run| engine.undo(flow, run));
        assert_eq!((refused.unwrap_err().code.as_str(), undone.len()), ("ENG-055", 0));
    }
}
