//! A volume group leaves before its disks do, and is there again before its file systems are mounted (law 16).

use super::params::RecoverParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, volume_group},
    survey::VolumeGroup,
};
use std::sync::Arc;

/// Before the disks are disconnected.
pub struct Deactivate {
    pub p: Arc<RecoverParams>,
    pub group: VolumeGroup,
}

/// Behind the connection of the disks that come.
pub struct Activate {
    pub p: Arc<RecoverParams>,
    pub group: VolumeGroup,
}

fn is_active(cx: &Cx<'_, World>, p: &RecoverParams, group: &VolumeGroup) -> Result<bool, Fault> {
    Ok(volume_group::active(cx.world, &p.site.host)?.contains(&group.name))
}

fn activate(cx: &Cx<'_, World>, p: &RecoverParams, group: &VolumeGroup) -> Result<(), Fault> {
    volume_group::activate(cx.world, cx.clock, &p.site.host, &group.name)
}

fn deactivate(cx: &Cx<'_, World>, p: &RecoverParams, group: &VolumeGroup) -> Result<(), Fault> {
    volume_group::deactivate(cx.world, &p.site.host, &group.name)
}

impl Step<World> for Deactivate {
    const KIND: &'static str = "deactivate_group";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.group.name.clone())
    }

    fn describe(&self) -> String {
        format!("deactivate volume group {}", self.group.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![volume_group::words("-an", &self.group.name).join(" ")]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        deactivate(cx, &self.p, &self.group).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(if is_active(cx, &self.p, &self.group)? { Probe::Absent } else { Probe::Present(()) })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        activate(cx, &self.p, &self.group)
    }
}

impl Step<World> for Activate {
    const KIND: &'static str = "activate_group";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.group.name.clone())
    }

    fn describe(&self) -> String {
        format!("activate volume group {}", self.group.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![volume_group::words("-ay", &self.group.name).join(" ")]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        activate(cx, &self.p, &self.group).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Some of its volumes may be active: doing it again costs nothing.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        deactivate(cx, &self.p, &self.group)
    }
}
