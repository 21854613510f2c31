//! Media recovery to the target. With the present control file never USING BACKUP CONTROLFILE.

use super::{apply, backup_control, params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, preview::told},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Recover(pub Arc<RecoverParams>);

/// It got there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recovered {
    /// Milliseconds that applying the redo took.
    pub ms: u64,
}

impl Step<World> for Recover {
    const KIND: &'static str = "recover";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "only reflinks and copies are changed, and they go" };
    type Out = Recovered;

    fn describe(&self) -> String {
        format!("apply {} logs of redo", self.0.logs)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        match &self.0.controlfile {
            None => told(preview::script(&apply::to(&self.0.until))),
            Some(control) => told(backup_control::preview(&self.0, control)),
        }
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Recovered>, Fault> {
        let began = cx.clock.elapsed();
        match &self.0.controlfile {
            None => apply::recover(cx, &self.0, &apply::to(&self.0.until), self.0.logs)?,
            Some(control) => backup_control::recover(cx, &self.0, control)?,
        }
        let ms = cx.clock.elapsed().saturating_sub(began).as_millis();
        Ok(Ran::Done(Recovered { ms: u64::try_from(ms).unwrap_or(u64::MAX) }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Recovered>, Fault> {
        // Recovery that is begun again goes on where it was, and one that is at work is waited for.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Recovered>) -> Result<(), Fault> {
        Ok(())
    }
}
