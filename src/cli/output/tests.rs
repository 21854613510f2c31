use super::{human, json, unsettled::Status};
use crate::{
    catalog::{HeldLease, RunInfo, RunWord, Shown},
    engine::{Direction, End, EndState, Event, Header, Record, RunEvent, StepEvent, fold},
    fault::{Fault, Kind},
    model::{DbName, RunId},
    store::{RunState, SnapshotRecord, tests::snapshot},
};
use serde_json::{Value, json};

const RUN: &str = "ORCL-20261121T204512-4f2a";

fn made() -> SnapshotRecord {
    let mut made = snapshot(RUN);
    made.begin_scn = crate::model::Scn::new(9_007_199_254_740_993);
    made
}

fn state() -> RunState {
    let plan: Vec<String> = ["guard", "begin", "clone:2"].map(Into::into).into();
    let header = Header {
        id: RunId::new(RUN).unwrap(),
        format: 1,
        tool: "0.1.0".into(),
        flow: "snapshot".into(),
        params: json!({}),
        plan,
        plan_digest: "d".into(),
        simulated: true,
    };
    let started = || StepEvent::Started { attempt: 1, pid: 4711, host: "ctl1".into() };
    let done = |out, warning: Option<&str>| StepEvent::Done { out, warning: warning.map(Into::into), skipped: None };
    let fault = Fault::new(Kind::External, "OVM-012", "the clone job failed");
    let busy = Fault::new(Kind::External, "SSH-003", "no route");
    let events = vec![
        Event::Run(RunEvent::Run(header)),
        Event::step("guard", started()),
        Event::step("guard", done(json!({"pid": 12}), None)),
        Event::step("begin", started()),
        Event::step("begin", done(json!({"scn": "77"}), Some("took long"))),
        Event::step("clone:2", started()),
        Event::step("clone:2", StepEvent::Failed { fault }),
        Event::turn(Direction::Unwind, "step clone:2 failed: the clone job failed", "OVM-012"),
        Event::step("begin", StepEvent::UndoStarted {}),
        Event::step("begin", StepEvent::Undone { notes: vec![] }),
        Event::step("clone:2", StepEvent::UndoStarted {}),
        Event::step("clone:2", StepEvent::UndoFailed { fault: busy }),
        Event::Run(RunEvent::End(End { state: EndState::Stuck, left: vec!["clone:2".into(), "guard".into()] })),
    ];
    let begin: chrono::DateTime<chrono::Utc> = "2026-11-21T20:45:12Z".parse().unwrap();
    let at = |n: usize| begin + chrono::TimeDelta::milliseconds(1500 * i64::try_from(n).unwrap());
    let record = |(n, event)| Record { n: n as u64, at: at(n), event };
    fold(&events.into_iter().enumerate().map(record).collect::<Vec<_>>()).unwrap()
}

fn info() -> RunInfo {
    RunInfo {
        id: RunId::new(RUN).unwrap(),
        flow: "snapshot".into(),
        database: DbName::new("ORCL").unwrap(),
        state: RunWord::Stuck,
        started_at: "2026-11-21T20:45:12Z".parse().unwrap(),
        ended_at: Some("2026-11-21T20:45:30Z".parse().unwrap()),
        step: Some("clone:2".into()),
    }
}

fn live() -> crate::catalog::LiveRun {
    let run = RunInfo { state: RunWord::Running, ended_at: None, ..info() };
    crate::catalog::LiveRun { run, elapsed_ms: 65_000, usual_ms: Some(90_000) }
}

