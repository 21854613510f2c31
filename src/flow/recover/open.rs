//! OPEN after complete recovery, OPEN RESETLOGS after an incomplete one. What undoing it means is done by the undos of
//! the steps before: the instance goes down, disks, control files and logs go back.

use super::{params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    model::Scn,
    step::{
        World,
        preview::told,
        production::{self, State},
        sql as ask,
    },
    text::sql::{self, SqlId},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Open(pub Arc<RecoverParams>);

/// What is open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opened {
    /// RESETLOGS_CHANGE# of its incarnation.
    pub resetlogs: Scn,
    /// The SCN a moment after.
    pub scn: Scn,
}

impl Open {
    fn statement(&self) -> SqlId {
        if self.0.resetlogs() { sql::CHANGE_OPEN_RESETLOGS } else { sql::CHANGE_OPEN }
    }

    fn look(&self, cx: &Cx<'_, World>) -> Result<Opened, Fault> {
        let rows =
            ask::ask(cx.world, &ask::production(&self.0.site), &[sql::DATABASE_IDENTITY.at(self.0.release()?, &[])?])?;
        let row = rows.first().map(|rows| rows.one()).transpose()?;
        let row = row.ok_or_else(|| super::no_answer(&self.0))?;
        Ok(Opened { resetlogs: row.scn("RESETLOGS_CHANGE#")?, scn: row.scn("CURRENT_SCN")? })
    }
}

impl Step<World> for Open {
    const KIND: &'static str = "open";
    const UNDO: UndoPolicy = UndoPolicy::Nothing {
        because: "the steps before take it back: instance down, then disks, control files and logs as they were",
    };
    type Out = Opened;

    fn describe(&self) -> String {
        if self.0.resetlogs() { "open with RESETLOGS: a new incarnation" } else { "open the database" }.to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[self.statement()]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Opened>, Fault> {
        let open = self.statement().at(self.0.release()?, &[])?;
        ask::ask(cx.world, &ask::production(&self.0.site), &[open])?;
        self.look(cx).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Opened>, Fault> {
        match production::state(cx.world, &self.0.site, self.0.release()?)? {
            State::Open => self.look(cx).map(Probe::Present),
            State::Mounted => Ok(Probe::Absent),
            other => Ok(Probe::Unknown(format!("the instance is {other:?}"))),
        }
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Opened>) -> Result<(), Fault> {
        Ok(())
    }
}
