//! The disk that will take the live one's place: a reflink of the golden disk, made while the database still works.

use super::{
    media_recovery::Recover,
    params::{RecoverParams, SwapDisk},
    part::RecoverPart,
    preview, server,
    taken::Taken,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{ObjectId, Tag, TagKind},
    step::{
        World, copies,
        media::disks_before::DisksBefore,
        names::{marked, run_id},
        params::Way,
        preview::told,
    },
};
use std::sync::Arc;

pub struct NewDisk {
    pub p: Arc<RecoverParams>,
    pub disk: SwapDisk,
}

impl SwapDisk {
    /// The mark of the disk that comes.
    pub fn new_tag(&self, run: &str) -> Result<Tag, Fault> {
        Ok(Tag::new(&run_id(run)?, TagKind::Work, Some(self.slot.to_string())))
    }

    /// The mark of the disk that goes.
    pub fn old_tag(&self, run: &str) -> Result<Tag, Fault> {
        Ok(Tag::new(&run_id(run)?, TagKind::Old, Some(self.slot.to_string())))
    }
}

impl NewDisk {
    fn taken(&self) -> Option<Taken<'_>> {
        self.p.tape.as_ref().map(|tape| Taken { tape, disk: &self.disk })
    }

    fn by_manager(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let name = marked(&run_id(cx.run)?, TagKind::Work, Some(&self.disk.slot.to_string()))?;
        let before = cx.out::<DisksBefore>()?;
        copies::make(cx.world, &before, &self.disk.golden, &self.disk.repository, &name)
    }

    /// The reflink waits in the folder of old disks, which the manager does not look into.
    fn by_server(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let server = server::server(cx.world)?;
        server.make_snapshots_folder(&self.disk.repository).map_err(|e| e.fault())?;
        let (golden, waiting) = (server::golden(&self.disk)?, server::waiting(&self.disk, cx.run)?);
        server.reflink(&golden, &waiting).map_err(|e| e.fault())?;
        // The file takes the live disk's name, and so its id.
        Ok(self.disk.live.clone())
    }

    fn found(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        match self.p.way {
            Way::Manager => copies::found(cx.world, &self.disk.new_tag(cx.run)?.to_string()),
            Way::Server => {
                let there = server::server(cx.world)?.exists(&server::waiting(&self.disk, cx.run)?);
                Ok(there.map_err(|e| e.fault())?.then(|| self.disk.live.clone()))
            }
        }
    }

    fn unnamed(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        match cx.maybe::<DisksBefore>()? {
            Some(before) if self.p.way == Way::Manager => {
                copies::unnamed(cx.world, &before, &self.disk.golden, (&self.p.snapshot, self.disk.slot))
            }
            _ => Ok(None),
        }
    }

    fn remove(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        match self.p.way {
            Way::Server => {
                let waiting = server::waiting(&self.disk, cx.run)?;
                server::server(cx.world)?.remove_ours(&waiting).map_err(|e| e.fault())
            }
            Way::Manager => {
                let copy = match self.found(cx)? {
                    Some(copy) => Some(copy),
                    None => self.unnamed(cx)?,
                };
                let ours = copy.filter(|copy| *copy != self.disk.golden && *copy != self.disk.live);
                ours.map_or(Ok(()), |copy| cx.world.manager.delete_disk(&copy).map_err(|e| e.fault()))
            }
        }
    }
}

impl Step<World> for NewDisk {
    const KIND: &'static str = "new_disk";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ObjectId;

    fn key(&self) -> Option<String> {
        Some(self.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        match self.taken() {
            Some(_) => format!("take the restored disk for slot {}", self.disk.slot),
            None => format!("make a reflink of the snapshot's disk for slot {}", self.disk.slot),
        }
    }

    fn preview(&self, world: &World) -> Vec<String> {
        match self.taken() {
            Some(taken) => told(preview::take(&self.p, &taken, world)),
            None => told(preview::new_disk(&self.p, &self.disk, world)),
        }
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ObjectId>, Fault> {
        if let Some(taken) = self.taken() {
            return taken.take(cx).map(Ran::Done);
        }
        let made = match self.p.way {
            Way::Manager => self.by_manager(cx)?,
            Way::Server => self.by_server(cx)?,
        };
        if made == self.disk.golden {
            return Err(Fault::new(Kind::Bug, "REC-020", "the reflink is the golden disk itself"));
        }
        Ok(Ran::Done(made))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ObjectId>, Fault> {
        if let Some(copy) = self.found(cx)? {
            return Ok(Probe::Present(copy));
        }
        if self.taken().is_some() {
            return Ok(Probe::Absent);
        }
        Ok(self.unnamed(cx)?.map_or(Probe::Absent, |copy| Probe::Partial(format!("disk {copy} has no name yet"))))
    }

    /// Once recovery had finished the database may have been opened on this disk: it is kept under its mark until
    /// `commit` (law 4).
    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&ObjectId>) -> Result<(), Fault> {
        let used = cx.maybe::<Recover>()?.is_some() || cx.maybe::<RecoverPart>()?.is_some();
        match self.taken() {
            _ if used => Ok(()),
            Some(taken) => taken.give_back(cx),
            None => self.remove(cx),
        }
    }
}
