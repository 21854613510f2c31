//! Files of a snapshot at the database's own machine: a work copy at a free high slot, its journal replayed, then mounted
//! read only. An extract that stays open is a run that is done; closing it is taking the run back.

mod copy_out;
mod list_files;
mod mount_read_only;
mod new_ids;
mod params;
mod release_group;
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
        active_group::Activate,
        media::{
            disks_before::DisksBefore,
            import_group::ImportGroup,
            map::{MapDisk, seats},
            work_copy::WorkCopy,
        },
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
    if let Some(group) = p.group()? {
        steps.push(erase(Activate { host: p.guest.host.clone(), group }));
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
        ours: seats(&disks),
        database: p.database.clone(),
        guest: ids.guest.clone(),
        way: p.way,
        key: format!("ids-{}", disk.slot),
        disk: disk.clone(),
    };
    let import = p.unit.group.as_ref().map(|group| {
        let (disks, named_after) = (disks.clone(), ids.naming(p));
        move || ImportGroup {
            guest: ids.guest.clone(),
            disks: disks.clone(),
            named_after: named_after.clone(),
            group: group.clone(),
        }
    });
    let mut steps: Vec<Box<dyn AnyStep<World>>> = disks.iter().map(|disk| erase(map(disk))).collect();
    steps.extend(import.iter().map(|import| erase(import())));
    steps.push(erase(new_ids::GiveNewIds { p: p.clone(), ids: ids.clone() }));
    steps.extend(import.iter().map(|import| erase(release_group::ReleaseGroup(import()))));
    steps.extend(disks.iter().map(|disk| erase(release_ids::ReleaseIds(map(disk)))));
    steps
}

/// At the database's machine.
fn map_here(p: &ExtractParams, disk: &WorkDisk) -> MapDisk {
    MapDisk {
        ours: seats(&p.disks),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::{assert_order, on_a_group};

    fn params() -> ExtractParams {
        let clone = on_a_group();
        let disks = clone.disks.iter().map(|disk| WorkDisk { media_slot: disk.slot + 48, ..disk.clone() });
        ExtractParams {
            disks: disks.collect(),
            unit: clone.surveyed.layout.units[0].clone(),
            new_ids: Some(NewIds { guest: clone.media.guest(), slots: [(2, 20), (4, 21)].into(), label: false }),
            guest: clone.media.guest(),
            snapshot: clone.snapshot,
            database: clone.site.database,
            way: clone.way,
            at: None,
            wish: Wish::Open,
        }
    }

    /// No twin of a group ever comes to the database's machine: it has another name and other ids before.
    #[test]
    fn a_copied_group_gets_its_ids_at_the_media_host() {
        let plan = flow(params()).unwrap().plan();
        let there = [
            "map:ids-2",
            "map:ids-4",
            "import_group:vg-data",
            "new_ids",
            "release_group",
            "unmap_ids:2",
            "unmap_ids:4",
        ];
        let here = ["map:2", "map:4", "activate_group:ovm.xvday", "replay", "mount_read_only"];
        assert_order(&plan, &[&there[..], &here[..]].concat());
    }
}
