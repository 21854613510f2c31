//! `recover --from-tape`: what was named, what of it is restored already, and what a plan says of it.

use super::{
    disks::{others, some},
    facts::{Facts, Snapshot},
    plan::TapePlan,
};
use crate::{
    catalog::{self, RunWord, SnapshotRecord, TapeState},
    engine::Step,
    fault::{Fault, Kind},
    flow::{
        self,
        from_tape::{
            FetchLogs, Fetched, FromTapeParams, Known, KnownPieces, MakeDisk,
            params::{control_handle, parse_handle},
        },
        recover::FromTape,
    },
    model::{DbName, ObjectId, RunId, Scn},
    step::{World, params::KeptLog, preview::later},
    store::{RunState, Store},
    survey::{Finding, Unit},
};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// What `--from-tape` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A snapshot of the store.
    Snapshot(RunId),
    /// A run that restored disks, which wait.
    Restored(RunId),
    /// An offload that the store does not know.
    Unknown {
        /// As the handle says or as it was given.
        dbid: Option<u64>,
        /// The offload's run.
        writer: RunId,
    },
}

/// Disks that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The run that restored them.
    pub run: RunId,
    /// By slot of production.
    pub disks: BTreeMap<u32, ObjectId>,
    /// Checkpoints of their headers.
    pub checkpoints: BTreeMap<u64, Scn>,
    /// The window's logs, in that run's artifacts.
    pub logs: Vec<KeptLog>,
}

/// A snapshot that comes from tape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoring {
    /// Its pieces.
    pub pieces: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is there already.
    pub restored: Option<Restored>,
}

impl Restoring {
    /// The disk for a slot; a stand-in before it is made.
    pub fn disk(&self, slot: u32) -> Result<ObjectId, Fault> {
        match &self.restored {
            None => later(&format!("FRESH-DISK-{slot}")),
            Some(restored) => restored.disks.get(&slot).cloned().ok_or_else(|| {
                let text = format!("run {} restored no disk for slot {slot}", restored.run);
                Fault::new(Kind::User, "TAP-020", text).hint("restore again: --from-tape SNAPSHOT")
            }),
        }
    }

    /// What the recovery's run is told.
    #[must_use]
    pub fn taken(&self) -> Option<FromTape> {
        let restored = self.restored.as_ref()?;
        Some(FromTape { run: restored.run.clone(), checkpoints: restored.checkpoints.clone() })
    }

    /// What the plan says.
    #[must_use]
    pub fn plan(&self) -> TapePlan {
        let restored_by = self.restored.as_ref().map(|restored| restored.run.clone());
        TapePlan { pieces: self.pieces, bytes: self.bytes, restored_by }
    }
}

/// What was named: a handle, a run that restored, an offload's run, a snapshot.
pub fn source(store: &Store, database: &DbName, text: &str, dbid: Option<u64>) -> Result<Source, Fault> {
    if let Some((found, writer)) = parse_handle(text) {
        if dbid.is_some_and(|dbid| dbid != found) {
            return Err(Fault::new(
                Kind::User,
                "TAP-021",
                format!("the handle is of DBID {found}, not {}", dbid.unwrap_or(0)),
            )
            .hint("leave --dbid out: the handle says it"));
        }
        let known = written_by(store, database, &writer)?;
        return Ok(known.map_or(Source::Unknown { dbid: Some(found), writer }, Source::Snapshot));
    }
    if let Some(run) = catalog::runs(store, Some(database))?.into_iter().find(|run| run.id.as_str() == text) {
        match (run.flow.as_str(), run.state) {
            (flow::from_tape::NAME, RunWord::Done) => return Ok(Source::Restored(run.id)),
            (flow::from_tape::NAME, _) => return Err(not_done(&run.id)),
            _ => {}
        }
        if let Some(snapshot) = written_by(store, database, &run.id)? {
            return Ok(Source::Snapshot(snapshot));
        }
    }
    match (catalog::find_snapshot(store, text), RunId::new(text)) {
        (Ok(found), _) if found.database == *database => Ok(Source::Snapshot(found.id)),
        (Ok(found), _) => {
            Err(Fault::new(Kind::User, "TAP-022", format!("{} is a snapshot of {}", found.id, found.database))
                .hint_command("what there is of this database", format!("ovmirror list {database}")))
        }
        (Err(_), Ok(writer)) if dbid.is_some() => Ok(Source::Unknown { dbid, writer }),
        (Err(fault), Ok(_)) => Err(fault.hint("where the store is lost, the DBID is needed, too: --dbid N")),
        (Err(fault), Err(_)) => Err(fault),
    }
}

