//! The swap itself: the new disk takes the live one's name, the live one keeps its content under the run's mark (law 8).
//! With way = manager two names change; with way = server two files, so that the manager's disk stays what it was.

use super::{
    new_disk::NewDisk,
    params::{RecoverParams, SwapDisk},
    preview, server,
};
use crate::{
    driver::ovm::OvmName,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::ObjectId,
    step::{World, params::Way, preview::told},
};
use std::sync::Arc;

pub struct Swap {
    pub p: Arc<RecoverParams>,
    pub disk: SwapDisk,
}

impl Swap {
    /// The reflink of this slot.
    pub fn new_disk(cx: &Cx<'_, World>, disk: &SwapDisk) -> Result<ObjectId, Fault> {
        let slot = disk.slot.to_string();
        let made = cx.all::<NewDisk>()?.into_iter().find(|(key, _)| key.as_deref() == Some(&slot));
        made.map(|(_, id)| id)
            .ok_or_else(|| Fault::new(Kind::Bug, "REC-026", format!("there is no reflink for slot {slot}")))
    }

    fn rename(&self, cx: &Cx<'_, World>, id: &ObjectId, name: &str) -> Result<(), Fault> {
        let name = OvmName::new(name).map_err(|e| e.fault())?;
        let shown = cx.world.manager.disk(id).map_err(|e| e.fault())?;
        if shown.name == name.as_str() {
            return Ok(());
        }
        cx.world.manager.rename_disk(id, &name).map(drop).map_err(|e| e.fault())
    }

    fn by_manager(&self, cx: &Cx<'_, World>, forward: bool) -> Result<(), Fault> {
        let (disk, new) = (&self.disk, Self::new_disk(cx, &self.disk)?);
        let (old_tag, new_tag) = (disk.old_tag(cx.run)?.to_string(), disk.new_tag(cx.run)?.to_string());
        if forward {
            self.rename(cx, &disk.live, &old_tag)?;
            return self.rename(cx, &new, &disk.live_name);
        }
        self.rename(cx, &new, &new_tag)?;
        self.rename(cx, &disk.live, &disk.live_name)
    }

    /// Each rename is made where it was not made before, so that a half-done swap goes on in both directions.
    fn by_server(&self, cx: &Cx<'_, World>, forward: bool) -> Result<(), Fault> {
        let (server, disk) = (server::server(cx.world)?, &self.disk);
        let (live, old, new) = (server::live(disk)?, server::old(disk, cx.run)?, server::waiting(disk, cx.run)?);
        let there = |path| server.exists(path).map_err(|e| e.fault());
        let steps = if forward { [(&live, &old), (&new, &live)] } else { [(&live, &new), (&old, &live)] };
        if !forward && !there(&old)? {
            return self.refresh(cx);
        }
        if !there(steps[0].1)? {
            server.rename(steps[0].0, steps[0].1).map_err(|e| e.fault())?;
        }
        if there(steps[1].0)? && !there(steps[1].1)? {
            server.rename(steps[1].0, steps[1].1).map_err(|e| e.fault())?;
        }
        self.refresh(cx)
    }

    fn refresh(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        cx.world.manager.refresh_repository(&self.disk.repository).map(drop).map_err(|e| e.fault())
    }

    fn go(&self, cx: &Cx<'_, World>, forward: bool) -> Result<(), Fault> {
        match self.p.way {
            Way::Manager => self.by_manager(cx, forward),
            Way::Server => self.by_server(cx, forward),
        }
    }
}

impl Step<World> for Swap {
    const KIND: &'static str = "swap";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("put the {} in the place of {}, which is kept", self.p.comes(), self.disk.live_name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::swap(&self.p, &self.disk, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        self.go(cx, true).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Each rename looks before it acts.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        self.go(cx, false)
    }
}
