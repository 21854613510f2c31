//! From a path to the slots it lies on: path → mount → device → (volume group →) disks.

use super::{
    host::{Device, HostFacts, Mount, slot_of_nodename},
    volume::{self, PhysicalVolume, VolumeGroup},
};
use std::collections::{BTreeMap, BTreeSet};

/// Where a mount's bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Under {
    /// On these slots of the Vm.
    Slots(BTreeSet<u32>),
    /// Not on a Xen disk: an NFS share, a memory file system …
    Elsewhere(String),
}

/// The slots below a mount, external journal or log device included; of a volume group all.
#[must_use]
pub fn slots_under(facts: &HostFacts, mount: &Mount) -> Under {
    let group = group_of(facts, &mount.source);
    if log_devices(mount).any(|log| group_of(facts, log) != group) {
        return Under::Elsewhere("a file system whose log is outside its volume group".to_owned());
    }
    let mut slots = BTreeSet::new();
    for source in std::iter::once(mount.source.as_str()).chain(log_devices(mount)) {
        match device_slots(facts, source) {
            Some(found) => slots.extend(found),
            None => return Under::Elsewhere(source.to_owned()),
        }
    }
    Under::Slots(slots)
}

/// XFS shows an external log as `logdev=`, ext4 its journal as `journal_dev=`/`journal_path=` (mount(8)).
fn log_devices(mount: &Mount) -> impl Iterator<Item = &str> {
    let keys = ["logdev=", "rtdev=", "journal_path="];
    mount.options.iter().filter_map(move |option| keys.iter().find_map(|key| option.strip_prefix(key)))
}

/// The volume group that a mounted logical volume belongs to; its disks are known where LVM was asked.
#[must_use]
pub fn group_under(facts: &HostFacts, mount: &Mount) -> Option<VolumeGroup> {
    let name = group_of(facts, &mount.source)?;
    let mut devices: Vec<String> = volumes_of(facts, &name).map(|volume| volume.device.clone()).collect();
    devices.sort();
    Some(VolumeGroup { name, devices })
}

/// The groups that have an active volume on these slots, and whether all that is active under their name lies on
/// nothing else: another group may be called alike, or reach beyond.
#[must_use]
pub fn groups_on(facts: &HostFacts, slots: &BTreeSet<u32>) -> BTreeMap<String, bool> {
    let active = facts.devices.iter().filter_map(|device| Some((logical(device)?.0, slots_of(facts, device, 0))));
    let active: Vec<(String, Option<BTreeSet<u32>>)> = active.collect();
    let here = active.iter().filter(|(_, on)| on.as_ref().is_some_and(|on| !on.is_disjoint(slots)));
    let alone = |name: &String| {
        active
            .iter()
            .filter(|(group, _)| group == name)
            .all(|(_, on)| on.as_ref().is_some_and(|on| on.is_subset(slots)))
    };
    here.map(|(name, _)| (name.clone(), alone(name))).collect()
}

/// Volumes of a group that are active, by name; not those that others lie on (the parts of a thin pool).
#[must_use]
pub fn active_volumes(facts: &HostFacts, group: &str) -> Vec<(String, String)> {
    let top = facts.devices.iter().filter(|device| device.holders.is_empty()).filter_map(logical);
    let ours = top.filter(|(of, _)| of == group);
    ours.map(|(of, volume)| (format!("/dev/mapper/{}", volume::mapper_name(&of, &volume)), volume)).collect()
}

/// Group and volume of a device that LVM made.
fn logical(device: &Device) -> Option<(String, String)> {
    device.dm_uuid.as_deref().filter(|uuid| uuid.starts_with("LVM-"))?;
    volume::of_mapper_name(device.dm_name.as_deref()?)
}

fn volumes_of<'a>(facts: &'a HostFacts, group: &'a str) -> impl Iterator<Item = &'a PhysicalVolume> {
    facts.volumes.iter().filter(move |volume| volume.group.as_deref() == Some(group))
}

