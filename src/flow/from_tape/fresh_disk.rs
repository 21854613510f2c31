//! An empty disk of the old one's size, under the run's mark.

use super::{
    params::{FreshDisk, FromTapeParams},
    preview,
};
use crate::{
    driver::ovm::OvmName,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, HEAL, Kind, Remedy},
    model::{ObjectId, RunId, Tag, TagKind},
    step::{
        World, copies,
        names::{marked, run_id},
        preview::told,
    },
};
use std::sync::Arc;

pub struct MakeDisk {
    pub p: Arc<FromTapeParams>,
    pub disk: FreshDisk,
}

impl FreshDisk {
    /// The mark of the disk of a slot that a run made.
    #[must_use]
    pub fn mark(run: &RunId, slot: u32) -> String {
        Tag::new(run, TagKind::Tape, Some(slot.to_string())).to_string()
    }

    /// The disk that this run made for it.
    pub fn made(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        let key = self.slot.to_string();
        Ok(cx.all::<MakeDisk>()?.into_iter().find(|(slot, _)| slot.as_deref() == Some(&key)).map(|(_, id)| id))
    }
}

impl MakeDisk {
    /// By its mark alone: once a recovery has taken the disk, it has another name and is not this run's any more.
    fn found(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        copies::found(cx.world, &FreshDisk::mark(&run_id(cx.run)?, self.disk.slot))
    }
}

impl MakeDisk {
    fn name(&self, run: &str) -> Result<OvmName, Fault> {
        marked(&run_id(run)?, TagKind::Tape, Some(&self.disk.slot.to_string()))
    }

    /// The manager may be at work still on a command that nobody waited for.
    fn settled(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        let name = self.name(cx.run)?;
        cx.world.manager.settle_disk(&self.disk.repository, self.disk.bytes, &name).map_err(|e| e.fault())
    }
}

impl Step<World> for MakeDisk {
    const KIND: &'static str = "fresh_disk";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("make an empty disk for slot {}", self.disk.slot)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::make_disk(&self.p.tape, &self.disk, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        let name = self.name(cx.run)?;
        let made = cx.world.manager.create_disk(&self.disk.repository, self.disk.bytes, &name);
        Ok(Ran::Done(made.map_err(|e| e.fault())?.id))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        Ok(self.settled(cx)?.map_or(Probe::Absent, Probe::Present))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        let found = if out.is_some() { self.found(cx)? } else { self.settled(cx)? };
        let Some(id) = found else { return Ok(()) };
        let manager = &cx.world.manager;
        if manager.is_mapped(&id).map_err(|e| e.fault())? {
            return Err(Fault::new(Kind::Stuck, "TAP-005", format!("disk {id} is mapped by a Vm: it is not deleted"))
                .hint_command("disconnect it if it is not needed there, then", HEAL));
        }
        manager.delete_disk(&id).map_err(|e| e.fault())
    }
}
