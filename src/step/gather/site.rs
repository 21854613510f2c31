//! What the manager says, in the survey's words.

use super::guest;
use crate::{
    driver::ovm::{self, ObjectRef, VmDisk},
    fault::{Fault, Remedy},
    model::{HostName, ObjectId},
    step::World,
    survey::{DiskKind, MediaFacts, RepositoryFacts, VmDiskFacts, VmFacts},
    text::sh::OracleEnv,
};
use std::collections::BTreeSet;

/// A Vm by name, with its disks.
pub fn vm(world: &World, name: &str) -> Result<VmFacts, Fault> {
    let manager = &world.manager;
    let vm = manager.find_vm(name).map_err(|e| e.fault())?;
    let disks = manager.disks_of(&vm).map_err(|e| e.fault())?;
    Ok(VmFacts {
        id: vm.id,
        name: vm.name,
        status: vm.status,
        domain_type: vm.domain_type.unwrap_or_default(),
        locked: vm.locked.unwrap_or(false),
        memory_mb: vm.memory_mb,
        pool: vm.pool.map(|pool| pool.id),
        disks: disks.into_iter().map(|disk| disk_facts(world, disk)).collect::<Result<_, _>>()?,
    })
}

/// One disk in the survey's words. Only virtual disks lie in a repository.
fn disk_facts(world: &World, disk: VmDisk) -> Result<VmDiskFacts, Fault> {
    let kind = match disk.disk.as_ref().map(|disk| disk.kind) {
        Some(ovm::DiskKind::Virtual) => DiskKind::Virtual,
        Some(ovm::DiskKind::Physical) => DiskKind::Physical,
        _ => DiskKind::Cd,
    };
    let id = disk.disk.as_ref().map(|disk| disk.id.clone());
    let shown = match (&id, kind) {
        (Some(id), DiskKind::Virtual) => Some(world.manager.disk(id).map_err(|e| e.fault())?),
        _ => None,
    };
    let label = || disk.disk.as_ref().map(|d| d.name.clone().unwrap_or_else(|| d.id.to_string()));
    Ok(VmDiskFacts {
        slot: disk.slot,
        mapping: disk.mapping.id.clone(),
        kind,
        name: shown.as_ref().map(|d| d.name.clone()).or_else(label).unwrap_or_default(),
        repository: shown.as_ref().and_then(|d| d.repository.clone()).map(|repository| repository.id),
        bytes: shown.and_then(|d| d.max_bytes),
        disk: id,
    })
}

/// The repositories of the disks at `slots`. The manager knows their free space only after a refresh, which changes no
/// object; where it cannot be had now (another job holds the repository), the space is unknown rather than old.
pub fn repositories(world: &World, vm: &VmFacts, slots: &BTreeSet<u32>) -> Result<Vec<RepositoryFacts>, Fault> {
    let ids: BTreeSet<ObjectId> =
        vm.disks.iter().filter(|d| slots.contains(&d.slot)).filter_map(|d| d.repository.clone()).collect();
    ids.into_iter().map(|id| repository(world, id)).collect()
}

fn repository(world: &World, id: ObjectId) -> Result<RepositoryFacts, Fault> {
    let shown: ovm::Repository = match world.manager.refresh_repository(&id) {
        Ok(shown) => shown,
        Err(_) => {
            let old = world.manager.repository(&ObjectRef::Id(id.clone())).map_err(|e| e.fault())?;
            ovm::Repository { free_bytes: None, ..old }
        }
    };
    Ok(RepositoryFacts {
        name: shown.name.unwrap_or_else(|| id.to_string()),
        id,
        file_system: shown.file_system.map(|fs| fs.label().to_owned()).unwrap_or_default(),
        free_bytes: shown.free_bytes,
        locked: shown.locked.unwrap_or(false),
    })
}

/// The media host.
pub fn media(
    world: &World,
    name: &HostName,
    host: &HostName,
    vm_name: &str,
    env: &OracleEnv,
) -> Result<MediaFacts, Fault> {
    let home = guest::home(world, host, env)?;
    Ok(MediaFacts {
        name: name.to_string(),
        vm: vm(world, vm_name)?,
        host: guest::host(world, host)?,
        missing_programs: home.missing,
        release: home.release,
    })
}
