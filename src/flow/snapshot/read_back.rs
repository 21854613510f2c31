//! The clone's disks, paired with production's by slot (law 9), checked and marked.

use super::{
    begin::Begin,
    clone::{self, CloneVm},
    description::Described,
    end::EndBackup,
    prepare::PrepareClone,
    preview, record,
};
use crate::{
    driver::ovm::{ClonedVm, Description, DiskKind, VmDisk, VmEdit},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    model::{ObjectId, TagKind},
    step::{
        World,
        names::{marked, run_id},
        params::{SnapshotParams, Target},
        preview::told,
    },
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// Disks that are production's, whatever slot the clone shows them at.
type Live = BTreeSet<ObjectId>;

pub struct ReadBack(pub Arc<SnapshotParams>);

/// A disk of the golden copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoldenDisk {
    /// Slot at production.
    pub slot: u32,
    /// The reflinked disk.
    pub id: ObjectId,
    /// Its repository.
    pub repository: ObjectId,
    /// Its size, where the manager shows it.
    pub bytes: u64,
}

/// What was read back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Golden {
    /// The clone.
    pub clone: ClonedVm,
    /// Its disks that hold datafiles, by slot.
    pub disks: Vec<GoldenDisk>,
}

impl ReadBack {
    fn golden(&self, cx: &Cx<'_, World>, slot: u32, disks: &[VmDisk], live: &Live) -> Result<GoldenDisk, Fault> {
        let absent = || wrong(format!("the clone has no virtual disk at slot {slot}"));
        let disk = disks.iter().find(|disk| disk.slot == slot).and_then(|disk| disk.disk.clone()).ok_or_else(absent)?;
        let source = self.0.surveyed.layout.disks.iter().find(|disk| disk.facts.slot == slot).ok_or_else(absent)?;
        if disk.kind != DiskKind::Virtual || live.contains(&disk.id) {
            return Err(wrong(format!("slot {slot} of the clone holds {}, which is no copy", disk.id)));
        }
        let name = marked(&run_id(cx.run)?, TagKind::Disk, Some(&slot.to_string()))?;
        let shown = cx.world.manager.rename_disk(&disk.id, &name).map_err(|e| e.fault())?;
        if let (Some(copy), Some(live)) = (shown.max_bytes, source.facts.bytes)
            && copy != live
        {
            return Err(wrong(format!("the copy at slot {slot} has {copy} bytes, the disk {live}")));
        }
        let repository = shown.repository.map(|r| r.id).or_else(|| source.facts.repository.clone());
        let bytes = shown.max_bytes.or(source.facts.bytes).unwrap_or_default();
        Ok(GoldenDisk { slot, id: disk.id, repository: repository.ok_or_else(absent)?, bytes })
    }

    /// `rebuild` reads this when the store is lost.
    fn description(&self, cx: &Cx<'_, World>, disks: &[GoldenDisk]) -> Result<Description, Fault> {
        let (begin, end) = (cx.out::<Begin>()?, cx.out::<EndBackup>()?);
        let identity = &self.0.surveyed.identity;
        let described = Described {
            run: run_id(cx.run)?,
            dbid: identity.dbid,
            resetlogs: identity.resetlogs_change,
            resetlogs_time: Some(identity.resetlogs_time.clone()),
            begin: begin.scn,
            end: end.scn,
            ended_at: Some(record::time(&end.at)?),
            slots: disks.iter().map(|disk| disk.slot).collect(),
            active: begin.active,
            quiet: begin.quiet,
        };
        Description::new(&described.text()).map_err(|e| e.fault())
    }

    fn edit(&self, cx: &Cx<'_, World>, clone: &ClonedVm, disks: &[GoldenDisk]) -> Result<(), Fault> {
        let manager = &cx.world.manager;
        // A Vm must never be started by the cluster, and must not carry production's MAC addresses.
        let stopped = (self.0.target == Target::Vm).then_some(false);
        let description = Some(self.description(cx, disks)?);
        let edit = VmEdit { description, high_availability: stopped, ..VmEdit::default() };
        let vm = manager.edit_vm(&clone.id, &edit).map_err(|e| e.fault())?;
        if self.0.target == Target::Vm {
            for vnic in vm.vnics {
                manager.delete_vnic(&vnic.id).map_err(|e| e.fault())?;
            }
        }
        Ok(())
    }
}

fn wrong(why: String) -> Fault {
    Fault::new(Kind::External, "SNP-009", format!("the clone is not what was asked for: {why}"))
        .hint("the clone is removed; look at the manager's Jobs tab for its job")
}

impl Step<World> for ReadBack {
    const KIND: &'static str = "read_back";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "names and descriptions go with the clone" };
    type Out = Golden;

    fn describe(&self) -> String {
        "read the clone back: disks by slot, names, description".to_owned()
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::read_back(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Golden>, Fault> {
        let manager = &cx.world.manager;
        let clone = manager.confirm_clone(&CloneVm::spec(&self.0, cx)?, cx.out::<CloneVm>()?).map_err(|e| e.fault())?;
        let disks = manager.vm_disks(&clone.id).map_err(|e| e.fault())?;
        let live = clone::live_disks(cx.world, &self.0)?;
        let golden = self.0.slots.iter().map(|slot| self.golden(cx, *slot, &disks, &live));
        let golden = golden.collect::<Result<Vec<_>, _>>()?;
        self.edit(cx, &clone, &golden)?;
        if let Some(customizer) = cx.out::<PrepareClone>()? {
            manager.delete_customizer(&customizer).map_err(|e| e.fault())?;
        }
        Ok(Ran::Done(Golden { clone, disks: golden }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Golden>, Fault> {
        // Reading and naming again ends the same.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Golden>) -> Result<(), Fault> {
        Ok(())
    }
}
