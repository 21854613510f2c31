//! A disk in a guest: the device of a slot comes and goes, and nothing is taken away while something holds it (law 16).

use super::{World, folder, shell};
use crate::{
    fault::{Fault, HEAL, Kind, Retry},
    model::HostName,
    survey::{HostFacts, Mount, device_of_slot},
    text::sh,
};
use std::time::Duration;

/// A guest shows a new disk within seconds.
const DEVICE_WAIT: Duration = Duration::from_secs(30);

/// File systems that lie on block devices.
pub const ON_DISK: [&str; 4] = ["xfs", "ext2", "ext3", "ext4"];

/// The mount command. Types of disks are named; for anything else mount looks at the disk itself.
#[must_use]
pub fn mount_words(options: &str, fstype: &str, device: &str, point: &str) -> Vec<String> {
    let mut words = vec!["mount", "-o", options];
    if ON_DISK.contains(&fstype) {
        words.extend(["-t", fstype]);
    }
    words.extend([device, point]);
    words.into_iter().map(str::to_owned).collect()
}

/// Waits until the device of a slot is there (or gone).
pub fn wait(world: &World, host: &HostName, slot: u32, present: bool) -> Result<(), Fault> {
    let device = device_of_slot(slot);
    let context = sh::DeviceWait { device: &device, present, seconds: DEVICE_WAIT.as_secs() };
    let waited = shell::script_within(world, host, &context, DEVICE_WAIT + world.limits.command);
    waited.map(drop).map_err(|fault| {
        let state = if present { "appear" } else { "go" };
        Fault::new(Kind::External, "OFF-004", format!("/dev/{device} does not {state} on {host}"))
            .cause(fault.to_string())
            .on(host)
    })
}

/// The guest's half of law 16: nothing mounts or holds the disk of a slot or a part of it.
pub fn must_be_free(world: &World, host: &HostName, slot: u32) -> Result<(), Fault> {
    let device = device_of_slot(slot);
    let look = shell::script(world, host, &sh::DeviceFree { device: &device });
    look.map(drop).map_err(|fault| {
        Fault::new(Kind::External, "OFF-005", format!("/dev/{device} is still held on {host}"))
            .cause(fault.message)
            .hint_command("end what holds it, then", HEAL)
            .on(host)
    })
}

/// What is mounted at a point; the last of several hides the others.
pub fn mounted_at(world: &World, host: &HostName, point: &str) -> Result<Option<Mount>, Fault> {
    Ok(mounts(world, host)?.into_iter().rfind(|mount| mount.target == point))
}

/// What is mounted, without the rest of a guest's facts: this is asked while a database is down.
fn mounts(world: &World, host: &HostName) -> Result<Vec<Mount>, Fault> {
    let printed = shell::words(world, host, &["cat", "/proc/mounts"])?;
    let mounts = HostFacts::parse_mounts(&printed);
    // A root there is always; without it the text is not whole.
    if mounts.iter().any(|mount| mount.target == "/") {
        Ok(mounts)
    } else {
        Err(folder::not_understood(host, &printed))
    }
}

/// Unmounts a point if it is mounted from this device. Never lazily, never by force (law 16).
pub fn unmount(world: &World, host: &HostName, device: &str, point: &str) -> Result<(), Fault> {
    let mounted = || -> Result<bool, Fault> {
        Ok(mounts(world, host)?.iter().any(|mount| mount.target == point && mount.source == device))
    };
    if !mounted()? {
        return Ok(());
    }
    let answer = shell::privileged(world, host, &["umount", point])?;
    if answer.ok() && !mounted()? {
        return Ok(());
    }
    let failed = shell::failed(&answer, host, &format!("umount {point}")).retry(Retry::Again);
    let holders = shell::look(world, host, &sh::Holders { point })?.text();
    Err(match holders.trim() {
        "" => failed.hint_command("nothing is seen to hold it; what the host says of it", format!("fuser -vm {point}")),
        holders => failed.cause(format!("held by: {holders}")).hint("end the processes that use it"),
    })
}
