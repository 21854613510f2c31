//! Files of a snapshot at the database's own machine: a work copy at a free high slot, its journal replayed, then mounted
//! read only. An extract that stays open is a run that is done; closing it is taking the run back.

mod copy_out;
mod list_files;
mod mount_read_only;
mod new_ids;
mod params;
mod release_ids;
mod replay;
mod take_down;

pub use copy_out::{Copied, CopyOut, exists, goal, no_folder};
pub use list_files::{Entry, ListFiles};
pub use mount_read_only::taken;
pub use params::{At, ExtractParams, NewIds, Wish};

use crate::{
    catalog,
    engine::{AnyStep, Flow, Step, erase},
    fault::Fault,
    step::{
        World,
        media::{disks_before::DisksBefore, map::MapDisk, work_copy::WorkCopy},
        params::{Way, WorkDisk},
    },
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = catalog::EXTRACT;

/// The procedure, top-down.
pub fn flow(params: ExtractParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps: Vec<Box<dyn AnyStep<World>>> = Vec::new();
    if p.way == Way::Manager {
        steps.push(erase(DisksBefore));
    }
    for disk in &p.disks {
        let (database, snapshot, way) = (p.database.clone(), p.snapshot.clone(), p.way);
        steps.push(erase(WorkCopy { database, snapshot, way, disk: disk.clone() }));
    }
    if let Some(ids) = &p.new_ids {
        steps.extend(new_ids_steps(&p, ids));
    }
    for disk in &p.disks {
        steps.push(erase(map_here(&p, disk)));
    }
    steps.push(erase(replay::Replay(p.clone())));
    steps.push(erase(mount_read_only::MountReadOnly(p.clone())));
    steps.extend(wished(&p));
    Flow::new(NAME, steps)
}

/// At the media host, which knows no twin of the copy.
fn new_ids_steps(p: &Arc<ExtractParams>, ids: &NewIds) -> Vec<Box<dyn AnyStep<World>>> {
    let disks = ids.disks(p);
    let map = |disk: &WorkDisk| MapDisk {
        database: p.database.clone(),
        guest: ids.guest.clone(),
        way: p.way,
        key: format!("ids-{}", disk.slot),
        disk: disk.clone(),
    };
    let mut steps: Vec<Box<dyn AnyStep<World>>> = disks.iter().map(|disk| erase(map(disk))).collect();
    steps.push(erase(new_ids::GiveNewIds { p: p.clone(), ids: ids.clone() }));
    steps.extend(disks.iter().map(|disk| erase(release_ids::ReleaseIds(map(disk)))));
    steps
}

/// At the database's machine.
fn map_here(p: &ExtractParams, disk: &WorkDisk) -> MapDisk {
    MapDisk {
        database: p.database.clone(),
        guest: p.guest.clone(),
        way: p.way,
        key: disk.slot.to_string(),
        disk: disk.clone(),
    }
}

fn wished(p: &Arc<ExtractParams>) -> Vec<Box<dyn AnyStep<World>>> {
    let then_down = |step: Box<dyn AnyStep<World>>| vec![step, erase(take_down::TakeDown(p.clone()))];
    match &p.wish {
        Wish::Open => Vec::new(),
        Wish::List { path } => then_down(erase(ListFiles { p: p.clone(), path: path.clone() })),
        Wish::Copy { path, to } => {
            then_down(erase(copy_out::CopyOut { p: p.clone(), path: path.clone(), to: to.clone() }))
        }
    }
}

/// The name of the step that lists, in journals.
pub const LIST_FILES: &str = <ListFiles as Step<World>>::KIND;
/// The name of the step that mounts.
pub const MOUNT: &str = <mount_read_only::MountReadOnly as Step<World>>::KIND;
/// The name of the step that copies.
pub const COPY_OUT: &str = <CopyOut as Step<World>>::KIND;
