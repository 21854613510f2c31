//! `--copy`: which file systems stay as they are but for their datafiles, and what speaks against copying these.

use super::{
    facts::{Facts, Snapshot},
    findings::cannot_be_swapped,
};
use crate::{
    cli::prepare::extract::{with_type, work_disks},
    fault::{Fault, Kind},
    flow::recover::{CopyFile, CopyUnit, Copying, must_have_room},
    recovery::Changed,
    step::{World, gather, media::places},
    survey::{DataFile, HostFacts, Unit, fstab},
};
use std::collections::BTreeSet;

/// A file's header block, which V$DATAFILE.BYTES leaves out, and what a file system takes for itself.
const HEADER: u64 = 64 << 10;

/// Slots whose disks stay.
pub fn fixed(facts: &Facts, agreed: bool) -> BTreeSet<u32> {
    let disks = facts.layout.disks.iter().filter(|disk| agreed && cannot_be_swapped(disk));
    disks.map(|disk| disk.facts.slot).collect()
}

/// Those that are swapped and those that are copied: a file system on a disk that stays, and then every other one that
/// shares a disk with it.
pub fn split(units: Vec<Unit>, mut fixed: BTreeSet<u32>) -> (Vec<Unit>, Vec<Unit>) {
    let stays = |unit: &Unit, fixed: &BTreeSet<u32>| !unit.slots.is_disjoint(fixed);
    loop {
        let below: BTreeSet<u32> =
            units.iter().filter(|unit| stays(unit, &fixed)).flat_map(|unit| unit.slots.iter().copied()).collect();
        if below.is_subset(&fixed) {
            break units.into_iter().partition(|unit| !stays(unit, &fixed));
        }
        fixed.extend(below);
    }
}

/// What is copied, or why it cannot be.
pub fn copying(
    world: &World,
    facts: &Facts,
    snapshot: &Snapshot,
    (swapped, copied): (&[Unit], Vec<Unit>),
    changed: &[Changed],
) -> Result<Copying, Fault> {
    if copied.is_empty() {
        return Ok(Copying::default());
    }
    let slots: BTreeSet<u32> = copied.iter().flat_map(|unit| unit.slots.iter().copied()).collect();
    let disks = work_disks(&snapshot.layout, &slots, &facts.vm)?;
    copied.iter().try_for_each(|unit| {
        one_plain_disk(unit, places::device(&disks, unit).is_ok()).and_then(|()| mounted(facts, unit))
    })?;
    let fstab = gather::fstab(world, &facts.site.host)?;
    found_by_device(facts, &fstab, &slots)?;
    let then = &snapshot.layout.surveyed.datafiles;
    every_file_has_a_place(facts, then, [swapped, &copied].concat().as_slice())?;
    let copied = copied.into_iter().map(|unit| with_type(unit, &fstab));
    let units: Vec<CopyUnit> = copied.map(|unit| files(facts, then, unit, changed)).collect();
    let room = |unit: &CopyUnit| must_have_room(world, &facts.site.host, unit).map(drop);
    units.iter().try_for_each(room)?;
    Ok(Copying { disks, units })
}

fn refused(code: &str, text: String) -> Fault {
    Fault::new(Kind::User, code, text)
}

/// A journal elsewhere, or a volume group, would have to come with it.
fn one_plain_disk(unit: &Unit, plain: bool) -> Result<(), Fault> {
    let why = match (&unit.log_device, plain) {
        _ if unit.group.is_some() => "it lies on a volume group".to_owned(),
        (Some(log), _) => format!("its journal lies on {log}"),
        (None, false) => format!("{} is no disk or partition", unit.source),
        (None, true) if unit.spans_disks() => "it lies on several disks".to_owned(),
        (None, true) => return Ok(()),
    };
    Err(refused("REC-100", format!("the datafiles of {} are not copied: {why}", unit.target))
        .hint("copy them by hand (ovmirror extract SNAPSHOT), or move redo and control files to another disk"))
}

fn mounted(facts: &Facts, unit: &Unit) -> Result<(), Fault> {
    if facts.host.mounts.iter().any(|mount| mount.target == unit.target) {
        return Ok(());
    }
    Err(refused("REC-101", format!("{} is not mounted: copies have no place to go to", unit.target))
        .hint("mount it, then try again")
        .on(&facts.site.host))
}

/// A work copy has its twin's ids, and a machine that boots meanwhile may mount it in the twin's place.
fn found_by_device(facts: &Facts, lines: &[fstab::Line], slots: &BTreeSet<u32>) -> Result<(), Fault> {
    let host = &facts.site.host;
    match fstab::by_id(lines, &facts.host, slots).first() {
        None => Ok(()),
        Some(line) => {
            let text = format!(
                "/etc/fstab of {host} looks for {} by {}, which the work copy has, too",
                line.target, line.spec
            );
            Err(refused("REC-102", text)
                .hint("name it by its device in /etc/fstab (/dev/xvdc, say) until the recovery is over")
                .on(host))
        }
    }
}

