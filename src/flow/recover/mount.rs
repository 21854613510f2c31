//! The file systems of the reflinks at their mount points, parents first.

use super::params::RecoverParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, HEAL, Kind},
    step::{World, device, shell, shell::SUDOERS},
    survey::Unit,
};
use std::sync::Arc;

pub struct Mount {
    pub p: Arc<RecoverParams>,
    pub unit: Unit,
}

impl RecoverParams {
    /// The mount command of a file system, with the options it had.
    #[must_use]
    pub fn mount_words(&self, unit: &Unit) -> Vec<String> {
        let options = self.options.get(&unit.target).map_or("rw", String::as_str);
        device::mount_words(options, &unit.fstype, &unit.source, &unit.target)
    }
}

/// Mounts it, unless it is mounted already.
pub fn mount(world: &World, p: &RecoverParams, unit: &Unit) -> Result<(), Fault> {
    let host = &p.site.host;
    match device::mounted_at(world, host, &unit.target)? {
        Some(mount) if mount.source == unit.source => return Ok(()),
        Some(mount) => {
            let text = format!("{} is mounted at {} on {host}", mount.source, unit.target);
            return Err(Fault::new(Kind::External, "REC-024", text).hint_command("unmount it, then", HEAL).on(host));
        }
        None => {}
    }
    let words = p.mount_words(unit);
    let answer = shell::privileged(world, host, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
    if answer.ok() {
        return Ok(());
    }
    Err(shell::failed(&answer, host, &words.join(" "))
        .hint_command("the user of the database's host needs sudo for mount and umount", SUDOERS))
}

impl Step<World> for Mount {
    const KIND: &'static str = "mount_swapped";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("mount the snapshot's copy at {}", self.unit.target)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        vec![self.p.mount_words(&self.unit).join(" ")]
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        mount(cx.world, &self.p, &self.unit).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        let mounted = device::mounted_at(cx.world, &self.p.site.host, &self.unit.target)?;
        Ok(if mounted.is_some_and(|mount| mount.source == self.unit.source) {
            Probe::Present(())
        } else {
            Probe::Absent
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        let unmounted = device::unmount(cx.world, &self.p.site.host, &self.unit.source, &self.unit.target);
        unmounted.map_err(|fault| if self.p.part.is_some() { held_by_others(fault) } else { fault })
    }
}

/// The rest of the database is open: what holds the disk of a part are files of others, and ending processes of the
/// instance would end the instance.
fn held_by_others(mut fault: Fault) -> Fault {
    fault.hints.clear();
    fault.hint(
        "where the instance holds it, another file lies there (V$DATAFILE, V$TEMPFILE), or a pluggable database is open: \
         move or drop the file, close the database; never end processes ora_…; then: ovmirror heal",
    )
}
