//! Recovery in seconds: the datafiles' disks are swapped for reflinks of a snapshot, and redo rolls them forward. The old
//! disks, control files and online logs are kept until `commit`; every step can be taken back, also when all are done.

mod added;
mod apply;
mod archive;
mod aside;
mod backup_control;
mod beside;
mod bring;
mod checks;
mod connect;
pub mod copy;
mod folder;
mod headers;
mod keep;
mod map;
mod media_recovery;
mod mount;
mod new_disk;
mod offline;
mod online;
mod open;
pub mod params;
mod part;
mod preview;
mod put_control;
mod read_only;
pub mod server;
mod shutdown;
mod start;
mod swap;
mod taken;
mod unmap;
mod unmount;
mod whole;

pub use added::is_managed;
pub use copy::{CopyFile, CopyUnit, Copying, copy_point, must_have_room};
pub use keep::{remove as remove_kept, remove_set as remove_kept_set};
pub use open::{Open, Opened};
pub use params::{AddedFile, FromTape, Part, RecoverParams, SnapshotControl, SwapDisk};
pub use put_control::not_what_was_kept;
pub use whole::lies_on;

use crate::{
    engine::{AnyStep, Flow, erase},
    fault::{Fault, Kind},
    step::{
        World,
        active_group::{Activate, Deactivate},
        media::disks_before::DisksBefore,
        params::Way,
    },
    survey::groups_of,
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "recover";

type AnyOne = Box<dyn AnyStep<World>>;
type Steps = Vec<AnyOne>;

/// The procedure, top-down.
pub fn flow(params: RecoverParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps = before(&p);
    match &p.part {
        None => whole(&p, &mut steps),
        Some(_) => part_of_it(&p, &mut steps),
    }
    Flow::new(NAME, steps)
}

/// While everything still works.
fn before(p: &Arc<RecoverParams>) -> Steps {
    let mut steps: Steps = vec![erase(folder::RunFolder(p.clone()))];
    if p.way == Way::Manager {
        steps.push(erase(DisksBefore));
    }
    for disk in &p.disks {
        steps.push(erase(new_disk::NewDisk { p: p.clone(), disk: disk.clone() }));
    }
    steps.extend(copy::bring_here(p));
    steps.push(erase(bring::BringLogs(p.clone())));
    steps.push(erase(archive::ArchiveCurrent(p.clone())));
    steps
}

/// The database goes down with the way back kept, its disks are swapped (or its datafiles copied), and it comes up and forward to the target.
fn whole(p: &Arc<RecoverParams>, steps: &mut Steps) {
    steps.push(erase(shutdown::ShutDown(p.clone())));
    steps.push(erase(keep::Keep(p.clone())));
    swap_disks(p, steps);
    steps.extend(copy::copy(p));
    if p.controlfile.is_some() {
        steps.push(erase(put_control::PutControl(p.clone())));
    }
    steps.extend([
        erase(start::StartMount(p.clone())),
        erase(headers::Headers(p.clone())),
        erase(added::AddedFiles(p.clone())),
        erase(media_recovery::Recover(p.clone())),
        erase(open::Open(p.clone())),
    ]);
    if p.read_only().next().is_some() {
        steps.push(erase(read_only::ReadOnlyOnline(p.clone())));
    }
    steps.push(erase(checks::Checks(p.clone())));
}

/// The part goes offline, the rest works on.
fn part_of_it(p: &Arc<RecoverParams>, steps: &mut Steps) {
    steps.push(erase(offline::Offline(p.clone())));
    swap_disks(p, steps);
    steps.extend([
        erase(headers::Headers(p.clone())),
        erase(part::RecoverPart(p.clone())),
        erase(online::Online(p.clone())),
        erase(checks::Checks(p.clone())),
    ]);
}

/// Unmount, deactivate, disconnect, swap, connect, activate, mount.
fn swap_disks(p: &Arc<RecoverParams>, steps: &mut Steps) {
    for unit in p.units.iter().rev() {
        steps.push(erase(unmount::Unmount { p: p.clone(), unit: unit.clone() }));
    }
    let groups: Vec<String> = groups_of(p.units.iter()).into_iter().map(|group| group.name).collect();
    for group in &groups {
        steps.push(erase(Deactivate { host: p.site.host.clone(), group: group.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(unmap::Unmap { p: p.clone(), disk: disk.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(swap::Swap { p: p.clone(), disk: disk.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(map::MapNew { p: p.clone(), disk: disk.clone() }));
    }
    for group in groups {
        steps.push(erase(Activate { host: p.site.host.clone(), group }));
    }
    for unit in &p.units {
        steps.push(erase(mount::Mount { p: p.clone(), unit: unit.clone() }));
    }
}

fn no_answer(p: &RecoverParams) -> Fault {
    Fault::new(Kind::External, "REC-030", format!("{} did not answer", p.site.database)).on(&p.site.host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::{assert_order, on_a_group};

    fn params() -> RecoverParams {
        let clone = on_a_group();
        let disk = |slot: u32| {
            serde_json::json!({
                "slot": slot, "live": format!("0004fb000012000000000000000000{slot:02}.img"), "live_name": "data",
                "mapping_name": "data", "golden": "0004fb00001200000000000000000002.img",
                "repository": "0004fb00000300000000000000000001",
            })
        };
        serde_json::from_value(serde_json::json!({
            "site": clone.site, "way": "manager", "snapshot": clone.snapshot, "active": clone.active, "quiet": clone.quiet,
            "disks": [disk(2), disk(4)], "units": clone.surveyed.layout.units, "surveyed": clone.surveyed,
            "options": {"/u02": "rw"}, "until": crate::recovery::Until::Complete, "was": crate::step::production::State::Open,
            "abort": false, "kept": "/u03/kept", "keep": [], "control_files": 0, "online_logs": 0, "added": [], "later": [],
            "dropped": [], "bring": [], "logs": 1, "skip": [],
        }))
        .unwrap()
    }

    /// Law 16: a group is inactive before the first of its disks goes, and active behind the last that comes.
    #[test]
    fn a_group_leaves_before_its_disks_and_comes_behind_them() {
        let plan = flow(params()).unwrap().plan();
        let away = ["unmount:/u02", "deactivate_group:vg-data", "unmap_live:2", "unmap_live:4"];
        let back = ["map_new:2", "map_new:4", "activate_group:vg-data", "mount_swapped:/u02"];
        assert_order(&plan, &[&away[..], &back[..]].concat());
    }
}
