//! From the record of a snapshot to the disks and file systems that are made for its restore.

use super::{
    facts::{Facts, Snapshot},
    tape,
};
use crate::{
    cli::{prepare, resolve::Site},
    config::Database,
    fault::{Fault, Kind},
    flow::{
        from_tape::{FreshDisk, FromTapeParams, NewFileSystem, TapeParams},
        snapshot::{GoldenDisk, Layout as SnapshotLayout},
    },
    model::{RunId, Scn},
    step::{
        World, gather,
        params::{CloneParams, Way},
    },
    survey::{Rebuild, Unit, device_of_slot, fstab, mkfs, rebuild::FileSystem},
};
use std::collections::{BTreeMap, BTreeSet};

/// First slot of the database's Vm that a fresh disk may take: above work copies, as extracts do.
const DB_SLOTS: std::ops::Range<u32> = 50..100;

/// The parameters of a restore.
pub fn params(
    site: &Site,
    world: &World,
    database: &Database,
    facts: &Facts,
    snapshot: &Snapshot,
) -> Result<FromTapeParams, Fault> {
    let (record, layout) = (&snapshot.record, &snapshot.layout);
    let (writer, tag) = tape::writer_of(record)?;
    let clone = clone_params(site, world, database, (record.id.clone(), record.end_scn, layout.clone()))?;
    let disks = disks(facts, layout, &clone)?;
    room(world, facts, layout)?;
    let file_systems = file_systems(world, facts, layout, &disks)?;
    Ok(FromTapeParams { tape: TapeParams { dbid: record.dbid, writer, tag: Some(tag), clone }, disks, file_systems })
}

/// The clone's parameters without golden disks, control file and logs, which come from tape.
pub fn clone_params(
    site: &Site,
    world: &World,
    database: &Database,
    snapshot: (RunId, Scn, SnapshotLayout),
) -> Result<CloneParams, Fault> {
    let clone = prepare::offload_of(site, world, database, snapshot, false)?;
    Ok(CloneParams { way: Way::Manager, control: None, logs: Vec::new(), ..clone })
}

fn disks(facts: &Facts, layout: &SnapshotLayout, clone: &CloneParams) -> Result<Vec<FreshDisk>, Fault> {
    let mut free = DB_SLOTS.filter(|slot| !facts.vm.disks.iter().any(|disk| disk.slot == *slot));
    let fresh = |golden: &GoldenDisk| {
        let work = clone.disks.iter().find(|disk| disk.slot == golden.slot);
        let (Some(db_slot), Some(work)) = (free.next(), work) else {
            let text = format!("{} has no free slot from {} on", facts.vm.name, DB_SLOTS.start);
            return Err(Fault::new(Kind::User, "TAP-025", text)
                .hint_command("see what it has", format!("ovmirror vm {}", facts.vm.name)));
        };
        let bytes = size(facts, golden)?;
        Ok(FreshDisk {
            slot: golden.slot,
            repository: golden.repository.clone(),
            bytes,
            db_slot,
            media_slot: work.media_slot,
        })
    };
    layout.disks.iter().map(fresh).collect()
}

fn size(facts: &Facts, golden: &GoldenDisk) -> Result<u64, Fault> {
    let live = facts.vm.disks.iter().find(|disk| disk.slot == golden.slot).and_then(|disk| disk.bytes);
    let bytes = if golden.bytes > 0 { Some(golden.bytes) } else { live };
    bytes.ok_or_else(|| {
        Fault::new(Kind::User, "TAP-026", format!("how large the disk at slot {} was is not known", golden.slot))
            .hint("the manager does not show the size of the present disk either; restore by hand: docs/from-tape.md")
    })
}

/// Fresh disks are sparse: what is restored must have room beside what lies there already.
fn room(world: &World, facts: &Facts, layout: &SnapshotLayout) -> Result<(), Fault> {
    let slots: BTreeSet<u32> = layout.disks.iter().map(|disk| disk.slot).collect();
    let repositories = gather::repositories(world, &facts.vm, &slots)?;
    for repository in &repositories {
        let here: BTreeSet<u32> =
            layout.disks.iter().filter(|disk| disk.repository == repository.id).map(|disk| disk.slot).collect();
        let on = |path: &str| unit_of(layout, path).is_some_and(|unit| !unit.slots.is_disjoint(&here));
        let files = layout.surveyed.datafiles.iter().filter(|file| on(&file.name));
        let needed: u64 = files.map(|file| file.bytes).sum();
        if let Some(free) = repository.free_bytes.filter(|free| *free < needed) {
            let text = format!("repository {} has {free} bytes free, the datafiles have {needed}", repository.name);
            return Err(Fault::new(Kind::User, "TAP-027", text).hint("make room there"));
        }
    }
    Ok(())
}

