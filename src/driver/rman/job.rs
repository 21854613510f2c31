//! RMAN as a far program, and the verdict on its end.

use super::{Far, Look, Patience, Program, RmanError, RmanLog, far::tail, log};
use crate::port::Clock;

/// RMAN for one run on one host.
#[derive(Clone)]
pub struct Rman(Far);

impl Rman {
    /// RMAN among these far programs.
    #[must_use]
    pub fn new(far: Far) -> Self {
        Self(far)
    }

    /// Starts RMAN with this text (`Far::start`).
    pub fn start(&self, job: &str, text: &str) -> Result<(), RmanError> {
        self.0.start(Program::Rman, job, text)
    }

    /// Looks at it (`Far::poll`).
    pub fn poll(&self, job: &str, from: u64) -> Result<Look, RmanError> {
        self.0.poll(job, from)
    }

    /// Ends it (`Far::stop`).
    pub fn stop(&self, job: &str, seconds: u64) -> Result<(), RmanError> {
        self.0.stop(job, seconds)
    }

    /// Waits for its end (`Far::wait`); the log as read and as it is, if the run was good.
    pub fn wait(
        &self,
        job: &str,
        clock: &dyn Clock,
        patience: Patience,
        moved: &mut dyn FnMut(&Look) -> u64,
    ) -> Result<(RmanLog, Vec<u8>), RmanError> {
        let (status, whole) = self.0.wait(job, clock, patience, moved)?;
        Ok((verdict(status, &whole)?, whole))
    }
}

/// Good is: no stack, an end line, and status 0; in this order, since a stack says most.
pub fn verdict(status: i32, whole: &[u8]) -> Result<RmanLog, RmanError> {
    let log = log::parse_bytes(whole);
    if let Some(stack) = log.stacks.first() {
        let (code, cause) = match stack.cause() {
            Some(line) => (line.code.clone(), line.joined()),
            None => ("RMAN-00569".to_owned(), "an empty error stack".to_owned()),
        };
        return Err(RmanError::Stack { code, cause, lines: log.stacks.iter().flat_map(|s| s.texts()).collect() });
    }
    match (log.finished, status) {
        (true, 0) => Ok(log),
        (false, _) => Err(RmanError::NoEnd { tail: tail(whole) }),
        (true, status) => Err(RmanError::Status { status }),
    }
}
