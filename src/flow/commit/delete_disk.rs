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
    fn mark(&self) -> Result<String, Fault> {
        let run = self.p.run.as_str();
        let tag = if self.p.undone { self.disk.new_tag(run)? } else { self.disk.old_tag(run)? };
        Ok(tag.to_string())
    }

    fn by_manager(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let Some(id) = copies::found(cx.world, &self.mark()?)? else { return Ok(false) };
        let manager = &cx.world.manager;
        if manager.is_mapped(&id).map_err(|e| e.fault())? {
            return Err(mapped(&id));
        }
        manager.delete_disk(&id).map_err(|e| e.fault())?;
        Ok(true)
    }

    fn by_server(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let (server, run) = (server::server(cx.world)?, self.p.run.as_str());
        let path = if self.p.undone { server::waiting(&self.disk, run)? } else { server::old(&self.disk, run)? };
        let there = server.exists(&path).map_err(|e| e.fault())?;
        server.remove_ours(&path).map_err(|e| e.fault())?;
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
