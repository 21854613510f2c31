//! What the tape knows becomes a record of the store, as the lost one was: pieces, tag, logs, files, and the disks and file
//! systems of today. It has no golden disks: it serves `recover --from-tape` alone.

use super::{
    known::{Known, KnownPieces},
    params::{TapeParams, TapeRecordParams, control_handle},
    stage::TapeStage,
};
use crate::{
    catalog::{CatalogChange, Piece, SnapshotRecord, SnapshotState, Tape, TapeState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    flow::snapshot::Layout,
    model::{RunId, Scn},
    step::{
        World,
        files::Moved,
        folder,
        media::instance,
        params::{KeptLog, Surveyed},
    },
    survey::DataFile,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Instance down, folder gone.
pub struct PutAway(pub Arc<TapeParams>);

impl Step<World> for PutAway {
    const KIND: &'static str = "put_away";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("shut the instance down and take everything off {}", self.0.clone.media.name)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        instance::abort(cx.world, &self.0.clone, &cx.out::<TapeStage>()?.staged.folder)?;
        folder::remove(cx.world, &self.0.clone.media.host, cx.run).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}

/// The record.
pub struct RecordTape(pub Arc<TapeRecordParams>);

/// The step's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TapeRecorded {
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl RecordTape {
    /// Every file must lie below a file system of today that holds datafiles, or it could not be restored to its place.
    fn fits(&self, files: &[DataFile]) -> Result<(), Fault> {
        let clone = &self.0.tape.clone;
        let below = |path: &str| {
            let mut units = clone.surveyed.layout.data_units();
            units.any(|unit| path.starts_with(&format!("{}/", unit.target.trim_end_matches('/'))))
        };
        match files.iter().filter(|file| !file.is_left_out(&clone.skip)).find(|file| !below(&file.name)) {
            None => Ok(()),
            Some(file) => Err(Fault::new(
                Kind::User,
                "TAP-012",
                format!("{} lies on no datafile disk that {} has today", file.name, clone.site.vm_name),
            )
            .hint("mount the file systems of the datafiles as they were, on disks as large, and try again")
            .hint("or restore by hand on the media host: docs/from-tape.md")),
        }
    }

    fn surveyed(&self, known: &KnownPieces) -> Surveyed {
        let today = self.0.tape.clone.surveyed.clone();
        let mut identity = today.identity;
        identity.resetlogs_change = known.resetlogs;
        identity.resetlogs_time.clone_from(&known.resetlogs_time);
        let planned = known.datafiles.iter().filter(|file| file.is_writable()).map(|file| file.number).collect();
        Surveyed { identity, datafiles: known.datafiles.clone(), planned, ..today }
    }

    fn layout(&self, known: &KnownPieces) -> Layout {
        let clone = &self.0.tape.clone;
        let log = |log: &super::known::TapedLog| KeptLog {
            thread: log.thread,
            sequence: log.sequence,
            first: log.first,
            next: log.next,
            // It is on tape alone.
            file: String::new(),
            moved: Moved { bytes: 0, sha256: String::new() },
        };
        Layout {
            site: clone.site.clone(),
            disks: self.0.disks.clone(),
            surveyed: self.surveyed(known),
            active: checkpoints(known, |checkpoint| checkpoint >= window(known)),
            quiet: checkpoints(known, |checkpoint| checkpoint < window(known)),
            redo: clone.redo.clone(),
            logs: known.logs.iter().map(log).collect(),
            control: None,
            standby: None,
            flush_ms: 0,
            clone: String::new(),
        }
    }

    fn record(&self, cx: &Cx<'_, World>, known: &KnownPieces) -> Result<SnapshotRecord, Fault> {
        let (tape, layout) = (&self.0.tape, self.layout(known));
        let ended_at = began(&tape.writer)?;
        let mut pieces = known.pieces.clone();
        pieces.push(Piece { handle: control_handle(tape.dbid, &tape.writer), tag: known.tag.clone(), bytes: 0 });
        Ok(SnapshotRecord {
            id: tape.writer.clone(),
            database: tape.clone.site.database.clone(),
            dbid: tape.dbid,
            resetlogs_change: known.resetlogs,
            begin_scn: layout.active.values().min().copied().unwrap_or_default(),
            end_scn: end(known)?,
            begun_at: ended_at,
            ended_at,
            window_ms: 0,
            clone_job_ms: 0,
            state: SnapshotState::Unproved,
            tape: Tape {
                state: TapeState::Ok,
                pieces: pieces.len() as u64,
                bytes: pieces.iter().map(|piece| piece.bytes).sum(),
                finished_at: Some(cx.clock.now()),
            },
            drilled_at: None,
            pinned: false,
            disks: Vec::new(),
            files: values(&known.datafiles)?,
            logs: values(&layout.logs)?,
            pieces,
            layout: value(&layout)?,
        })
    }
}

/// Where the redo of the window begins: a file whose checkpoint is older took no part in it (read only, say).
fn window(known: &KnownPieces) -> Scn {
    known.logs.iter().map(|log| log.first).min().unwrap_or_default()
}

fn checkpoints(known: &KnownPieces, wanted: impl Fn(Scn) -> bool) -> BTreeMap<u64, Scn> {
    let all = known.files.iter().map(|(number, file)| (*number, file.checkpoint));
    all.filter(|(_, checkpoint)| wanted(*checkpoint)).collect()
}

/// END BACKUP lies in the last log, which was switched behind it: below its NEXT_CHANGE# no target is served.
fn end(known: &KnownPieces) -> Result<Scn, Fault> {
    let next = known.logs.iter().map(|log| log.next).max();
    next.map(|next| Scn::new(next.get().saturating_sub(1))).ok_or_else(|| {
        Fault::new(Kind::External, "TAP-013", "no archived log of the window is on tape")
            .hint("choose another offload's handle: docs/from-tape.md says how they are listed")
    })
}

/// The offload began when the snapshot was over: its id has that moment, in UTC.
fn began(writer: &RunId) -> Result<DateTime<Utc>, Fault> {
    let parsed = NaiveDateTime::parse_from_str(&writer.stamp().0, "%Y%m%d%H%M%S");
    parsed
        .map(|at| at.and_utc())
        .map_err(|error| Fault::new(Kind::User, "TAP-014", format!("{writer} is no run's id")).cause(error.to_string()))
}

fn value<T: Serialize>(item: &T) -> Result<serde_json::Value, Fault> {
    serde_json::to_value(item)
        .map_err(|e| Fault::new(Kind::Bug, "TAP-015", "a record cannot be written").cause(e.to_string()))
}

fn values<T: Serialize>(items: &[T]) -> Result<Vec<serde_json::Value>, Fault> {
    items.iter().map(value).collect()
}

impl Step<World> for RecordTape {
    const KIND: &'static str = "record_tape";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "what is on tape is known, and the record is kept" };
    type Out = TapeRecorded;

    fn describe(&self) -> String {
        format!("record what {} put on tape", self.0.tape.writer)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<TapeRecorded>, Fault> {
        let known = cx.out::<Known>()?;
        self.fits(&known.datafiles)?;
        let record = self.record(cx, &known)?;
        Ok(Ran::Done(TapeRecorded { catalog: vec![CatalogChange::SnapshotMade(Box::new(record))] }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<TapeRecorded>, Fault> {
        // The record is made by this step's `done` alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&TapeRecorded>) -> Result<(), Fault> {
        Ok(())
    }
}
