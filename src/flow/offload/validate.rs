//! By policy: every byte of the pieces is read back from tape.

use super::evidence::Evidence;
use crate::{
    driver::rman::Patience,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    step::{World, params::OffloadParams},
    text::{self, rman, sqlplus::role_word},
};
use std::{sync::Arc, time::Duration};

pub struct ValidateTape(pub Arc<OffloadParams>);

const JOB: &str = "validate";

impl Step<World> for ValidateTape {
    const KIND: &'static str = "validate";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "reading leaves no effect to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "read the pieces back from tape, where the configuration asks for it".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let p = &self.0;
        if !p.media.validate {
            return Ok(Ran::Skipped((), "validate = \"never\"".to_owned()));
        }
        let tag = cx.out::<Evidence>()?.tag;
        let context = rman::Validate { role: role_word(p.site.role()), sbt: &p.sbt(), tag: &tag, datafiles: &[] };
        let rman = p.rman(cx);
        rman.start(JOB, &text::render(&context)?).map_err(|e| e.fault())?;
        let patience = Patience { every: Duration::from_millis(500), stall: cx.world.limits.rman_stall };
        let (log, _) = rman.wait(JOB, cx.clock, patience, &mut |_| 0).map_err(|e| e.fault().on(&p.media.host))?;
        // VALIDATE that finds damage prints no error stack: its table says it.
        match log.damage.first() {
            None => Ok(Ran::Done(())),
            Some(row) => Err(Fault::new(Kind::External, "OFF-017", format!("the tape does not read back: {row}"))),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Unknown("whether the validation was good is not known".to_owned()))
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
