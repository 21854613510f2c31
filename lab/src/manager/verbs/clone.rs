//! `clone Vm`: disk after disk, each at its own moment. No instant holds for all of them (reference 4, "Hot clone").

use super::{Done, saved, vm_of};
use crate::manager::ident::{self, Sort};
use crate::manager::job::{Plan, Scene, Ticket, Trouble};
use crate::manager::object::{
    Body, CloneType, Kind, Made, Mapping, Medium, Object, StorageMapping, VirtualDisk, Vm, VmState,
};
use crate::manager::state::State;
use crate::manager::syntax::Bound;
use crate::manager::text;
use std::collections::BTreeSet;

/// One disk that is to be copied.
pub struct Copy {
    slot: u32,
    disk: String,
    from: String,
    to: String,
    thin: bool,
}

/// A network card that is to be copied.
struct Card {
    network: String,
}

struct Order {
    name: String,
    template: bool,
    body: Vm,
    disks: Vec<Copy>,
    drives: Vec<(u32, Medium)>,
    cards: Vec<Card>,
}

/// `clone Vm instance destType= destName= serverPool= [cloneCustomizer=] [targetRepository=]`
pub fn vm(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let source = scene.instance(bound)?;
    let template = bound.word("destType", &["Vm", "VmTemplate"])? == Some("VmTemplate");
    let customizer = customizer(scene, bound, source)?;
    let hot = matches!(vm_of(source)?.state, VmState::Running | VmState::Suspended);
    if hot && template && scene.is("template-clone-of-running-vm", "refused") {
        return Err(text::not_stopped(&source.name, "RUNNING"));
    }
    let target = bound.get("targetRepository").map(|v| scene.state.find_value(Kind::Repository, v)).transpose()?;
    let target = target.map(|o| o.id.as_str());
    let disks = match customizer {
        Some(customizer) => chosen(scene, customizer, hot)?,
        None => every(scene, source, target, hot)?,
    };
    let order = Order {
        name: bound.must("destName")?.to_owned(),
        template,
        body: body(scene, bound, source, template, target)?,
        drives: if customizer.is_none() { drives(scene.state, source) } else { Vec::new() },
        cards: if template { Vec::new() } else { cards(scene.state, source, customizer) },
        disks,
    };
    Ok(plan(scene, source, customizer, order))
}

fn plan(scene: &Scene<'_>, source: &Object, customizer: Option<&Object>, order: Order) -> Plan {
    let mut locks: BTreeSet<String> = order.disks.iter().map(|d| d.disk.clone()).collect();
    locks.insert(source.id.clone());
    locks.extend(customizer.map(|c| c.id.clone()));
    if scene.is("clone-locks-repository", "yes") {
        locks.extend(order.disks.iter().flat_map(|d| [d.from.clone(), d.to.clone()]));
    }
    let what = if order.template { "Virtual Machine Template" } else { "Virtual Machine" };
    let title = format!("Clone Vm: {} to {what}: {}", source.name, order.name);
    let children = order.disks.len();
    let mut plan = Plan::new(title, locks.into_iter().collect(), move |ticket| perform(ticket, &order));
    plan.children = children;
    plan.leaves_half = scene.is("clone-leaves-half-objects", "yes");
    plan
}

fn customizer<'a>(scene: &Scene<'a>, bound: &Bound, source: &Object) -> Result<Option<&'a Object>, String> {
    let Some(value) = bound.get("cloneCustomizer") else { return Ok(None) };
    let candidates: Vec<_> = scene
        .state
        .of(Kind::VmCloneCustomizer)
        .into_iter()
        .filter(|o| {
            (o.id == value || o.name == value) && matches!(&o.body, Body::VmCloneCustomizer { vm } if *vm == source.id)
        })
        .collect();
    match candidates[..] {
        [one] => Ok(Some(one)),
        [] => Err(text::not_found(Kind::VmCloneCustomizer, "id or name", value)),
        _ => Err(text::ambiguous(Kind::VmCloneCustomizer, value)),
    }
}

/// Everything but the disks is as the source has it, also high availability.
fn body(scene: &Scene<'_>, bound: &Bound, source: &Object, template: bool, target: Option<&str>) -> Result<Vm, String> {
    let mut body = vm_of(source)?.clone();
    body.pool.clone_from(&scene.value(bound, "serverPool", Kind::ServerPool)?.id);
    body.state = if template { VmState::Template } else { VmState::Stopped };
    body.tags.clear();
    if let Some(target) = target {
        body.repository = target.to_owned();
    }
    Ok(body)
}

