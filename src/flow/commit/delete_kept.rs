//! The kept set on the database's VM is deleted.

use super::params::CommitParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    flow::recover,
    step::{World, shell},
};
use std::sync::Arc;

pub struct DeleteKept(pub Arc<CommitParams>);

impl Step<World> for DeleteKept {
    const KIND: &'static str = "delete_kept";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the kept control files and logs are deleted" };
    type Out = ();

    fn describe(&self) -> String {
        format!("delete the control files and logs that {} kept", self.0.run)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let (p, run) = (&self.0.recovery, self.0.run.as_str());
        for file in p.added.iter().filter(|file| !file.swapped) {
            let aside = file.aside(run);
            shell::words(cx.world, &p.site.host, &["rm", "-f", &aside, &format!("{aside}.new")])?;
        }
        recover::remove_kept(cx.world, p, run).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
