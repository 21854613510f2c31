//! `add` and `remove`: tags, and on 3.2 network cards.

use super::{Done, saved};
use crate::manager::job::{Plan, Scene, Ticket};
use crate::manager::object::{Body, Object};
use crate::manager::syntax::Bound;
use crate::manager::text;

fn title(verb: &str, one: &Object, vm: &Object) -> String {
    format!("{verb} {}: {} Vm: {}", one.body.kind(), one.name, vm.name)
}

/// `add Tag … to Vm …`
pub fn tag(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let (tag, vm) = (scene.instance(bound)?, scene.relation(bound)?);
    let (id, owner) = (tag.id.clone(), vm.id.clone());
    Ok(Plan::new(title("Add", tag, vm), vec![vm.id.clone()], move |ticket| {
        ticket.change(|state| {
            if let Some(vm) = state.get_mut(&owner).and_then(Object::vm_mut) {
                vm.tags.retain(|t| *t != id);
                vm.tags.push(id);
            }
        })?;
        Ok(None)
    }))
}

/// `remove Tag … from Vm …`
pub fn untag(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let (tag, vm) = (scene.instance(bound)?, scene.relation(bound)?);
    let has = vm.vm().is_some_and(|v| v.tags.contains(&tag.id));
    if !has {
        return Err(text::rule(&format!("Virtual Machine: {} does not have the tag: {}", vm.name, tag.name)));
    }
    let (id, owner) = (tag.id.clone(), vm.id.clone());
    Ok(Plan::new(title("Remove", tag, vm), vec![vm.id.clone()], move |ticket| {
        ticket.change(|state| {
            if let Some(vm) = state.get_mut(&owner).and_then(Object::vm_mut) {
                vm.tags.retain(|t| *t != id);
            }
        })?;
        Ok(None)
    }))
}

/// `add Vnic … to Vm …` (3.2)
pub fn vnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let (card, vm) = (scene.instance(bound)?, scene.relation(bound)?);
    if let Body::Vnic { vm: Some(owner), .. } = &card.body {
        let owner = scene.state.name(owner);
        return Err(text::rule(&format!("Vnic: {} belongs to Virtual Machine: {owner}", card.name)));
    }
    Ok(give(card, vm, Some(vm.id.clone()), "Add"))
}

/// `remove Vnic … from Vm …` (3.2)
pub fn unvnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let (card, vm) = (scene.instance(bound)?, scene.relation(bound)?);
    if !matches!(&card.body, Body::Vnic { vm: Some(owner), .. } if *owner == vm.id) {
        return Err(text::rule(&format!("Vnic: {} does not belong to Virtual Machine: {}", card.name, vm.name)));
    }
    Ok(give(card, vm, None, "Remove"))
}

fn give(card: &Object, vm: &Object, owner: Option<String>, verb: &str) -> Plan {
    let (id, changed) = (card.id.clone(), vm.id.clone());
    let work = move |ticket: &Ticket| -> Done {
        ticket.change(|state| {
            if let Some(Body::Vnic { vm, .. }) = state.get_mut(&id).map(|o| &mut o.body) {
                *vm = owner;
            }
        })?;
        saved(ticket, &changed)?;
        Ok(None)
    };
    Plan::new(title(verb, card, vm), vec![card.id.clone(), vm.id.clone()], work)
}
