//! RMAN as a job on the media host: started, waited for, and its log kept in the run's artifacts, good or not.

use crate::{
    driver::rman::{Far, Patience, Rman, RmanError, RmanLog},
    engine::Cx,
    fault::{Fault, Remedy, hint},
    port::Event,
    step::{World, files, names::run_id, params::CloneParams},
};
use std::{path::PathBuf, time::Duration};

/// Between two looks at RMAN.
const EVERY: Duration = Duration::from_millis(500);
/// How long TERM may take before KILL.
const STOP_S: u64 = 30;

/// One job of a run.
pub struct RmanJob<'a, 'b> {
    cx: &'a Cx<'b, World>,
    p: &'a CloneParams,
    name: String,
    rman: Rman,
}

impl<'a, 'b> RmanJob<'a, 'b> {
    /// A job under the name that its files have on the media host.
    pub fn new(cx: &'a Cx<'b, World>, p: &'a CloneParams, name: &str) -> Self {
        let far = Far::new(cx.world.remote.clone(), p.media.host.clone(), p.env(), cx.run, cx.world.limits.command);
        Self { cx, p, name: name.to_owned(), rman: Rman::new(far) }
    }

    /// The driver, to look at the job.
    pub fn driver(&self) -> &Rman {
        &self.rman
    }

    /// Starts it with this text.
    pub fn start(&self, text: &str) -> Result<(), Fault> {
        self.rman.start(&self.name, text).map_err(|error| self.fault(&error))
    }

    /// Waits for its end. `moved` is a number that changes whenever something moved. One that stands still too long is
    /// ended.
    pub fn wait(&self, moved: &mut dyn FnMut() -> u64) -> Result<RmanLog, RmanError> {
        let patience = Patience { first: EVERY, every: EVERY, stall: self.cx.world.limits.rman_stall };
        let mut whole = Vec::new();
        let ended = self.rman.wait(&self.name, self.cx.clock, patience, &mut |look| {
            whole.extend_from_slice(&look.text);
            moved()
        });
        self.keep(&whole);
        if matches!(ended, Err(RmanError::Stalled { .. })) {
            self.rman.stop(&self.name, STOP_S)?;
        }
        ended.map(|(log, _)| log)
    }

    /// Ends it, where it still runs.
    pub fn stop(&self) -> Result<(), Fault> {
        self.rman.stop(&self.name, STOP_S).map_err(|error| self.fault(&error))
    }

    /// The fault of an error, with the place of the log where there is one.
    pub fn fault(&self, error: &RmanError) -> Fault {
        let fault = error.fault().on(&self.p.media.host);
        match self.log().filter(|log| log.exists()) {
            Some(log) => Fault {
                hints: [fault.hints, vec![hint(format!("RMAN's log is kept: {}", log.display()))]].concat(),
                ..fault
            },
            None => fault,
        }
    }

    /// `rman.log` is the first attempt's; each other job has a name of its own.
    fn log(&self) -> Option<PathBuf> {
        let folder = self.cx.world.artifacts_of(&run_id(self.cx.run).ok()?);
        let name = if self.name == "tape1" { "rman.log".to_owned() } else { format!("rman.{}.log", self.name) };
        Some(folder.join(name))
    }

    fn keep(&self, whole: &[u8]) {
        let Some(log) = self.log().filter(|_| !whole.is_empty()) else { return };
        let folder = log.parent().map_or(Ok(()), files::make_folder);
        let kept = folder.and_then(|()| files::write(&log, &String::from_utf8_lossy(whole)));
        if let Err(fault) = kept {
            self.cx.monitor.tell(&Event::Note(format!("RMAN's log could not be kept: {fault}")));
        }
    }
}
