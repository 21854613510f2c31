//! `refresh`: the manager learns what lies on storage.

use crate::manager::job::{Plan, Scene, Ticket, Trouble};
use crate::manager::object::{Body, Kind, Object, VirtualDisk};
use crate::manager::syntax::Bound;
use std::collections::BTreeMap;

fn titled(object: &Object) -> String {
    format!("Refresh {}: {}", object.body.kind(), object.name)
}

/// Registers files found in `VirtualDisks/` (id and name = file name), forgets unmapped disks whose file is gone, and
/// learns sizes anew.
pub fn repository(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let id = object.id.clone();
    Ok(Plan::new(titled(object), vec![id.clone()], move |ticket| {
        ticket.take_time()?;
        let found = files(ticket, &id)?;
        let forgets = ticket.core.options.quirks.is("refresh-forgets-vanished", "yes");
        ticket.change(|state| {
            let known: Vec<String> = disks_of(state, &id);
            for disk in known.iter().filter(|d| !found.contains_key(*d)) {
                if forgets && state.mappings_of_medium(disk).next().is_none() {
                    state.remove(disk);
                }
            }
            found.iter().for_each(|(name, disk)| learn(state, name, disk));
        })?;
        if ticket.core.options.quirks.is("space-after", "any") {
            learn_space(ticket, &id)?;
        }
        Ok(None)
    }))
}

fn files(ticket: &Ticket, repository: &str) -> Result<BTreeMap<String, VirtualDisk>, Trouble> {
    let names = ticket.below("repository_scan", ticket.machines().scan(repository))?;
    let size = |name: String| {
        let size = ticket.below("storage_plugin_get_status", ticket.machines().disk_size(repository, &name))?;
        let disk = VirtualDisk { repository: repository.to_owned(), shareable: false, max: size.max, used: size.used };
        Ok((name, disk))
    };
    names.into_iter().map(size).collect()
}

fn disks_of(state: &crate::manager::state::State, repository: &str) -> Vec<String> {
    let of = state.of(Kind::VirtualDisk).into_iter();
    of.filter(|o| o.disk().is_some_and(|d| d.repository == repository)).map(|o| o.id.clone()).collect()
}

/// A file whose name is the id of another object (a disk in a second repository) cannot be registered again.
fn learn(state: &mut crate::manager::state::State, name: &str, seen: &VirtualDisk) {
    match state.get_mut(name) {
        Some(object) => {
            if let Some(disk) = object.disk_mut().filter(|d| d.repository == seen.repository) {
                (disk.max, disk.used) = (seen.max, seen.used);
            }
        }
        None => state.add(name, name, "", Body::VirtualDisk(seen.clone())),
    }
}

/// Free space is new after this only (scripts refresh repository and file system before they read it).
pub fn file_system(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    let id = object.id.clone();
    let on: Vec<String> = scene
        .state
        .of(Kind::Repository)
        .into_iter()
        .filter(|o| matches!(&o.body, Body::Repository { file_system } if *file_system == id))
        .map(|o| o.id.clone())
        .collect();
    Ok(Plan::new(titled(object), vec![id], move |ticket| {
        ticket.take_time()?;
        on.iter().try_for_each(|repository| learn_space(ticket, repository))?;
        Ok(None)
    }))
}

fn learn_space(ticket: &Ticket, repository: &str) -> Result<(), Trouble> {
    let (size, free) = ticket.below("get_fs_space", ticket.machines().space(repository))?;
    ticket.change(|state| {
        let id = state.file_system_of(repository).map(|(o, _)| o.id.clone());
        if let Some(Body::FileSystem(fs)) = id.and_then(|id| state.get_mut(&id)).map(|o| &mut o.body) {
            (fs.size, fs.free) = (size, free);
        }
    })
}

/// Servers and LUNs do not change under a site.
pub fn nothing(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let object = scene.instance(bound)?;
    Ok(Plan::new(titled(object), vec![object.id.clone()], |ticket| {
        ticket.take_time()?;
        Ok(None)
    }))
}
