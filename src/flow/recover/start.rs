//! STARTUP MOUNT on the swapped disks, with the control files that are meant. Its undo brings the instance down, and where it
//! may have opened a new incarnation takes aside what that archived.

use super::{aside, params::RecoverParams, preview, put_control::PutControl};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Bind, Rows},
    step::{
        World,
        preview::told,
        production::{self, State},
        sql as ask,
    },
    text::{sql, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct StartMount(pub Arc<RecoverParams>);

/// What was archived when the disks were swapped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Archived {
    /// The newest RECID of V$ARCHIVED_LOG.
    pub recid: u64,
}

impl StartMount {
    fn newest(&self, cx: &Cx<'_, World>) -> Result<Archived, Fault> {
        let newest = sql::LOGS_NEWEST_RECORD.at(self.0.release()?, &[])?;
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &[newest])?;
        let row = rows.first().map(|rows| rows.one()).transpose()?.ok_or_else(|| super::no_answer(&self.0))?;
        Ok(Archived { recid: row.number("RECID")? })
    }

    /// Logs that were archived behind the shutdown are of the branch that is left: under the old control file the same
    /// sequence numbers come again, with other content.
    fn set_aside(&self, cx: &Cx<'_, World>, names: &[String]) -> Result<(), Fault> {
        aside::move_there(cx.world, &self.0.site.host, &self.0.kept_set(cx.run), names)
    }

    /// An OPEN RESETLOGS whose answer was lost may be at work still: the instance goes down before it is asked.
    fn archived_since(&self, cx: &Cx<'_, World>, recid: u64) -> Result<Vec<String>, Fault> {
        let (p, release) = (&self.0, self.0.release()?);
        production::stop(cx.world, &p.site, release)?;
        production::mount(cx.world, &p.site)?;
        let after = sql::LOGS_ARCHIVED_AFTER.at(release, &[("recid", Bind::Number(recid))])?;
        let rows = ask::ask(cx.world, &ask::production(&p.site), &[after])?;
        let names: Vec<String> = rows
            .iter()
            .flat_map(Rows::iter)
            .map(|row| row.text("NAME").map(str::to_owned))
            .collect::<Result<_, _>>()?;
        // The snapshot's control file may have taken up logs that were there before.
        let before = cx.maybe::<PutControl>()?.map(|put| put.archived).unwrap_or_default();
        Ok(names.into_iter().filter(|name| !before.contains(name)).collect())
    }
}

impl Step<World> for StartMount {
    const KIND: &'static str = "start_mount";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Archived;

    fn describe(&self) -> String {
        format!("start {} in MOUNT", self.0.site.database)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::script(&sqlplus::StartupMount { pfile: "" }))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Archived>, Fault> {
        production::mount(cx.world, &self.0.site)?;
        self.newest(cx).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Archived>, Fault> {
        let state = production::state(cx.world, &self.0.site, self.0.release()?)?;
        Ok(match state {
            State::Mounted => Probe::Present(self.newest(cx)?),
            State::Down => Probe::Absent,
            other => Probe::Partial(format!("the instance is {other:?}")),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&Archived>) -> Result<(), Fault> {
        // Without an answer to this step nothing was opened.
        let names = match out.filter(|_| self.0.resetlogs()) {
            Some(archived) => self.archived_since(cx, archived.recid)?,
            None => Vec::new(),
        };
        production::stop(cx.world, &self.0.site, self.0.release()?)?;
        self.set_aside(cx, &names)
    }
}
