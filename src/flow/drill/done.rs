//! The last step: the evidence is kept and the media host is as it was.

use super::DrillParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::World,
};
use std::sync::Arc;

pub struct DrillDone(pub Arc<DrillParams>);

impl Step<World> for DrillDone {
    const KIND: &'static str = "drill_done";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the evidence is kept, and nothing else is left" };
    type Out = ();

    fn describe(&self) -> String {
        format!("close the drill of {}", self.0.clone.snapshot)
    }

    fn run(&self, _cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // It has no effect of its own.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
