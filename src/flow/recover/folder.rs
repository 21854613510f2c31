//! The run's folder on the database's VM: a RECOVER that outlives the connection keeps its log there.

use super::params::RecoverParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, folder},
};
use std::sync::Arc;

pub struct RunFolder(pub Arc<RecoverParams>);

impl Step<World> for RunFolder {
    const KIND: &'static str = "recover_folder";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = String;

    fn describe(&self) -> String {
        format!("make the run's private folder on {}", self.0.site.host)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<String>, Fault> {
        folder::make(cx.world, &self.0.site.host, cx.run).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<String>, Fault> {
        // Making a folder again changes nothing.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&String>) -> Result<(), Fault> {
        folder::remove(cx.world, &self.0.site.host, cx.run)
    }
}
