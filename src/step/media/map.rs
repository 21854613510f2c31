//! The work copy at a free slot of the media VM, and its device in the guest.

use super::{backend, work_copy::WorkCopy};
use crate::{
    driver::ovm::{Mapping, Source},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{ObjectId, TagKind},
    step::{
        World, device,
        names::{marked, run_id},
        params::{CloneParams, WorkDisk},
        preview::told,
    },
    survey::device_of_slot,
};
use std::sync::Arc;

pub struct MapDisk {
    pub p: Arc<CloneParams>,
    pub disk: WorkDisk,
}

impl MapDisk {
    /// The work copy of this slot.
    fn copy(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        let key = self.disk.slot.to_string();
        let copies = cx.all::<WorkCopy>()?;
        Ok(copies.into_iter().find(|(slot, _)| slot.as_deref() == Some(&key)).map(|(_, id)| id))
    }

    /// What became of a command whose answer nobody read.
    fn settle(&self, cx: &Cx<'_, World>, copy: &ObjectId) -> Result<Option<Mapping>, Fault> {
        let name = marked(&run_id(cx.run)?, TagKind::Map, Some(&self.disk.slot.to_string()))?;
        let manager = &cx.world.manager;
        manager.settle_mapping(&self.p.media.vm, self.disk.media_slot, copy, &name).map_err(|e| e.fault())
    }
}

/// Takes a mapping away once its guest, and the server for a file that was made there, have shown that nothing holds the
/// disk (law 16).
pub fn unmap(world: &World, p: &CloneParams, run: &str, disk: &WorkDisk, copy: &ObjectId) -> Result<(), Fault> {
    let manager = &world.manager;
    let Some(mapping) = manager.mapping_at(&p.media.vm, disk.media_slot, copy).map_err(|e| e.fault())? else {
        return Ok(());
    };
    device::must_be_free(world, &p.media.host, disk.media_slot)?;
    backend::is_alone(world, p, run, disk)?;
    manager.delete_mapping(&mapping.id).map_err(|e| e.fault())
}

impl Step<World> for MapDisk {
    const KIND: &'static str = "map";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        let device = device_of_slot(self.disk.media_slot);
        format!("map the work copy of slot {} to {} as {device}", self.disk.slot, self.p.media.name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(super::preview::map(&self.p, &self.disk, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        let copy = self.copy(cx)?.ok_or_else(|| Fault::new(Kind::Bug, "OFF-006", "there is no work copy to map"))?;
        let name = marked(&run_id(cx.run)?, TagKind::Map, Some(&self.disk.slot.to_string()))?;
        let manager = &cx.world.manager;
        let made = manager.create_mapping(&self.p.media.vm, self.disk.media_slot, &copy, Source::Virtual, &name);
        let made = made.map_err(|e| e.fault())?;
        device::wait(cx.world, &self.p.media.host, self.disk.media_slot, true)?;
        Ok(Ran::Done(made.id))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        let Some(copy) = self.copy(cx)? else { return Ok(Probe::Absent) };
        let Some(mapping) = self.settle(cx, &copy)? else { return Ok(Probe::Absent) };
        device::wait(cx.world, &self.p.media.host, self.disk.media_slot, true)?;
        Ok(Probe::Present(mapping.id))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        let copy = self.copy(cx)?;
        if let (None, Some(copy)) = (out, &copy) {
            self.settle(cx, copy)?;
        }
        match copy {
            Some(copy) => unmap(cx.world, &self.p, cx.run, &self.disk, &copy),
            None => Ok(()),
        }
    }
}
