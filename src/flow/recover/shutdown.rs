//! The database goes down; its undo brings it up again, whatever the run had done to it.

use super::{media_recovery::Recover, params::RecoverParams, preview, whole::make_whole};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::Scn,
    port::Event,
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

pub struct ShutDown(pub Arc<RecoverParams>);

/// How it went down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Down {
    /// SHUTDOWN ABORT: the way back needs crash recovery.
    pub aborted: bool,
    /// The old disks hold every change below this SCN; `None` where nobody looked.
    #[serde(default)]
    pub whole_below: Option<Scn>,
}

impl Down {
    const fn unseen(aborted: bool) -> Self {
        Self { aborted, whole_below: None }
    }
}

impl ShutDown {
    /// SHUTDOWN IMMEDIATE writes a checkpoint that lies behind the present SCN.
    fn immediate(&self, cx: &Cx<'_, World>, state: State) -> Result<Ran<Down>, Fault> {
        let site = &self.0.site;
        // In NOMOUNT there is no database to ask.
        let whole_below = if state < State::Mounted { None } else { self.scn(cx)? };
        match production::shut_down(cx, site) {
            Ok(()) => Ok(Ran::Done(Down { aborted: false, whole_below })),
            Err(fault) if self.may_abort(cx, &fault) => self.abort(cx),
            Err(fault) => Err(hanging(site.database.as_str(), &fault)),
        }
    }

    /// CURRENT_SCN; in MOUNT it is 0 and says nothing.
    fn scn(&self, cx: &Cx<'_, World>) -> Result<Option<Scn>, Fault> {
        let now = sql::DATABASE_NOW.at(self.0.release()?, &[])?;
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &[now])?;
        let row = rows.first().map(|rows| rows.one()).transpose()?.ok_or_else(|| super::no_answer(&self.0))?;
        Ok(Some(row.scn("CURRENT_SCN")?).filter(|scn| *scn > Scn::default()))
    }

    fn may_abort(&self, cx: &Cx<'_, World>, why: &Fault) -> bool {
        let question = format!(
            "{} does not shut down ({why}). Abort the instance instead? Its redo is used, nothing committed is lost.",
            self.0.site.database
        );
        self.0.abort || cx.world.ask.yes(&question)
    }

    fn abort(&self, cx: &Cx<'_, World>) -> Result<Ran<Down>, Fault> {
        let limit = cx.world.limits.start_stop;
        production::script(cx.world, &self.0.site, &sqlplus::ShutdownAbort {}, limit)?;
        Ok(Ran::Warned(Down::unseen(true), "it was aborted: an undo needs crash recovery".to_owned()))
    }

    /// MOUNT, whatever recovery the files need, OPEN.
    fn start(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let (p, release) = (&self.0, self.0.release()?);
        let state = production::state(cx.world, &p.site, release)?;
        if state == State::Open {
            return production::must_stay_up(cx.world, &p.site, release);
        }
        if state != State::Mounted {
            production::stop(cx.world, &p.site, release)?;
            production::mount(cx.world, &p.site)?;
        }
        // Behind RECOVER the database was opened, and the old disks must follow it whatever it was in before.
        let follow = p.was == State::Open || cx.maybe::<Recover>()?.is_some();
        let whole = !follow || make_whole(cx, p)?;
        if p.was == State::Mounted || !whole {
            return Ok(());
        }
        ask::ask(cx.world, &ask::production(&p.site), &[sql::CHANGE_OPEN.at(release, &[])?]).map(drop)
    }

    /// Down again. Behind a plain OPEN the control files have gone on, and the old disks must follow them first.
    fn stay_down(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let (p, release) = (&self.0, self.0.release()?);
        production::stop(cx.world, &p.site, release)?;
        if cx.maybe::<Recover>()?.is_none() {
            return Ok(());
        }
        production::mount(cx.world, &p.site)?;
        make_whole(cx, &self.0)?;
        production::stop(cx.world, &p.site, release)
    }

    /// Without a control file nothing can be mounted: as it was found.
    fn stay_lost(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        production::stop(cx.world, &self.0.site, self.0.release()?)?;
        let text = format!("{} stays down: its control files are lost, as before the run", self.0.site.database);
        cx.monitor.tell(&Event::Note(text));
        Ok(())
    }
}

fn hanging(database: &str, why: &Fault) -> Fault {
    let fault = match why.code.as_str() {
        production::HANGING => why.clone().hint("or give it more time: start_stop under [deadlines]"),
        _ => Fault::new(
            Kind::External,
            production::HANGING,
            format!("{database} could not be shut down: {}", why.message),
        )
        .cause(why.to_string()),
    };
    fault
        .hint("end the sessions that hold it (V$SESSION, V$TRANSACTION), then try again")
        .hint("or let ovmirror abort it where IMMEDIATE does not end: --abort")
}

impl Step<World> for ShutDown {
    const KIND: &'static str = "shut_down";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Down;

    fn describe(&self) -> String {
        format!("shut {} down", self.0.site.database)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::script(&sqlplus::ShutdownImmediate {}))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Down>, Fault> {
        // One that was down may be in MOUNT since the plan was made.
        match production::state(cx.world, &self.0.site, self.0.release()?)? {
            State::Down => Ok(Ran::Skipped(Down::unseen(false), "it is down already".to_owned())),
            state => self.immediate(cx, state),
        }
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Down>, Fault> {
        let state = production::state(cx.world, &self.0.site, self.0.release()?)?;
        Ok(match state {
            State::Down => Probe::Present(Down::unseen(false)),
            _ => Probe::Partial("the instance is up".to_owned()),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Down>) -> Result<(), Fault> {
        if self.0.is_lost() {
            return self.stay_lost(cx);
        }
        match self.0.was {
            State::Down | State::Started => self.stay_down(cx),
            State::Mounted | State::Open => self.start(cx),
        }
    }
}
