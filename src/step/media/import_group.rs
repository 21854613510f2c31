//! The volume group of work copies gets a name and ids of its own on the media host, where a twin may be known, and
//! becomes active (vgimportclone(8)).

use super::{places::group_here, work_copy::WorkCopy};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    port::{Polled, poll},
    step::{
        World,
        params::{CloneParams, Guest, WorkDisk},
        preview::told,
        volume_group,
    },
    survey::{PhysicalVolume, VolumeGroup, part_of_slot},
};
use std::{collections::BTreeSet, time::Duration};

/// How often it is tried while udev is at work, and how long.
const LOOK: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

pub struct ImportGroup {
    /// Where.
    pub guest: Guest,
    /// The work copies with their slots there.
    pub disks: Vec<WorkDisk>,
    /// The same with the slots that the group is named after: those of the machine at which it must not clash.
    pub named_after: Vec<WorkDisk>,
    /// The group at production.
    pub group: VolumeGroup,
}

/// vgimportclone(8), for the whole group.
#[must_use]
pub fn words(here: &VolumeGroup) -> Vec<String> {
    let head = ["vgimportclone", "-n", &here.name].map(str::to_owned);
    head.into_iter().chain(here.devices.iter().cloned()).collect()
}

impl ImportGroup {
    fn here(&self) -> Result<VolumeGroup, Fault> {
        let name = group_here(&self.named_after, &self.group)?.name;
        Ok(VolumeGroup { name, ..group_here(&self.disks, &self.group)? })
    }

    /// The groups that LVM finds on our devices.
    fn found(&self, world: &World, here: &VolumeGroup) -> Result<Vec<PhysicalVolume>, Fault> {
        let mut all = volume_group::physical_volumes(world, &self.guest.host)?;
        all.retain(|volume| here.devices.contains(&volume.device));
        Ok(all)
    }

    /// Tried while udev is at work: LVM may not know the disks yet, and a copy that udev makes active under its twin's name as
    /// soon as its last disk is there is refused by vgimportclone until it is let go.
    fn import(&self, cx: &Cx<'_, World>, here: &VolumeGroup) -> Result<(), Fault> {
        let attempt = || {
            let found = self.found(cx.world, here)?;
            match found.len() {
                _ if is_imported(&found, here) => Ok(Polled::Done(())),
                some if some < here.devices.len() => Ok(Polled::NotYet(shown(&found))),
                _ => self.rename(cx.world, here),
            }
        };
        poll(cx.clock, LOOK, PATIENCE, attempt).map_err(|end| match end {
            Ok(seen) => self.not_whole(here, seen),
            Err(fault) => fault,
        })
    }

    /// What it has done is looked at the next time.
    fn rename(&self, world: &World, here: &VolumeGroup) -> Result<Polled<()>, Fault> {
        let (host, ours, words) = (&self.guest.host, self.seats()?, words(here));
        volume_group::let_go(world, host, &ours)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match volume_group::privileged(world, host, &words) {
            Ok(_) => Ok(Polled::NotYet("vgimportclone reports success".to_owned())),
            Err(fault) if volume_group::let_go(world, host, &ours)? => Ok(Polled::NotYet(fault.message)),
            Err(fault) => Err(fault),
        }
    }

    fn not_whole(&self, here: &VolumeGroup, seen: String) -> Fault {
        let (host, group) = (&self.guest.host, &self.group.name);
        let text =
            format!("the copy of volume group {group} on {} cannot be imported on {host}", here.devices.join(", "));
        Fault::new(Kind::External, "OFF-008", text)
            .cause(seen)
            .hint_command("a filter in lvm.conf, or a disk with the same ids, may hide them; what LVM sees", "pvs -a")
            .on(host)
    }

    /// The slots of the group's disks here.
    fn seats(&self) -> Result<BTreeSet<u32>, Fault> {
        let here = group_here(&self.disks, &self.group)?;
        let names: Vec<&str> = here.devices.iter().filter_map(|device| device.strip_prefix("/dev/")).collect();
        let of = |disk: &&WorkDisk| names.iter().any(|name| part_of_slot(name, disk.media_slot).is_some());
        Ok(self.disks.iter().filter(of).map(|disk| disk.media_slot).collect())
    }

    /// Inactive again, under whichever name. A slot that our copy has left may be somebody else's by now.
    pub fn release(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let (copies, seats) = (cx.all::<WorkCopy>()?, self.seats()?);
        let mut ours = BTreeSet::new();
        for disk in self.disks.iter().filter(|disk| seats.contains(&disk.media_slot)) {
            let key = disk.slot.to_string();
            let Some((_, copy)) = copies.iter().find(|(slot, _)| slot.as_ref() == Some(&key)) else { continue };
            let mapped = cx.world.manager.mapping_at(&self.guest.vm, disk.media_slot, copy).map_err(|e| e.fault())?;
            ours.extend(mapped.map(|_| disk.media_slot));
        }
        if ours.is_empty() { Ok(()) } else { volume_group::let_go(cx.world, &self.guest.host, &ours).map(drop) }
    }
}

fn shown(found: &[PhysicalVolume]) -> String {
    let one = |one: &PhysicalVolume| format!("{} in {}", one.device, one.group.as_deref().unwrap_or("no group"));
    let all: Vec<String> = found.iter().map(one).collect();
    format!("LVM finds {}", if all.is_empty() { "none of them".to_owned() } else { all.join(", ") })
}

fn is_imported(found: &[PhysicalVolume], here: &VolumeGroup) -> bool {
    let ours = |volume: &PhysicalVolume| volume.group.as_deref() == Some(here.name.as_str());
    found.len() == here.devices.len() && found.iter().all(ours)
}

/// One step for each group.
pub fn of(p: &CloneParams) -> impl Iterator<Item = ImportGroup> {
    let one = |group| {
        let (disks, named_after) = (p.disks.clone(), p.disks.clone());
        ImportGroup { guest: p.media.guest(), disks, named_after, group }
    };
    p.surveyed.layout.data_groups().into_iter().map(one)
}

impl Step<World> for ImportGroup {
    const KIND: &'static str = "import_group";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    /// The name it has here.
    type Out = String;

    fn key(&self) -> Option<String> {
        Some(self.group.name.clone())
    }

    fn describe(&self) -> String {
        format!("make the copy of volume group {} known to {}", self.group.name, self.guest.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let here = self.here();
        let texts = |here: VolumeGroup| {
            let away = volume_group::words("-an", &self.group.name).join(" ");
            vec![away, words(&here).join(" "), volume_group::words("-ay", &here.name).join(" ")]
        };
        told(here.map(texts))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<String>, Fault> {
        let here = self.here()?;
        self.import(cx, &here)?;
        volume_group::activate(cx.world, cx.clock, &self.guest.host, &here.name)?;
        Ok(Ran::Done(here.name))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<String>, Fault> {
        // Each part looks before it acts, so that it may be done again.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&String>) -> Result<(), Fault> {
        self.release(cx)
    }
}
