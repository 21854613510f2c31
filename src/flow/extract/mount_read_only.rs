//! The copy where its files are read.

use super::ExtractParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, device, gather, preview::told, private, shell},
};
use std::sync::Arc;

pub struct MountReadOnly(pub Arc<ExtractParams>);

impl MountReadOnly {
    fn words(&self, point: &str) -> Result<Vec<String>, Fault> {
        let p = &self.0;
        Ok(device::mount_words(&p.options("ro")?, &p.unit.fstype, &p.device()?, point))
    }

    /// The mount point, made where it is to be made.
    fn point(&self, cx: &Cx<'_, World>) -> Result<String, Fault> {
        let host = &self.0.guest.host;
        let Some(at) = &self.0.at else { return private::point(cx.world, host, cx.run, "at") };
        if let Some(other) = device::mounted_at(cx.world, host, &at.dir)? {
            return Err(taken(&at.dir, &other.source));
        }
        if at.make {
            shell::words(cx.world, host, &["mkdir", &at.dir])?;
        }
        Ok(at.dir.clone())
    }

    /// Law 7 for a mount: what it says of itself counts.
    fn is_read_only(&self, cx: &Cx<'_, World>, device: &str, point: &str) -> Result<(), Fault> {
        let host = &self.0.guest.host;
        let seen = device::mounted_at(cx.world, host, point)?;
        match seen {
            Some(mount) if mount.source == device && mount.options.iter().any(|option| option == "ro") => Ok(()),
            other => {
                let shown = other.map_or_else(|| "nothing".to_owned(), |mount| format!("{mount:?}"));
                let text = format!("{device} is not mounted read only at {point} on {host}");
                Err(Fault::new(Kind::External, "EXT-021", text).cause(format!("there is {shown}")).on(host))
            }
        }
    }
}

/// The fault of a mount point that is taken.
pub fn taken(dir: &str, by: &str) -> Fault {
    Fault::new(Kind::User, "EXT-003", format!("{by} is mounted at {dir}")).hint("name another folder with --at")
}

/// Makes the mount absent, and the mount point that the run made.
pub fn unmount(cx: &Cx<'_, World>, p: &ExtractParams) -> Result<(), Fault> {
    let (host, device) = (&p.guest.host, p.device()?);
    let Some(at) = &p.at else { return private::clear(cx.world, host, cx.run, &device) };
    device::unmount(cx.world, host, &device, &at.dir)?;
    let there = at.make && gather::places(cx.world, host, std::slice::from_ref(&at.dir))?.iter().all(Option::is_some);
    if there {
        shell::words(cx.world, host, &["rmdir", &at.dir])?;
    }
    Ok(())
}

impl Step<World> for MountReadOnly {
    const KIND: &'static str = "mount_read_only";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    /// The mount point.
    type Out = String;

    fn describe(&self) -> String {
        let at = self.0.at.as_ref().map_or("the run's folder", |at| at.dir.as_str());
        format!("mount the copy of {} read only at {at} on {}", self.0.unit.target, self.0.guest.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let point = self.0.at.as_ref().map_or("/HOME/.ovmirror/RUN/at", |at| at.dir.as_str());
        told(self.words(point).map(|words| vec![words.join(" ")]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<String>, Fault> {
        let point = self.point(cx)?;
        private::mount(cx.world, &self.0.guest.host, &self.words(&point)?)?;
        self.is_read_only(cx, &self.0.device()?, &point)?;
        Ok(Ran::Done(point))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<String>, Fault> {
        Ok(Probe::Partial("the mount point or the mount may be there".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&String>) -> Result<(), Fault> {
        unmount(cx, &self.0)
    }
}
