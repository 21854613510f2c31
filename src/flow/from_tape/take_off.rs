//! The media host as it was: file systems unmounted, disks disconnected, folder gone. The disks wait under their marks.

use super::{params::FromTapeParams, plug::Place, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, device, folder, preview::told},
};
use std::sync::Arc;

pub struct TakeOff(pub Arc<FromTapeParams>);

impl Step<World> for TakeOff {
    const KIND: &'static str = "take_off";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("take everything off {}; the restored disks wait", self.0.tape.clone.media.name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::take_off(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let clone = &self.0.tape.clone;
        for unit in clone.surveyed.layout.data_units().rev() {
            device::unmount(cx.world, &clone.media.host, &clone.device(unit)?, &clone.there(&unit.target))?;
        }
        for disk in &self.0.disks {
            if let Some(id) = disk.made(cx)? {
                Place::Media.seat(&self.0, disk).empty(cx.world, &id)?;
            }
        }
        folder::remove(cx.world, &clone.media.host, cx.run).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Each part looks before it acts.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
