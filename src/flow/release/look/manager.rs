//! What the manager lists under our mark.

use super::{
    super::thing::{Thing, What},
    Looking, Machine,
};
use crate::{
    driver::ovm::{DiskKind, Manager, Mapping, ObjectKind, Ref},
    fault::{Fault, Kind, Remedy},
    model::{DbName, HostName, ObjectId, RunId, Tag, TagKind},
    step::World,
};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a Vm's object may have with the name that we know it by.
type Guests = BTreeMap<ObjectId, HostName>;

/// Looks; gives the disks that the manager knows, so that files of others can be told.
pub(super) fn look(looking: &mut Looking<'_>) -> Result<BTreeSet<ObjectId>, Fault> {
    let manager = looking.world.manager.clone();
    let list = |kind| manager.list(kind).map_err(|e| e.fault());
    let (vms, disks) = (list(ObjectKind::Vm)?, list(ObjectKind::VirtualDisk)?);
    let clones = clones(looking, &manager, &vms)?;
    // Release 3.2 has none of them.
    if manager.release().map_err(|e| e.fault())?.has_customizers() {
        customizers(looking, &list(ObjectKind::VmCloneCustomizer)?)?;
    }
    jobs(looking, &manager)?;
    let candidates: Vec<&Ref> = disks.iter().filter(|disk| !clones.contains(&disk.id)).collect();
    let candidates = of_ours(looking, &candidates);
    let marked = list(ObjectKind::VmDiskMapping)?.iter().filter_map(mark).any(|tag| tag.kind == TagKind::Map);
    // Every mapping is shown one by one, so they are asked for only where it matters.
    if marked || !candidates.is_empty() {
        let all = manager.mappings().map_err(|e| e.fault())?;
        let guests = guests(looking, &vms);
        mappings(looking, &all, &guests)?;
        mapped_by_others(looking, &all, &vms);
    }
    for (disk, run) in candidates {
        add_disk(looking, &manager, disk, run)?;
    }
    Ok(disks.into_iter().map(|disk| disk.id).collect())
}

/// Names at the manager that carry the mark of a database that is none of these: nobody looks for their things here.
pub fn strangers(world: &World, configured: &[DbName]) -> Result<Vec<(String, String)>, Fault> {
    let mut all = Vec::new();
    for kind in [ObjectKind::Vm, ObjectKind::VirtualDisk, ObjectKind::VmDiskMapping] {
        let listed = world.manager.list(kind).map_err(|e| e.fault())?;
        let marked = listed.iter().filter_map(|entry| Some((mark(entry)?.run, entry.label().to_owned())));
        let known = |run: &RunId| configured.iter().any(|database| database.as_str() == run.database());
        all.extend(marked.filter(|(run, _)| !known(run)).map(|(run, name)| (run.database().to_owned(), name)));
    }
    Ok(all)
}

fn mark(entry: &Ref) -> Option<Tag> {
    Tag::in_name(entry.name.as_deref()?).map(|(tag, _)| tag)
}

fn at_manager(run: RunId, name: &str, bytes: Option<u64>, what: What) -> Result<Thing, Fault> {
    let place = HostName::new("manager").map_err(|e| Fault::new(Kind::Bug, "ORP-010", e.to_string()))?;
    Ok(Thing { run, place, name: name.to_owned(), bytes, what })
}

/// Clones of snapshots that are not recorded, with their disks; the disks are given back: they go with the clone.
fn clones(looking: &mut Looking<'_>, manager: &Manager, vms: &[Ref]) -> Result<BTreeSet<ObjectId>, Fault> {
    let mut hanging = BTreeSet::new();
    for vm in vms {
        let Some(tag) = mark(vm).filter(|tag| tag.kind == TagKind::Clone && looking.wanted(&tag.run)) else { continue };
        if looking.owners.is_snapshot(&tag.run) {
            continue;
        }
        let disks = manager.vm_disks(&vm.id).map_err(|e| e.fault())?;
        let mut bytes = 0;
        for disk in disks.into_iter().filter_map(|disk| disk.disk).filter(|disk| disk.kind == DiskKind::Virtual) {
            bytes += manager.disk(&disk.id).map_err(|e| e.fault())?.max_bytes.unwrap_or_default();
            hanging.insert(disk.id);
        }
        let what = What::Clone { id: vm.id.clone() };
        looking.things.push(at_manager(tag.run, vm.label(), Some(bytes), what)?);
    }
    Ok(hanging)
}

fn customizers(looking: &mut Looking<'_>, all: &[Ref]) -> Result<(), Fault> {
    for entry in all {
        if let Some(tag) = mark(entry).filter(|tag| looking.wanted(&tag.run)) {
            looking.things.push(at_manager(tag.run, entry.label(), None, What::Customizer { id: entry.id.clone() })?);
        }
    }
    Ok(())
}

