//! The live disk leaves its slot. It is kept: only its mapping goes.

use super::{
    connect::{connect, disconnect, settle},
    params::{RecoverParams, SwapDisk},
    preview,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Remedy},
    step::{World, preview::told},
};
use std::sync::Arc;

pub struct Unmap {
    pub p: Arc<RecoverParams>,
    pub disk: SwapDisk,
}

impl Step<World> for Unmap {
    const KIND: &'static str = "unmap_live";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("disconnect {} from slot {}", self.disk.live_name, self.disk.slot)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::unmap(&self.disk, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        disconnect(cx, &self.p, &self.disk, &self.disk.live).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        let manager = &cx.world.manager;
        let there = manager.mapping_at(&self.p.site.vm, self.disk.slot, &self.disk.live).map_err(|e| e.fault())?;
        Ok(if there.is_some() { Probe::Absent } else { Probe::Present(()) })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        // An undo before this one may have been cut off while it connected.
        settle(cx, &self.p, &self.disk, &self.disk.live)?;
        connect(cx, &self.p, &self.disk, &self.disk.live).map(drop)
    }
}
