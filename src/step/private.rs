//! Mounts of a run's own: below its folder, where nobody else looks.

use super::{World, device, folder, gather, shell};
use crate::{
    fault::{Fault, Kind},
    model::HostName,
    port::{Clock, Polled, poll},
};
use std::time::Duration;

/// A fresh mount is looked at by others (udev, monitoring) for a moment.
const LET_GO: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_millis(500);

/// Makes a mount point in the run's folder.
pub fn point(world: &World, host: &HostName, run: &str, name: &str) -> Result<String, Fault> {
    let point = format!("{}/{name}", folder::make(world, host, run)?);
    shell::words(world, host, &["mkdir", "-p", "-m", "700", &point])?;
    Ok(point)
}

/// Mounts.
pub fn mount(world: &World, host: &HostName, words: &[String]) -> Result<(), Fault> {
    let answer = shell::privileged(world, host, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
    if answer.ok() {
        return Ok(());
    }
    Err(shell::failed(&answer, host, &words.join(" "))
        .hint_command(format!("the user of {host} needs sudo for mount and umount"), shell::SUDOERS))
}

/// Unmounts a point, with some patience.
pub fn unmount(world: &World, clock: &dyn Clock, host: &HostName, device: &str, point: &str) -> Result<(), Fault> {
    let mut last = None;
    let ended = poll(clock, EVERY, LET_GO, || match device::unmount(world, host, device, point) {
        Ok(()) => Ok(Polled::Done(())),
        Err(fault) if fault.kind == Kind::External => {
            last = Some(fault);
            Ok(Polled::NotYet("it is in use".to_owned()))
        }
        Err(fault) => Err(fault),
    });
    match (ended, last) {
        (Ok(()), _) => Ok(()),
        (Err(Err(fault)), _) | (Err(Ok(_)), Some(fault)) => Err(fault),
        (Err(Ok(seen)), None) => Err(Fault::new(Kind::Bug, "EXT-020", seen)),
    }
}

/// Makes absent what a run has below its folder: mounts of the device, then the folder.
pub fn clear(world: &World, host: &HostName, run: &str, device: &str) -> Result<(), Fault> {
    leave(world, host, run, device)?;
    folder::remove(world, host, run)
}

/// Unmounts the device wherever below the run's folder it is mounted.
pub fn leave(world: &World, host: &HostName, run: &str, device: &str) -> Result<(), Fault> {
    let below = format!("/.ovmirror/{run}/");
    let facts = gather::host(world, host)?;
    let ours = facts.mounts.iter().filter(|mount| mount.source == device && mount.target.contains(&below));
    for mount in ours {
        device::unmount(world, host, device, &mount.target)?;
    }
    Ok(())
}
