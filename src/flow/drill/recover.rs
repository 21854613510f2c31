//! Media recovery of the copy with the snapshot's own logs.

use super::{opened, params::kind, refusal, rejected};
use crate::{
    catalog::CatalogChange,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    model::Scn,
    step::{
        World,
        media::{preview::folder, recovery, stage::Stage},
        params::CloneParams,
        preview::told,
    },
    text::render,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct RecoverCopy {
    pub p: Arc<CloneParams>,
    /// Changes below it.
    pub until: Scn,
}

/// How far it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Recovered {
    /// The last SCN that was applied.
    pub through: Option<Scn>,
    /// Why recovery was refused.
    pub failed: Option<String>,
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl RecoverCopy {
    /// What the copy cannot be under any control file is seen with the BACKUP one.
    fn failed(&self, fault: Fault) -> Result<Ran<Recovered>, Fault> {
        let not_whole = recovery::not_whole(&fault).is_some() && !self.p.media.standby;
        let why = refusal(fault)?;
        let catalog = if not_whole { vec![self.p.rejected()] } else { Vec::new() };
        let text = format!("recovery was refused: {why}");
        Ok(Ran::Warned(Recovered { through: None, failed: Some(why), catalog }, text))
    }
}

impl Step<World> for RecoverCopy {
    const KIND: &'static str = "recover_copy";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "only the work copy is changed, and it is deleted" };
    type Out = Recovered;

    fn key(&self) -> Option<String> {
        Some(kind(&self.p))
    }

    fn describe(&self) -> String {
        format!("recover the copy below SCN {} under a {} control file", self.until, kind(&self.p).to_uppercase())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let text = folder(&self.p).and_then(|folder| {
            let logs = format!("{folder}/logs");
            render(&recovery::text(&self.p, &logs, self.until))
        });
        told(text.map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Recovered>, Fault> {
        if rejected(cx)?.is_some() {
            return Ok(Ran::Skipped(Recovered::default(), "the snapshot is rejected".to_owned()));
        }
        if opened(cx)?.is_some() {
            return Ok(Ran::Skipped(Recovered::default(), "the copy is open".to_owned()));
        }
        match recovery::recover(cx, &self.p, &cx.out::<Stage>()?, self.until) {
            Ok(()) => {
                let through = Some(Scn::new(self.until.get().saturating_sub(1)));
                Ok(Ran::Done(Recovered { through, ..Recovered::default() }))
            }
            Err(fault) => self.failed(fault),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Recovered>, Fault> {
        // Recovery that is begun again goes on where it was.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Recovered>) -> Result<(), Fault> {
        Ok(())
    }
}
