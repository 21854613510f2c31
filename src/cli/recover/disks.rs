//! The disks of a recovery: the golden ones, the live ones, what else lies on them, and where the way back is kept.

use super::facts::{Facts, Snapshot};
use crate::{
    cli::golden,
    config::Database,
    fault::{Fault, Kind},
    flow::recover::SwapDisk,
    step::{World, gather, shell, volume_group},
    survey::{DbFacts, FileKind, Finding, HostFacts, Mount, Unit, groups_of},
    text::sh::KeptFile,
};
use std::collections::BTreeSet;

/// The golden disks are there.
pub fn golden_is_whole(world: &World, snapshot: &Snapshot) -> Result<(), Fault> {
    golden::hangs(
        world,
        (&snapshot.record.id, &snapshot.layout),
        |_| true,
        |what| {
            Fault::new(Kind::User, "REC-060", what)
                .hint(format!("where its tape is ok, restore from there: --from-tape {}", snapshot.record.id))
                .hint_command("what there is", "ovmirror list")
        },
    )
}

/// A volume group whose file system is not mounted now is looked for in LVM itself: its disks change places together, and one
/// that came since would not.
pub fn groups_are_the_same(world: &World, facts: &Facts, snapshot: &Snapshot) -> Result<(), Fault> {
    let layout = &snapshot.layout.surveyed.layout;
    let mounted = |unit: &Unit| facts.host.mounts.iter().any(|mount| mount.target == unit.target);
    let groups = groups_of(layout.data_units().filter(|unit| !mounted(unit)));
    if groups.is_empty() {
        return Ok(());
    }
    let all = volume_group::physical_volumes(world, &facts.site.host)?;
    for group in groups {
        let now = all.iter().filter(|volume| volume.group.as_ref() == Some(&group.name));
        let now: BTreeSet<&str> = now.map(|volume| volume.device.as_str()).collect();
        if now != group.devices.iter().map(String::as_str).collect() {
            let now = now.into_iter().collect::<Vec<_>>().join(", ");
            let text =
                format!("volume group {} lies on {now}, in the snapshot on {}", group.name, group.devices.join(", "));
            return Err(Fault::new(Kind::User, "REC-DISKS", text)
                .hint("choose a snapshot that was made since, or restore from tape by hand: docs/from-tape.md")
                .on(&facts.site.host));
        }
    }
    Ok(())
}

/// Options that mount(8) takes; the kernel's list has others (seclabel, attr2 …) that it may refuse.
pub fn options(host: &HostFacts, unit: &Unit) -> String {
    const KNOWN: [&str; 10] =
        ["noatime", "nodiratime", "relatime", "nosuid", "nodev", "noexec", "sync", "dirsync", "nobarrier", "_netdev"];
    let mounted = host.mounts.iter().rfind(|mount: &&Mount| mount.target == unit.target);
    let all = mounted.map(|mount| mount.options.as_slice()).unwrap_or_default();
    let kept = all.iter().filter(|option| KNOWN.contains(&option.as_str())).cloned();
    let log = unit.log_device.iter().map(|device| format!("logdev={device}"));
    std::iter::once("rw".to_owned()).chain(kept).chain(log).collect::<Vec<_>>().join(",")
}

/// Files on these disks that are not the database's.
pub fn others(world: &World, facts: &Facts, units: &[Unit]) -> Result<Vec<String>, Fault> {
    const MOST: u64 = 1000;
    let points: Vec<String> = units.iter().map(|unit| unit.target.clone()).collect();
    let known = |path: &String| facts.db.files.iter().any(|file| file.path == *path);
    let others = gather::other_files(world, &facts.site.host, &points, MOST)?;
    Ok(others.into_iter().filter(|path| !known(path)).collect())
}

/// Files of others on these disks go back in time as well: the reader must know.
pub fn going_back(world: &World, facts: &Facts, units: &[Unit]) -> Result<Vec<Finding>, Fault> {
    let others = others(world, facts, units)?;
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<&str> = units.iter().map(|unit| unit.target.as_str()).collect();
    Ok(vec![Finding::warn(
        "REC-OTHERS",
        points.join(" "),
        format!("{} files that are not the database's go back in time, too: {}", others.len(), some(&others)),
        "copy what is newer aside first; the old disk keeps it until commit",
    )])
}

/// The first of them.
#[must_use]
pub fn some(paths: &[String]) -> String {
    let shown = paths.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
    shown + &more
}

