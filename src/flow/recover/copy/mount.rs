//! The work copy at a mount point of the run's own, and a look at what is to be copied: this is the last moment at which a
//! refusal costs nothing.

use super::{CopyUnit, params::sudoers_line, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    flow::recover::params::RecoverParams,
    model::HostName,
    step::{World, gather, media::places::Foreign, preview::told, private, shell},
};
use std::sync::Arc;

pub struct MountCopy {
    pub p: Arc<RecoverParams>,
    pub unit: CopyUnit,
}

impl MountCopy {
    /// Mounts, unmounts and mounts: whether it may be unmounted is not found out while the database is down.
    fn mount(&self, cx: &Cx<'_, World>, point: &str) -> Result<(), Fault> {
        let (host, device) = (&self.p.site.host, self.p.copying.device(&self.unit)?);
        let words = self.p.copying.mount_words(&self.unit, point)?;
        private::leave(cx.world, host, cx.run, &device)?;
        private::mount(cx.world, host, &words)?;
        private::unmount(cx.world, cx.clock, host, &device, point)?;
        private::mount(cx.world, host, &words)
    }

    /// The exact line, since the words hold a slot and a folder that nobody would guess.
    fn allowed(&self, cx: &Cx<'_, World>, point: &str, fault: Fault) -> Fault {
        let (host, Ok(words)) = (&self.p.site.host, self.p.copying.mount_words(&self.unit, point)) else {
            return fault;
        };
        let user = shell::words(cx.world, host, &["id", "-un"]).unwrap_or_else(|_| "oracle".to_owned());
        let line = sudoers_line(user.trim(), cx.run, &words, point);
        if !was_forbidden(fault.context.output.as_deref().unwrap_or_default()) {
            return fault;
        }
        fault.hint(format!("the line for /etc/sudoers of {host} (/usr/bin on Oracle Linux 7 and later): {line}"))
    }

    /// Every datafile is on the work copy itself: a link could lead to the live file.
    fn look(&self, cx: &Cx<'_, World>, point: &str) -> Result<(), Fault> {
        let host = &self.p.site.host;
        let names: Vec<String> = self.unit.pairs(cx.run, point).into_iter().map(|pair| pair.from).collect();
        let places = gather::places(cx.world, host, &names)?;
        if let Some(at) = places.iter().position(Option::is_none) {
            return Err(self.wrong(format!("{} is not there", names[at])));
        }
        match Foreign::first(&[point.to_owned()], &names, &places) {
            None => Ok(()),
            Some(foreign) => Err(self.wrong(format!("{} leads to {}", foreign.name, foreign.real))),
        }
    }

    fn wrong(&self, why: String) -> Fault {
        let text = format!("the work copy of {} does not hold its datafiles: {why}", self.unit.unit.target);
        Fault::new(Kind::External, "REC-105", text)
            .hint("choose another snapshot: --to snapshot=ID")
            .hint_command("look at its files", format!("ovmirror extract {} --list", self.p.snapshot))
            .on(&self.p.site.host)
    }
}

/// Whether mount or umount was not even begun, or said who may.
fn was_forbidden(printed: &str) -> bool {
    !printed.contains("mount:") || printed.contains("only root") || printed.contains("superuser")
}

/// Refuses where the copies have no room beside the present files.
pub fn must_have_room(world: &World, host: &HostName, unit: &CopyUnit) -> Result<u64, Fault> {
    let (needed, free) = (unit.bytes() / 1024 + 1, gather::free_kib(world, host, &unit.unit.target)?);
    if needed < free {
        return Ok(free);
    }
    let text = format!(
        "{} has {free} KiB free, and copies of {} datafiles beside the present ones need {needed} KiB",
        unit.unit.target,
        unit.files.len()
    );
    Err(Fault::new(Kind::User, "REC-103", text)
        .hint("make the file system larger, or move away what is not needed there")
        .hint("or move redo and control files to another disk: then the disk is swapped, which needs no space")
        .on(host))
}

impl Step<World> for MountCopy {
    const KIND: &'static str = "mount_copy";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    /// The mount point.
    type Out = String;

    fn key(&self) -> Option<String> {
        Some(self.unit.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("mount the work copy of {} in the run's folder on {}", self.unit.unit.target, self.p.site.host)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::mount(&self.p, &self.unit))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<String>, Fault> {
        let host = &self.p.site.host;
        let point = private::point(cx.world, host, cx.run, &self.unit.point())?;
        self.mount(cx, &point).map_err(|fault| self.allowed(cx, &point, fault))?;
        self.look(cx, &point)?;
        must_have_room(cx.world, host, &self.unit)?;
        Ok(Ran::Done(point))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<String>, Fault> {
        Ok(Probe::Partial("the mount point or the mount may be there".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&String>) -> Result<(), Fault> {
        private::leave(cx.world, &self.p.site.host, cx.run, &self.p.copying.device(&self.unit)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("sudo: a password is required", true)]
    #[case("Sorry, user oracle is not allowed to execute '/bin/mount -o rw' as root on db1.", true)]
    #[case("mount: only root can do that", true)]
    #[case("umount: /h/copy-xvdc: must be superuser to unmount.", true)]
    #[case("mount: /h/copy-xvdc: wrong fs type, bad option, bad superblock on /dev/xvday", false)]
    #[case("umount: /h/copy-xvdc: target is busy.", false)]
    fn what_sudo_refuses(#[case] printed: &str, #[case] forbidden: bool) {
        assert_eq!(was_forbidden(printed), forbidden);
    }
}