fn group_of(facts: &HostFacts, source: &str) -> Option<String> {
    mapped(facts, source).and_then(logical).map(|(group, _)| group)
}

/// The device-mapper device of `/dev/mapper/vg-lv`, or of `/dev/vg/lv`.
fn mapped<'a>(facts: &'a HostFacts, source: &str) -> Option<&'a Device> {
    let by_name = |wanted: &str| facts.devices.iter().find(|device| device.dm_name.as_deref() == Some(wanted));
    match source.strip_prefix("/dev/mapper/") {
        Some(name) => by_name(name),
        None => volume::of_device(source).and_then(|(group, volume)| by_name(&volume::mapper_name(&group, &volume))),
    }
}

fn device_slots(facts: &HostFacts, source: &str) -> Option<BTreeSet<u32>> {
    if let Some(group) = group_of(facts, source)
        && !facts.volumes.is_empty()
    {
        return group_slots(facts, &group);
    }
    let device = mapped(facts, source).or_else(|| whole_disk(facts, source.strip_prefix("/dev/")?))?;
    slots_of(facts, device, 0)
}

/// Below all its physical volumes: also below those that hold nothing of this volume.
fn group_slots(facts: &HostFacts, group: &str) -> Option<BTreeSet<u32>> {
    let mut slots = BTreeSet::new();
    for volume in volumes_of(facts, group) {
        let device =
            mapped(facts, &volume.device).or_else(|| whole_disk(facts, volume.device.strip_prefix("/dev/")?))?;
        slots.extend(slots_of(facts, device, 0)?);
    }
    (!slots.is_empty()).then_some(slots)
}

/// The device itself, or the disk whose partition it is (`xvdc1` → `xvdc`).
fn whole_disk<'a>(facts: &'a HostFacts, name: &str) -> Option<&'a Device> {
    let by_name = |wanted: &str| facts.devices.iter().find(|d| d.name == wanted);
    by_name(name).or_else(|| by_name(name.trim_end_matches(|c: char| c.is_ascii_digit())))
}

