//! A disk that the recovery kept, deleted for good: the old one, or after an undo the one that was recovered. Only one
//! that carries the recovery's mark and that nothing maps (law 8).

use super::params::CommitParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    flow::recover::{SwapDisk, server},
    model::ObjectId,
    step::{World, copies, params::Way},
};
use std::sync::Arc;

pub struct DeleteDisk {
    pub p: Arc<CommitParams>,
    pub disk: SwapDisk,
}

impl DeleteDisk {
    /// The one that is not the live disk; of a superseded recovery neither is.
    fn which<T>(&self, old: T, new: T) -> Vec<T> {
        match (self.p.superseded, self.p.undone) {
            (true, _) => vec![old, new],
            (false, true) => vec![new],
            (false, false) => vec![old],
        }
    }

    fn by_manager(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let (manager, run, mut there) = (&cx.world.manager, self.p.run.as_str(), false);
        for mark in self.which(self.disk.old_tag(run)?, self.disk.new_tag(run)?) {
            let Some(id) = copies::found(cx.world, &mark.to_string())? else { continue };
            if manager.is_mapped(&id).map_err(|e| e.fault())? {
                return Err(mapped(&id));
            }
            manager.delete_disk(&id).map_err(|e| e.fault())?;
            there = true;
        }
        Ok(there)
    }

    fn by_server(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let (server, run, mut there) = (server::server(cx.world)?, self.p.run.as_str(), false);
        for path in self.which(server::old(&self.disk, run)?, server::waiting(&self.disk, run)?) {
            there |= server.exists(&path).map_err(|e| e.fault())?;
            server.remove_ours(&path).map_err(|e| e.fault())?;
        }
        Ok(there)
    }
}

fn mapped(id: &ObjectId) -> Fault {
    Fault::new(Kind::User, "REC-040", format!("disk {id} is mapped by a Vm: it is not deleted"))
        .hint("disconnect it if it is not needed there, then try again")
}

impl Step<World> for DeleteDisk {
    const KIND: &'static str = "delete_disk";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the old disk is deleted" };
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("delete the disk that {} kept of slot {}", self.p.run, self.disk.slot)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let there = match self.p.recovery.way {
            Way::Manager => self.by_manager(cx)?,
            Way::Server => self.by_server(cx)?,
        };
        Ok(if there { Ran::Done(()) } else { Ran::Skipped((), "it is not there any more".to_owned()) })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Deleting what is gone is no failure.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
