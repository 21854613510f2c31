//! The present datafiles leave their names. A file that is not there at all, which may be why somebody recovers, is
//! noted: it has no old one to come back.

use super::{CopyUnit, must_have_room, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    flow::recover::{beside, media_recovery::Recover, params::RecoverParams},
    step::{World, preview::told, production},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct SetAside {
    pub p: Arc<RecoverParams>,
    pub unit: CopyUnit,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// Files that lie beside their names until `commit`.
    pub kept: Vec<String>,
    /// Files that were not there.
    pub absent: Vec<String>,
}

impl SetAside {
    fn names(&self) -> Vec<String> {
        self.unit.names().map(str::to_owned).collect()
    }
}

impl Step<World> for SetAside {
    const KIND: &'static str = "set_aside";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Aside;

    fn key(&self) -> Option<String> {
        Some(self.unit.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("rename the present datafiles of {}, which are kept", self.unit.unit.target)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::set_aside(&self.p, &self.unit))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Aside>, Fault> {
        // The kept control files and logs may lie on the same file system, and this refusal is cheaper than one in a copy.
        must_have_room(cx.world, &self.p.site.host, &self.unit)?;
        let names = self.names();
        let absent = beside::set_aside(cx.world, &self.p.site.host, cx.run, &names)?;
        let moved = names.iter().filter(|name| !absent.contains(name));
        let kept = moved.map(|name| beside::name(name, cx.run)).collect();
        Ok(Ran::Done(Aside { kept, absent }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Aside>, Fault> {
        // A file that lies beside its name is not moved again.
        Ok(Probe::Absent)
    }

    /// A copy that has a name by then was recovered, and is kept beside it until `commit`. Where there was no old file, a
    /// copy of the incarnation that stays is better than none.
    fn undo(&self, cx: &Cx<'_, World>, out: Option<&Aside>) -> Result<(), Fault> {
        let (p, host) = (&self.p, &self.p.site.host);
        // Nothing is renamed under an instance that has it open.
        production::stop(cx.world, &p.site, p.release()?)?;
        beside::put_back(cx.world, host, cx.run, &self.names())?;
        let left = p.until.needs_resetlogs() && cx.maybe::<Recover>()?.is_some();
        match out.filter(|_| left) {
            Some(aside) => beside::keep_new(cx.world, host, cx.run, &aside.absent),
            None => Ok(()),
        }
    }
}
