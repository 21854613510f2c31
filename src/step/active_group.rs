//! A volume group leaves before its disks do, and is there again before its file systems are mounted (law 16).

use super::{World, volume_group};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    model::HostName,
};

/// Before the disks are disconnected.
pub struct Deactivate {
    pub host: HostName,
    pub group: String,
}

/// Behind the connection of the disks that come.
pub struct Activate {
    pub host: HostName,
    pub group: String,
}

impl Step<World> for Deactivate {
    const KIND: &'static str = "deactivate_group";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.group.clone())
    }

    fn describe(&self) -> String {
        format!("deactivate volume group {}", self.group)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![volume_group::words("-an", &self.group).join(" ")]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        volume_group::deactivate(cx.world, &self.host, &self.group).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        let there = volume_group::active(cx.world, &self.host)?.contains(&self.group);
        Ok(if there { Probe::Absent } else { Probe::Present(()) })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        volume_group::activate(cx.world, cx.clock, &self.host, &self.group)
    }
}

impl Step<World> for Activate {
    const KIND: &'static str = "activate_group";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.group.clone())
    }

    fn describe(&self) -> String {
        format!("activate volume group {}", self.group)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![volume_group::words("-ay", &self.group).join(" ")]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        volume_group::activate(cx.world, cx.clock, &self.host, &self.group).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Some of its volumes may be active: doing it again costs nothing.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        volume_group::deactivate(cx.world, &self.host, &self.group)
    }
}
