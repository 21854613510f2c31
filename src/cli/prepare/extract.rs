//! The parameters of an extract: which file system, where its copy goes, and what it needs before its twin's machine may
//! see it.

use super::{free_slots, way};
use crate::{
    catalog::SnapshotRecord,
    cli::{args::Extract, resolve::Site},
    config::Database,
    fault::{Fault, Kind},
    flow::{
        extract::{At, ExtractParams, NewIds, Wish, exists, goal, no_folder, taken},
        snapshot::Layout as SnapshotLayout,
    },
    model::{DbName, HostName},
    step::{
        World, device, folder, gather,
        media::places,
        params::{Guest, WorkDisk},
        shell,
    },
    survey::{
        HostFacts, Unit, VmFacts, finding,
        fstab::{self, ById, IdKind},
        rules::{EXTRACT_SLOTS, WORK_SLOTS, machine, same_machine},
    },
    text::{self, sh},
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that an extract needs to know; changes nothing.
pub fn extract(
    site: &Site,
    world: &World,
    (name, database): (&DbName, &Database),
    record: &SnapshotRecord,
    args: &Extract,
) -> Result<ExtractParams, Fault> {
    folders(args)?;
    let layout = super::layout_of(record)?;
    let fstab = gather::fstab(world, &database.host)?;
    let unit = with_type(unit(&layout, record, args)?, &fstab);
    let vm = gather::vm(world, &database.vm)?;
    let facts = gather::host(world, &database.host)?;
    refuse_machine(&vm, &facts)?;
    let disks = work_disks(&layout, &unit.slots, &vm)?;
    let at = args.at.as_deref().map(|dir| at(world, &database.host, &facts, dir)).transpose()?;
    let guest = Guest { name: database.host.clone(), host: database.host.clone(), vm: vm.id };
    // Before anything is mapped: records of before know no volume groups.
    places::device(&disks, &unit)?;
    Ok(ExtractParams {
        snapshot: record.id.clone(),
        database: name.clone(),
        way: way(database),
        new_ids: new_ids(site, world, database, &unit, &fstab::by_id(&fstab, &facts, &unit.slots))?,
        wish: wish(world, &database.host, &unit, args)?,
        guest,
        disks,
        unit,
        at,
    })
}

/// The one file system that is meant.
fn unit(layout: &SnapshotLayout, record: &SnapshotRecord, args: &Extract) -> Result<Unit, Fault> {
    let golden: BTreeSet<u32> = layout.disks.iter().map(|disk| disk.slot).collect();
    let all = layout.surveyed.layout.units.iter().filter(|unit| unit.slots.is_subset(&golden));
    let all: Vec<&Unit> = all.collect();
    let mut meant = all.clone();
    if let Some(disk) = &args.disk {
        meant.retain(|unit| unit.target == *disk || disk.parse().is_ok_and(|slot| unit.slots.contains(&slot)));
    }
    if let Some(path) = &args.path {
        meant.retain(|unit| is_below(&unit.target, path));
        let deepest = meant.iter().map(|unit| unit.target.len()).max();
        meant.retain(|unit| Some(unit.target.len()) == deepest);
    }
    match meant.as_slice() {
        [one] => Ok((*one).clone()),
        _ => Err(not_one(&all, &meant, record)),
    }
}

/// The kernel's word for a layered file system says nothing of what the disk has: there /etc/fstab tells.
pub fn with_type(mut unit: Unit, fstab: &[fstab::Line]) -> Unit {
    let known = |fstype: &str| device::ON_DISK.contains(&fstype);
    let told = fstab.iter().find(|line| line.target == unit.target && known(&line.fstype));
    if let Some(line) = told.filter(|_| !known(&unit.fstype)) {
        unit.fstype.clone_from(&line.fstype);
    }
    unit
}

fn is_below(target: &str, path: &str) -> bool {
    let rest = path.strip_prefix(target.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn not_one(all: &[&Unit], meant: &[&Unit], record: &SnapshotRecord) -> Fault {
    let word = |unit: &&Unit| {
        let slots: Vec<String> = unit.slots.iter().map(u32::to_string).collect();
        format!("{} (slot {})", unit.target, slots.join(", "))
    };
    let has = all.iter().map(word).collect::<Vec<_>>().join(", ");
    let text = match meant {
        [] => format!("snapshot {} does not hold what is asked for; it holds {has}", record.id),
        _ => format!("snapshot {} holds several file systems: {has}", record.id),
    };
    Fault::new(Kind::User, "EXT-002", text)
        .hint("name one: --disk with its slot or its mount point, or a --path in it")
        .hint_command("see what the snapshot has", format!("ovmirror show {}", record.id))
}

fn refuse_machine(vm: &VmFacts, host: &HostFacts) -> Result<(), Fault> {
    let findings: Vec<_> = machine(vm).into_iter().chain(same_machine(host, vm)).collect();
    finding::refusal(&findings).map_or(Ok(()), Err)
}

/// The golden disks of these slots, each with a free slot of the database's own Vm.
pub fn work_disks(layout: &SnapshotLayout, slots: &BTreeSet<u32>, vm: &VmFacts) -> Result<Vec<WorkDisk>, Fault> {
    let mut free = free_slots(vm, EXTRACT_SLOTS);
    let pair = |golden: &crate::flow::snapshot::GoldenDisk| {
        let media_slot = free.next().ok_or_else(|| no_slot(&vm.name, EXTRACT_SLOTS))?;
        Ok(WorkDisk { slot: golden.slot, golden: golden.id.clone(), repository: golden.repository.clone(), media_slot })
    };
    layout.disks.iter().filter(|golden| slots.contains(&golden.slot)).map(pair).collect()
}

fn no_slot(vm: &str, slots: std::ops::Range<u32>) -> Fault {
    let text = format!("the VM {vm} has no free slot from {} to {}", slots.start, slots.end - 1);
    Fault::new(Kind::User, "EXT-010", text)
        .hint_command("see what it has", format!("ovmirror vm {vm}"))
        .hint_command("see which extracts are open, and close one", "ovmirror status")
}

fn wish(world: &World, host: &HostName, unit: &Unit, args: &Extract) -> Result<Wish, Fault> {
    let path = plain(args.path.as_ref().unwrap_or(&unit.target), "--path")?;
    carried(&path)?;
    match &args.to {
        Some(to) => copy(world, host, path, plain(to, "--to")?),
        None if args.list || args.path.is_some() => Ok(Wish::List { path }),
        None => Ok(Wish::Open),
    }
}

/// Whether the step's script takes the path at all.
fn carried(path: &str) -> Result<(), Fault> {
    let made = text::render(&sh::FileTree { path, most: 1 });
    made.map(drop).map_err(|fault| {
        Fault::new(Kind::User, "EXT-016", format!("--path {} cannot be used", path.escape_debug()))
            .cause(fault.causes.join(": "))
            .hint("open the snapshot with --at, and copy it by hand")
    })
}

/// What the step refuses is refused here already, before anything is plugged.
fn copy(world: &World, host: &HostName, path: String, to: String) -> Result<Wish, Fault> {
    let goal = goal(&path, &to);
    match gather::places(world, host, &[to.clone(), goal.clone()])?.as_slice() {
        [Some(_), None] => Ok(Wish::Copy { path, to }),
        [None, _] => Err(no_folder(&to, host)),
        _ => Err(exists(&goal, host)),
    }
}

/// Folders that the scripts of the way back take as well: what is opened must close.
fn folders(args: &Extract) -> Result<(), Fault> {
    let given = [(&args.at, "--at"), (&args.to, "--to")];
    given.into_iter().filter_map(|(dir, option)| Some((dir.as_deref()?, option))).try_for_each(|(dir, option)| {
        let dir = plain(dir, option)?;
        text::check_path(&dir).map_err(|why| {
            Fault::new(Kind::User, "EXT-016", format!("{option} {dir} cannot be used: {why}"))
                .hint("name a folder without blanks, quotes and other special characters, for example /home/oracle/at")
        })
    })
}

/// A path that is the same for every reader.
fn plain(path: &str, option: &str) -> Result<String, Fault> {
    let parts = || path.split('/').skip(1);
    if path.starts_with('/') && parts().all(|part| part != ".." && part != ".") {
        let trimmed = path.trim_end_matches('/');
        return Ok(if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() });
    }
    Err(Fault::new(Kind::User, "EXT-011", format!("{option} {path} is no absolute path without .."))
        .hint("write it as the database's machine has it, for example /u02/oradata/users01.dbf"))
}

/// A mount point that nobody uses.
fn at(world: &World, host: &HostName, facts: &HostFacts, dir: &str) -> Result<At, Fault> {
    let dir = plain(dir, "--at")?;
    let printed = shell::script(world, host, &sh::Landing { dir: &dir })?;
    let (word, real) = printed.trim().split_once(' ').unwrap_or((printed.trim(), ""));
    if let Some(mount) = facts.mounts.iter().rfind(|mount| mount.target == dir || mount.target == real) {
        return Err(taken(&dir, &mount.source));
    }
    match word {
        "empty" | "absent" => Ok(At { dir: real.to_owned(), make: word == "absent" }),
        "full" => Err(no_place(format!("{dir} on {host} is not empty"))),
        "other" => Err(no_place(format!("{dir} on {host} is no folder"))),
        "closed" => Err(no_place(format!("the user of {host} may not look into {dir}"))),
        "unmakeable" => Err(no_place(format!("{dir} is not there, and the user of {host} may not make it"))
            .hint(format!("make it once on {host}: mkdir -p {dir}"))),
        _ => Err(folder::not_understood(host, &printed)),
    }
}

fn no_place(text: String) -> Fault {
    Fault::new(Kind::User, "EXT-004", text).hint("name an empty folder, or one that is not there yet, with --at")
}

/// Whether the copy must get ids of its own first, and where.
fn new_ids(
    site: &Site,
    world: &World,
    database: &Database,
    unit: &Unit,
    found: &[ById],
) -> Result<Option<NewIds>, Fault> {
    if found.is_empty() && unit.group.is_none() {
        return Ok(None);
    }
    refuse_ids(found, unit, database)?;
    let (name, media) = site.media(database).ok_or_else(|| no_media(found, unit))?;
    let vm = gather::vm(world, &media.vm)?;
    refuse_machine(&vm, &gather::host(world, &media.host)?)?;
    let mut free = free_slots(&vm, WORK_SLOTS);
    let pair = |slot: &u32| Ok((*slot, free.next().ok_or_else(|| no_slot(&vm.name, WORK_SLOTS))?));
    let slots: BTreeMap<u32, u32> = unit.slots.iter().map(pair).collect::<Result<_, Fault>>()?;
    let guest = Guest { name: name.clone(), host: media.host.clone(), vm: vm.id.clone() };
    Ok(Some(NewIds { guest, slots, label: found.iter().any(|line| line.kind == IdKind::Label) }))
}

/// What new ids of this one file system would not mend.
fn refuse_ids(found: &[ById], unit: &Unit, database: &Database) -> Result<(), Fault> {
    let host = &database.host;
    let refuse = |text: String| {
        Err(Fault::new(Kind::User, "EXT-012", text)
            .cause(format!("/etc/fstab of {host} looks for it by its id, which the copy has, too"))
            .hint(format!("name it by its device in /etc/fstab of {host} (/dev/xvdc, say)")))
    };
    if let Some(line) = found.iter().find(|line| line.kind == IdKind::Partition) {
        return refuse(format!("{} at {} names a partition, and a copy's partition ids stay", line.spec, line.target));
    }
    if let Some(line) = found.iter().find(|line| line.target != unit.target) {
        return refuse(format!("{} at {} may lie on a disk of {}", line.spec, line.target, unit.target));
    }
    match unit.fstype.as_str() {
        "xfs" | "ext2" | "ext3" | "ext4" => Ok(()),
        other if found.is_empty() => Err(no_new_id(unit, other)),
        other => refuse(format!("{} is {other}: nobody knows how to give it a new id", unit.target)),
    }
}

fn no_new_id(unit: &Unit, fstype: &str) -> Fault {
    let text = format!("{} is {fstype} on a volume group: nobody knows how to give a copy of it a new id", unit.target);
    Fault::new(Kind::User, "EXT-017", text)
        .hint("xfs and ext2 to ext4 are known; read others on the media host by hand")
}

/// LVM knows a disk by its id as fstab may, and a copy has its twin's (vgimportclone(8)).
fn no_media(found: &[ById], unit: &Unit) -> Fault {
    let fault =
        Fault::new(Kind::User, "EXT-013", "the copy needs new ids before it is plugged in, and there is no media host");
    if let Some(group) = &unit.group {
        let cause = format!("{} lies on volume group {}, which LVM finds by its id", unit.target, group.name);
        return fault.cause(cause).hint("set media = \"NAME\" for this database");
    }
    let lines: Vec<String> = found.iter().map(|line| format!("{} {}", line.spec, line.target)).collect();
    fault
        .cause(format!("/etc/fstab has {}", lines.join("; ")))
        .hint("set media = \"NAME\" for this database, or name the device in /etc/fstab")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/u02", "/u02/oradata/x.dbf", true)]
    #[case("/u02", "/u02", true)]
    #[case("/u02", "/u021/x.dbf", false)]
    #[case("/", "/x.dbf", true)]
    fn below(#[case] target: &str, #[case] path: &str, #[case] yes: bool) {
        assert_eq!(is_below(target, path), yes);
    }

    #[rstest]
    #[case("/u02/a/", Some("/u02/a"))]
    #[case("u02/a", None)]
    #[case("/u02/../etc", None)]
    fn paths(#[case] path: &str, #[case] plainly: Option<&str>) {
        assert_eq!(plain(path, "--path").ok().as_deref(), plainly);
    }
}
