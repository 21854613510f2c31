//! ARCHIVE LOG CURRENT and CHECKPOINT before the window, and a first `sync`, so that the window itself has little to do.

use super::preview;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, params::SnapshotParams, preview::told, shell, sql as ask},
    text::{sh, sql},
};
use std::{sync::Arc, time::Duration};

pub struct SwitchLog(pub Arc<SnapshotParams>);

/// The first sync may have much to write.
pub(super) const FIRST_SYNC: Duration = Duration::from_secs(600);

impl Step<World> for SwitchLog {
    const KIND: &'static str = "switch_log";
    const UNDO: UndoPolicy =
        UndoPolicy::Nothing { because: "a log switch and a checkpoint leave nothing to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "archive the current log, checkpoint, sync".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::switch_log(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let site = &self.0.site;
        let release = self.0.release()?;
        let batch = [sql::LOGS_ARCHIVE_CURRENT.at(release, &[])?, sql::LOGS_CHECKPOINT.at(release, &[])?];
        ask::ask(cx.world, &ask::production(site), &batch)?;
        let sync = sh::Sync { run: cx.run, seconds: FIRST_SYNC.as_secs() };
        shell::script_within(cx.world, &site.host, &sync, FIRST_SYNC + cx.world.limits.command)?;
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
