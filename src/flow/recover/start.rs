//! STARTUP MOUNT on the swapped disks, with the present control files. Its undo brings the instance down, and where it
//! may have opened a new incarnation takes aside what that archived.

use super::{archive::ArchiveCurrent, aside, params::RecoverParams, preview};
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
use std::sync::Arc;

pub struct StartMount(pub Arc<RecoverParams>);

impl StartMount {
    /// Logs that were archived behind the shutdown are of the branch that is left: under the old control file the same
    /// sequence numbers come again, with other content.
    fn set_aside(&self, cx: &Cx<'_, World>, names: &[String]) -> Result<(), Fault> {
        aside::move_there(cx.world, &self.0.site.host, &self.0.kept_set(cx.run), names)
    }

    fn archived_since(&self, cx: &Cx<'_, World>) -> Result<Vec<String>, Fault> {
        let (p, release) = (&self.0, self.0.release()?);
        let before = cx.maybe::<ArchiveCurrent>()?.and_then(|archived| archived.recid);
        let Some(recid) = before.filter(|_| p.until.needs_resetlogs()) else { return Ok(Vec::new()) };
        if !matches!(production::state(cx.world, &p.site, release)?, State::Mounted | State::Open) {
            production::stop(cx.world, &p.site, release)?;
            production::mount(cx.world, &p.site)?;
        }
        let after = sql::LOGS_ARCHIVED_AFTER.at(release, &[("recid", Bind::Number(recid))])?;
        let rows = ask::ask(cx.world, &ask::production(&p.site), &[after])?;
        rows.iter().flat_map(Rows::iter).map(|row| row.text("NAME").map(str::to_owned)).collect()
    }
}

impl Step<World> for StartMount {
    const KIND: &'static str = "start_mount";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("start {} in MOUNT", self.0.site.database)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::script(&sqlplus::StartupMount { pfile: "" }))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        production::mount(cx.world, &self.0.site).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        let state = production::state(cx.world, &self.0.site, self.0.release()?)?;
        Ok(match state {
            State::Mounted => Probe::Present(()),
            State::Down => Probe::Absent,
            other => Probe::Partial(format!("the instance is {other:?}")),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        let names = self.archived_since(cx)?;
        production::stop(cx.world, &self.0.site, self.0.release()?)?;
        self.set_aside(cx, &names)
    }
}
