//! From a path to the slots it lies on: path → mount → device → (volume group →) disks.

use super::host::{Device, HostFacts, Mount, slot_of_nodename};
use std::collections::BTreeSet;

/// Where a mount's bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Under {
    /// On these slots of the Vm.
    Slots(BTreeSet<u32>),
    /// Not on a Xen disk: an NFS share, a memory file system …
    Elsewhere(String),
}

/// The slots below a mount, external journal or log device included.
#[must_use]
pub fn slots_under(facts: &HostFacts, mount: &Mount) -> Under {
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

fn device_slots(facts: &HostFacts, source: &str) -> Option<BTreeSet<u32>> {
    let name = source.strip_prefix("/dev/")?;
    let device = match name.strip_prefix("mapper/") {
        Some(dm) => facts.devices.iter().find(|d| d.dm_name.as_deref() == Some(dm)),
        None => whole_disk(facts, name),
    }?;
    slots_of(facts, device, 0)
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
}
