//! The kept set on the database's VM is deleted, and what lies beside its name under the run's mark.

use super::params::CommitParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    flow::{
        recover::{self, RecoverParams},
        snapshot,
    },
    step::{World, folder, shell},
    survey::Unit,
};
use std::sync::Arc;

/// Files named in one command.
const AT_ONCE: usize = 100;

pub struct DeleteKept(pub Arc<CommitParams>);

/// Copies of the control file that a golden disk carries came with its reflink.
fn copies(p: &RecoverParams) -> Vec<String> {
    let at = |unit: &Unit| format!("{}/.ovmirror/{}.ctl", unit.target.trim_end_matches('/'), p.snapshot);
    p.units.iter().map(at).flat_map(|copy| [snapshot::standby_copy(&copy), copy]).collect()
}

impl Step<World> for DeleteKept {
    const KIND: &'static str = "delete_kept";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the kept control files and logs are deleted" };
    type Out = ();

    fn describe(&self) -> String {
        format!("delete the control files, logs and datafiles that {} kept", self.0.run)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let (p, run) = (&self.0.recovery, self.0.run.as_str());
        for some in p.beside(run).chunks(AT_ONCE) {
            let files = some.iter().map(String::as_str);
            shell::words(cx.world, &p.site.host, &["rm", "-f"].into_iter().chain(files).collect::<Vec<_>>())?;
        }
        let came_along: Vec<String> = if self.0.undone { Vec::new() } else { copies(p) };
        if !came_along.is_empty() {
            let files = came_along.iter().map(String::as_str);
            shell::words(cx.world, &p.site.host, &["rm", "-f"].into_iter().chain(files).collect::<Vec<_>>())?;
        }
        // One that is stuck has left its folder.
        folder::remove(cx.world, &p.site.host, run)?;
        recover::remove_kept(cx.world, p, run).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
