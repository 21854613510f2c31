//! A customizer with one THIN_CLONE storage mapping per wanted disk, so that the clone carries these disks only.

use super::preview;
use crate::{
    driver::ovm::ObjectKind,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{ObjectId, TagKind},
    step::{
        World,
        names::{marked, run_id},
        params::SnapshotParams,
        preview::told,
    },
};
use std::sync::Arc;

pub struct PrepareClone(pub Arc<SnapshotParams>);

impl PrepareClone {
    fn make(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let run = run_id(cx.run)?;
        let manager = &cx.world.manager;
        let name = marked(&run, TagKind::Customizer, None)?;
        let customizer = manager.create_customizer(&self.0.site.vm, &name).map_err(|e| e.fault())?;
        for disk in self.0.surveyed.layout.disks.iter().filter(|d| self.0.slots.contains(&d.facts.slot)) {
            let slot = disk.facts.slot.to_string();
            let repository = disk.facts.repository.as_ref().ok_or_else(|| homeless(&slot))?;
            let name = marked(&run, TagKind::Customizer, Some(&slot))?;
            let made = manager.create_storage_mapping(&customizer, &disk.facts.mapping, repository, &name);
            made.map_err(|e| e.fault())?;
        }
        Ok(customizer)
    }

    fn found(&self, cx: &Cx<'_, World>) -> Result<Option<ObjectId>, Fault> {
        let name = marked(&run_id(cx.run)?, TagKind::Customizer, None)?;
        let hits = cx.world.manager.named(ObjectKind::VmCloneCustomizer, name.as_str()).map_err(|e| e.fault())?;
        Ok(hits.into_iter().next().map(|hit| hit.id))
    }
}

fn homeless(slot: &str) -> Fault {
    Fault::new(Kind::External, "SNP-001", format!("the disk at slot {slot} shows no repository"))
}

impl Step<World> for PrepareClone {
    const KIND: &'static str = "prepare_clone";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Option<ObjectId>;

    fn describe(&self) -> String {
        let slots: Vec<_> = self.0.slots.iter().map(ToString::to_string).collect();
        format!("prepare the clone of slot {} of {}", slots.join(", "), self.0.site.vm_name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::prepare_clone(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Self::Out>, Fault> {
        if !self.0.customizer {
            return Ok(Ran::Skipped(None, "the whole VM is cloned".to_owned()));
        }
        Ok(Ran::Done(Some(self.make(cx)?)))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Self::Out>, Fault> {
        Ok(match self.found(cx)? {
            // Whether all its mappings are there is not shown by every release: make it anew.
            Some(id) => Probe::Partial(format!("customizer {id} is there")),
            None => Probe::Absent,
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Self::Out>) -> Result<(), Fault> {
        if !self.0.customizer {
            return Ok(());
        }
        match self.found(cx)? {
            Some(id) => cx.world.manager.delete_customizer(&id).map_err(|e| e.fault()),
            None => Ok(()),
        }
    }
}
