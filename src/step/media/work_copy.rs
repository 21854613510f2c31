//! A reflink of a golden disk: the only thing that is ever mapped, mounted and written (law 3).

use super::{backend, disks_before::DisksBefore};
use crate::{
    driver::dom0::RepoPath,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{DbName, ObjectId, RunId, TagKind},
    step::{
        World, copies,
        names::{marked, run_id},
        params::{CloneParams, Way, WorkDisk},
        preview::told,
    },
};
pub struct WorkCopy {
    pub database: DbName,
    pub snapshot: RunId,
    pub way: Way,
    pub disk: WorkDisk,
}

impl WorkCopy {
    /// Of a disk of a clone for the media host.
    #[must_use]
    pub fn of(p: &CloneParams, disk: &WorkDisk) -> Self {
        Self { database: p.site.database.clone(), snapshot: p.snapshot.clone(), way: p.way, disk: disk.clone() }
    }

    fn slot(&self) -> String {
        self.disk.slot.to_string()
    }

    fn by_manager(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let name = marked(&run_id(cx.run)?, TagKind::Work, Some(&self.slot()))?;
        let before = cx.out::<DisksBefore>()?;
        copies::make(cx.world, &before, &self.disk.golden, &self.disk.repository, &name)
    }

    /// The papers' way: reflink on the server, then the manager looks into the folder.
    fn by_server(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let server = backend::server(cx.world)?;
        let golden = RepoPath::disk(&self.disk.repository, &self.disk.golden).map_err(|e| e.fault())?;
        let copy = backend::file(cx.run, &self.disk)?;
        server.reflink(&golden, &copy).map_err(|e| e.fault())?;
        let manager = &cx.world.manager;
        manager.refresh_repository(&self.disk.repository).map_err(|e| e.fault())?;
        let found = manager.disk_by_file(&self.disk.repository, copy.file.as_str()).map_err(|e| e.fault())?;
        Ok(found.id)
    }

    fn found(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        copies::found(cx.world, &backend::tag(cx.run, &self.disk)?.to_string())
    }

    /// A copy that was cut off from its name. Runs of before have no list of disks, and nothing is told without it.
    fn unnamed(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        match cx.maybe::<DisksBefore>()? {
            Some(before) => copies::unnamed(cx.world, &before, &self.disk.golden, (&self.snapshot, self.disk.slot)),
            None => Ok(None),
        }
    }
}

impl Step<World> for WorkCopy {
    const KIND: &'static str = "work_copy";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.slot())
    }

    fn describe(&self) -> String {
        format!("make a work copy of the golden disk of slot {}", self.disk.slot)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(super::preview::work_copy(self, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        let made = match self.way {
            Way::Manager => self.by_manager(cx)?,
            Way::Server => self.by_server(cx)?,
        };
        if made == self.disk.golden {
            return Err(Fault::new(Kind::Bug, "OFF-003", "the work copy is the golden disk itself"));
        }
        Ok(Ran::Done(made))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        if let Some(copy) = self.found(cx)? {
            return Ok(Probe::Present(copy));
        }
        Ok(self.unnamed(cx)?.map_or(Probe::Absent, |copy| Probe::Partial(format!("disk {copy} has no name yet"))))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&ObjectId>) -> Result<(), Fault> {
        backend::is_gone(cx.world, self.way, cx.run, &self.disk)?;
        let found = match (out, self.found(cx)?) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(id)) => Some(id),
            (None, None) => self.unnamed(cx)?,
        };
        if let Some(id) = found.filter(|id| *id != self.disk.golden) {
            cx.world.manager.delete_disk(&id).map_err(|e| e.fault())?;
        }
        // A file that the manager never saw (its refresh failed) is removed where it was made.
        if self.way == Way::Server {
            let copy = backend::file(cx.run, &self.disk)?;
            backend::server(cx.world)?.remove_ours(&copy).map_err(|e| e.fault())?;
        }
        Ok(())
    }
}
