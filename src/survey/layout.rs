//! Disks with their roles, and the units that must be cut at one instant.

use super::{
    db::{DbFacts, FileKind},
    host::{HostFacts, Mount, device_of_slot},
    place::{Under, active_volumes, group_under, slots_under},
    site::{DiskKind, VmDiskFacts, VmFacts},
    volume::{self, VolumeGroup},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a disk holds.
pub type Role = FileKind;

/// Whether recovery may swap the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    /// Yes or no.
    pub possible: bool,
    /// Why not; empty where it may.
    pub because: String,
}

/// A disk with what lies on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// What the manager says.
    pub facts: VmDiskFacts,
    /// The guest's name of it (`xvdc`).
    pub device: String,
    /// What lies on it.
    pub roles: BTreeSet<Role>,
    /// The database's files on it.
    pub files: Vec<String>,
    /// Whether recovery may swap it.
    pub swap: Swap,
}

/// A file system and the disks it lies on: they are cloned at one instant or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Mount point.
    pub target: String,
    /// Device as mounted.
    pub source: String,
    /// File system type.
    pub fstype: String,
    /// Its external log device, as mounted.
    #[serde(default)]
    pub log_device: Option<String>,
    /// The volume group that it lies on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<VolumeGroup>,
    /// Slots below it; of a volume group all.
    pub slots: BTreeSet<u32>,
    /// What lies on it.
    pub roles: BTreeSet<Role>,
}

/// Where everything lies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Disks that hold files of the database, by slot.
    pub disks: Vec<Disk>,
    /// File systems that hold files of the database.
    pub units: Vec<Unit>,
    /// Files that lie on no disk of the Vm: path and what they lie on.
    pub elsewhere: Vec<(FileKind, String, String)>,
}

impl Unit {
    /// Whether its disks, which are cloned one after the other, are one instant only while it is frozen.
    #[must_use]
    pub fn spans_disks(&self) -> bool {
        self.slots.len() > 1
    }
}

impl Layout {
    /// The disks that hold datafiles, units taken whole.
    pub fn data_disks(&self) -> impl Iterator<Item = &Disk> {
        let slots: BTreeSet<u32> = self.data_units().flat_map(|unit| unit.slots.iter().copied()).collect();
        self.disks.iter().filter(move |disk| slots.contains(&disk.facts.slot))
    }

    /// Mount points of datafiles that fsfreeze is for; `sync` is enough for the others.
    pub fn to_freeze(&self) -> impl Iterator<Item = &str> {
        self.data_units().filter(|unit| unit.spans_disks()).map(|unit| unit.target.as_str())
    }

    /// The file systems that hold datafiles, in the order of mounting: a mount point comes before those below it.
    pub fn data_units(&self) -> impl DoubleEndedIterator<Item = &Unit> {
        let mut units: Vec<&Unit> = self.units.iter().filter(|unit| unit.roles.contains(&FileKind::Data)).collect();
        units.sort_by(|one, other| one.target.cmp(&other.target));
        units.into_iter()
    }

    /// The volume groups that hold datafiles.
    #[must_use]
    pub fn data_groups(&self) -> Vec<VolumeGroup> {
        groups_of(self.data_units())
    }
}

/// The volume groups of these file systems, each once.
#[must_use]
pub fn groups_of<'a>(units: impl Iterator<Item = &'a Unit>) -> Vec<VolumeGroup> {
    let mut groups: Vec<VolumeGroup> = Vec::new();
    for group in units.filter_map(|unit| unit.group.as_ref()) {
        if !groups.contains(group) {
            groups.push(group.clone());
        }
    }
    groups
}

/// Places every file.
#[must_use]
pub fn lay_out(db: &DbFacts, host: &HostFacts, vm: &VmFacts) -> Layout {
    let mut layout = Layout::default();
    let mut disks: BTreeMap<u32, (BTreeSet<Role>, Vec<String>)> = BTreeMap::new();
    for file in &db.files {
        let Some(mount) = host.mount_of(&file.path) else {
            layout.elsewhere.push((file.kind, file.path.clone(), "no mount".to_owned()));
            continue;
        };
        match slots_under(host, mount) {
            Under::Elsewhere(what) => layout.elsewhere.push((file.kind, file.path.clone(), what)),
            Under::Slots(slots) => {
                for slot in &slots {
                    let (roles, files) = disks.entry(*slot).or_default();
                    roles.insert(file.kind);
                    files.push(file.path.clone());
                }
                let unit = || unit(host, mount, &slots);
                add_to_unit(&mut layout.units, &mount.target, file.kind, unit);
            }
        }
    }
    let beside = beside(host, &layout.units);
    let others = |slot: u32| beside.get(&slot).map(Vec::as_slice).unwrap_or_default();
    let of = |facts: &VmDiskFacts| disk(facts, disks.remove(&facts.slot)?, others(facts.slot));
    layout.disks = vm.disks.iter().filter_map(of).collect();
    layout
}

