//! An instance without a database, for RMAN to restore the control file into.

use super::{params::TapeParams, preview, stage::TapeStage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, media::instance, preview::told},
    text::sqlplus,
};
use std::sync::Arc;

pub struct StartNomount(pub Arc<TapeParams>);

impl Step<World> for StartNomount {
    const KIND: &'static str = "tape_nomount";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("start an instance in NOMOUNT on {}", self.0.clone.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::script(&sqlplus::StartupNomount { pfile: "PFILE" }))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let pfile = cx.out::<TapeStage>()?.staged.pfile;
        let start = sqlplus::StartupNomount { pfile: &pfile };
        instance::script(cx.world, &self.0.clone, &start, cx.world.limits.start_stop).map(drop).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Partial("the instance may be up, in part or whole".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        match cx.maybe::<TapeStage>()? {
            Some(staged) => instance::abort(cx.world, &self.0.clone, &staged.staged.folder),
            None => Ok(()),
        }
    }
}
