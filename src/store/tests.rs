use super::*;
use crate::{
    engine::{
        Actor, Cancel, Cx, Engine, Event, Flow, Journal, Phase, Probe, Ran, Record, RunEvent, Step, StepEvent,
        UndoPolicy, erase, fold, testing::TestClock,
    },
    model::{DbName, RunId, Scn},
    port::{Clock, Silent},
};
use rusqlite::{fallible_iterator::FallibleIterator as _, types::Value as Cell};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt};
use tempfile::TempDir;

const RUN: &str = "ORCL-20261121T204512-4f2a";

pub(crate) fn open(dir: &TempDir) -> Store {
    Store::open(&dir.path().join("state"), true).unwrap()
}

pub(crate) fn orcl() -> DbName {
    DbName::new("ORCL").unwrap()
}

pub(crate) fn me() -> Actor {
    Actor { pid: 4711, host: "ctl1".into() }
}

pub(crate) fn snapshot(id: &str) -> SnapshotRecord {
    SnapshotRecord {
        id: RunId::new(id).unwrap(),
        database: orcl(),
        dbid: 1_585_555_021,
        resetlogs_change: Scn::new(1),
        begin_scn: Scn::new(u64::MAX - 1),
        end_scn: Scn::new(u64::MAX),
        begun_at: "2026-11-21T20:45:20Z".parse().unwrap(),
        ended_at: "2026-11-21T20:45:24.5Z".parse().unwrap(),
        window_ms: 4500,
        clone_job_ms: 3000,
        state: SnapshotState::Unproved,
        tape: Tape::empty(TapeState::Pending),
        drilled_at: None,
        pinned: false,
        disks: vec![Disk { slot: 2, role: "data".into(), id: "0004fb00001200001234".into(), bytes: 10 << 30 }],
        files: vec![json!({"file": 1, "name": "/u02/system01.dbf"})],
        logs: vec![json!({"sequence": 9})],
        pieces: vec![],
        layout: json!({"units": []}),
    }
}

/// A step whose output carries catalog changes.
pub(crate) struct Changes(pub &'static str, pub Vec<CatalogChange>, pub bool);

#[derive(Serialize, Deserialize)]
pub(crate) struct Out {
    catalog: Vec<CatalogChange>,
}

impl Step<()> for Changes {
    const KIND: &'static str = "change";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "a test" };
    type Out = Out;
    fn key(&self) -> Option<String> {
        Some(self.0.into())
    }
    fn describe(&self) -> String {
        "change the catalog".into()
    }
    fn run(&self, _cx: &Cx<'_, ()>) -> Result<Ran<Out>, Fault> {
        if self.2 {
            return Err(Fault::new(Kind::External, "T-1", "no"));
        }
        Ok(Ran::Done(Out { catalog: self.1.clone() }))
    }
    fn probe(&self, _cx: &Cx<'_, ()>) -> Result<Probe<Out>, Fault> {
        Ok(Probe::Absent)
    }
    fn undo(&self, _cx: &Cx<'_, ()>, _out: Option<&Out>) -> Result<(), Fault> {
        Ok(())
    }
}

pub(crate) fn drive(store: &Store, run: &str, steps: Vec<Changes>) -> Result<Phase, Fault> {
    let (clock, cancel) = (TestClock::default(), Cancel::default());
    let engine = Engine {
        world: &(),
        clock: &clock,
        monitor: &Silent,
        journal: store,
        cancel: &cancel,
        me: me(),
        tool: "0.1.0",
        simulated: true,
    };
    let flow = Flow::new("changes", steps.into_iter().map(erase).collect()).unwrap();
    engine.start(&flow, &RunId::new(run).unwrap(), Value::Null).map(|state| state.phase())
}

pub(crate) fn made(id: &str) -> CatalogChange {
    CatalogChange::SnapshotMade(Box::new(snapshot(id)))
}

fn tape(state: TapeState) -> CatalogChange {
    let finished_at = (state == TapeState::Ok).then(|| "2026-11-21T21:00:00Z".parse().unwrap());
    let id = RunId::new(RUN).unwrap();
    CatalogChange::TapeState { id, tape: Tape { state, pieces: 2, bytes: 700, finished_at } }
}

fn dump(store: &Store) -> Vec<Vec<Cell>> {
    let mut all = Vec::new();
    for table in ["runs", "snapshots", "disks", "files", "logs", "pieces"] {
        let mut query = store.conn.prepare(&format!("{} * from {table} order by 1, 2", "select")).unwrap();
        let width = query.column_count();
        let rows = query.query_map([], |row| (0..width).map(|at| row.get(at)).collect()).unwrap();
        all.extend(rows.map(Result::unwrap));
    }
    all
}

#[test]
fn outputs_become_the_catalog_and_can_be_built_again() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let id = || RunId::new(RUN).unwrap();
    drive(&store, RUN, vec![Changes("made", vec![made(RUN)], false)]).unwrap();
    assert_eq!(store.snapshots(Some(&orcl())).unwrap(), [snapshot(RUN)]);
    let piece = |handle: &str| Piece { handle: handle.into(), tag: "SM_20261121204512_4F2A_1".into(), bytes: 350 };
    let proved = CatalogChange::SnapshotState { id: id(), state: SnapshotState::Proved };
    let pieces = CatalogChange::Pieces { id: id(), pieces: vec![piece("a"), piece("b")] };
    let at = "2026-11-22T03:00:00Z".parse().unwrap();
    let rest = vec![CatalogChange::Drilled { id: id(), at }, CatalogChange::Pinned { id: id(), pinned: true }];
    let steps = vec![
        Changes("1", vec![proved, tape(TapeState::Running)], false),
        Changes("2", vec![tape(TapeState::Ok), pieces], false),
        Changes("3", rest, false),
    ];
    drive(&store, "ORCL-20261121T205000-0001", steps).unwrap();
    let now = store.snapshots(None).unwrap().remove(0);
    assert_eq!((now.state, now.tape.state, now.tape.pieces), (SnapshotState::Proved, TapeState::Ok, 2));
    assert_eq!((now.pieces.len(), now.drilled_at, now.pinned), (2, Some(at), true));

    let before = dump(&store);
    assert!(before.len() > 6);
    store.conn.execute("update snapshots set state = 'rejected'", []).unwrap();
    assert_ne!(dump(&store), before);
    store.rebuild_projection().unwrap();
    assert_eq!(dump(&store), before);

    drive(&store, "ORCL-20261123T205000-0001", vec![Changes("gone", vec![CatalogChange::Gone { id: id() }], false)])
        .unwrap();
    assert_eq!(store.snapshots(None).unwrap(), []);
}