/// Jobs that are not over and name something of ours.
fn jobs(looking: &mut Looking<'_>, manager: &Manager) -> Result<(), Fault> {
    let begins = format!("ovm.{}-", looking.scope.database);
    for job in manager.open_jobs(&[begins]).map_err(|e| e.fault())? {
        let text = job.text.clone().unwrap_or_default();
        if let Some(tag) = tag_in_text(&text).filter(|tag| looking.wanted(&tag.run)) {
            looking.things.push(at_manager(tag.run, &text, None, What::Job { id: job.id })?);
        }
    }
    Ok(())
}

/// The first mark that stands in a text.
fn tag_in_text(text: &str) -> Option<Tag> {
    let word = |at: usize| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-_".contains(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.').parse().ok()
    };
    text.match_indices("ovm.").find_map(|(at, _)| word(at))
}

/// Disks under our mark, by name or by the name of their file, that are no golden disk.
fn of_ours<'a>(looking: &Looking<'_>, disks: &[&'a Ref]) -> Vec<(&'a Ref, RunId)> {
    let ours = disks.iter().filter_map(|disk| {
        let tag = mark(disk).or_else(|| Tag::in_name(disk.id.as_str()).map(|(tag, _)| tag))?;
        Some((*disk, tag.run))
    });
    ours.filter(|(disk, run)| looking.wanted(run) && !looking.owners.is_golden(disk.id.as_str())).collect()
}

fn add_disk(looking: &mut Looking<'_>, manager: &Manager, disk: &Ref, run: RunId) -> Result<(), Fault> {
    let shown = manager.disk(&disk.id).map_err(|e| e.fault())?;
    let what = What::Disk { id: disk.id.clone(), repository: shown.repository.map(|r| r.id) };
    looking.things.push(at_manager(run, &shown.name, shown.max_bytes, what)?);
    Ok(())
}

/// The guests that can be asked whether they let a disk go.
fn guests(looking: &Looking<'_>, vms: &[Ref]) -> Guests {
    let machines = std::iter::once(&looking.scope.machine).chain(&looking.scope.media);
    let of = |machine: &Machine| {
        let vm = vms.iter().find(|vm| vm.is_named(&machine.vm) || vm.id.as_str() == machine.vm)?;
        Some((vm.id.clone(), machine.host.clone()))
    };
    machines.filter_map(of).collect()
}

fn mappings(looking: &mut Looking<'_>, all: &[Mapping], guests: &Guests) -> Result<(), Fault> {
    for mapping in all {
        let (Some(tag), Some(vm)) = (our_mapping(mapping), &mapping.vm) else { continue };
        looking.copies.extend(guests.get(&vm.id).map(|host| (host.clone(), mapping.slot)));
        let Some(run) = Some(tag.run).filter(|run| looking.wanted(run)) else { continue };
        let what = What::Mapping {
            id: mapping.id.clone(),
            vm: vm.id.clone(),
            guest: guests.get(&vm.id).cloned(),
            slot: mapping.slot,
            disk: mapping.disk.as_ref().map(|disk| disk.id.clone()),
        };
        looking.things.push(at_manager(run, mapping.name.as_deref().unwrap_or_default(), None, what)?);
    }
    Ok(())
}

/// Only a mapping that a run named, not one that a clone has of itself.
fn our_mapping(mapping: &Mapping) -> Option<Tag> {
    Tag::in_name(mapping.name.as_deref()?).map(|(tag, _)| tag).filter(|tag| tag.kind == TagKind::Map)
}

/// Disks that somebody else maps: under another name than ours.
fn mapped_by_others(looking: &mut Looking<'_>, all: &[Mapping], vms: &[Ref]) {
    for mapping in all.iter().filter(|mapping| our_mapping(mapping).is_none()) {
        let Some(disk) = &mapping.disk else { continue };
        let vm = mapping.vm.as_ref().and_then(|vm| vms.iter().find(|known| known.id == vm.id));
        let name = vm.map_or("a Vm", Ref::label).to_owned();
        looking.seen.mapped.push((disk.id.to_string(), name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_a_jobs_description() {
        let run = "ORCL-20261121T204512-4f2a";
        for text in [
            format!("Clone Vm slot021 to ovm.{run}.clone"),
            format!("Create VmDiskMapping: ovm.{run}.map.2, on bckvm"),
            format!("Rename x. to 'ovm.{run}.disk.2'."),
        ] {
            assert_eq!(tag_in_text(&text).map(|tag| tag.run.to_string()).as_deref(), Some(run), "{text}");
        }
        assert_eq!(tag_in_text("Clone Vm ovm.slot021"), None);
        assert_eq!(tag_in_text(""), None);
    }
}
