//! The reflink at the live disk's slot.

use super::{
    connect::{connect, disconnect, settle},
    params::{RecoverParams, SwapDisk},
    preview,
    swap::Swap,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Remedy},
    model::ObjectId,
    step::{World, preview::told},
    survey::device_of_slot,
};
use std::sync::Arc;

pub struct MapNew {
    pub p: Arc<RecoverParams>,
    pub disk: SwapDisk,
}

impl Step<World> for MapNew {
    const KIND: &'static str = "map_new";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("connect the {} to slot {} as {}", self.p.comes(), self.disk.slot, device_of_slot(self.disk.slot))
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::map(&self.p, &self.disk, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        connect(cx, &self.p, &self.disk, &Swap::new_disk(cx, &self.disk)?).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        let new = Swap::new_disk(cx, &self.disk)?;
        settle(cx, &self.p, &self.disk, &new)?;
        let there = cx.world.manager.mapping_at(&self.p.site.vm, self.disk.slot, &new).map_err(|e| e.fault())?;
        Ok(match there {
            Some(_) => Probe::Partial("the mapping is there, its device was not seen yet".to_owned()),
            None => Probe::Absent,
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        let new = Swap::new_disk(cx, &self.disk)?;
        if out.is_none() {
            settle(cx, &self.p, &self.disk, &new)?;
        }
        disconnect(cx, &self.p, &self.disk, &new)
    }
}