/// The deepest file system of datafiles that a path lies on.
fn unit_of<'a>(layout: &'a SnapshotLayout, path: &str) -> Option<&'a Unit> {
    let below = |unit: &&Unit| path.starts_with(&format!("{}/", unit.target.trim_end_matches('/')));
    layout.surveyed.layout.data_units().filter(below).max_by_key(|unit| unit.target.len())
}

fn file_systems(
    world: &World,
    facts: &Facts,
    layout: &SnapshotLayout,
    disks: &[FreshDisk],
) -> Result<Vec<NewFileSystem>, Fault> {
    let lines = gather::fstab(world, &facts.site.host)?;
    let record = record(world, facts, layout)?;
    let one = |unit: &Unit| file_system(facts, layout, disks, unit, record.get(&unit.target), &lines);
    layout.surveyed.layout.data_units().map(one).collect()
}

/// How the file systems were made: by the record, else as they are today.
fn record(world: &World, facts: &Facts, layout: &SnapshotLayout) -> Result<BTreeMap<String, FileSystem>, Fault> {
    let of = |rebuild: &Rebuild| rebuild.file_systems.iter().map(|fs| (fs.target.clone(), fs.clone())).collect();
    let mut known: BTreeMap<String, FileSystem> = of(&layout.surveyed.rebuild);
    let told = |fs: &FileSystem| !fs.mkfs.is_empty();
    let lacks = |unit: &Unit| known.get(&unit.target).is_none_or(|fs| !told(fs));
    if !layout.surveyed.layout.data_units().any(lacks) {
        return Ok(known);
    }
    let today: BTreeMap<String, FileSystem> = of(&gather::rebuild(world, &facts.site.host, &facts.layout)?);
    for (target, fs) in today {
        if known.get(&target).is_none_or(|old| !told(old)) {
            known.insert(target, fs);
        }
    }
    Ok(known)
}

fn file_system(
    facts: &Facts,
    layout: &SnapshotLayout,
    disks: &[FreshDisk],
    unit: &Unit,
    record: Option<&FileSystem>,
    lines: &[fstab::Line],
) -> Result<NewFileSystem, Fault> {
    let device = fresh_device(disks, &unit.source)?;
    let log_device = unit.log_device.as_deref().map(|log| fresh_device(disks, log)).transpose()?;
    let wanted = mkfs::Wanted {
        fstype: &made_type(unit, record, lines),
        device: &device,
        log_device: log_device.as_deref(),
        record,
        same_uuid: record.is_some_and(|record| boots_by_uuid(lines, &unit.target, record)),
    };
    let made = mkfs::commands(&wanted).map_err(|why| {
        Fault::new(Kind::User, "TAP-028", format!("the file system of {} cannot be made anew: {why}", unit.target))
            .hint("make disk and file system yourself and restore by hand: docs/from-tape.md")
    })?;
    let slot = disks.iter().find(|disk| unit.slots.contains(&disk.slot)).map_or(DB_SLOTS.start, |disk| disk.db_slot);
    Ok(NewFileSystem {
        point: format!("/ovmirror/new{slot}"),
        options: options(unit, log_device.as_deref()),
        owner: record.and_then(owner),
        folders: folders(facts, layout, unit),
        mkfs: made.commands,
        warning: made.warning,
        device,
        unit: unit.clone(),
    })
}

/// Where another file system is layered over it, the guest's table of mounts does not say what lies on the disk.
fn made_type(unit: &Unit, record: Option<&FileSystem>, lines: &[fstab::Line]) -> String {
    if mkfs::TYPES.contains(&unit.fstype.as_str()) {
        return unit.fstype.clone();
    }
    let at_boot = lines.iter().find(|line| line.target == unit.target).map(|line| line.fstype.clone());
    let on_disk = || record.and_then(|record| mkfs::blkid(record, "TYPE"));
    let known = at_boot.filter(|fstype| mkfs::TYPES.contains(&fstype.as_str())).or_else(on_disk);
    known.unwrap_or_else(|| unit.fstype.clone())
}

/// Whole disks only: `/dev/xvdc` of slot 2 is `/dev/xvday` at slot 50.
fn fresh_device(disks: &[FreshDisk], source: &str) -> Result<String, Fault> {
    let name = source.strip_prefix("/dev/").unwrap_or(source);
    let of = |disk: &&FreshDisk| name == device_of_slot(disk.slot);
    let disk = disks.iter().find(of).ok_or_else(|| {
        Fault::new(
            Kind::User,
            "TAP-029",
            format!("{source} is no whole disk: partitions and volume groups are not made by this release"),
        )
        .hint("make disk, partition or volume group, and file system yourself and restore by hand: docs/from-tape.md")
    })?;
    Ok(format!("/dev/{}", device_of_slot(disk.db_slot)))
}