/// The disks that a customizer names; all others are left out.
fn chosen(scene: &Scene<'_>, customizer: &Object, hot: bool) -> Result<Vec<Copy>, String> {
    let mappings = scene.state.of_customizer(&customizer.id).into_iter().filter_map(|o| match &o.body {
        Body::VmCloneStorageMapping(mapping) => Some(mapping),
        _ => None,
    });
    let mut copies = mappings.map(|m| one_chosen(scene, m, hot)).collect::<Result<Vec<_>, _>>()?;
    copies.sort_by_key(|c| c.slot);
    Ok(copies)
}

fn one_chosen(scene: &Scene<'_>, wanted: &StorageMapping, hot: bool) -> Result<Copy, String> {
    let mapping = scene.state.get(&wanted.mapping).and_then(Object::mapping);
    let mapping = mapping.ok_or_else(|| text::not_found(Kind::VmDiskMapping, "id", &wanted.mapping))?;
    let (disk, from) = virtual_disk(scene.state, &mapping.medium)?;
    let thin = wanted.clone_type == CloneType::ThinClone;
    if hot && !thin {
        return Err(text::rule("A running Virtual Machine can only be cloned with the clone type THIN_CLONE"));
    }
    if thin && *from != wanted.repository {
        return Err(text::rule(&format!("A thin clone of disk: {disk} must stay in its repository: {from}")));
    }
    let thin = thin && reflinks(scene, from, hot)?;
    Ok(Copy { slot: mapping.slot, disk: disk.to_owned(), from: from.to_owned(), to: wanted.repository.clone(), thin })
}

/// Without a customizer every disk is copied; a physical one has nowhere to go.
fn every(scene: &Scene<'_>, source: &Object, target: Option<&str>, hot: bool) -> Result<Vec<Copy>, String> {
    let mut copies = Vec::new();
    for (_, mapping) in scene.state.mappings(&source.id) {
        if matches!(mapping.medium, Medium::Empty | Medium::Cd(_)) {
            continue;
        }
        let (disk, from) = virtual_disk(scene.state, &mapping.medium)?;
        let to = target.unwrap_or(from);
        if hot && to != from {
            return Err(text::rule("A running Virtual Machine can only be cloned into the repositories of its disks"));
        }
        let thin = to == from && reflinks(scene, from, hot)?;
        let (disk, from, to) = (disk.to_owned(), from.to_owned(), to.to_owned());
        copies.push(Copy { slot: mapping.slot, disk, from, to, thin });
    }
    Ok(copies)
}

/// Physical disks are not cloned (by a hot clone in reality, here by none: no spare LUN is there to copy to).
fn virtual_disk<'a>(state: &'a State, medium: &'a Medium) -> Result<(&'a str, &'a str), String> {
    let disk = match medium {
        Medium::Virtual(id) => state.get(id).and_then(Object::disk).map(|d| (id.as_str(), d.repository.as_str())),
        _ => None,
    };
    disk.ok_or_else(|| {
        text::rule(&format!("Disk: {} is not a virtual disk and cannot be cloned", state.name(medium.id())))
    })
}

/// Reflinks exist on OCFS2 only; a hot clone elsewhere is refused (concepts guide 3.3, vm-clone) or, by quirk, copied.
fn reflinks(scene: &Scene<'_>, repository: &str, hot: bool) -> Result<bool, String> {
    if scene.is_ocfs2(repository) {
        return Ok(true);
    }
    if hot && scene.is("hot-clone-on-nfs", "refused") {
        let name = scene.state.name(repository);
        return Err(text::rule(&format!(
            "A running Virtual Machine can only be cloned on OCFS2, repository: {name} is not"
        )));
    }
    Ok(false)
}

fn drives(state: &State, source: &Object) -> Vec<(u32, Medium)> {
    let mappings = state.mappings(&source.id).into_iter();
    mappings
        .filter(|(_, m)| matches!(m.medium, Medium::Empty | Medium::Cd(_)))
        .map(|(_, m)| (m.slot, m.medium.clone()))
        .collect()
}

