//! A fresh disk at a free slot: of the database's Vm while its file system is made, of the media Vm for the restore.

use super::{
    params::{FreshDisk, FromTapeParams},
    preview,
};
use crate::{
    driver::ovm::{OvmName, Source},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{HostName, ObjectId, RunId, TagKind},
    step::{
        World, device,
        names::{marked, run_id},
        preview::told,
    },
    survey::device_of_slot,
};
use std::sync::Arc;

/// Which machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The database's.
    Database,
    /// The media host.
    Media,
}

pub struct Plug {
    pub p: Arc<FromTapeParams>,
    pub disk: FreshDisk,
    pub place: Place,
}

/// A disk's seat at a machine.
pub struct Seat<'a> {
    /// The machine.
    pub host: &'a HostName,
    /// Its Vm.
    pub vm: &'a ObjectId,
    /// The slot.
    pub slot: u32,
    /// What tells the mapping from the one at the other machine.
    pub key: String,
}

impl Place {
    /// Where a disk sits there.
    #[must_use]
    pub fn seat<'a>(self, p: &'a FromTapeParams, disk: &FreshDisk) -> Seat<'a> {
        let clone = &p.tape.clone;
        match self {
            Self::Database => Seat {
                host: &clone.site.host,
                vm: &clone.site.vm,
                slot: disk.db_slot,
                key: format!("{}-db", disk.slot),
            },
            Self::Media => Seat {
                host: &clone.media.host,
                vm: &clone.media.vm,
                slot: disk.media_slot,
                key: format!("{}-media", disk.slot),
            },
        }
    }
}

impl Seat<'_> {
    /// The mapping's mark.
    pub fn name(&self, run: &RunId) -> Result<OvmName, Fault> {
        marked(run, TagKind::Map, Some(&self.key))
    }

    /// Takes the disk away once the guest has shown that nothing holds it (law 16).
    pub fn empty(&self, world: &World, disk: &ObjectId) -> Result<(), Fault> {
        let manager = &world.manager;
        let Some(mapping) = manager.mapping_at(self.vm, self.slot, disk).map_err(|e| e.fault())? else {
            return Ok(());
        };
        device::must_be_free(world, self.host, self.slot)?;
        manager.delete_mapping(&mapping.id).map_err(|e| e.fault())?;
        device::wait(world, self.host, self.slot, false)
    }
}

impl Plug {
    fn seat(&self) -> Seat<'_> {
        self.place.seat(&self.p, &self.disk)
    }

    /// What became of a command whose answer nobody read.
    fn settled(&self, cx: &Cx<'_, World>, disk: &ObjectId) -> Result<Option<ObjectId>, Fault> {
        let (seat, manager) = (self.seat(), &cx.world.manager);
        let name = seat.name(&run_id(cx.run)?)?;
        let found = manager.settle_mapping(seat.vm, seat.slot, disk, &name).map_err(|e| e.fault())?;
        Ok(found.map(|mapping| mapping.id))
    }
}

impl Step<World> for Plug {
    const KIND: &'static str = "plug_fresh";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.seat().key)
    }

    fn describe(&self) -> String {
        let seat = self.seat();
        format!("connect the disk for slot {} to {} as {}", self.disk.slot, seat.host, device_of_slot(seat.slot))
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::plug(&self.p.tape, &self.seat(), self.disk.slot, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        let seat = self.seat();
        let disk =
            self.disk.made(cx)?.ok_or_else(|| Fault::new(Kind::Bug, "TAP-006", "there is no disk to connect"))?;
        let name = seat.name(&run_id(cx.run)?)?;
        let made = cx.world.manager.create_mapping(seat.vm, seat.slot, &disk, Source::Virtual, &name);
        let made = made.map_err(|e| e.fault())?;
        device::wait(cx.world, seat.host, seat.slot, true)?;
        Ok(Ran::Done(made.id))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        let Some(disk) = self.disk.made(cx)? else { return Ok(Probe::Absent) };
        let Some(mapping) = self.settled(cx, &disk)? else { return Ok(Probe::Absent) };
        device::wait(cx.world, self.seat().host, self.seat().slot, true)?;
        Ok(Probe::Present(mapping))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        let Some(disk) = self.disk.made(cx)? else { return Ok(()) };
        if out.is_none() {
            self.settled(cx, &disk)?;
        }
        self.seat().empty(cx.world, &disk)
    }
}