#[test]
fn an_undone_run_gives_its_tape_half_up() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    drive(&store, RUN, vec![Changes("made", vec![made(RUN)], false)]).unwrap();
    let steps = vec![Changes("1", vec![tape(TapeState::Running)], false), Changes("2", vec![], true)];
    assert_eq!(drive(&store, "ORCL-20261121T205000-0001", steps).unwrap_err().kind, Kind::Undone);
    assert_eq!(store.snapshots(None).unwrap()[0].tape.state, TapeState::Failed);
    let before = dump(&store);
    store.rebuild_projection().unwrap();
    assert_eq!(dump(&store), before);
}

#[test]
fn a_change_of_an_unknown_snapshot_keeps_neither_event_nor_row() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let fault = drive(&store, RUN, vec![Changes("1", vec![tape(TapeState::Ok)], false)]).unwrap_err();
    assert_eq!(fault.code, "STO-010");
    let run = RunId::new(RUN).unwrap();
    let state = fold(&store.read(&run).unwrap()).unwrap();
    assert_eq!((state.phase(), state.next), (Phase::Running, 2));
    assert!(state.steps[0].in_doubt());
}

#[test]
fn runs_rows_say_what_the_fold_says() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    for (run, fails) in [(RUN, false), ("ORCL-20261121T205000-0001", true)] {
        let _ = drive(&store, run, vec![Changes("a", vec![], false), Changes("b", vec![], fails)]);
        let row = store.runs(None).unwrap().remove(0);
        let state = fold(&store.read(&row.id).unwrap()).unwrap();
        assert_eq!((row.id.as_str(), row.state.as_str()), (run, state.phase().word()));
        assert_eq!((row.started_at, row.ended_at), (state.started_at, state.ended_at));
        assert_eq!(row.step.as_deref(), Some("change:b"));
    }
}

#[test]
fn a_record_out_of_turn_is_refused_and_the_journal_is_append_only() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    drive(&store, RUN, vec![Changes("a", vec![], false)]).unwrap();
    let run = RunId::new(RUN).unwrap();
    let event = Event::step("change:a", StepEvent::UndoStarted {});
    let again = Record { n: 2, at: TestClock::default().now(), event };
    assert_eq!(store.append(&run, &again).unwrap_err().code, "JRN-008");
    for text in ["update events set body = '{}'", "delete from events"] {
        assert!(store.conn.execute(text, []).unwrap_err().to_string().contains("append-only"));
    }
}

