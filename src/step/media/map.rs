//! The work copy at a free slot of the media VM, and its device in the guest.

use super::{backend, work_copy::WorkCopy};
use crate::{
    driver::ovm::{Mapping, Source},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{ObjectId, TagKind},
    step::{
        World,
        names::{marked, run_id},
        params::{CloneParams, WorkDisk},
        preview::told,
        shell,
    },
    survey::device_of_slot,
    text::sh,
};
use std::{sync::Arc, time::Duration};

pub struct MapDisk {
    pub p: Arc<CloneParams>,
    pub disk: WorkDisk,
}

/// A guest shows a new disk within seconds (Xen, see the lab's xen mode).
const DEVICE_WAIT: Duration = Duration::from_secs(30);

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

    fn wait_for_device(&self, cx: &Cx<'_, World>, present: bool) -> Result<(), Fault> {
        let device = device_of_slot(self.disk.media_slot);
        let wait = sh::DeviceWait { device: &device, present, seconds: DEVICE_WAIT.as_secs() };
        let deadline = DEVICE_WAIT + cx.world.limits.command;
        shell::script_within(cx.world, &self.p.media.host, &wait, deadline).map(drop).map_err(|fault| {
            let state = if present { "appear" } else { "go" };
            let text = format!("/dev/{device} does not {state} on {}", self.p.media.host);
            Fault::new(Kind::External, "OFF-004", text).cause(fault.to_string()).on(&self.p.media.host)
        })
    }
}

/// Takes a mapping away once its guest, and the server for a file that was made there, have shown that nothing holds the
/// disk (law 16).
pub fn unmap(world: &World, p: &CloneParams, run: &str, disk: &WorkDisk, copy: &ObjectId) -> Result<(), Fault> {
    let manager = &world.manager;
    let Some(mapping) = manager.mapping_at(&p.media.vm, disk.media_slot, copy).map_err(|e| e.fault())? else {
        return Ok(());
    };
    let device = device_of_slot(disk.media_slot);
    shell::script(world, &p.media.host, &sh::DeviceFree { device: &device }).map_err(|fault| {
        Fault::new(Kind::External, "OFF-005", format!("/dev/{device} is still held on {}", p.media.host))
            .cause(fault.message)
            .hint("end what holds it, then: ovmirror heal")
            .on(&p.media.host)
    })?;
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
        self.wait_for_device(cx, true)?;
        Ok(Ran::Done(made.id))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        let Some(copy) = self.copy(cx)? else { return Ok(Probe::Absent) };
        let Some(mapping) = self.settle(cx, &copy)? else { return Ok(Probe::Absent) };
        self.wait_for_device(cx, true)?;
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
