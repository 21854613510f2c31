//! `edit`: names, descriptions, settings.

use super::saved;
use crate::manager::job::{Plan, Scene, Trouble};
use crate::manager::object::{Body, Kind, Object, Vm, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

/// Name and description, as far as given.
struct Label {
    name: Option<String>,
    description: Option<String>,
}

impl Label {
    fn of(bound: &Bound) -> Self {
        Self { name: bound.get("name").map(str::to_owned), description: bound.get("description").map(str::to_owned) }
    }

    fn apply(self, object: &mut Object) {
        object.name = self.name.unwrap_or_else(|| std::mem::take(&mut object.name));
        object.description = self.description.unwrap_or_else(|| std::mem::take(&mut object.description));
    }
}

fn titled(object: &Object) -> String {
    format!("Edit {}: {}", object.body.kind(), object.name)
}

/// A job that changes one object.
pub fn one(object: &Object, bound: &Bound, change: impl FnOnce(&mut Body) + Send + 'static) -> Plan {
    let (id, label) = (object.id.clone(), Label::of(bound));
    Plan::new(titled(object), vec![id.clone()], move |ticket| {
        ticket.change(|state| {
            if let Some(object) = state.get_mut(&id) {
                label.apply(object);
                change(&mut object.body);
            }
        })?;
        Ok(None)
    })
}

/// Only name and description.
pub fn plain(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    Ok(one(scene.instance(bound)?, bound, |_| {}))
}

/// A virtual or physical disk.
pub fn disk(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let shareable = bound.yes("shareable")?;
    if bound.get("name").is_some() && scene.is("rename-disk-of-template", "refused") {
        refuse_of_template(scene, object)?;
    }
    Ok(one(object, bound, move |body| match (shareable, body) {
        (Some(yes), Body::VirtualDisk(disk)) => disk.shareable = yes,
        (Some(yes), Body::PhysicalDisk(disk)) => disk.shareable = yes,
        _ => {}
    }))
}

fn refuse_of_template(scene: &Scene<'_>, disk: &Object) -> Result<(), String> {
    let is_template = |vm: &str| scene.state.get(vm).and_then(Object::vm).is_some_and(|v| v.state == VmState::Template);
    match scene.state.mappings_of_medium(&disk.id).find(|(_, m)| is_template(&m.vm)) {
        None => Ok(()),
        Some((_, m)) => {
            let template = scene.state.name(&m.vm);
            Err(text::rule(&format!("VirtualDisk: {} belongs to the template: {template}", disk.name)))
        }
    }
}

/// A storage mapping (3.4).
pub fn storage_mapping(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let (clone_type, target) = (super::create::clone_type(bound)?, super::create::target(scene, bound)?);
    Ok(one(scene.instance(bound)?, bound, move |body| {
        if let Body::VmCloneStorageMapping(mapping) = body {
            mapping.clone_type = clone_type.unwrap_or(mapping.clone_type);
            mapping.repository = target.unwrap_or_else(|| std::mem::take(&mut mapping.repository));
        }
    }))
}

/// An export's options.
pub fn export(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let new = bound.get("options").map(str::to_owned);
    Ok(one(scene.instance(bound)?, bound, move |body| {
        if let (Body::RepositoryExport { options, .. }, Some(new)) = (body, new) {
            *options = new;
        }
    }))
}

/// A card's network.
pub fn vnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let find = |v: &str| scene.state.find_value(Kind::Network, v).map(|o| o.id.clone());
    let new = bound.get("network").map(find).transpose()?;
    Ok(one(scene.instance(bound)?, bound, move |body| {
        if let (Body::Vnic { network, .. }, Some(new)) = (body, new) {
            *network = new;
        }
    }))
}

/// A VM or template: what changes goes into its vm.cfg.
pub fn vm(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let mut new = super::vm_of(object)?.clone();
    settings(bound, &mut new)?;
    let (id, label) = (object.id.clone(), Label::of(bound));
    Ok(Plan::new(titled(object), vec![id.clone()], move |ticket| {
        let old = ticket.core.read(|state| state.get(&id).cloned());
        ticket.change(|state| {
            if let Some(object) = state.get_mut(&id) {
                label.apply(object);
                object.body = Body::Vm(new);
            }
        })?;
        saved(ticket, &id).or_else(|trouble| put_back(ticket, old, trouble))?;
        Ok(None)
    }))
}

/// A job that fails leaves the object as it was.
fn put_back(ticket: &crate::manager::job::Ticket, old: Option<Object>, trouble: Trouble) -> Result<(), Trouble> {
    ticket.change(|state| {
        if let Some(old) = old
            && let Some(object) = state.get_mut(&old.id)
        {
            *object = old;
        }
    })?;
    Err(trouble)
}

/// The settings of a VM, as far as given.
pub fn settings(bound: &Bound, vm: &mut Vm) -> Result<(), String> {
    vm.memory = bound.number("memory", 32, 2_000_000)?.unwrap_or(vm.memory);
    vm.memory_limit = bound.number("memoryLimit", 32, 2_000_000)?.unwrap_or(vm.memory_limit);
    vm.cpus = bound.number("cpuCount", 1, 128)?.unwrap_or(vm.cpus);
    vm.cpu_limit = bound.number("cpuCountLimit", 1, 128)?.unwrap_or(vm.cpu_limit);
    vm.priority = bound.number("cpuPriority", 1, 100)?.unwrap_or(vm.priority);
    vm.cap = bound.number("cpuUtilizationCap", 1, 100)?.unwrap_or(vm.cap);
    vm.high_availability = bound.yes("highAvailability")?.unwrap_or(vm.high_availability);
    bound.yes("hugePagesEnabled")?;
    let mice = ["OS_DEFAULT", "PS2_MOUSE", "USB_MOUSE", "USB_TABLET"];
    let policies = ["BEST_SERVER", "CURRENT_SERVER", "USE_POOL_POLICY"];
    set(&mut vm.mouse, bound.word("mouseType", &mice)?);
    set(&mut vm.start_policy, bound.word("startPolicy", &policies)?);
    set(&mut vm.os, bound.get("osType"));
    set(&mut vm.keymap, bound.get("keymapName"));
    set(&mut vm.boot, bound.get("bootOrder"));
    Ok(())
}

fn set(field: &mut String, value: Option<&str>) {
    if let Some(value) = value {
        value.clone_into(field);
    }
}