#[test]
fn two_processes_write_at_the_same_time() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let dir = &dir;
            scope.spawn(move || {
                let store = open(dir);
                for n in 0..5 {
                    let run = format!("DB{writer}-20261121T20451{n}-000{writer}");
                    drive(&store, &run, vec![Changes("a", vec![], false), Changes("b", vec![], false)]).unwrap();
                }
            });
        }
    });
    let store = open(&dir);
    assert_eq!(store.runs(None).unwrap().len(), 20);
    assert!(store.runs(None).unwrap().iter().all(|run| run.state == "done"));
    let before = dump(&store);
    store.rebuild_projection().unwrap();
    assert_eq!(dump(&store), before);
}

#[test]
fn lab_and_real_site_do_not_mix() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    assert_eq!(Store::open(&dir.path().join("state"), false).err().unwrap().code, "STO-003");
    drive(&store, RUN, vec![Changes("a", vec![], false)]).unwrap();
    let mut first = store.read(&RunId::new(RUN).unwrap()).unwrap().remove(0);
    let Event::Run(RunEvent::Run(header)) = &mut first.event else { panic!() };
    header.simulated = false;
    header.id = RunId::new("ORCL-20261121T205000-0001").unwrap();
    let id = header.id.clone();
    assert_eq!(store.append(&id, &first).unwrap_err().code, "STO-003");
}

#[test]
fn only_the_owner_can_look() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state");
    let store = open(&dir);
    let _lock = store.try_lock(&orcl(), &me(), &TestClock::default()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&state), mode(&state.join("locks"))), (0o700, 0o700));
    for file in ["ovmirror.db", "ovmirror.db-wal", "ovmirror.db-shm", "locks/ORCL"] {
        assert_eq!(mode(&state.join(file)), 0o600, "{file}");
    }
    fs::set_permissions(state.join(FILE), fs::Permissions::from_mode(0o640)).unwrap();
    let fault = Store::open(&state, true).err().unwrap();
    assert_eq!(fault.code, "STO-002");
    assert_eq!(fault.hints[0].command, Some(format!("chmod 600 '{}'", state.join(FILE).display())));
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Store::open(&state, true).err().unwrap().message.ends_with("its mode is 755"));
}

#[test]
fn commits_are_durable_and_a_later_schema_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let pragma = |name: &str| store.conn.query_row(&format!("pragma {name}"), [], |row| row.get::<_, Cell>(0)).unwrap();
    assert_eq!(pragma("journal_mode"), Cell::Text("wal".into()));
    assert_eq!((pragma("synchronous"), pragma("foreign_keys")), (Cell::Integer(2), Cell::Integer(1)));
    store.conn.execute(statement::ADD_MIGRATION, (99, "future")).unwrap();
    assert_eq!(Store::open(&dir.path().join("state"), true).err().unwrap().code, "STO-006");
}

#[test]
fn a_lock_is_held_until_it_is_dropped_and_names_its_holder() {
    let dir = TempDir::new().unwrap();
    let (store, clock) = (open(&dir), TestClock::default());
    assert!(!store.is_held(&orcl()).unwrap());
    let lock = store.try_lock(&orcl(), &me(), &clock).unwrap();
    let run = RunId::new(RUN).unwrap();
    store.note_run(&lock, &me(), &run).unwrap();
    drive(&store, RUN, vec![Changes("a", vec![], false)]).unwrap();
    let other = open(&dir);
    assert!(other.is_held(&orcl()).unwrap());
    let fault = other.try_lock(&orcl(), &me(), &clock).unwrap_err();
    assert_eq!((fault.kind.exit_code(), fault.code.as_str()), (6, "LCK-001"));
    assert_eq!(fault.message, format!("ORCL is locked by run {RUN} (process 4711 on ctl1)"));
    assert!(fault.causes[0].ends_with("at step change:a"), "{fault:?}");
    let before = clock.elapsed();
    let wait = std::time::Duration::from_secs(60);
    assert_eq!(other.wait_lock(&orcl(), &me(), wait, &clock).unwrap_err().code, "LCK-001");
    assert!(clock.elapsed() - before >= wait);
    drop(lock);
    assert!(!other.is_held(&orcl()).unwrap());
    let _lock = other.wait_lock(&orcl(), &me(), wait, &clock).unwrap();
    assert_eq!(other.holder(&orcl()).unwrap().unwrap().run, None);
}

