//! Disks at slots: `create`, `edit` and `delete VmDiskMapping`, also on a VM that runs.

use super::{Done, deleted, saved, vm_of};
use crate::host::seam::HostError;
use crate::manager::ident::{self, Sort};
use crate::manager::job::{Plan, Scene, Ticket, Trouble};
use crate::manager::object::{Body, EMPTY_CDROM, Kind, Made, Mapping, Medium, Object, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

/// `create VmDiskMapping slot= … name= on Vm …`
pub fn create(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let owner = scene.relation(bound)?;
    let vm = vm_of(owner)?;
    let slot = bound.number("slot", 0, 1_000_000)?.unwrap_or_default();
    if scene.state.mappings(&owner.id).iter().any(|(_, m)| m.slot == slot) {
        return Err(text::rule(&format!("Slot: {slot} of Virtual Machine: {} is in use", owner.name)));
    }
    let medium = medium(scene, bound)?;
    check_sharing(scene, &medium, &owner.id)?;
    let hot = vm.state == VmState::Running;
    refuse_hot(&medium, &owner.name, &vm.domain, hot)?;
    let mapping = Mapping { vm: owner.id.clone(), slot, medium };
    let (guest, name, description) = (vm.guest.clone(), bound.must("name")?.to_owned(), bound.description().to_owned());
    let mut locks = vec![owner.id.clone()];
    locks.extend(scene.state.get(mapping.medium.id()).map(|o| o.id.clone()));
    Ok(Plan::new(format!("Create VmDiskMapping: {name} Vm: {}", owner.name), locks, move |ticket| {
        ticket.take_time()?;
        if hot {
            attach(ticket, &guest, &mapping)?;
        }
        let (id, vm) = (ident::fresh(Sort::Of(Kind::VmDiskMapping)), mapping.vm.clone());
        ticket.add(&id, &name, &description, Body::VmDiskMapping(mapping))?;
        saved(ticket, &vm)?;
        Ok(ticket.line(&id))
    }))
}

fn attach(ticket: &Ticket, guest: &str, mapping: &Mapping) -> Result<(), Trouble> {
    let Medium::Virtual(disk) = &mapping.medium else { return Ok(()) };
    let repository =
        ticket.core.read(|s| s.get(disk).and_then(Object::disk).map(|d| d.repository.clone())).unwrap_or_default();
    ticket.below("attach_disk", ticket.machines().attach(guest, mapping.slot, &repository, disk))?;
    ticket.making(Made::Attached { guest: guest.to_owned(), slot: mapping.slot })
}

/// What the keys name. On 3.2 `storageDevice` is a disk of either kind, and its absence an empty CD drive.
fn medium(scene: &Scene<'_>, bound: &Bound) -> Result<Medium, String> {
    let find = |kind, value: &str| scene.state.find_value(kind, value).map(|o| o.id.clone());
    let keys = ["physicalDisk", "virtualDisk", "virtualCd", "storageDevice"];
    let given: Vec<_> = keys.into_iter().filter_map(|key| bound.get(key).map(|v| (key, v))).collect();
    match given[..] {
        [("physicalDisk", value)] => find(Kind::PhysicalDisk, value).map(Medium::Physical),
        [("virtualDisk", value)] => find(Kind::VirtualDisk, value).map(Medium::Virtual),
        [("virtualCd", value)] => cd(scene, value),
        [("storageDevice", value)] => find(Kind::VirtualDisk, value)
            .map(Medium::Virtual)
            .or_else(|virtual_error| find(Kind::PhysicalDisk, value).map(Medium::Physical).map_err(|_| virtual_error))
            .or_else(|disk_error| cd(scene, value).map_err(|_| disk_error)),
        [] if !scene.core.options.release.is_rewritten() => Ok(Medium::Empty),
        _ => Err("Exactly one of physicalDisk, virtualDisk, virtualCd is needed".to_owned()),
    }
}

fn cd(scene: &Scene<'_>, value: &str) -> Result<Medium, String> {
    if value.eq_ignore_ascii_case(EMPTY_CDROM) {
        return Ok(Medium::Empty);
    }
    scene.state.find_value(Kind::VirtualCdrom, value).map(|o| Medium::Cd(o.id.clone()))
}

/// A disk that is not shareable has one VM. By quirk one of a template or of a VM that is off may have a second.
fn check_sharing(scene: &Scene<'_>, medium: &Medium, vm: &str) -> Result<(), String> {
    let shareable = match scene.state.get(medium.id()).map(|o| &o.body) {
        Some(Body::VirtualDisk(disk)) => disk.shareable,
        Some(Body::PhysicalDisk(disk)) => disk.shareable,
        _ => true,
    };
    let lenient = scene.is("mapping-of-shared-disk", "accepted");
    let is_off = |id: &str| scene.state.get(id).is_some_and(|o| super::must_be_off(o).is_ok());
    let may_share = |owner: &str| shareable || (lenient && is_off(owner));
    let taken = |m: &Mapping| m.vm == vm || !may_share(&m.vm);
    match scene.state.mappings_of_medium(medium.id()).find(|(_, m)| taken(m)) {
        Some((_, m)) if !matches!(medium, Medium::Cd(_)) => Err(text::rule(&format!(
            "Disk: {} is in use by Virtual Machine: {} and is not shareable",
            scene.state.name(medium.id()),
            scene.state.name(&m.vm)
        ))),
        _ => Ok(()),
    }
}

/// Emulated disks of plain HVM guests cannot be plugged while they run (reference 4, hot plug: not found, assume no);
/// LUNs are not part of the machines below.
fn refuse_hot(medium: &Medium, vm: &str, domain: &str, hot: bool) -> Result<(), String> {
    match medium {
        _ if !hot => Ok(()),
        _ if domain == "XEN_HVM" => Err(text::not_stopped(vm, "RUNNING")),
        Medium::Physical(id) => {
            Err(text::machine("attach_disk", vm, &format!("physical disk {id} cannot be attached to a running guest")))
        }
        _ => Ok(()),
    }
}

/// `delete VmDiskMapping`: a VM that runs gives its disk up first.
pub fn delete(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?.clone();
    let mapping = object.mapping().cloned().ok_or_else(|| text::not_found(Kind::VmDiskMapping, "id", &object.id))?;
    let owner = scene.state.get(&mapping.vm).ok_or_else(|| text::not_found(Kind::Vm, "id", &mapping.vm))?;
    let vm = vm_of(owner)?;
    let hot = vm.state == VmState::Running;
    refuse_hot(&mapping.medium, &owner.name, &vm.domain, hot)?;
    let (guest, vm_name) = (vm.guest.clone(), owner.name.clone());
    let mut locks = vec![object.id.clone(), owner.id.clone()];
    locks.extend(scene.state.get(mapping.medium.id()).map(|o| o.id.clone()));
    Ok(Plan::new(format!("Delete VmDiskMapping: {} Vm: {vm_name}", object.name), locks, move |ticket| {
        ticket.take_time()?;
        if hot && matches!(mapping.medium, Medium::Virtual(_)) {
            detach(ticket, &guest, mapping.slot, &vm_name)?;
        }
        forget(ticket, &object, &mapping.vm)
    }))
}

fn forget(ticket: &Ticket, object: &Object, vm: &str) -> Done {
    ticket.change(|state| state.remove(&object.id))?;
    saved(ticket, vm)?;
    Ok(deleted(ticket, object))
}

/// A guest that holds the disk refuses; by quirk the manager then says done, and the guest lets go at the last umount.
/// A disk that went already (a refused detach that fired later) is no failure.
fn detach(ticket: &Ticket, guest: &str, slot: u32, vm: &str) -> Result<(), Trouble> {
    match ticket.machines().detach(guest, slot) {
        Err(HostError::Busy(_)) if ticket.core.options.quirks.is("busy-detach", "success") => Ok(()),
        Err(error @ HostError::Busy(_)) => Err(Trouble::Failed(text::rule(&format!(
            "Operation not allowed- Disk at slot: {slot} cannot be removed from Virtual Machine: {vm}: {error}"
        )))),
        Err(HostError::Missing(_) | HostError::NotConnected(_)) => Ok(()),
        result => ticket.below("detach_disk", result),
    }
}

/// `edit VmDiskMapping [virtualCd=]`: the disk itself is not changed this way.
pub fn edit(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let medium = bound.get("virtualCd").map(|v| cd(scene, v)).transpose()?;
    let is_drive = object.mapping().is_some_and(|m| matches!(m.medium, Medium::Empty | Medium::Cd(_)));
    if medium.is_some() && !is_drive {
        return Err(text::rule(&format!("VmDiskMapping: {} is not a CD drive", object.name)));
    }
    Ok(super::edit::one(object, bound, move |body| {
        if let (Body::VmDiskMapping(mapping), Some(medium)) = (body, medium) {
            mapping.medium = medium;
        }
    }))
}
