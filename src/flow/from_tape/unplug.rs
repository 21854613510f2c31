//! The disk leaves the database's machine again, with a file system on it.

use super::{
    params::{FreshDisk, FromTapeParams},
    plug::Place,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, preview::told},
};
use std::sync::Arc;

pub struct Unplug {
    pub p: Arc<FromTapeParams>,
    pub disk: FreshDisk,
}

impl Step<World> for Unplug {
    const KIND: &'static str = "unplug_fresh";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the disk itself is taken back" };
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("disconnect the disk for slot {} from {}", self.disk.slot, self.p.tape.clone.site.host)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(super::preview::unplug(self.disk.slot, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        match self.disk.made(cx)? {
            Some(disk) => Place::Database.seat(&self.p, &self.disk).empty(cx.world, &disk).map(Ran::Done),
            None => Ok(Ran::Done(())),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // It looks before it acts.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
