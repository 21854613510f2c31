//! The datafiles' file systems leave their mount points, children first; the undo mounts what the slot has then.

use super::{mount::mount, params::RecoverParams};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Retry},
    port::{Polled, poll},
    step::{World, device},
    survey::Unit,
};
use std::{sync::Arc, time::Duration};

pub struct Unmount {
    pub p: Arc<RecoverParams>,
    pub unit: Unit,
}

/// How long the instance may keep a descriptor, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_secs(1);

impl Unmount {
    /// The instance itself holds the file system: only its shutdown lets go.
    fn held(&self, why: String) -> Fault {
        let text = format!("{} is still held after {} s", self.unit.target, PATIENCE.as_secs());
        let whole = format!("ovmirror recover {} --to latest", self.p.site.database);
        Fault::new(Kind::External, "REC-031", text)
            .cause(why)
            .hint_command("swap all datafile disks with the database down, which recovers the same", whole)
            .on(&self.p.site.host)
    }
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
        let unmount = || device::unmount(cx.world, &self.p.site.host, &self.unit.source, &self.unit.target);
        if self.p.part.is_none() {
            return unmount().map(Ran::Done);
        }
        // Processes of the instance may keep descriptors of a file that is offline for a while.
        let look = || match unmount() {
            Ok(()) => Ok(Polled::Done(())),
            Err(fault) if fault.retry == Retry::Again => {
                Ok(Polled::NotYet(format!("{fault}; {}", fault.causes.join("; "))))
            }
            Err(fault) => Err(fault),
        };
        poll(cx.clock, LOOK, PATIENCE, look).map(Ran::Done).map_err(|end| match end {
            Ok(held) => self.held(held),
            Err(fault) => fault,
        })
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
