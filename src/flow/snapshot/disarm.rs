//! The guard is sent home, and its log goes into the journal.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{
        World, folder,
        guard::{self, GuardReport},
        params::SnapshotParams,
    },
};
use std::sync::Arc;

pub struct DisarmGuard(pub Arc<SnapshotParams>);

impl Step<World> for DisarmGuard {
    const KIND: &'static str = "disarm_guard";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the window is over" };
    type Out = GuardReport;

    fn describe(&self) -> String {
        "disarm the guard and read its log".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<GuardReport>, Fault> {
        let host = &self.0.site.host;
        let report = guard::disarm(cx.world, host, cx.run)?.unwrap_or_default();
        folder::remove(cx.world, host, cx.run)?;
        if guard::fired(&report) {
            let text = format!("the guard had begun to act: {}", report.result.clone().unwrap_or_default());
            return Ok(Ran::Warned(report, text));
        }
        Ok(Ran::Done(report))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<GuardReport>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&GuardReport>) -> Result<(), Fault> {
        Ok(())
    }
}
