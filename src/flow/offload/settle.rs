//! The point of no return: the snapshot is on tape and the media host is as it was. What the tape holds was recorded by
//! the last look at it (`validate`), so that a clean-up that fails does not make a good tape void.

use super::{control_file::ControlFileToTape, evidence::Evidence, validate::ValidateTape};
use crate::{
    catalog::{CatalogChange, Tape, TapeState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, files, names::run_id, params::CloneParams},
};
use std::sync::Arc;

/// What an offload put on tape, in its artifacts.
pub const TAPE_FILE: &str = "tape.json";

pub struct Settle(pub Arc<CloneParams>);

/// What the catalog takes from a tape half that is proved.
pub fn on_tape(p: &CloneParams, cx: &Cx<'_, World>) -> Result<Vec<CatalogChange>, Fault> {
    let mut pieces = cx.out::<Evidence>()?.pieces;
    pieces.push(cx.out::<ControlFileToTape>()?);
    let tape = Tape {
        state: TapeState::Ok,
        pieces: pieces.len() as u64,
        bytes: pieces.iter().map(|piece| piece.bytes).sum(),
        finished_at: Some(cx.clock.now()),
    };
    let id = p.snapshot.clone();
    Ok(vec![CatalogChange::Pieces { id: id.clone(), pieces }, CatalogChange::TapeState { id, tape }])
}

impl Step<World> for Settle {
    const KIND: &'static str = "settle";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the snapshot is on tape, and its pieces are kept" };
    type Out = ();

    fn describe(&self) -> String {
        format!("close the offload of {}", self.0.snapshot)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        // `rebuild` reads it when the store is lost; the tape is as good without it.
        let changes = cx.maybe::<ValidateTape>()?.map(|out| out.catalog).unwrap_or_default();
        let folder = cx.world.artifacts_of(&run_id(cx.run)?);
        let text = serde_json::to_string_pretty(&changes).unwrap_or_default();
        match files::make_folder(&folder).and_then(|()| files::write(&folder.join(TAPE_FILE), &text)) {
            Ok(()) => Ok(Ran::Done(())),
            Err(fault) => Ok(Ran::Warned((), format!("what is on tape stands in the store alone: {fault}"))),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // It has no effect of its own.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
