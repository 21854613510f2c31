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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::{assert_order, on_a_group};

    /// Law 16 and its reverse: a group comes behind its disks, and before its file systems.
    #[test]
    fn a_copied_group_is_imported_between_mapping_and_mounting() {
        let plan = flow(on_a_group()).unwrap().plan();
        assert_order(&plan, &["map:2", "map:4", "import_group:vg-data", "mount:/u02", "tear_down"]);
    }
}
