//! `delete`, all but disk mappings. A Vm's disks stay: scripts delete mapping, disk, Vm, tag, in this order.

use super::{deleted, must_be_off, saved};
use crate::host::seam::HostError;
use crate::manager::Release;
use crate::manager::job::{Plan, Scene};
use crate::manager::object::{Body, Object, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

fn titled(object: &Object) -> String {
    format!("Delete {}: {}", object.body.kind(), object.name)
}

/// What needs nothing else.
pub fn plain(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    Ok(forget(scene.instance(bound)?, Vec::new()))
}

/// A customizer takes its mappings along.
pub fn customizer(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let hanging = scene.state.of_customizer(&object.id).iter().map(|o| o.id.clone()).collect();
    Ok(forget(object, hanging))
}

fn forget(object: &Object, others: Vec<String>) -> Plan {
    let object = object.clone();
    Plan::new(titled(&object), vec![object.id.clone()], move |ticket| {
        ticket.change(|state| others.iter().chain([&object.id]).for_each(|id| state.remove(id)))?;
        Ok(deleted(ticket, &object))
    })
}

/// A tag leaves all VMs.
pub fn tag(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?.clone();
    Ok(Plan::new(titled(&object), vec![object.id.clone()], move |ticket| {
        ticket.change(|state| {
            state.iter_mut().filter_map(Object::vm_mut).for_each(|vm| vm.tags.retain(|t| *t != object.id));
            state.remove(&object.id);
        })?;
        Ok(deleted(ticket, &object))
    }))
}

/// A network card of a VM that is off.
pub fn vnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?.clone();
    let Body::Vnic { vm, .. } = &object.body else { return Ok(forget(&object, Vec::new())) };
    let Some(vm) = vm.clone() else { return Ok(forget(&object, Vec::new())) };
    if let Some(owner) = scene.state.get(&vm) {
        must_be_off(owner)?;
    }
    Ok(Plan::new(titled(&object), vec![object.id.clone(), vm.clone()], move |ticket| {
        ticket.change(|state| state.remove(&object.id))?;
        saved(ticket, &vm)?;
        Ok(deleted(ticket, &object))
    }))
}

/// A disk's file and record. A file that is gone already does not keep the record alive.
pub fn disk(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?.clone();
    refuse_mapped(scene, &object)?;
    let repository = object.disk().map(|d| d.repository.clone()).unwrap_or_default();
    Ok(Plan::new(titled(&object), vec![object.id.clone()], move |ticket| {
        match ticket.machines().delete_disk(&repository, &object.id) {
            Err(HostError::Missing(_)) => {}
            result => ticket.below("storage_plugin_destroy", result)?,
        }
        ticket.change(|state| state.remove(&object.id))?;
        Ok(deleted(ticket, &object))
    }))
}

/// An ISO that no drive holds.
pub fn cdrom(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    refuse_mapped(scene, object)?;
    Ok(forget(object, Vec::new()))
}

fn refuse_mapped(scene: &Scene<'_>, object: &Object) -> Result<(), String> {
    match scene.state.mappings_of_medium(&object.id).next() {
        None => Ok(()),
        Some((_, mapping)) => Err(text::rule(&format!(
            "{}: {} is in use by Virtual Machine: {}",
            object.body.kind(),
            object.name,
            scene.state.name(&mapping.vm)
        ))),
    }
}

/// A VM or template, with its mappings, customizers and (from 3.3) network cards; its disks stay.
pub fn vm(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?.clone();
    let body = must_be_off(&object)?;
    let mappings = scene.state.mappings(&object.id);
    if !mappings.is_empty() && scene.is("delete-of-mapped-vm", "refused") {
        return Err(text::rule(&format!("Virtual Machine: {} still has disk mappings", object.name)));
    }
    let mut gone: Vec<String> = mappings.iter().map(|(o, _)| o.id.clone()).collect();
    gone.extend(customizers(scene, &object.id));
    let cards: Vec<String> = scene.state.vnics(&object.id).iter().map(|o| o.id.clone()).collect();
    let (repository, template) = (body.repository.clone(), body.state == VmState::Template);
    let keeps_cards = scene.core.options.release == Release::V3_2;
    let locks = gone.iter().chain([&object.id]).cloned().collect();
    Ok(Plan::new(titled(&object), locks, move |ticket| {
        match ticket.machines().remove_config(&repository, &object.id, template) {
            Err(HostError::Missing(_)) => {}
            result => ticket.below("delete_vm_config", result)?,
        }
        ticket.change(|state| {
            gone.iter().chain([&object.id]).for_each(|id| state.remove(id));
            cards.iter().for_each(|id| release_card(state, id, keeps_cards));
        })?;
        Ok(deleted(ticket, &object))
    }))
}

/// On 3.2 a card is an object of its own that a VM may lose.
fn release_card(state: &mut crate::manager::state::State, id: &str, keep: bool) {
    match state.get_mut(id).map(|o| &mut o.body) {
        Some(Body::Vnic { vm, .. }) if keep => *vm = None,
        _ => state.remove(id),
    }
}

fn customizers(scene: &Scene<'_>, owner: &str) -> Vec<String> {
    let of_vm = |o: &&Object| matches!(&o.body, Body::VmCloneCustomizer { vm } if vm == owner);
    let found: Vec<&Object> = scene.state.iter().filter(of_vm).collect();
    let hanging = found.iter().flat_map(|o| scene.state.of_customizer(&o.id)).map(|o| o.id.clone());
    hanging.chain(found.iter().map(|o| o.id.clone())).collect()
}