/// The disks that are swapped.
pub fn swap_disks(facts: &Facts, snapshot: &Snapshot, slots: &BTreeSet<u32>) -> Result<Vec<SwapDisk>, Fault> {
    let disk = |golden: &crate::flow::snapshot::GoldenDisk| {
        let gone = || Fault::new(Kind::Bug, "REC-061", format!("slot {} holds no disk", golden.slot));
        let there = facts.vm.disks.iter().find(|disk| disk.slot == golden.slot).ok_or_else(gone)?;
        let mapped = facts.mapped.iter().find(|disk| disk.slot == golden.slot).ok_or_else(gone)?;
        Ok(SwapDisk {
            slot: golden.slot,
            live: there.disk.clone().ok_or_else(gone)?,
            live_name: there.name.clone(),
            mapping_name: mapped.mapping.label().to_owned(),
            golden: match &snapshot.tape {
                None => golden.id.clone(),
                Some(tape) => tape.disk(golden.slot)?,
            },
            repository: golden.repository.clone(),
        })
    };
    snapshot.layout.disks.iter().filter(|golden| slots.contains(&golden.slot)).map(disk).collect()
}

/// The configured folder, or one on the first file system of control files or logs that is not swapped.
pub fn kept_folder(database: &Database, db: &DbFacts, host: &HostFacts, units: &[Unit]) -> Result<String, Fault> {
    let swapped = |path: &str| {
        let mount = host.mount_of(path).map(|mount| mount.target.clone());
        mount.is_none_or(|target| units.iter().any(|unit| unit.target == target))
    };
    if let Some(folder) = &database.kept {
        return match swapped(folder) {
            false => Ok(folder.clone()),
            true => Err(Fault::new(Kind::User, "REC-062", format!("kept = {folder} lies on a disk that is swapped"))
                .hint("choose a folder on another disk")),
        };
    }
    let kinds = [FileKind::Control, FileKind::Redo, FileKind::Archive];
    let files = kinds.iter().flat_map(|kind| db.files.iter().filter(move |file| file.kind == *kind));
    let place = files.map(|file| file.path.as_str()).find(|path| !swapped(path));
    let mount = place.and_then(|path| host.mount_of(path)).map(|mount| mount.target.clone());
    mount.map(|target| format!("{}/.ovmirror/kept", target.trim_end_matches('/'))).ok_or_else(|| {
        Fault::new(Kind::User, "REC-063", "there is no disk beside the swapped ones to keep the way back on")
            .hint("set kept = \"/folder\" for the database")
    })
}

/// The kept folder, tried before the database goes down: where it really lies, and whether it can be made there.
pub fn kept_is_usable(world: &World, facts: &Facts, kept: &str, units: &[Unit]) -> Result<(), Fault> {
    let above: Vec<String> = std::path::Path::new(kept).ancestors().map(|path| path.display().to_string()).collect();
    let real = gather::places(world, &facts.site.host, &above)?.into_iter().flatten().next().unwrap_or_default();
    let wrong = |why: String| {
        Fault::new(Kind::User, "REC-064", format!("the way back cannot be kept in {kept}: {why}"))
            .hint(
                "set kept = \"/folder\" for the database: on a disk that is not swapped, for the Oracle user to write",
            )
            .on(&facts.site.host)
    };
    let mount = facts.host.mount_of(&real).map(|mount| mount.target.as_str());
    if let Some(unit) = units.iter().find(|unit| Some(unit.target.as_str()) == mount) {
        return Err(wrong(format!("{real} lies on {}, whose disk is swapped", unit.target)));
    }
    let tried = shell::words(world, &facts.site.host, &["test", "-d", &real, "-a", "-w", &real]);
    tried.map(drop).map_err(|_| wrong(format!("{real} is no folder that the Oracle user may write")))
}

/// Control files, then online logs, then the parameter file, under names of their own.
pub fn keep(db: &DbFacts) -> (Vec<KeptFile>, usize, usize) {
    let of = |kind: FileKind, word: &str| {
        let files = db.files.iter().filter(move |file| file.kind == kind && file.path.starts_with('/'));
        let name = |(n, file): (usize, &crate::survey::DbFile)| KeptFile {
            from: file.path.clone(),
            name: format!("{word}{}", n + 1),
        };
        files.enumerate().map(name).collect::<Vec<_>>()
    };
    let (control, redo, parameter) =
        (of(FileKind::Control, "control"), of(FileKind::Redo, "redo"), of(FileKind::Parameter, "spfile"));
    let (control_files, online_logs) = (control.len(), redo.len());
    ([control, redo, parameter].concat(), control_files, online_logs)
}
