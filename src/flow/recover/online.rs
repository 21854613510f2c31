//! The part is online again. Its undo takes it offline, so that its disk can go back.

use super::{
    params::{Part, RecoverParams},
    part, preview,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, preview::told},
};
use std::sync::Arc;

pub struct Online(pub Arc<RecoverParams>);

impl Step<World> for Online {
    const KIND: &'static str = "online";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("bring {} online", self.0.part.as_ref().map(Part::what).unwrap_or_default())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::part(&self.0, Part::online))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        part::bring_online(cx, &self.0)?;
        Ok(match self.0.part()?.closed {
            true => Ran::Skipped((), "it was closed before, and stays so".to_owned()),
            false => Ran::Done(()),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // What is online already is left so.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        part::take_offline(cx, &self.0)
    }
}