fn cards(state: &State, source: &Object, customizer: Option<&Object>) -> Vec<Card> {
    let others = customizer.map(|c| state.of_customizer(&c.id)).unwrap_or_default();
    let moved = |card: &str| {
        others.iter().find_map(|o| match &o.body {
            Body::VmCloneNetworkMapping { vnic, network, .. } if vnic == card => Some(network.clone()),
            _ => None,
        })
    };
    let card = |o: &Object| match &o.body {
        Body::Vnic { network, .. } => Some(Card { network: moved(&o.id).unwrap_or_else(|| network.clone()) }),
        _ => None,
    };
    state.vnics(&source.id).into_iter().filter_map(card).collect()
}

fn perform(ticket: &Ticket, order: &Order) -> Done {
    let sort = if order.template { Sort::Template } else { Sort::Of(Kind::Vm) };
    let id = ident::fresh(sort);
    let mut body = order.body.clone();
    body.guest.clone_from(&id);
    ticket.add(&id, &order.name, "", Body::Vm(body))?;
    let slice = ticket.core.options.job_time / u32::try_from(order.disks.len() + 1).unwrap_or(u32::MAX);
    for copy in &order.disks {
        ticket.wait(slice)?;
        let disk = copy_disk(ticket, copy)?;
        map(ticket, &id, copy.slot, Medium::Virtual(disk))?;
    }
    for (slot, medium) in &order.drives {
        map(ticket, &id, *slot, medium.clone())?;
    }
    order.cards.iter().try_for_each(|card| copy_card(ticket, &id, card))?;
    ticket.wait(slice)?;
    let (repository, template) = (order.body.repository.clone(), order.template);
    ticket.making(Made::Config { repository, vm: id.clone(), template })?;
    saved(ticket, &id)?;
    let prints = ticket.core.options.quirks.is("clone-prints-data", "yes");
    Ok(if prints { ticket.line(&id) } else { None })
}

/// Copies a disk under a new id; its display name is the source's with a number.
fn copy_disk(ticket: &Ticket, copy: &Copy) -> Result<String, Trouble> {
    let id = ident::fresh(Sort::Of(Kind::VirtualDisk));
    copy_file(ticket, &copy.disk, &copy.from, (&copy.to, &id), copy.thin)?;
    Ok(id)
}

/// Makes the file and then its record.
pub fn copy_file(ticket: &Ticket, disk: &str, from: &str, to: (&str, &str), thin: bool) -> Result<(), Trouble> {
    let (repository, id) = to;
    ticket.making(Made::File { repository: repository.to_owned(), disk: id.to_owned() })?;
    ticket.below("storage_plugin_clone", ticket.machines().clone_disk((from, disk), to, thin))?;
    let size = ticket.below("storage_plugin_get_status", ticket.machines().disk_size(repository, id))?;
    let name = ticket.core.read(|state| numbered(state, state.name(disk)));
    let body = VirtualDisk { repository: repository.to_owned(), shareable: false, max: size.max, used: size.used };
    ticket.add(id, &name, "", Body::VirtualDisk(body))
}

/// `test (2)`, `System.img (16)`: as REST listings show cloned disks.
fn numbered(state: &State, name: &str) -> String {
    let names: BTreeSet<&str> = state.of(Kind::VirtualDisk).into_iter().map(|o| o.name.as_str()).collect();
    let mut number = 2;
    while names.contains(format!("{name} ({number})").as_str()) {
        number += 1;
    }
    format!("{name} ({number})")
}

fn map(ticket: &Ticket, vm: &str, slot: u32, medium: Medium) -> Result<(), Trouble> {
    let id = ident::fresh(Sort::Of(Kind::VmDiskMapping));
    let name = ticket.core.options.release.mapping_name(&id, medium.id());
    ticket.add(&id, &name, "", Body::VmDiskMapping(Mapping { vm: vm.to_owned(), slot, medium }))
}

fn copy_card(ticket: &Ticket, vm: &str, card: &Card) -> Result<(), Trouble> {
    let (id, mac) = (ident::fresh(Sort::Of(Kind::Vnic)), ident::mac());
    let body = Body::Vnic { mac: mac.clone(), network: card.network.clone(), vm: Some(vm.to_owned()) };
    ticket.add(&id, &mac, "", body)
}
