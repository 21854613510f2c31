//! The tape half: a work copy of the golden disks goes to the media host, is mounted there, and RMAN puts it on tape.

mod control_file;
mod evidence;
mod preview;
mod roll_forward;
mod settle;
mod tape;
mod validate;

pub use settle::TAPE_FILE;

use crate::{
    engine::{Flow, erase},
    fault::Fault,
    step::{
        World,
        media::{self, stage::Purpose},
        params::CloneParams,
    },
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "offload";

/// The procedure, top-down.
pub fn flow(params: CloneParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps = media::mounted_copy(&p, Purpose::Tape);
    steps.extend([
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