/// Whether the guest looks for this UUID at boot.
fn boots_by_uuid(lines: &[fstab::Line], target: &str, record: &FileSystem) -> bool {
    let Some(uuid) = mkfs::blkid(record, "UUID") else { return false };
    let names = [format!("UUID={uuid}"), format!("UUID=\"{uuid}\""), format!("/dev/disk/by-uuid/{uuid}")];
    lines.iter().any(|line| line.target == target && names.contains(&line.spec))
}

/// Its twin is mounted beside it, and may have the same UUID.
fn options(unit: &Unit, log_device: Option<&str>) -> String {
    let nouuid = (unit.fstype == "xfs").then(|| "nouuid".to_owned());
    let log = log_device.map(|log| format!("logdev={log}"));
    std::iter::once("rw".to_owned()).chain(nouuid).chain(log).collect::<Vec<_>>().join(",")
}

/// `54321 54321 755` → `54321:54321` and `755`.
fn owner(record: &FileSystem) -> Option<(String, String)> {
    let fields: Vec<&str> = record.owner.split_ascii_whitespace().collect();
    match fields.as_slice() {
        [uid, gid, mode] => Some((format!("{uid}:{gid}"), (*mode).to_owned())),
        _ => None,
    }
}

/// Folders of the database's files on it, then and now, and mount points of file systems below it; parents first.
fn folders(facts: &Facts, layout: &SnapshotLayout, unit: &Unit) -> Vec<String> {
    let then = layout.surveyed.datafiles.iter().map(|file| file.name.as_str());
    let disks = layout.surveyed.layout.disks.iter().chain(&facts.layout.disks);
    let files = then.chain(disks.flat_map(|disk| disk.files.iter().map(String::as_str)));
    let here = |path: &&str| unit_of(layout, path).is_some_and(|of| of.target == unit.target);
    let parents = files.filter(here).filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder);
    let nested = layout.surveyed.layout.data_units().map(|other| other.target.as_str()).filter(|t| *t != unit.target);
    let root = format!("{}/", unit.target.trim_end_matches('/'));
    let mut all = BTreeSet::new();
    for folder in parents.chain(nested) {
        let Some(below) = folder.strip_prefix(&root) else { continue };
        let parts: Vec<&str> = below.split('/').collect();
        all.extend((1..=parts.len()).map(|n| parts[..n].join("/")));
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;
    use rstest::rstest;

    fn disk(slot: u32, db_slot: u32) -> FreshDisk {
        let repository = ObjectId::new("r1").unwrap();
        FreshDisk { slot, repository, bytes: 1 << 30, db_slot, media_slot: 20 }
    }

    #[rstest]
    #[case::whole("/dev/xvdc", Some("/dev/xvday"))]
    #[case::log_device("/dev/xvde", Some("/dev/xvdaz"))]
    #[case::partition("/dev/xvdc1", None)]
    #[case::volume("/dev/mapper/vg-lv", None)]
    fn whole_disks_are_made_anew(#[case] source: &str, #[case] device: Option<&str>) {
        let made = fresh_device(&[disk(2, 50), disk(4, 51)], source);
        assert_eq!(made.ok().as_deref(), device);
    }

    fn record(owner: &str) -> FileSystem {
        let blkid = "/dev/xvdc: LABEL=\"oradata\" UUID=\"0a1b\" TYPE=\"xfs\"".to_owned();
        FileSystem { target: "/u02".into(), owner: owner.to_owned(), blkid, mkfs: Vec::new() }
    }

    #[rstest]
    #[case("UUID=0a1b", "/u02", true)]
    #[case("/dev/disk/by-uuid/0a1b", "/u02", true)]
    #[case("UUID=ffff", "/u02", false)]
    #[case("UUID=0a1b", "/u03", false)]
    #[case("LABEL=oradata", "/u02", false)]
    fn a_uuid_counts_where_the_guest_boots_by_it(#[case] spec: &str, #[case] target: &str, #[case] by: bool) {
        let line = fstab::Line { spec: spec.to_owned(), target: target.to_owned(), fstype: "xfs".to_owned() };
        assert_eq!(boots_by_uuid(&[line], "/u02", &record("")), by);
    }

    #[rstest]
    #[case("54321 54321 755", Some(("54321:54321", "755")))]
    #[case("", None)]
    fn owners_are_those_of_the_record(#[case] text: &str, #[case] found: Option<(&str, &str)>) {
        let found = found.map(|(owner, mode)| (owner.to_owned(), mode.to_owned()));
        assert_eq!(owner(&record(text)), found);
    }
}