#[test]
fn a_lease_is_one_runs_at_a_time_and_names_it() {
    let dir = TempDir::new().unwrap();
    let (store, other, clock) = (open(&dir), open(&dir), TestClock::default());
    let (host, id) = (crate::model::HostName::new("bckvm").unwrap(), crate::model::ObjectId::new("0004fb").unwrap());
    let (media, repository) = (Lease::Media(host), Lease::Repository(id));
    assert!(media < repository, "media hosts are taken first");
    let (run, wait) = (RunId::new(RUN).unwrap(), std::time::Duration::from_secs(60));
    drive(&store, RUN, vec![Changes("a", vec![], false)]).unwrap();
    let held = store.lease(&media, &me(), Some(&run), std::time::Duration::ZERO, &clock).unwrap();
    let fault = other.lease(&media, &me(), Some(&run), std::time::Duration::ZERO, &clock).unwrap_err();
    assert_eq!((fault.kind.exit_code(), fault.code.as_str()), (6, "LCK-003"));
    assert_eq!(fault.message, format!("media host bckvm is used by run {RUN} (process 4711 on ctl1)"));
    assert!(fault.causes[0].starts_with("held since ") && fault.causes[0].ends_with("at step change:a"), "{fault:?}");
    let before = clock.elapsed();
    assert_eq!(other.lease(&media, &me(), Some(&run), wait, &clock).unwrap_err().code, "LCK-003");
    assert!(clock.elapsed() - before >= wait);
    drop(other.lease(&repository, &me(), Some(&run), wait, &clock).unwrap());
    drop(store.try_lock(&orcl(), &me(), &clock).unwrap());
    assert!(other.databases_in_use().unwrap().is_empty());
    let _database = store.try_lock(&orcl(), &me(), &clock).unwrap();
    let databases = other.databases_in_use().unwrap();
    assert_eq!((databases.len(), &databases[0].0, databases[0].1.pid, &databases[0].1.run), (1, &orcl(), 4711, &None));
    let told = other.leases().unwrap();
    assert_eq!(told.len(), 1, "neither a lock of a database nor a lease that was given back: {told:?}");
    let (lease, holder) = &told[0];
    assert_eq!((lease, holder.host.as_str(), holder.pid, &holder.run), (&media, "ctl1", 4711, &Some(run.clone())));
    drop(held);
    assert!(other.leases().unwrap().is_empty());
    other.lease(&media, &me(), Some(&run), std::time::Duration::ZERO, &clock).unwrap();
}

/// What is no database, or has a page that is none, is said to be so, with the way to bring the snapshots back.
#[test]
fn a_damaged_store_names_rebuild() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    let path = dir.path().join("state").join(FILE);
    let whole = fs::read(&path).unwrap();
    let torn = [&whole[..100], &vec![0xff; whole.len() - 100][..]].concat();
    for bytes in [vec![b'x'; 8192], torn] {
        for log in ["ovmirror.db-wal", "ovmirror.db-shm"] {
            fs::remove_file(dir.path().join("state").join(log)).ok();
        }
        fs::write(&path, bytes).unwrap();
        let fault = Store::open(&dir.path().join("state"), true).err().unwrap();
        assert_eq!((fault.code.as_str(), fault.kind), ("STO-001", Kind::External), "{fault:?}");
        let commands: Vec<&str> = fault.hints.iter().filter_map(|hint| hint.command.as_deref()).collect();
        assert_eq!(commands, ["ovmirror rebuild", "ovmirror orphans"], "{fault:?}");
    }
}

#[test]
fn a_store_belongs_to_one_control_host_until_it_is_taken_over() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state");
    let open = |id: &str, name: &str| Store::open_as(&state, true, &ControlHost::of(id, name)).err();
    assert_eq!(open("a1", "ctl1"), None);
    assert_eq!(open("a1", "ctl1"), None);
    for (id, name, told) in [("b2", "ctl2", "ctl1, this is ctl2"), ("a1", "ctl2", "ctl1"), ("b2", "ctl1", "same name")]
    {
        let fault = open(id, name).unwrap();
        assert_eq!((fault.code.as_str(), fault.hints[1].command.as_deref()), ("STO-011", Some("ovmirror take-over")));
        assert!(fault.message.contains(told), "{}", fault.message);
    }
    let store = Store::of_any_host(&state, true).unwrap();
    let lock = store.try_lock(&orcl(), &me(), &TestClock::default()).unwrap();
    assert_eq!(Store::take_over(&state, true).unwrap_err().code, "LCK-004");
    drop(lock);
    assert_eq!(Store::take_over(&state, true).unwrap().as_deref(), Some("ctl1"));
    assert!(Store::open(&state, true).is_ok());
    assert_eq!(open("a1", "ctl1").unwrap().code, "STO-011");
}

#[test]
fn every_statement_file_is_used_and_prepares() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(statement::FILES.contains(&name), "{name} is not in statement.rs");
        let text = fs::read_to_string(&path).unwrap();
        let mut batch = rusqlite::Batch::new(&store.conn, &text);
        assert!(batch.next().unwrap().is_some(), "{name} is empty");
        while batch.next().unwrap().is_some() {}
    }
}
