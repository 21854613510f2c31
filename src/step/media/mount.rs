//! A file system of the work copy, mounted on the media host.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, device, gather, params::CloneParams, preview::told, shell, shell::SUDOERS},
    survey::{FileKind, Mount, Unit},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct MountUnit {
    pub p: Arc<CloneParams>,
    pub unit: Unit,
}

/// What is mounted where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mounted {
    /// Device.
    pub device: String,
    /// Mount point.
    pub point: String,
    /// Online redo logs that were renamed in the file system (law 5).
    pub renamed: Vec<String>,
}

impl MountUnit {
    fn point(&self) -> String {
        self.p.there(&self.unit.target)
    }

    fn at_point(&self, cx: &Cx<'_, World>) -> Result<Option<Mount>, Fault> {
        device::mounted_at(cx.world, &self.p.media.host, &self.point())
    }

    /// The mount command.
    pub(super) fn words(&self, device: &str) -> Result<Vec<String>, Fault> {
        let options = self.p.mount_options(&self.unit)?;
        Ok(device::mount_words(&options, &self.unit.fstype, device, &self.point()))
    }

    fn mount(&self, cx: &Cx<'_, World>, device: &str) -> Result<(), Fault> {
        let (host, point) = (&self.p.media.host, self.point());
        self.make_point(cx, &point)?;
        let words = self.words(device)?;
        let answer = shell::privileged(cx.world, host, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        if answer.ok() {
            return Ok(());
        }
        Err(shell::failed(&answer, host, &format!("mount {device} {point}"))
            .hint_command("the user of the media host needs sudo for mount and umount", SUDOERS))
    }

    /// A mount point that is not there needs the right to make it.
    fn make_point(&self, cx: &Cx<'_, World>, point: &str) -> Result<(), Fault> {
        let host = &self.p.media.host;
        if gather::places(cx.world, host, &[point.to_owned()])?.iter().all(Option::is_some) {
            return Ok(());
        }
        let made = shell::privileged(cx.world, host, &["mkdir", "-p", point])?;
        if made.ok() {
            return Ok(());
        }
        Err(shell::failed(&made, host, &format!("mkdir -p {point}"))
            .hint_command(format!("make the mount point {point} on {host} once, or allow sudo mkdir there"), SUDOERS))
    }

    /// Law 5: online redo logs on a work copy must not be found by their names when the clone is started.
    fn hide_redo(&self, cx: &Cx<'_, World>) -> Result<Vec<String>, Fault> {
        if !self.unit.roles.contains(&FileKind::Redo) {
            return Ok(Vec::new());
        }
        let here = |path: &&String| path.starts_with(&format!("{}/", self.unit.target.trim_end_matches('/')));
        let redo: Vec<String> = self.p.redo.iter().filter(here).map(|path| self.p.there(path)).collect();
        for path in &redo {
            shell::words(cx.world, &self.p.media.host, &["mv", "-f", path, &format!("{path}.ovm-{}", cx.run)])?;
        }
        Ok(redo)
    }
}

impl Step<World> for MountUnit {
    const KIND: &'static str = "mount";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Mounted;

    fn key(&self) -> Option<String> {
        Some(self.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("mount the copy of {} on {}", self.unit.target, self.p.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::mount(self))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Mounted>, Fault> {
        let (device, point) = (self.p.device(&self.unit)?, self.point());
        if let Some(other) = self.at_point(cx)?.filter(|mount| mount.source != device) {
            let text = format!("{} is mounted at {point} on {}", other.source, self.p.media.name);
            return Err(Fault::new(Kind::User, "OFF-007", text)
                .hint("unmount it, or set mount = \"prefix\" for this media host"));
        }
        self.mount(cx, &device)?;
        Ok(Ran::Done(Mounted { renamed: self.hide_redo(cx)?, device, point }))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Mounted>, Fault> {
        let device = self.p.device(&self.unit)?;
        let there = self.at_point(cx)?.is_some_and(|mount| mount.source == device);
        // Whether redo logs were hidden is not seen from the mount: unmount and begin again.
        Ok(if there { Probe::Partial(format!("{device} is mounted")) } else { Probe::Absent })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Mounted>) -> Result<(), Fault> {
        // A file system that lies on no disk of the copy was never mounted.
        let Ok(device) = self.p.device(&self.unit) else { return Ok(()) };
        device::unmount(cx.world, &self.p.media.host, &device, &self.point())
    }
}
