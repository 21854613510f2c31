//! The tape half: a work copy of the golden disks goes to the media host, is mounted there, and RMAN puts it on tape.

mod accept;
mod backend;
mod control_file;
mod disks_before;
mod evidence;
mod instance;
mod map;
mod mount;
mod owner;
mod places;
mod preview;
mod rman_job;
mod roll_forward;
mod settle;
mod stage;
mod start;
mod tape;
mod tear_down;
mod validate;
mod work_copy;

use crate::{
    engine::{AnyStep, Flow, erase},
    fault::Fault,
    step::{
        World,
        params::{OffloadParams, Way},
    },
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "offload";

/// The procedure, top-down.
pub fn flow(params: OffloadParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps: Vec<Box<dyn AnyStep<World>>> = Vec::new();
    if p.way == Way::Manager {
        steps.push(erase(disks_before::DisksBefore));
    }
    for disk in &p.disks {
        steps.push(erase(work_copy::WorkCopy { p: p.clone(), disk: disk.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(map::MapDisk { p: p.clone(), disk: disk.clone() }));
    }
    for unit in p.surveyed.layout.data_units() {
        steps.push(erase(mount::MountUnit { p: p.clone(), unit: unit.clone() }));
    }
    steps.extend([
        erase(stage::Stage(p.clone())),
        erase(start::StartMount(p.clone())),
        erase(accept::Accept(p.clone())),
        erase(tape::ToTape { p: p.clone(), attempt: 1 }),
        erase(roll_forward::RollForward(p.clone())),
        erase(tape::ToTape { p: p.clone(), attempt: 2 }),
        erase(evidence::Evidence(p.clone())),
        erase(control_file::ControlFileToTape(p.clone())),
        erase(validate::ValidateTape(p.clone())),
        erase(tear_down::TearDown(p.clone())),
        erase(settle::Settle(p)),
    ]);
    Flow::new(NAME, steps)
}
