//! The second attempt: where the STANDBY control file did not lead to an open copy, the instance is started again with
//! the BACKUP one.

use super::{opened, rejected};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{
        World,
        media::{
            instance, preview,
            stage::{self, Stage},
            start,
        },
        params::CloneParams,
        preview::told,
    },
    text::{render, sqlplus},
};
use std::sync::Arc;

pub struct RemountCopy(pub Arc<CloneParams>);

impl RemountCopy {
    fn text(&self) -> Result<Vec<String>, Fault> {
        let control = format!("control.ctl -> {}/clone.ctl", preview::folder(&self.0)?);
        Ok(vec![render(&sqlplus::ShutdownAbort {})?, control, render(&sqlplus::StartupMount { pfile: "PFILE" })?])
    }
}

impl Step<World> for RemountCopy {
    const KIND: &'static str = "remount_copy";
    const UNDO: UndoPolicy =
        UndoPolicy::Nothing { because: "the instance is ended where it was started, its files where they were made" };
    type Out = ();

    fn describe(&self) -> String {
        "start the copy again with the BACKUP control file, where the STANDBY one did not do".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(self.text())
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        if opened(cx)?.is_some() {
            return Ok(Ran::Skipped((), "the copy is open".to_owned()));
        }
        if rejected(cx)?.is_some() {
            return Ok(Ran::Skipped((), "the snapshot is rejected".to_owned()));
        }
        let staged = cx.out::<Stage>()?;
        instance::abort(cx.world, &self.0, &staged.folder)?;
        stage::send_control(cx.world, &self.0, &staged)?;
        start::up(cx.world, &self.0, &staged).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // It begins by ending what is there.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