/// Device-mapper devices lie on others; eight levels are more than any real stack has.
fn slots_of(facts: &HostFacts, device: &Device, depth: u8) -> Option<BTreeSet<u32>> {
    if let Some(slot) = slot_of_nodename(&device.nodename) {
        return Some(BTreeSet::from([slot]));
    }
    if device.slaves.is_empty() || depth > 8 {
        return None;
    }
    let mut slots = BTreeSet::new();
    for slave in &device.slaves {
        slots.extend(slots_of(facts, whole_disk(facts, slave)?, depth + 1)?);
    }
    Some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn disk(name: &str, slot: u32) -> Device {
        Device { name: name.into(), nodename: format!("device/vbd/{}", 51712 + 16 * slot), ..Device::default() }
    }

    fn mount(source: &str, options: &str) -> Mount {
        let options = options.split(',').map(str::to_owned).collect();
        Mount { source: source.into(), target: "/u02".into(), fstype: "xfs".into(), options }
    }

    #[test]
    fn partitions_logs_and_volume_groups_are_followed() {
        let dm = Device {
            name: "dm-0".into(),
            slaves: vec!["xvdc1".into(), "xvdd".into()],
            dm_name: Some("vg-lv".into()),
            ..Device::default()
        };
        let facts = HostFacts { devices: vec![disk("xvdc", 2), disk("xvdd", 3), dm], ..HostFacts::default() };
        let slots = |source: &str, options: &str| slots_under(&facts, &mount(source, options));
        assert_eq!(slots("/dev/xvdc1", "rw"), Under::Slots([2].into()));
        assert_eq!(slots("/dev/xvdc", "rw,logdev=/dev/xvdd"), Under::Slots([2, 3].into()));
        assert_eq!(slots("/dev/mapper/vg-lv", "rw"), Under::Slots([2, 3].into()));
        assert_eq!(slots("nas:/x", "rw"), Under::Elsewhere("nas:/x".into()));
        assert_eq!(slots("/dev/xvdz", "rw"), Under::Elsewhere("/dev/xvdz".into()));
    }

    fn of_groups() -> HostFacts {
        let volume = |name: &str, dm: &str, below: &str, uuid: &str| Device {
            name: name.into(),
            slaves: vec![below.into()],
            dm_name: Some(dm.into()),
            dm_uuid: Some(uuid.into()),
            ..Device::default()
        };
        let pv = |device: &str, group: &str| PhysicalVolume { device: device.into(), group: Some(group.into()) };
        HostFacts {
            devices: vec![
                disk("xvdc", 2),
                disk("xvdd", 3),
                disk("xvde", 4),
                volume("dm-0", "vg--data-lv", "xvdc", "LVM-1"),
                volume("dm-1", "other-lv", "xvdd", "LVM-2"),
                volume("dm-2", "crypt-x", "xvdd", "CRYPT-2"),
            ],
            volumes: vec![pv("/dev/xvdc", "vg-data"), pv("/dev/xvde", "vg-data"), pv("/dev/xvdd", "other")],
            ..HostFacts::default()
        }
    }

    /// xvde holds nothing of the volume, and goes with its group all the same.
    #[rstest]
    #[case("/dev/mapper/vg--data-lv", "rw", Some(&[2, 4][..]), Some("vg-data"))]
    #[case("/dev/vg-data/lv", "rw", Some(&[2, 4][..]), Some("vg-data"))]
    #[case("/dev/mapper/crypt-x", "rw", Some(&[3][..]), None)]
    #[case("/dev/xvdc", "rw", Some(&[2][..]), None)]
    #[case("/dev/mapper/vg--data-lv", "logdev=/dev/mapper/other-lv", None, Some("vg-data"))]
    #[case("/dev/mapper/vg--data-lv", "logdev=/dev/xvdd", None, Some("vg-data"))]
    #[case("/dev/mapper/vg--data-lv", "logdev=/dev/mapper/vg--data-lv", Some(&[2, 4][..]), Some("vg-data"))]
    fn a_group_is_taken_whole(
        #[case] source: &str,
        #[case] options: &str,
        #[case] slots: Option<&[u32]>,
        #[case] group: Option<&str>,
    ) {
        let (facts, mount) = (of_groups(), mount(source, options));
        let found = slots_under(&facts, &mount);
        match slots {
            Some(slots) => assert_eq!(found, Under::Slots(slots.iter().copied().collect())),
            None => assert!(matches!(found, Under::Elsewhere(_)), "{found:?}"),
        }
        assert_eq!(group_under(&facts, &mount).map(|group| group.name).as_deref(), group);
    }

    /// A media host may have a group of the same name itself.
    #[test]
    fn a_group_is_ours_where_nothing_else_is_called_alike() {
        let mut facts = of_groups();
        let on = |facts: &HostFacts, slots: &[u32]| groups_on(facts, &slots.iter().copied().collect());
        assert_eq!(on(&facts, &[2, 4]), [("vg-data".to_owned(), true)].into());
        assert_eq!(on(&facts, &[4]), BTreeMap::new());
        assert_eq!(on(&facts, &[2, 3]), [("other".to_owned(), true), ("vg-data".to_owned(), true)].into());
        facts.devices[4].dm_name = Some("vg--data-root".into());
        assert_eq!(on(&facts, &[2, 4]), [("vg-data".to_owned(), false)].into());
        assert_eq!(active_volumes(&facts, "vg-data").len(), 2);
    }

    #[test]
    fn a_group_with_a_missing_disk_lies_elsewhere() {
        let mut facts = of_groups();
        facts.volumes[1].device = "[unknown]".into();
        assert!(matches!(slots_under(&facts, &mount("/dev/mapper/vg--data-lv", "rw")), Under::Elsewhere(_)));
    }
}
