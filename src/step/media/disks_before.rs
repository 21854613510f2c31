//! The disks that the manager knew before the first work copy. Its clone command takes no name, so a copy that never got
//! one is told from the disks of others by not being in this list; as a step's output it outlives the process.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Remedy},
    model::ObjectId,
    step::World,
};
use std::collections::BTreeSet;

pub struct DisksBefore;

impl Step<World> for DisksBefore {
    const KIND: &'static str = "disks_before";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = BTreeSet<ObjectId>;

    fn describe(&self) -> String {
        "note which disks are there before the work copies".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Self::Out>, Fault> {
        Ok(Ran::Done(cx.world.manager.disk_ids().map_err(|e| e.fault())?))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Self::Out>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Self::Out>) -> Result<(), Fault> {
        Ok(())
    }
}
