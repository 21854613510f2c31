//! The current log is archived while the database still works, and the newest record of an archived log is noted: what
//! is archived behind it belongs to this run.

use super::{params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, preview::told, production::State, sql as ask},
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ArchiveCurrent(pub Arc<RecoverParams>);

/// What was archived before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Archived {
    /// The newest RECID of V$ARCHIVED_LOG; `None`: it could not be asked.
    pub recid: Option<u64>,
}

impl Step<World> for ArchiveCurrent {
    const KIND: &'static str = "archive_current";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "a log switch leaves nothing to take back" };
    type Out = Archived;

    fn describe(&self) -> String {
        "archive the current log".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::LOGS_ARCHIVE_CURRENT, sql::LOGS_NEWEST_RECORD]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Archived>, Fault> {
        let (p, release) = (&self.0, self.0.release()?);
        let newest = sql::LOGS_NEWEST_RECORD.at(release, &[])?;
        // One that was down is in MOUNT since the plan was made.
        let batch = match p.was {
            State::Open => vec![sql::LOGS_ARCHIVE_CURRENT.at(release, &[])?, newest],
            State::Mounted | State::Down | State::Started => vec![newest],
        };
        let rows = ask::ask(cx.world, &ask::production(&p.site), &batch)?;
        let last = rows.last().map(|rows| rows.one()).transpose()?;
        let recid = last.map(|row| row.number("RECID")).transpose()?;
        Ok(Ran::Done(Archived { recid }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Archived>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Archived>) -> Result<(), Fault> {
        Ok(())
    }
}
