//! The volume group of work copies gets a name and ids of its own on the media host, where a twin may be known, and
//! becomes active (vgimportclone(8)).

use super::places::group_here;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Polled, poll},
    step::{
        World, device,
        params::{CloneParams, Guest, WorkDisk},
        preview::told,
        volume_group,
    },
    survey::{PhysicalVolume, VolumeGroup},
};
use std::time::Duration;

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

    fn import(&self, cx: &Cx<'_, World>, here: &VolumeGroup) -> Result<(), Fault> {
        let found = self.found(cx.world, here)?;
        if is_imported(&found, here) {
            return Ok(());
        }
        if found.len() < here.devices.len() {
            return Err(self.not_whole(here, &found));
        }
        self.rename(cx, here)?;
        let found = self.found(cx.world, here)?;
        if is_imported(&found, here) { Ok(()) } else { Err(self.not_whole(here, &found)) }
    }

    /// udev may make the copy active under its twin's name as soon as its last disk is there, also behind our look: then
    /// vgimportclone refuses.
    fn rename(&self, cx: &Cx<'_, World>, here: &VolumeGroup) -> Result<(), Fault> {
        let words = words(here);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let attempt = || {
            self.let_go(cx.world)?;
            match volume_group::privileged(cx.world, &self.guest.host, &words) {
                Ok(_) => Ok(Polled::Done(())),
                Err(fault) if self.is_held(cx.world) => Ok(Polled::NotYet(fault.message)),
                Err(fault) => Err(fault),
            }
        };
        poll(cx.clock, LOOK, PATIENCE, attempt).map_err(|end| match end {
            Ok(said) => Fault::new(Kind::External, "OFF-008", format!("volume group {} stays active", self.group.name))
                .cause(said)
                .on(&self.guest.host),
            Err(fault) => fault,
        })
    }

    fn is_held(&self, world: &World) -> bool {
        let mut slots = self.disks.iter().map(|disk| disk.media_slot);
        slots.any(|slot| device::must_be_free(world, &self.guest.host, slot).is_err())
    }

    fn not_whole(&self, here: &VolumeGroup, found: &[PhysicalVolume]) -> Fault {
        let (host, group) = (&self.guest.host, &self.group.name);
        let shown = |one: &PhysicalVolume| format!("{} in {}", one.device, one.group.as_deref().unwrap_or("no group"));
        let shown: Vec<String> = found.iter().map(shown).collect();
        let shown = if shown.is_empty() { "none of them".to_owned() } else { shown.join(", ") };
        let text = format!("the copy of volume group {group} on {} is not whole on {host}", here.devices.join(", "));
        Fault::new(Kind::External, "OFF-008", text)
            .cause(format!("LVM finds {shown}"))
            .hint_command("a filter in lvm.conf may hide them; what it sees", "pvs -a")
            .on(host)
    }

    /// Inactive under its twin's name, if it is our disks that are held: a twin of the media host's own is left alone.
    fn let_go(&self, world: &World) -> Result<(), Fault> {
        match self.is_held(world) {
            true => volume_group::deactivate(world, &self.guest.host, &self.group.name),
            false => Ok(()),
        }
    }

    /// Inactive again, under whichever name.
    pub fn release(&self, world: &World) -> Result<(), Fault> {
        volume_group::deactivate(world, &self.guest.host, &self.here()?.name)?;
        self.let_go(world)
    }
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
        told(here.map(|here| vec![words(&here).join(" "), volume_group::words("-ay", &here.name).join(" ")]))
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
        self.release(cx.world)
    }
}
