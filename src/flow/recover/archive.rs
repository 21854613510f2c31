//! The current log is archived while the database still works, so that little is left to do when it is down.

use super::{params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, preview::told, production::State, sql as ask},
    text::sql,
};
use std::sync::Arc;

pub struct ArchiveCurrent(pub Arc<RecoverParams>);

impl Step<World> for ArchiveCurrent {
    const KIND: &'static str = "archive_current";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "a log switch leaves nothing to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "archive the current log".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::LOGS_ARCHIVE_CURRENT]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        if self.0.was != State::Open {
            return Ok(Ran::Skipped((), "the database is not open".to_owned()));
        }
        if let Some(sequence) = self.0.only_online {
            let why = format!("only an online group holds sequence {sequence}, and a switch may overwrite it");
            return Ok(Ran::Skipped((), why));
        }
        let archive = sql::LOGS_ARCHIVE_CURRENT.at(self.0.release()?, &[])?;
        ask::ask(cx.world, &ask::production(&self.0.site), &[archive]).map(|_| Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