fn not_done(run: &RunId) -> Fault {
    Fault::new(Kind::User, "TAP-023", format!("run {run} has not restored its disks"))
        .hint_command("what became of it", format!("ovmirror show {run}"))
}

/// The snapshot that a run put on tape.
fn written_by(store: &Store, database: &DbName, writer: &RunId) -> Result<Option<RunId>, Fault> {
    let of = |record: &SnapshotRecord| {
        let handle = control_handle(record.dbid, writer);
        record.pieces.iter().any(|piece| piece.handle == handle)
    };
    let all = catalog::snapshots(store, Some(database))?;
    Ok(all.into_iter().find(of).map(|record| record.id))
}

/// The offload that put a snapshot on tape, and the tag of its good attempt.
pub fn writer_of(record: &SnapshotRecord) -> Result<(RunId, String), Fault> {
    let control = record.pieces.iter().find_map(|piece| Some((parse_handle(&piece.handle)?.1, piece.tag.clone())));
    let missing = |why: String| {
        Fault::new(Kind::User, "TAP-024", format!("snapshot {} is not on tape: {why}", record.id))
            .hint_command("see which are", format!("ovmirror list {}", record.database))
    };
    match (record.tape.state, control) {
        (TapeState::Ok, Some(found)) => Ok(found),
        (TapeState::Ok, None) => Err(missing("its control file is in no piece".to_owned())),
        (state, _) => Err(missing(format!("its tape half is {state:?}").to_lowercase())),
    }
}

/// What a run that restored left, from its journal.
pub fn restored(store: &Store, run: &RunId) -> Result<(RunId, Restored), Fault> {
    let state = store.run_state(run)?;
    let params: FromTapeParams = decode(run, state.header.params.clone())?;
    let known: KnownPieces = out::<Known, _>(run, &state, None)?;
    let fetched: Fetched = out::<FetchLogs, _>(run, &state, None)?;
    let disk = |slot: u32| Ok((slot, out::<MakeDisk, ObjectId>(run, &state, Some(slot))?));
    let restored = Restored {
        run: run.clone(),
        disks: params.disks.iter().map(|disk_of| disk(disk_of.slot)).collect::<Result<_, Fault>>()?,
        checkpoints: known.files.into_iter().map(|(number, file)| (number, file.checkpoint)).collect(),
        logs: fetched.logs,
    };
    Ok((params.tape.clone.snapshot, restored))
}

fn out<S: Step<World>, T: DeserializeOwned>(run: &RunId, state: &RunState, key: Option<u32>) -> Result<T, Fault> {
    let name = key.map_or_else(|| S::KIND.to_owned(), |key| format!("{}:{key}", S::KIND));
    let value = state.step(&name).and_then(|step| step.out.clone()).ok_or_else(|| not_done(run))?;
    decode(run, value)
}

fn decode<T: DeserializeOwned>(run: &RunId, value: serde_json::Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| {
        Fault::new(Kind::User, "RUN-004", format!("the journal of run {run} does not fit this version"))
            .cause(error.to_string())
            .hint("use the version of ovmirror that made it")
    })
}

/// Files that are on the old disks and on no tape: they are not on the new ones.
pub fn left_behind(
    world: &World,
    facts: &Facts,
    units: &[Unit],
    skip: &[String],
    snapshot: &Snapshot,
) -> Result<Vec<Finding>, Fault> {
    let files = &snapshot.layout.surveyed.datafiles;
    let mut left: Vec<String> =
        files.iter().filter(|file| file.is_left_out(skip)).map(|file| file.name.clone()).collect();
    left.extend(others(world, facts, units)?);
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<&str> = units.iter().map(|unit| unit.target.as_str()).collect();
    let text = format!("{} files are not on tape and will not be on the new disks: {}", left.len(), some(&left));
    let remedy = "copy what is needed aside first; the old disks keep them until commit";
    Ok(vec![Finding::warn("TAPE-OTHERS", points.join(" "), text, remedy)])
}