#[test]
fn tables() {
    let expected = "\
SNAPSHOT                   ENDED                                    END SCN  WINDOW  STATE     TAPE     DRILLED  DISKS      SIZE
ORCL-20261121T204512-4f2a  2026-11-21 20:45:24 +00:00  18446744073709551615   4.5 s  unproved  pending  never        1  10.0 GiB
";
    assert_eq!(human::list(&[made()], false), expected);
    assert_eq!(human::list(&[], true), "There are no snapshots.\n");
    let expected = "\
RUN                        FLOW      STATE  STARTED                       TOOK  LAST STEP
ORCL-20261121T204512-4f2a  snapshot  stuck  2026-11-21 20:45:12 +00:00  18.0 s  clone:2

Simulated: this is a lab.
";
    assert_eq!(human::runs(&[info()], true), expected);
    let expected = "\
RUN                        FLOW      STATE    STEP        ELAPSED       USUAL
ORCL-20261121T204512-4f2a  snapshot  running  clone:2  1 min 05 s  1 min 30 s
";
    let at_work = [live()];
    assert_eq!(human::status(&Status { live: &at_work, unsettled: &[], open: &[], leases: &[] }, false), expected);
    assert_eq!(human::status(&Status { live: &[], unsettled: &[], open: &[], leases: &[] }, true), "Nothing runs.\n");
}

#[test]
fn status_lists_what_is_shared_and_in_use() {
    let held = HeldLease {
        what: "media host bckvm".into(),
        kind: "media",
        name: "bckvm".into(),
        host: "ctl1".into(),
        pid: 4711,
        since: "2026-11-21T20:45:12Z".parse().unwrap(),
        run: Some(RunId::new(RUN).unwrap()),
        step: Some("tape".into()),
    };
    let none = HeldLease { run: None, step: None, kind: "repository", what: "repository r1".into(), ..held.clone() };
    let leases = [held, none];
    let status = Status { live: &[], unsettled: &[], open: &[], leases: &leases };
    let expected = "\
No run is under way.

IN USE            RUN                        PROCESS       SINCE                       STEP
media host bckvm  ORCL-20261121T204512-4f2a  4711 on ctl1  2026-11-21 20:45:12 +00:00  tape
repository r1     -                          4711 on ctl1  2026-11-21 20:45:12 +00:00
";
    assert_eq!(human::status(&status, false), expected);
    let object = json::status(&status, false)["leases"][0].clone();
    let wanted = json!({"what": "media host bckvm", "kind": "media", "name": "bckvm", "host": "ctl1", "pid": 4711,
        "since": "2026-11-21T20:45:12Z", "run": RUN, "step": "tape"});
    assert_eq!(object, wanted);
}

#[test]
fn status_names_what_waits_and_what_to_type() {
    let broken = RunInfo { state: RunWord::Interrupted, ended_at: None, ..info() };
    let waiting = [info(), broken];
    let expected = "\
Nothing runs, but 2 runs are not settled:

RUN                        FLOW      DATABASE  STATE        STARTED                     LAST STEP
ORCL-20261121T204512-4f2a  snapshot  ORCL      stuck        2026-11-21 20:45:12 +00:00  clone:2
ORCL-20261121T204512-4f2a  snapshot  ORCL      interrupted  2026-11-21 20:45:12 +00:00  clone:2

A database may be in backup mode, down or without a disk until its runs are settled:
  ovmirror show ORCL-20261121T204512-4f2a     # stuck: what is left, and why
  ovmirror heal ORCL                          # when that is mended
  ovmirror heal ORCL                          # interrupted: finishes it or takes it back
  ovmirror undo ORCL-20261121T204512-4f2a     # or take it back
";
    assert_eq!(human::status(&Status { live: &[], unsettled: &waiting, open: &[], leases: &[] }, false), expected);
    let all = json::status(&Status { live: &[], unsettled: &waiting, open: &[], leases: &[] }, false);
    assert_eq!((&all["runs"], &all["unsettled"][0]["state"]), (&json!([]), &json!("stuck")));
    assert_eq!(all["unsettled"][1]["next"], json!(["ovmirror heal ORCL", format!("ovmirror undo {RUN}")]));
}

