//! What a guest says of itself, and log heads and names.

use super::{some, text};
use ovmirror::{
    recovery::heads::{Head, LogName},
    survey::{
        HostFacts, Rebuild, device_of_slot, fstab,
        host::slot_of_nodename,
        mkfs::{self, Wanted},
    },
};

/// Facts, mounts, fstab, and what a rebuild needs.
pub fn facts(bytes: &[u8]) -> String {
    let printed = text(bytes);
    let facts = HostFacts::parse(&printed);
    if let Ok(facts) = &facts {
        let slots = facts.devices.iter().filter_map(|device| slot_of_nodename(&device.nodename));
        assert!(slots.map(device_of_slot).all(|name| name.starts_with("xvd") && name.len() > 3));
        let _ = facts.mount_of("/u02/oradata/ORCL/users01.dbf");
        let _ = fstab::parse(&printed).map(|lines| fstab::by_id(&lines, facts, &[2].into()));
    }
    let rebuild = Rebuild::parse(&printed);
    let made: usize = rebuild.iter().flat_map(|all| &all.file_systems).map(makeable).sum();
    let shape = facts.map_or(0, |facts| 1 + some(facts.devices.len()) + some(facts.mounts.len()));
    format!("{shape} {made} {}", fstab::parse(&printed).map_or(0, |lines| 1 + some(lines.len())))
}

/// In how many ways it can be made again. Values that go into a command are digits, or words of their own.
fn makeable(record: &ovmirror::survey::rebuild::FileSystem) -> usize {
    let made = mkfs::TYPES.iter().filter_map(|fstype| {
        let log_device = (*fstype == "xfs").then_some("/dev/xvdd");
        mkfs::commands(&Wanted { fstype, device: "/dev/xvdc", log_device, record: Some(record), same_uuid: true }).ok()
    });
    made.map(|made| {
        assert!(made.commands.iter().all(|words| words.last().is_some_and(|word| word == "/dev/xvdc")));
        made.commands.len()
    })
    .sum()
}

/// A head on the first line; a format on the second and a name on the third.
pub fn log_heads(bytes: &[u8]) -> String {
    let text = text(bytes);
    let mut lines = text.lines();
    let head = Head::parse(lines.next().unwrap_or_default());
    let name = LogName::parse(lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let open = head.map(|head| head.next.is_none());
    format!("{open:?} {}", name.is_some())
}
