//! Copies of single disks, and moving a VM's disks to another repository.

use super::clone::copy_file;
use super::{Done, must_be_off, saved};
use crate::manager::ident::{self, Sort};
use crate::manager::job::{Plan, Scene, Ticket, Trouble};
use crate::manager::object::{Body, CloneType, Kind, Made, Medium, Object, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

/// `clone VirtualDisk instance target=repo cloneType={Sparse|nonSparse}` (3.2)
pub fn clone_disk(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    bound.word("cloneType", &["Sparse", "nonSparse"])?;
    copy(scene, bound, false)
}

/// `cloneVdToRepo VirtualDisk instance target=repo cloneType=…` (3.3)
pub fn clone_to_repository(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let value = bound.must("cloneType")?;
    let types = "SPARSE_COPY, NON_SPARSE_COPY, THIN_CLONE";
    let thin =
        CloneType::parse(value).ok_or_else(|| text::bad_value("cloneType", value, types))? == CloneType::ThinClone;
    copy(scene, bound, thin)
}

fn copy(scene: &Scene<'_>, bound: &Bound, thin: bool) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let target = scene.value(bound, "target", Kind::Repository)?;
    let from = object.disk().map(|d| d.repository.clone()).unwrap_or_default();
    check(scene, object, &from, target, thin)?;
    let (disk, to) = (object.id.clone(), target.id.clone());
    let locks = vec![object.id.clone()];
    Ok(Plan::new(format!("Clone VirtualDisk: {} to Repository: {}", object.name, target.name), locks, move |ticket| {
        ticket.take_time()?;
        let id = ident::fresh(Sort::Of(Kind::VirtualDisk));
        copy_file(ticket, &disk, &from, (&to, &id), thin)?;
        Ok(ticket.line(&id))
    }))
}

fn check(scene: &Scene<'_>, disk: &Object, from: &str, target: &Object, thin: bool) -> Result<(), String> {
    if thin && (from != target.id || !scene.is_ocfs2(from)) {
        return Err(text::rule(&format!("A thin clone of disk: {} needs one OCFS2 repository", disk.name)));
    }
    let runs = |vm: &str| scene.state.get(vm).and_then(Object::vm).is_some_and(|v| v.state == VmState::Running);
    let used = scene.state.mappings_of_medium(&disk.id).find(|(_, m)| runs(&m.vm));
    match used {
        Some((_, m)) if scene.is("clone-of-disk-in-use", "refused") => {
            Err(text::not_stopped(scene.state.name(&m.vm), "RUNNING"))
        }
        _ => Ok(()),
    }
}

/// `moveVmToRepository Vm instance cloneCustomizer= targetRepository=`: the disks that the customizer names, and vm.cfg.
pub fn move_vm(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let vm = must_be_off(object)?;
    let customizer = scene.value(bound, "cloneCustomizer", Kind::VmCloneCustomizer)?;
    let target = scene.value(bound, "targetRepository", Kind::Repository)?.id.clone();
    let disks: Vec<(String, String, String)> =
        scene.state.of_customizer(&customizer.id).into_iter().filter_map(|o| moved(scene, o)).collect();
    let mut locks: Vec<String> = disks.iter().map(|d| d.0.clone()).collect();
    locks.extend([object.id.clone(), customizer.id.clone()]);
    let (id, old, template) = (object.id.clone(), vm.repository.clone(), vm.state == VmState::Template);
    Ok(Plan::new(
        format!("Move Vm: {} to Repository: {}", object.name, scene.state.name(&target)),
        locks,
        move |ticket| {
            ticket.take_time()?;
            for (disk, from, to) in &disks {
                move_disk(ticket, disk, from, to)?;
            }
            move_config(ticket, &id, &old, &target, template)
        },
    ))
}

fn moved(scene: &Scene<'_>, object: &Object) -> Option<(String, String, String)> {
    let Body::VmCloneStorageMapping(wanted) = &object.body else { return None };
    let Medium::Virtual(disk) = &scene.state.get(&wanted.mapping)?.mapping()?.medium else { return None };
    let from = scene.state.get(disk)?.disk()?.repository.clone();
    (from != wanted.repository).then(|| (disk.clone(), from, wanted.repository.clone()))
}

/// The old file goes last, when the copy is the disk: whatever breaks off before leaves the old one in force.
fn move_disk(ticket: &Ticket, disk: &str, from: &str, to: &str) -> Result<(), Trouble> {
    let copy = Made::File { repository: to.to_owned(), disk: disk.to_owned() };
    ticket.making(copy.clone())?;
    ticket.below("storage_plugin_move", ticket.machines().clone_disk((from, disk), (to, disk), false))?;
    ticket.change(|state| {
        if let Some(object) = state.get_mut(disk).and_then(Object::disk_mut) {
            to.clone_into(&mut object.repository);
        }
    })?;
    ticket.making_no_more(&copy)?;
    ticket.below("storage_plugin_destroy", ticket.machines().delete_disk(from, disk))
}

fn move_config(ticket: &Ticket, vm: &str, old: &str, new: &str, template: bool) -> Done {
    ticket.change(|state| {
        if let Some(body) = state.get_mut(vm).and_then(Object::vm_mut) {
            new.clone_into(&mut body.repository);
        }
    })?;
    saved(ticket, vm)?;
    if old != new {
        ticket.below("delete_vm_config", ticket.machines().remove_config(old, vm, template))?;
    }
    Ok(None)
}
