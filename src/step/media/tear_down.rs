//! The way out: instance down, file systems unmounted, volume groups inactive, disks unmapped, work copies deleted, folder gone.

use super::{import_group, instance, map, stage::Stage, work_copy::WorkCopy};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Remedy},
    model::ObjectId,
    step::{World, device, folder, params::CloneParams, preview::told},
};
use std::sync::Arc;

pub struct TearDown(pub Arc<CloneParams>);

impl Step<World> for TearDown {
    const KIND: &'static str = "tear_down";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("shut the clone down and take everything off {}", self.0.media.name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(super::preview::tear_down(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let p = &self.0;
        instance::abort(cx.world, p, &cx.out::<Stage>()?.folder)?;
        // What is mounted on top goes first.
        for unit in p.surveyed.layout.data_units().rev() {
            device::unmount(cx.world, &p.media.host, &p.device(unit)?, &p.there(&unit.target))?;
        }
        for group in import_group::of(p) {
            group.release(cx)?;
        }
        for (slot, copy) in cx.all::<WorkCopy>()? {
            self.remove(cx, slot.as_deref(), &copy)?;
        }
        folder::remove(cx.world, &p.media.host, cx.run)?;
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Each part looks before it acts, so that it may be done again.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}

impl TearDown {
    fn remove(&self, cx: &Cx<'_, World>, slot: Option<&str>, copy: &ObjectId) -> Result<(), Fault> {
        let of_slot = self.0.disks.iter().find(|disk| slot == Some(disk.slot.to_string().as_str()));
        match of_slot {
            Some(disk) => map::MapDisk::to_media(&self.0, disk).take_off(cx.world, cx.run, copy),
            None => cx.world.manager.delete_disk(copy).map_err(|e| e.fault()),
        }
    }
}
