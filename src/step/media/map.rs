//! The work copy at a free slot of a VM, and its device in the guest.

use super::{backend, work_copy::WorkCopy};
use crate::{
    driver::ovm::{Mapping, OvmName, Source},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{DbName, HostName, ObjectId, RunId, TagKind},
    step::{
        World, device,
        names::{marked, run_id},
        params::{CloneParams, Guest, Way, WorkDisk},
        preview::told,
        volume_group,
    },
    survey::device_of_slot,
};
use std::collections::BTreeSet;

pub struct MapDisk {
    pub database: DbName,
    pub guest: Guest,
    pub way: Way,
    pub disk: WorkDisk,
    /// The slots that the run's copies have there.
    pub ours: BTreeSet<u32>,
    /// The slot at production; a flow that maps a copy to two machines marks one of them.
    pub key: String,
}

impl MapDisk {
    /// To the media host of a clone.
    #[must_use]
    pub fn to_media(p: &CloneParams, disk: &WorkDisk) -> Self {
        let (database, guest) = (p.site.database.clone(), p.media.guest());
        Self { database, guest, way: p.way, ours: seats(&p.disks), key: disk.slot.to_string(), disk: disk.clone() }
    }

    /// The work copy of this slot.
    fn copy(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        let key = self.disk.slot.to_string();
        let copies = cx.all::<WorkCopy>()?;
        Ok(copies.into_iter().find(|(slot, _)| slot.as_deref() == Some(&key)).map(|(_, id)| id))
    }

    pub(super) fn name(&self, run: &RunId) -> Result<OvmName, Fault> {
        marked(run, TagKind::Map, Some(&self.key))
    }

    /// What became of a command whose answer nobody read.
    fn settle(&self, cx: &Cx<'_, World>, copy: &ObjectId) -> Result<Option<Mapping>, Fault> {
        let name = self.name(&run_id(cx.run)?)?;
        let manager = &cx.world.manager;
        manager.settle_mapping(&self.guest.vm, self.disk.media_slot, copy, &name).map_err(|e| e.fault())
    }

    /// Takes the mapping away once the guest, and the server for a file that was made there, have shown that nothing
    /// holds the disk (law 16).
    pub fn unmap(&self, world: &World, run: &str, copy: &ObjectId) -> Result<(), Fault> {
        let seat = Seat { host: &self.guest.host, vm: &self.guest.vm, slot: self.disk.media_slot, ours: &self.ours };
        detach(world, &seat, copy, || backend::is_alone(world, self.way, run, &self.disk))
    }

    /// Takes the mapping away and then deletes the work copy.
    pub fn take_off(&self, world: &World, run: &str, copy: &ObjectId) -> Result<(), Fault> {
        self.unmap(world, run, copy)?;
        backend::is_gone(world, self.way, run, &self.disk)?;
        world.manager.delete_disk(copy).map_err(|e| e.fault())
    }
}

/// Where a copy is mapped.
pub struct Seat<'a> {
    /// The guest.
    pub host: &'a HostName,
    /// Its Vm.
    pub vm: &'a ObjectId,
    /// The slot.
    pub slot: u32,
    /// All slots there that are ours.
    pub ours: &'a BTreeSet<u32>,
}

/// The slots of these copies where they are mapped.
#[must_use]
pub fn seats(disks: &[WorkDisk]) -> BTreeSet<u32> {
    disks.iter().map(|disk| disk.media_slot).collect()
}

/// Takes the mapping of a copy away, when the guest and then `alone` (the server) have shown that nothing holds it.
pub fn detach(
    world: &World,
    seat: &Seat<'_>,
    copy: &ObjectId,
    alone: impl FnOnce() -> Result<(), Fault>,
) -> Result<(), Fault> {
    let manager = &world.manager;
    let Some(mapping) = manager.mapping_at(seat.vm, seat.slot, copy).map_err(|e| e.fault())? else { return Ok(()) };
    volume_group::must_be_free(world, seat.host, seat.slot, seat.ours)?;
    alone()?;
    manager.delete_mapping(&mapping.id).map_err(|e| e.fault())
}

impl Step<World> for MapDisk {
    const KIND: &'static str = "map";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.key.clone())
    }

    fn describe(&self) -> String {
        let device = device_of_slot(self.disk.media_slot);
        format!("map the work copy of slot {} to {} as {device}", self.disk.slot, self.guest.name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(super::preview::map(self, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        let copy = self.copy(cx)?.ok_or_else(|| Fault::new(Kind::Bug, "OFF-006", "there is no work copy to map"))?;
        let name = self.name(&run_id(cx.run)?)?;
        let manager = &cx.world.manager;
        let made = manager.create_mapping(&self.guest.vm, self.disk.media_slot, &copy, Source::Virtual, &name);
        let made = made.map_err(|e| e.fault())?;
        device::wait(cx.world, &self.guest.host, self.disk.media_slot, true)?;
        Ok(Ran::Done(made.id))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        let Some(copy) = self.copy(cx)? else { return Ok(Probe::Absent) };
        let Some(mapping) = self.settle(cx, &copy)? else { return Ok(Probe::Absent) };
        device::wait(cx.world, &self.guest.host, self.disk.media_slot, true)?;
        Ok(Probe::Present(mapping.id))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        let copy = self.copy(cx)?;
        if let (None, Some(copy)) = (out, &copy) {
            self.settle(cx, copy)?;
        }
        match copy {
            Some(copy) => self.unmap(cx.world, cx.run, &copy),
            None => Ok(()),
        }
    }
}
