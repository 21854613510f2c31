//! The snapshot is on tape.

use super::{control_file::ControlFileToTape, evidence::Evidence};
use crate::{
    catalog::{CatalogChange, Tape, TapeState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, params::OffloadParams},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Settle(pub Arc<OffloadParams>);

/// The step's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settled {
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl Step<World> for Settle {
    const KIND: &'static str = "settle";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the snapshot is on tape, and its pieces are kept" };
    type Out = Settled;

    fn describe(&self) -> String {
        "record the pieces".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Settled>, Fault> {
        let mut pieces = cx.out::<Evidence>()?.pieces;
        pieces.push(cx.out::<ControlFileToTape>()?);
        let tape = Tape {
            state: TapeState::Ok,
            pieces: pieces.len() as u64,
            bytes: pieces.iter().map(|piece| piece.bytes).sum(),
            finished_at: Some(cx.clock.now()),
        };
        let id = self.0.snapshot.clone();
        let catalog = vec![CatalogChange::Pieces { id: id.clone(), pieces }, CatalogChange::TapeState { id, tape }];
        Ok(Ran::Done(Settled { catalog }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Settled>, Fault> {
        // The record is made by this step's `done` alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Settled>) -> Result<(), Fault> {
        Ok(())
    }
}
