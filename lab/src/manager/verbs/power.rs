//! `start`, `stop`, `kill`, `restart`, `suspend`, `resume`, `migrate`.

use super::{Done, must_be_off, vm_of};
use crate::host::seam::HostError;
use crate::manager::job::{Plan, Scene, Ticket};
use crate::manager::object::{Kind, Medium, Object, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

fn titled(verb: &str, vm: &Object) -> String {
    format!("{verb} Vm: {}", vm.name)
}

/// Slots of virtual disks; LUNs and CDs are not part of the machines below.
fn disks(scene: &Scene<'_>, vm: &str) -> Vec<(u32, String, String)> {
    let disk = |slot, medium: &Medium| match medium {
        Medium::Virtual(id) => Some((slot, scene.state.get(id)?.disk()?.repository.clone(), id.clone())),
        _ => None,
    };
    scene.state.mappings(vm).into_iter().filter_map(|(_, m)| disk(m.slot, &m.medium)).collect()
}

fn become_state(ticket: &Ticket, vm: &str, new: VmState) -> Done {
    ticket.change(|state| {
        if let Some(vm) = state.get_mut(vm).and_then(Object::vm_mut) {
            vm.state = new;
        }
    })?;
    Ok(None)
}

/// `start Vm`
pub fn start(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let vm = must_be_off(object)?;
    if vm.state == VmState::Template {
        return Err(text::rule(&format!("Operation not allowed- {} is a template", object.name)));
    }
    let (id, guest, disks) = (object.id.clone(), vm.guest.clone(), disks(scene, &object.id));
    Ok(Plan::new(titled("Start", object), vec![id.clone()], move |ticket| {
        ticket.below("start_vm", ticket.machines().start(&guest, &disks))?;
        become_state(ticket, &id, VmState::Running)
    }))
}

fn must_run(object: &Object) -> Result<String, String> {
    let vm = vm_of(object)?;
    if vm.state == VmState::Running {
        return Ok(vm.guest.clone());
    }
    Err(text::rule(&format!("Operation not allowed- Virtual Machine: {}, is not RUNNING", object.name)))
}

fn halt(scene: &Scene<'_>, bound: &Bound, verb: &str) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let (id, guest) = (object.id.clone(), must_run(object)?);
    Ok(Plan::new(titled(verb, object), vec![id.clone()], move |ticket| {
        ticket.below("stop_vm", ticket.machines().stop(&guest))?;
        become_state(ticket, &id, VmState::Stopped)
    }))
}

/// `stop Vm`: asks the guest to shut down.
pub fn stop(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    halt(scene, bound, "Stop")
}

/// `kill Vm`: power off. The machines below know one way to stop.
pub fn kill(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    halt(scene, bound, "Kill")
}

/// `restart Vm`
pub fn restart(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let (id, guest, disks) = (object.id.clone(), must_run(object)?, disks(scene, &object.id));
    Ok(Plan::new(titled("Restart", object), vec![id.clone()], move |ticket| {
        ticket.below("stop_vm", ticket.machines().stop(&guest))?;
        become_state(ticket, &id, VmState::Stopped)?;
        ticket.below("start_vm", ticket.machines().start(&guest, &disks))?;
        become_state(ticket, &id, VmState::Running)
    }))
}

/// `suspend Vm`: the site's machines cannot; the answer is a failure of theirs, not a pretended state.
pub fn suspend(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    must_run(object)?;
    Ok(cannot(object, "Suspend", "suspend_vm"))
}

/// `resume Vm`: of a VM that is suspended; a site may begin with one.
pub fn resume(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    if vm_of(object)?.state == VmState::Suspended {
        return Ok(cannot(object, "Resume", "resume_vm"));
    }
    Err(text::rule(&format!("Operation not allowed- Virtual Machine: {}, is not SUSPENDED", object.name)))
}

fn cannot(object: &Object, verb: &str, command: &'static str) -> Plan {
    Plan::new(titled(verb, object), vec![object.id.clone()], move |ticket| {
        ticket.below(command, Err(HostError::Other("this hypervisor cannot suspend guests".to_owned())))
    })
}

/// `migrate Vm [destServer=]`: a VM that is off has no server to leave; one that runs has nowhere else to go.
pub fn migrate(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    if let Some(value) = bound.get("destServer") {
        scene.state.find_value(Kind::Server, value)?;
    }
    must_run(object)?;
    Err(text::rule(&format!("Virtual Machine: {} is on the only server of its pool", object.name)))
}