/// The name alone says on which file system a file is copied.
fn every_file_has_a_place(facts: &Facts, then: &[DataFile], units: &[Unit]) -> Result<(), Fault> {
    let lost = |file: &&DataFile| !units.iter().any(|unit| lies_on(&facts.host, file, unit));
    match wanted(&facts.db.datafiles, then).map(|(now, _)| now).find(lost) {
        None => Ok(()),
        Some(file) => {
            let text = format!("{} lies by its name on no file system of the snapshot: a link leads there", file.name);
            Err(refused("REC-104", text)
                .hint("give it its name without the link (RENAME FILE, in MOUNT), then make a snapshot"))
        }
    }
}

/// Datafiles of now that the snapshot has, each with what it was then. One that is offline was so then, and is as it was.
fn wanted<'a>(now: &'a [DataFile], then: &'a [DataFile]) -> impl Iterator<Item = (&'a DataFile, &'a DataFile)> {
    let old = |file: &DataFile| {
        then.iter().find(|old| old.number == file.number && old.creation_change == file.creation_change)
    };
    now.iter().filter(|file| file.is_online()).filter_map(move |file| Some((file, old(file)?)))
}

fn lies_on(host: &HostFacts, file: &DataFile, unit: &Unit) -> bool {
    host.mount_of(&file.name).is_some_and(|mount| mount.target == unit.target)
}

fn files(facts: &Facts, then: &[DataFile], unit: Unit, changed: &[Changed]) -> CopyUnit {
    let here = |file: &DataFile| lies_on(&facts.host, file, &unit);
    let later = changed.iter().filter_map(|one| match one {
        Changed::Later(file) if here(file) => Some(file.name.clone()),
        _ => None,
    });
    let later: Vec<String> = later.collect();
    let files = wanted(&facts.db.datafiles, then)
        .filter(|(now, _)| here(now))
        .map(|(now, old)| CopyFile { name: now.name.clone(), bytes: now.bytes.max(old.bytes) + HEADER })
        .collect();
    CopyUnit { unit, files, later }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scn;
    use rstest::rstest;

    fn unit(target: &str, slots: &[u32]) -> Unit {
        Unit {
            target: target.to_owned(),
            source: "/dev/xvdc".to_owned(),
            fstype: "xfs".to_owned(),
            log_device: None,
            group: None,
            slots: slots.iter().copied().collect(),
            roles: BTreeSet::new(),
        }
    }

    #[rstest]
    #[case::nothing_is_mixed(&[], &["/u02", "/u04", "/u05"])]
    #[case::one_is(&[2], &["/u04", "/u05"])]
    #[case::one_that_shares_a_disk_with_another(&[4], &["/u02"])]
    #[case::a_disk_of_no_datafiles(&[9], &["/u02", "/u04", "/u05"])]
    fn what_shares_a_disk_stays_together(#[case] fixed: &[u32], #[case] swapped: &[&str]) {
        let units = vec![unit("/u02", &[2]), unit("/u04", &[4, 5]), unit("/u05", &[5])];
        let (found, copied) = split(units, fixed.iter().copied().collect());
        assert_eq!(found.iter().map(|unit| unit.target.as_str()).collect::<Vec<_>>(), swapped);
        assert_eq!(found.len() + copied.len(), 3);
    }

    #[rstest]
    #[case::plain(unit("/u02", &[2]), true, None)]
    #[case::several_disks(unit("/u02", &[2, 4]), true, Some("several disks"))]
    #[case::volume_group(unit("/u02", &[2]), false, Some("no disk or partition"))]
    #[case::journal_elsewhere(Unit { log_device: Some("/dev/xvde".to_owned()), ..unit("/u02", &[2]) }, true, Some("/dev/xvde"))]
    fn only_plain_disks(#[case] unit: Unit, #[case] plain: bool, #[case] why: Option<&str>) {
        let said = one_plain_disk(&unit, plain).err();
        assert_eq!(said.is_some(), why.is_some());
        assert!(said.is_none_or(|fault| fault.message.contains(why.unwrap_or_default())));
    }

    fn file(number: u64, created: u64, status: &str) -> DataFile {
        DataFile {
            number,
            name: format!("/u02/{number}.dbf"),
            tablespace: "USERS".to_owned(),
            con_id: 0,
            status: status.to_owned(),
            enabled: "READ WRITE".to_owned(),
            creation_change: Scn::new(created),
            created: String::new(),
            checkpoint_change: Scn::new(9),
            bytes: 1,
        }
    }

    #[test]
    fn files_that_the_snapshot_does_not_have_and_offline_ones_are_left() {
        let now = [file(1, 1, "SYSTEM"), file(2, 7, "ONLINE"), file(3, 1, "OFFLINE"), file(4, 8, "ONLINE")];
        let then = [file(1, 1, "SYSTEM"), file(2, 1, "ONLINE"), file(3, 1, "OFFLINE")];
        assert_eq!(wanted(&now, &then).map(|(now, _)| now.number).collect::<Vec<_>>(), [1]);
    }
}
