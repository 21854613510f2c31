//! The JSON objects of contract.md: one object, with `schema` and `simulated`.

use super::unsettled::{Status, next};
use crate::{
    catalog::{self, RunInfo, Shown},
    fault::Fault,
    store::{RunState, SnapshotRecord, StepRun},
    text::report::Drill,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Number of this description of the objects.
pub const SCHEMA: u32 = 1;

/// Parts of a snapshot that only `show` prints.
const ONLY_SHOWN: [&str; 4] = ["files", "logs", "pieces", "layout"];

/// An object with the parts that every object has.
#[must_use]
pub fn object(simulated: bool, key: &str, value: Value) -> Value {
    json!({"schema": SCHEMA, "simulated": simulated, key: value})
}

/// `list`.
#[must_use]
pub fn list(snapshots: &[SnapshotRecord], simulated: bool) -> Value {
    let short = |made: &SnapshotRecord| match plain(made) {
        Value::Object(mut fields) => {
            fields.retain(|name, _| !ONLY_SHOWN.contains(&name.as_str()));
            Value::Object(fields)
        }
        other => other,
    };
    let mut all = object(simulated, "snapshots", snapshots.iter().map(short).collect());
    all["windows"] = serde_json::to_value(catalog::windows(snapshots)).unwrap_or_default();
    all
}

/// `show ID`: `snapshots` with the one snapshot, `run`, or both: a snapshot has the id of the run that made it.
#[must_use]
pub fn show(shown: &Shown, simulated: bool) -> Value {
    let mut fields = Map::new();
    fields.insert("schema".into(), SCHEMA.into());
    fields.insert("simulated".into(), simulated.into());
    if let Some(made) = &shown.snapshot {
        fields.insert("snapshots".into(), Value::Array(vec![plain(made)]));
    }
    if let Some((info, state)) = &shown.run {
        fields.insert("run".into(), run(info, state));
    }
    Value::Object(fields)
}

/// `drill`: the evidence.
#[must_use]
pub fn drill(evidence: &Drill, simulated: bool) -> Value {
    object(simulated, "drill", plain(evidence))
}

/// `runs`.
#[must_use]
pub fn runs(runs: &[RunInfo], simulated: bool) -> Value {
    object(simulated, "runs", plain(&runs))
}

/// `status`: what runs, `unsettled` runs with what to type, `open_extracts`, and the `leases` that are held.
#[must_use]
pub fn status(status: &Status<'_>, simulated: bool) -> Value {
    let mut all = object(simulated, "runs", plain(&status.live));
    all["unsettled"] = status.unsettled.iter().map(unsettled).collect();
    all["open_extracts"] = plain(&status.open);
    all["leases"] = plain(&status.leases);
    all
}

fn unsettled(run: &RunInfo) -> Value {
    let mut object = plain(run);
    object["next"] = plain(&next(run));
    object
}

/// A failure.
#[must_use]
pub fn error(fault: &Fault, simulated: bool) -> Value {
    object(simulated, "error", plain(fault))
}

fn run(info: &RunInfo, state: &RunState) -> Value {
    json!({
        "id": info.id,
        "flow": info.flow,
        "database": info.database,
        "state": info.state,
        "started_at": info.started_at,
        "ended_at": info.ended_at,
        "tool": state.header.tool,
        "params": state.header.params,
        "unwound_by": state.unwound_by,
        "left": state.end.as_ref().map(|end| end.left.clone()).unwrap_or_default(),
        "steps": state.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &StepRun) -> Value {
    json!({
        "step": step.name,
        "state": step.state,
        "started_at": step.started_at,
        "ms": step.ms(),
        "out": step.out,
        "attempt": step.attempt,
        "warning": step.warning,
        "skipped": step.skipped,
        "undo_notes": step.undo_notes,
        "fault": step.undo_fault.as_ref().or(step.fault.as_ref()),
    })
}

/// Our types have text keys and no failing serialisers; an empty object would be seen by every test.
fn plain(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|_| json!({}))
}
