//! The tape half: a work copy of the golden disks goes to the media host, is mounted there, and RMAN puts it on tape.

mod control_file;
mod evidence;
mod preview;
mod roll_forward;
mod settle;
mod tape;
mod validate;

use crate::{
    engine::{AnyStep, Flow, erase},
    fault::Fault,
    step::{
        World, media,
        params::{CloneParams, Way},
    },
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "offload";

/// The procedure, top-down.
pub fn flow(params: CloneParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps: Vec<Box<dyn AnyStep<World>>> = Vec::new();
    if p.way == Way::Manager {
        steps.push(erase(media::disks_before::DisksBefore));
    }
    for disk in &p.disks {
        steps.push(erase(media::work_copy::WorkCopy::of(&p, disk)));
    }
    for disk in &p.disks {
        steps.push(erase(media::map::MapDisk::to_media(&p, disk)));
    }
    for unit in p.surveyed.layout.data_units() {
        steps.push(erase(media::mount::MountUnit { p: p.clone(), unit: unit.clone() }));
    }
    steps.extend([
        erase(media::stage::Stage(p.clone())),
        erase(media::start::StartMount(p.clone())),
        erase(media::accept::Accept(p.clone())),
        erase(tape::ToTape { p: p.clone(), attempt: 1 }),
        erase(roll_forward::RollForward(p.clone())),
        erase(tape::ToTape { p: p.clone(), attempt: 2 }),
        erase(evidence::Evidence(p.clone())),
        erase(control_file::ControlFileToTape(p.clone())),
        erase(validate::ValidateTape(p.clone())),
        erase(media::tear_down::TearDown(p.clone())),
        erase(settle::Settle(p)),
    ]);
    Flow::new(NAME, steps)
}
