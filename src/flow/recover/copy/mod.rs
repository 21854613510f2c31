//! Datafiles beside redo or control files: their disk cannot be swapped, so a work copy of the golden disk is mounted at the
//! database's own machine, and its datafiles take the places of those that are there, which are kept. Nothing else of the
//! golden disk is used: its redo and its control files are from another time.

mod aside;
mod files;
mod mount;
mod params;
mod preview;
mod release;

pub use mount::must_have_room;
pub use params::{CopyFile, CopyUnit, Copying, copy_point};

use super::{Steps, params::RecoverParams};
use crate::{
    engine::erase,
    step::{
        media::{
            map::{MapDisk, seats},
            work_copy::WorkCopy,
        },
        params::{Guest, WorkDisk},
    },
};
use std::sync::Arc;

/// While everything still works: the work copies, and their file systems at mount points of the run's own.
pub fn bring_here(p: &Arc<RecoverParams>) -> Steps {
    let disks = &p.copying.disks;
    let work = |disk: &WorkDisk| WorkCopy {
        database: p.site.database.clone(),
        way: p.way,
        disk: disk.clone(),
        snapshot: p.snapshot.clone(),
    };
    let mut steps: Steps = disks.iter().map(|disk| erase(work(disk))).collect();
    steps.extend(disks.iter().map(|disk| erase(map_here(p, disk))));
    steps.extend(units(p, |p, unit| erase(mount::MountCopy { p, unit })));
    steps
}

/// While the database is down.
pub fn copy(p: &Arc<RecoverParams>) -> Steps {
    let mut steps = units(p, |p, unit| erase(aside::SetAside { p, unit }));
    steps.extend(units(p, |p, unit| erase(files::CopyFiles { p, unit })));
    if !p.copying.is_empty() {
        steps.push(erase(release::ReleaseCopy(p.clone())));
    }
    steps
}

fn units(p: &Arc<RecoverParams>, step: impl Fn(Arc<RecoverParams>, CopyUnit) -> super::AnyOne) -> Steps {
    p.copying.units.iter().map(|unit| step(p.clone(), unit.clone())).collect()
}

/// The work copy at its free slot of the database's Vm.
fn map_here(p: &RecoverParams, disk: &WorkDisk) -> MapDisk {
    let host = p.site.host.clone();
    MapDisk {
        ours: seats(&p.copying.disks),
        database: p.site.database.clone(),
        guest: Guest { name: host.clone(), host, vm: p.site.vm.clone() },
        way: p.way,
        key: disk.slot.to_string(),
        disk: disk.clone(),
    }
}
