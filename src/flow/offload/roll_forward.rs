//! Media recovery of the mounted clone through END BACKUP: blocks that were cut while they were written are made whole
//! from the full images that backup mode put into the redo.

use super::tape::ToTape;
use crate::{
    catalog::CatalogChange,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    model::Scn,
    step::{
        World,
        media::{accept::sizes, recovery, stage::Stage},
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub struct RollForward(pub Arc<CloneParams>);

/// How far it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rolled {
    /// The last SCN that was applied; `None`: not rolled forward.
    pub through: Option<Scn>,
    /// Bytes of each datafile after it: the redo of the window may have made files grow.
    #[serde(default)]
    pub bytes: BTreeMap<u64, u64>,
    /// Why the snapshot cannot be made whole with the logs of its own window; `None`: nothing speaks against it.
    #[serde(default)]
    pub rejected: Option<String>,
    /// What the catalog takes from it.
    #[serde(default)]
    pub catalog: Vec<CatalogChange>,
}

impl RollForward {
    fn recover(&self, cx: &Cx<'_, World>) -> Result<Rolled, Fault> {
        let p = &self.0;
        recovery::recover(cx, p, &cx.out::<Stage>()?, p.end_scn.next())?;
        let headers = ask::ask(cx.world, &p.target(), &[sql::FILES_HEADERS.at(p.release()?, &[])?])?;
        let bytes = headers.first().map(sizes).transpose()?.unwrap_or_default();
        Ok(Rolled { through: Some(p.end_scn), bytes, ..Rolled::default() })
    }

    fn reject(&self, reason: &str) -> Ran<Rolled> {
        let why = format!("it cannot be rolled forward through its own END BACKUP: {reason}");
        let text = format!("the snapshot is rejected: {why}");
        Ran::Warned(Rolled { rejected: Some(why), catalog: vec![self.0.rejected()], ..Rolled::default() }, text)
    }
}

impl Step<World> for RollForward {
    const KIND: &'static str = "roll_forward";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "only the work copy is changed, and it is deleted" };
    type Out = Rolled;

    fn describe(&self) -> String {
        "roll the clone forward through END BACKUP, where blocks were fractured or it is asked for".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::roll_forward(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Rolled>, Fault> {
        let first = cx.all::<ToTape>()?.into_iter().next().map(|(_, taped)| taped).unwrap_or_default();
        if first.good && !self.0.roll_forward {
            return Ok(Ran::Skipped(Rolled::default(), "no block was fractured".to_owned()));
        }
        match self.recover(cx) {
            Ok(rolled) => Ok(Ran::Done(rolled)),
            Err(fault) => recovery::not_whole(&fault).map(|why| self.reject(&why)).ok_or(fault),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Rolled>, Fault> {
        // Recovery that is begun again goes on where it was.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Rolled>) -> Result<(), Fault> {
        Ok(())
    }
}