fn add_to_unit(units: &mut Vec<Unit>, target: &str, kind: FileKind, new: impl FnOnce() -> Unit) {
    let place = units.iter().position(|unit| unit.target == target).unwrap_or_else(|| {
        units.push(new());
        units.len() - 1
    });
    units[place].roles.insert(kind);
}

fn unit(host: &HostFacts, mount: &Mount, slots: &BTreeSet<u32>) -> Unit {
    Unit {
        target: mount.target.clone(),
        source: mount.source.clone(),
        fstype: mount.fstype.clone(),
        log_device: mount.options.iter().find_map(|option| option.strip_prefix("logdev=")).map(str::to_owned),
        group: group_under(host, mount),
        slots: slots.clone(),
        roles: BTreeSet::new(),
    }
}

/// What hinders a swap and is no file of the database, by slot: another partition or volume that is mounted, a volume of the
/// group that is not. It would have to be let go for a swap, and goes back with it. A file system of tempfiles counts, too:
/// it is not unmounted.
fn beside(host: &HostFacts, units: &[Unit]) -> BTreeMap<u32, Vec<String>> {
    let mut all: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let own = |target: &str| units.iter().any(|unit| unit.target == target && unit.roles != [FileKind::Temp].into());
    for mount in host.mounts.iter().filter(|mount| !own(&mount.target)) {
        let Under::Slots(slots) = slots_under(host, mount) else { continue };
        slots
            .into_iter()
            .for_each(|slot| all.entry(slot).or_default().push(format!("what is mounted at {}", mount.target)));
    }
    for group in groups_of(units.iter()) {
        let of_group = |unit: &&Unit| unit.group.as_ref() == Some(&group);
        let slots: BTreeSet<u32> = units.iter().filter(of_group).flat_map(|unit| unit.slots.iter().copied()).collect();
        for volume in not_mounted(host, &group) {
            slots.iter().for_each(|slot| all.entry(*slot).or_default().push(format!("volume {volume}")));
        }
    }
    all
}

/// Active volumes of a group (swap, raw, noauto).
fn not_mounted(host: &HostFacts, group: &VolumeGroup) -> Vec<String> {
    let used = |source: &str| {
        let is = |device: &str| device == source || volume::of_device(device) == volume::of_device(source);
        let by_option = |option: &String| option.split_once('=').is_some_and(|(_, device)| is(device));
        host.mounts.iter().any(|mount| is(&mount.source) || mount.options.iter().any(by_option))
    };
    let volumes = active_volumes(host, &group.name);
    volumes.into_iter().filter(|(source, _)| !used(source)).map(|(_, volume)| volume).collect()
}

fn disk(facts: &VmDiskFacts, (roles, mut files): (BTreeSet<Role>, Vec<String>), beside: &[String]) -> Option<Disk> {
    files.sort();
    files.dedup();
    let swap = swap(facts, &roles, beside);
    (facts.kind != DiskKind::Cd).then(|| Disk {
        facts: facts.clone(),
        device: device_of_slot(facts.slot),
        roles,
        files,
        swap,
    })
}

/// Datafiles (and tempfiles) alone may be swapped; anything else on the disk would go back in time with them.
fn swap(facts: &VmDiskFacts, roles: &BTreeSet<Role>, beside: &[String]) -> Swap {
    let no = |because: String| Swap { possible: false, because };
    if facts.kind == DiskKind::Physical {
        return no("it is a physical disk, which cannot be reflinked".to_owned());
    }
    if !roles.contains(&FileKind::Data) {
        return no("no datafile lies on it".to_owned());
    }
    let others: Vec<_> = roles.iter().filter(|r| !matches!(r, FileKind::Data | FileKind::Temp)).collect();
    if others.is_empty() && beside.is_empty() {
        return Swap { possible: true, because: String::new() };
    }
    let words = others.iter().map(|role| role_word(**role).to_owned());
    let words: Vec<String> = words.chain(beside.iter().cloned()).collect();
    no(format!("it also holds {}", words.join(", ")))
}

