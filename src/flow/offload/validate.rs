//! By policy every byte of the pieces is read back from tape. Then the tape is recorded: nothing is to be proved any more.

use super::{evidence::Evidence, settle};
use crate::{
    catalog::CatalogChange,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, media::rman_job::RmanJob, params::CloneParams, preview::told},
    text::{self, rman, sqlplus::role_word},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ValidateTape(pub Arc<CloneParams>);

/// The tape half is proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OnTape {
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

const JOB: &str = "validate";

impl ValidateTape {
    /// What was put on tape is read back, and nothing else: files that were left out are on no piece.
    fn text(&self, tag: &str) -> Result<String, Fault> {
        let p = &self.0;
        let datafiles = p.named_files();
        text::render(&rman::Validate { role: role_word(p.site.role()), sbt: &p.sbt(), tag, datafiles: &datafiles })
    }
}

impl Step<World> for ValidateTape {
    const KIND: &'static str = "validate";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "reading leaves no effect to take back" };
    type Out = OnTape;

    fn describe(&self) -> String {
        "read the pieces back from tape, where the configuration asks for it".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        if !self.0.media.validate {
            return Vec::new();
        }
        told(self.text("SM_TAG").map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<OnTape>, Fault> {
        let p = &self.0;
        let out = OnTape { catalog: settle::on_tape(p, cx)? };
        if !p.media.validate {
            return Ok(Ran::Skipped(out, "validate = \"never\"".to_owned()));
        }
        let job = RmanJob::new(cx, p, JOB);
        job.start(&self.text(&cx.out::<Evidence>()?.tag)?)?;
        let log = job.wait(&mut || 0).map_err(|error| job.fault(&error))?;
        // VALIDATE that finds damage prints no error stack: its table says it.
        match log.damage.first() {
            None => Ok(Ran::Done(out)),
            Some(row) => Err(Fault::new(Kind::External, "OFF-017", format!("the tape does not read back: {row}"))),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<OnTape>, Fault> {
        Ok(Probe::Unknown("whether the validation was good is not known".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&OnTape>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.0, JOB).stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::{offload, with_offline_file};

    #[test]
    fn a_file_that_was_left_out_is_not_wanted_from_tape() {
        let text = |p: CloneParams| ValidateTape(Arc::new(p)).text("SM_TAG").unwrap();
        assert!(text(with_offline_file()).contains("DATAFILE 1"));
        assert!(text(offload()).contains("DATABASE"));
    }
}
