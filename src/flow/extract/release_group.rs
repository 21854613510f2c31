//! The copied volume group has its new ids: it is let go at the media host.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, media::import_group::ImportGroup},
};

pub struct ReleaseGroup(pub ImportGroup);

impl Step<World> for ReleaseGroup {
    const KIND: &'static str = "release_group";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("deactivate the copy of volume group {} on {}", self.0.group.name, self.0.guest.name)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        self.0.release(cx).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
