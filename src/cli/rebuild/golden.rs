//! A golden copy as the manager has it: its disks by slot and its description.

use crate::{
    driver::ovm::DiskKind,
    fault::{Fault, Kind, Remedy},
    flow::snapshot::{Described, GoldenDisk},
    model::{ObjectId, RunId, Tag, TagKind},
    step::World,
};

/// What was seen of it.
#[derive(Debug)]
pub struct GoldenCopy {
    /// The run that made it.
    pub run: RunId,
    /// The template or Vm.
    pub clone: ObjectId,
    /// Its disks under the snapshot's mark, by slot.
    pub disks: Vec<GoldenDisk>,
    /// What it says of itself; none where the manager shows no description.
    pub described: Option<Described>,
}

impl GoldenCopy {
    /// Looks. A clone whose disks never got their names was not read back: its run did not come to its end.
    pub fn look(world: &World, run: &RunId, clone: &ObjectId) -> Result<Self, Fault> {
        let shown = world.manager.vm(&clone.into()).map_err(|e| e.fault())?;
        let described = shown.description.as_deref().filter(|text| !text.trim().is_empty());
        let described = described.map(|text| understood(run, text)).transpose()?;
        let mut disks = Vec::new();
        for mapped in world.manager.disks_of(&shown).map_err(|e| e.fault())? {
            let Some(disk) = mapped.disk.filter(|disk| disk.kind == DiskKind::Virtual) else { continue };
            let shown = world.manager.disk(&disk.id).map_err(|e| e.fault())?;
            if shown.name != Tag::new(run, TagKind::Disk, Some(mapped.slot.to_string())).to_string() {
                continue;
            }
            let repository = shown.repository.map(|repository| repository.id);
            let repository = repository.ok_or_else(|| half(run, &format!("disk {} shows no repository", disk.id)))?;
            let bytes = shown.max_bytes.unwrap_or_default();
            disks.push(GoldenDisk { slot: mapped.slot, id: disk.id, repository, bytes });
        }
        let copy = Self { run: run.clone(), clone: clone.clone(), disks, described };
        copy.must_be_whole()?;
        Ok(copy)
    }

    fn must_be_whole(&self) -> Result<(), Fault> {
        if self.disks.is_empty() {
            return Err(half(&self.run, "no disk of it has its name: it was cut off before it was read back"));
        }
        let slots = self.described.iter().flat_map(|described| &described.slots);
        match slots.into_iter().find(|slot| !self.disks.iter().any(|disk| disk.slot == **slot)) {
            None => Ok(()),
            Some(slot) => Err(half(&self.run, &format!("its disk at slot {slot} is gone"))),
        }
    }
}

fn understood(run: &RunId, text: &str) -> Result<Described, Fault> {
    let bad = |why: String| {
        Fault::new(Kind::External, "RBD-002", format!("the description of {run} was not understood: {why}"))
            .printed(text)
            .hint("somebody edited it at the manager; without it only its artifacts tell what it is")
    };
    let described: Described = text.parse().map_err(bad)?;
    match described.run == *run {
        true => Ok(described),
        false => Err(bad(format!("it is of {}", described.run))),
    }
}

fn half(run: &RunId, why: &str) -> Fault {
    Fault::new(Kind::External, "RBD-003", format!("{run} is no whole snapshot: {why}"))
        .hint_command("if nobody needs it", format!("ovmirror orphans {} --release --unrecorded", run.database()))
}
