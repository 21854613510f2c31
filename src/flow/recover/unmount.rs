//! The datafiles' file systems leave their mount points, children first; the undo mounts what the slot has then.

use super::{mount::mount, params::RecoverParams};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, device},
    survey::Unit,
};
use std::sync::Arc;

pub struct Unmount {
    pub p: Arc<RecoverParams>,
    pub unit: Unit,
}

impl Step<World> for Unmount {
    const KIND: &'static str = "unmount";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("unmount {}", self.unit.target)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![format!("umount {}", self.unit.target)]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        device::unmount(cx.world, &self.p.site.host, &self.unit.source, &self.unit.target).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        let mounted = device::mounted_at(cx.world, &self.p.site.host, &self.unit.target)?;
        Ok(if mounted.is_some_and(|mount| mount.source == self.unit.source) {
            Probe::Absent
        } else {
            Probe::Present(())
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        mount(cx.world, &self.p, &self.unit)
    }
}