#[test]
fn pages() {
    let shown = Shown { snapshot: Some(made()), run: Some((info(), state())) };
    let expected = "\
Snapshot  ORCL-20261121T204512-4f2a
Database  ORCL (DBID 1585555021, RESETLOGS change 1)
State     unproved
SCN       9007199254740993 to 18446744073709551615
Begun     2026-11-21 20:45:20 +00:00
Ended     2026-11-21 20:45:24 +00:00
Window    4.5 s, of it 3.0 s for the clone job
Tape      pending
Drilled   never
Files     1 data files, 1 kept logs
Disk      slot 2, data, 10.0 GiB, 0004fb00001200001234

Run         ORCL-20261121T204512-4f2a
Flow        snapshot (begun by version 0.1.0)
State       stuck
Started     2026-11-21 20:45:12 +00:00
Ended       2026-11-21 20:45:30 +00:00
Taken back  OVM-012: step clone:2 failed: the clone job failed
Left        clone:2, guard

STEP     STATE        STARTED                      TOOK  NOTE
guard    done         2026-11-21 20:45:13 +00:00  1.5 s
begin    undone       2026-11-21 20:45:16 +00:00  1.5 s  warning: took long
clone:2  undo failed  2026-11-21 20:45:19 +00:00  1.5 s  SSH-003: no route
";
    assert_eq!(human::show(&shown, false), expected);
}

#[test]
fn objects_have_the_contract_s_names() {
    let list = json::list(&[made()], true);
    let expected = json!({"schema": 1, "simulated": true, "snapshots": [{
        "id": RUN, "database": "ORCL", "dbid": 1_585_555_021u64, "resetlogs_change": "1",
        "begin_scn": "9007199254740993", "end_scn": "18446744073709551615",
        "begun_at": "2026-11-21T20:45:20Z", "ended_at": "2026-11-21T20:45:24.500Z",
        "window_ms": 4500, "clone_job_ms": 3000, "state": "unproved",
        "tape": {"state": "pending", "pieces": 0, "bytes": 0, "finished_at": null},
        "drilled_at": null, "pinned": false,
        "disks": [{"slot": 2, "role": "data", "id": "0004fb00001200001234", "bytes": 10_737_418_240u64}],
    }], "windows": [{"database": "ORCL", "count": 1, "p50_ms": 4500, "p95_ms": 4500}]});
    assert_eq!(list, expected);
    let shown = json::show(&Shown { snapshot: Some(made()), run: Some((info(), state())) }, true);
    let snapshot = &shown["snapshots"][0];
    assert!(["files", "logs", "pieces", "layout"].iter().all(|name| !snapshot[name].is_null()));
    let run = &shown["run"];
    assert_eq!((&run["id"], &run["flow"], &run["state"]), (&json!(RUN), &json!("snapshot"), &json!("stuck")));
    let step = &run["steps"][1];
    let taken = ["step", "state", "started_at", "ms", "out"].map(|name| step[name].clone());
    assert_eq!(
        taken,
        [json!("begin"), json!("undone"), json!("2026-11-21T20:45:16.500Z"), json!(1500), json!({"scn": "77"})]
    );
}

#[test]
fn runs_status_and_errors_have_the_contract_s_names() {
    let row = json!({"id": RUN, "flow": "snapshot", "database": "ORCL", "state": "stuck",
        "started_at": "2026-11-21T20:45:12Z", "ended_at": "2026-11-21T20:45:30Z", "step": "clone:2"});
    assert_eq!(json::runs(&[info()], false), json!({"schema": 1, "simulated": false, "runs": [row]}));
    let at_work = [live()];
    let status = json::status(&Status { live: &at_work, unsettled: &[], open: &[], leases: &[] }, false);
    assert_eq!((&status["unsettled"], &status["leases"]), (&json!([]), &json!([])));
    assert_eq!((&status["runs"][0]["elapsed_ms"], &status["runs"][0]["usual_ms"]), (&json!(65000), &json!(90000)));
    let fault =
        Fault::new(Kind::Undone, "OVM-012", "no").cause("why").hint_command("look", "ovmirror show X").on("ovs1");
    let error = &json::error(&fault, false)["error"];
    assert_eq!(error["kind"], "undone");
    assert_eq!(error["context"], json!({"run": null, "step": null, "host": "ovs1", "command": null}));
    assert_eq!(
        (&error["causes"], &error["hints"]),
        (&json!(["why"]), &json!([{"text": "look", "command": "ovmirror show X"}]))
    );
    assert_ne!(error["message"], Value::Null);
}