/// What a role is called in messages.
#[must_use]
pub const fn role_word(role: Role) -> &'static str {
    match role {
        FileKind::Data => "datafiles",
        FileKind::Temp => "tempfiles",
        FileKind::Redo => "online redo logs",
        FileKind::Control => "control files",
        FileKind::Archive => "archived logs",
        FileKind::Flashback => "flashback logs",
        FileKind::Tracking => "the change tracking file",
        FileKind::Parameter => "parameter files",
        FileKind::Software => "the Oracle software",
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A file system with datafiles.
    pub fn unit(target: &str, slots: &[u32]) -> Unit {
        Unit {
            target: target.to_owned(),
            source: "/dev/xvdc".to_owned(),
            fstype: "xfs".to_owned(),
            log_device: None,
            group: None,
            slots: slots.iter().copied().collect(),
            roles: BTreeSet::from([FileKind::Data]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::unit, *};
    use crate::survey::Device;

    #[test]
    fn only_file_systems_over_several_disks_are_frozen() {
        let redo = Unit { roles: BTreeSet::from([FileKind::Redo]), ..unit("/u04", &[6, 7]) };
        let units = vec![unit("/u02", &[2]), unit("/u03", &[3, 4]), redo];
        let layout = Layout { units, ..Layout::default() };
        assert_eq!(layout.to_freeze().collect::<Vec<_>>(), ["/u03"]);
    }

    fn host(mounts: &[(&str, &str)]) -> HostFacts {
        let mount = |(source, target): &(&str, &str)| Mount {
            source: (*source).into(),
            target: (*target).into(),
            fstype: "xfs".into(),
            options: Vec::new(),
        };
        let device = |(name, vbd): (&str, u32)| Device {
            name: name.into(),
            nodename: format!("device/vbd/{vbd}"),
            ..Device::default()
        };
        let devices = [("xvdc", 51744), ("xvdd", 51760)].map(device).into();
        HostFacts { mounts: mounts.iter().map(mount).collect(), devices, ..HostFacts::default() }
    }

    /// Another partition of a datafile disk would have to be unmounted, and would go back in time with it.
    #[test]
    fn what_else_is_mounted_from_a_disk_hinders_its_swap() {
        let host = host(&[("/dev/xvdc1", "/u02"), ("/dev/xvdc2", "/opt"), ("/dev/xvdd", "/u03")]);
        let beside = beside(&host, &[unit("/u02", &[2])]);
        assert_eq!(beside.get(&2), Some(&vec!["what is mounted at /opt".to_owned()]));
        let facts = VmDiskFacts {
            slot: 2,
            mapping: "0004fb0000130000aabbccddeeff0011".parse().unwrap(),
            disk: None,
            kind: DiskKind::Virtual,
            name: "data".into(),
            repository: None,
            bytes: None,
        };
        let of = |beside: &[String]| swap(&facts, &BTreeSet::from([FileKind::Data]), beside);
        assert!(of(&[]).possible);
        assert_eq!(of(&beside[&2]).because, "it also holds what is mounted at /opt");
    }

    /// Tempfiles on a file system of their own are not unmounted with the datafiles; a volume for swap is not at all.
    #[test]
    fn other_volumes_of_the_group_hinder_its_swap() {
        let lv = |name: &str, dm: &str| Device {
            name: name.into(),
            slaves: vec!["xvdc".into()],
            dm_name: Some(dm.into()),
            dm_uuid: Some("LVM-1".into()),
            ..Device::default()
        };
        let mut host = host(&[("/dev/mapper/vg-data", "/u02"), ("/dev/mapper/vg-temp", "/u05")]);
        host.devices.extend([lv("dm-0", "vg-data"), lv("dm-1", "vg-temp"), lv("dm-2", "vg-swap")]);
        let group = Some(VolumeGroup { name: "vg".into(), devices: vec!["/dev/xvdc".into()] });
        let data = Unit { group, ..unit("/u02", &[2]) };
        let temp = Unit { target: "/u05".into(), roles: [FileKind::Temp].into(), ..data.clone() };
        let found = beside(&host, &[data, temp]);
        assert_eq!(found[&2], ["what is mounted at /u05", "volume swap"]);
    }

    #[test]
    fn a_group_of_two_file_systems_is_one_group() {
        let on = |target: &str, name: &str, slots: &[u32]| {
            let devices = slots.iter().map(|slot| format!("/dev/{}", device_of_slot(*slot))).collect();
            Unit { group: Some(VolumeGroup { name: name.into(), devices }), ..unit(target, slots) }
        };
        let units = [on("/u02", "a", &[2, 4]), unit("/u03", &[3]), on("/u05", "a", &[2, 4]), on("/u06", "b", &[6])];
        let groups = groups_of(units.iter());
        let found: Vec<_> = groups.iter().map(|group| (group.name.as_str(), group.devices.len())).collect();
        assert_eq!(found, [("a", 2), ("b", 1)]);
    }

    #[test]
    fn a_parent_is_mounted_before_its_child_and_unmounted_after_it() {
        let data = |target: &str| unit(target, &[2]);
        let redo = Unit { roles: BTreeSet::from([FileKind::Redo]), ..data("/u01") };
        let units = vec![data("/u02/x"), data("/u10"), redo, data("/u02/x/y"), data("/u02")];
        let layout = Layout { units, ..Layout::default() };
        let targets: Vec<_> = layout.data_units().map(|unit| unit.target.as_str()).collect();
        assert_eq!(targets, ["/u02", "/u02/x", "/u02/x/y", "/u10"]);
        let back: Vec<_> = layout.data_units().rev().map(|unit| unit.target.as_str()).collect();
        assert_eq!(back, ["/u10", "/u02/x/y", "/u02/x", "/u02"]);
    }
}
