//! Volume groups of a guest: which are active, and how they come and go. Only root may tell LVM something, and what it did
//! is seen in /sys.

use super::{World, device, folder, gather, shell, shell::SUDOERS};
use crate::{
    fault::{Fault, HEAL, Kind},
    model::HostName,
    port::{Clock, Polled, poll},
    survey::{PhysicalVolume, place::groups_on, volume},
    text::{sh, sudoers::Programs},
};
use std::{collections::BTreeSet, time::Duration};

/// A new disk is known to LVM when udev has told it (lvm2-pvscan, lvmetad), within seconds.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_secs(1);

/// LVM's physical volumes.
pub fn physical_volumes(world: &World, host: &HostName) -> Result<Vec<PhysicalVolume>, Fault> {
    let answer = shell::privileged(world, host, &volume::PVS)?;
    if !answer.ok() {
        return Err(may_not(world, host, shell::failed(&answer, host, &volume::PVS.join(" "))));
    }
    let printed = answer.text();
    volume::parse_pvs(&printed).map_err(|why| folder::not_understood(host, &printed).cause(why))
}

/// `setup sudoers` has to look, too: so the line that it would print is told here.
fn may_not(world: &World, host: &HostName, fault: Fault) -> Fault {
    let printed = shell::script(world, host, &Programs { programs: &["pvs"] }).unwrap_or_default();
    let of = |word: &str| printed.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    let (Some(user), Some(path)) = (of("user"), of("pvs")) else {
        return fault.hint(format!("datafiles lie on LVM: is lvm2 installed on {host}?"));
    };
    let words = volume::PVS[1..].join(" ").replace(',', "\\,");
    fault.hint(format!("which disks a volume group has is for root to see; the line for /etc/sudoers of {host}: {user} ALL=(root) NOPASSWD: {path} {words}"))
}

/// The names of the groups that have an active volume.
pub fn active(world: &World, host: &HostName) -> Result<BTreeSet<String>, Fault> {
    let printed = shell::script(world, host, &sh::Volumes {})?;
    if printed.lines().last() != Some("end") {
        return Err(folder::not_understood(host, &printed));
    }
    let of_lvm = printed.lines().filter_map(|line| line.strip_prefix("volume ")?.split_once(" LVM-"));
    Ok(of_lvm.filter_map(|(name, _)| volume::of_mapper_name(name)).map(|(group, _)| group).collect())
}

/// `vgchange -ay`, until a volume of the group is there.
pub fn activate(world: &World, clock: &dyn Clock, host: &HostName, group: &str) -> Result<(), Fault> {
    let attempt = || {
        let said = privileged(world, host, &words("-ay", group)).err();
        match (active(world, host)?.contains(group), said) {
            (true, _) => Ok(Polled::Done(())),
            (false, said) => {
                Ok(Polled::NotYet(said.map_or_else(|| "LVM reports success".to_owned(), |said| text(&said))))
            }
        }
    };
    poll(clock, LOOK, PATIENCE, attempt).map_err(|end| match end {
        Ok(said) => {
            Fault::new(Kind::External, "LVM-001", format!("volume group {group} does not become active on {host}"))
                .cause(said)
                .hint_command("look at it there", format!("vgs {group}; pvs"))
                .hint_command("the user needs sudo for vgchange", SUDOERS)
                .on(host)
        }
        Err(fault) => fault,
    })
}

/// `vgchange -an`; a group that is not active is left alone. A volume that is in use stays, and is an error.
pub fn deactivate(world: &World, host: &HostName, group: &str) -> Result<(), Fault> {
    if !active(world, host)?.contains(group) {
        return Ok(());
    }
    let said = privileged(world, host, &words("-an", group)).err();
    if !active(world, host)?.contains(group) {
        return Ok(());
    }
    Err(Fault::new(Kind::External, "LVM-002", format!("volume group {group} is still active on {host}"))
        .cause(said.map_or_else(|| "LVM reports success".to_owned(), |said| text(&said)))
        .hint_command("end what uses its volumes (mounts, swap; lvs and dmsetup ls show them), then", HEAL)
        .hint_command("the user needs sudo for vgchange", SUDOERS)
        .on(host))
}

/// Deactivates what udev has made active on disks of ours, under whichever name; says whether there was something. A group that
/// is ours in part only is left alone.
pub fn let_go(world: &World, host: &HostName, ours: &BTreeSet<u32>) -> Result<bool, Fault> {
    let groups = groups_on(&gather::host(world, host)?, ours);
    for (group, alone) in &groups {
        match alone {
            true => deactivate(world, host, group)?,
            false => return Err(not_alone(host, group)),
        }
    }
    Ok(!groups.is_empty())
}

fn not_alone(host: &HostName, group: &str) -> Fault {
    let text = format!("volumes of {group} are active on disks of this run on {host}, and on others");
    Fault::new(Kind::External, "LVM-003", text)
        .hint("which ones: lvs -o vg_name,lv_name,devices. Where two groups are called alike, rename the one of the host (vgrename)")
        .hint_command("when those of this run are inactive", HEAL)
        .on(host)
}

/// The guest's half of law 16 for a disk of ours: a group that is active on our disks alone is let go first.
pub fn must_be_free(world: &World, host: &HostName, slot: u32, ours: &BTreeSet<u32>) -> Result<(), Fault> {
    let Err(held) = device::must_be_free(world, host, slot) else { return Ok(()) };
    if let_go(world, host, ours)? { device::must_be_free(world, host, slot) } else { Err(held) }
}

/// vgchange(8).
#[must_use]
pub fn words<'a>(flag: &'a str, group: &'a str) -> [&'a str; 3] {
    ["vgchange", flag, group]
}

/// A program of lvm2, as root.
pub fn privileged(world: &World, host: &HostName, words: &[&str]) -> Result<String, Fault> {
    let answer = shell::privileged(world, host, words)?;
    if answer.ok() {
        return Ok(answer.text());
    }
    let program = words.first().copied().unwrap_or_default();
    Err(shell::failed(&answer, host, &words.join(" "))
        .hint_command(format!("the user of {host} needs sudo for {program}"), SUDOERS))
}

fn text(fault: &Fault) -> String {
    std::iter::once(fault.message.clone()).chain(fault.causes.iter().cloned()).collect::<Vec<_>>().join("; ")
}
