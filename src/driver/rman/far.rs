//! Programs that outlive our connection (rman, a long RECOVER in sqlplus, a long copy): `sh/far_*.tera` leave pid, exit status and
//! log in the run's folder, and a look is one short command.

use super::RmanError;
use crate::{
    model::HostName,
    port::{Answer, Clock, Remote, RemoteCommand, RemoteError},
    text::{
        self, Template,
        sh::{FarPoll, FarStart, FarStop, OracleEnv},
    },
};
use std::{sync::Arc, time::Duration};

/// What the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Never started under that name.
    Absent,
    /// At work.
    Running,
    /// Over, with its exit status.
    Ended(i32),
    /// Not there and no status.
    Gone,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What it does.
    pub state: State,
    /// Size of its log, bytes.
    pub size: u64,
    /// The log from the byte that was asked for on; at most 256 KiB.
    pub text: Vec<u8>,
}

/// Which program of the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `rman cmdfile=… log=…`
    Rman,
    /// `sqlplus -S -L /nolog`
    Sqlplus,
    /// `sh`, which ends its own children when it is ended by TERM.
    Shell,
}

/// The far programs of one run on one host.
#[derive(Clone)]
pub struct Far {
    remote: Arc<dyn Remote>,
    host: HostName,
    env: OracleEnv,
    run: String,
    deadline: Duration,
}

/// How `wait` waits.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between the first looks; the pauses then grow with the time that has passed.
    pub first: Duration,
    /// Between two looks at the most.
    pub every: Duration,
    /// How long nothing may move.
    pub stall: Duration,
}

impl Patience {
    /// What ends at once is seen at once, what takes hours is not asked ten times a second.
    pub(super) fn pause(&self, waited: Duration) -> Duration {
        (waited / 4).clamp(self.first.min(self.every), self.every)
    }
}

impl Far {
    /// `deadline` bounds each look. The run's folder must be there (`sh/folder_make.tera`).
    #[must_use]
    pub fn new(remote: Arc<dyn Remote>, host: HostName, env: OracleEnv, run: &str, deadline: Duration) -> Self {
        Self { remote, host, env, run: run.to_owned(), deadline }
    }

    /// Starts a program with this text under the name `job`. A name is started once, so a start whose answer was lost
    /// can be repeated; another attempt takes another name.
    pub fn start(&self, program: Program, job: &str, text: &str) -> Result<(), RmanError> {
        let program = match program {
            Program::Rman => "rman",
            Program::Sqlplus => "sqlplus",
            Program::Shell => "sh",
        };
        let printed = self.call(&FarStart { run: &self.run, job, env: &self.env, program, text })?.text();
        match printed.lines().last().map(str::trim) {
            Some("started" | "already") => Ok(()),
            _ => Err(RmanError::Refused { what: "starting the far program", text: printed.trim().to_owned() }),
        }
    }

    /// Looks; `from` is the first byte of the log wanted, counted from 0.
    pub fn poll(&self, job: &str, from: u64) -> Result<Look, RmanError> {
        let answer = self.call(&FarPoll { run: &self.run, job, from: from + 1 })?;
        look(&answer.stdout)
            .ok_or_else(|| RmanError::Refused { what: "looking at the far program", text: shown(&answer) })
    }

    /// Ends it by its own pid: TERM, and KILL after `seconds`.
    pub fn stop(&self, job: &str, seconds: u64) -> Result<(), RmanError> {
        let printed = self.call(&FarStop { run: &self.run, job, seconds })?.text();
        match printed.trim() {
            "stopped" | "killed" => Ok(()),
            other => Err(RmanError::Refused { what: "ending the far program", text: other.to_owned() }),
        }
    }

    /// Waits for the end and returns the exit status and the whole log. `moved` is told each look and returns a number that changes
    /// whenever something moved (blocks done, of V$SESSION_LONGOPS): a large piece leaves the log as it is for long.
    /// The program is not ended here: whoever gets `Stalled` decides. A lost connection is looked through until
    /// `stall` is over, for the program lives on.
    pub fn wait(
        &self,
        job: &str,
        clock: &dyn Clock,
        patience: Patience,
        moved: &mut dyn FnMut(&Look) -> u64,
    ) -> Result<(i32, Vec<u8>), RmanError> {
        let mut whole: Vec<u8> = Vec::new();
        let began = clock.elapsed();
        let (mut mark, mut since) = (0, began);
        loop {
            let lost = match self.poll(job, whole.len() as u64) {
                Ok(look) => {
                    whole.extend_from_slice(&look.text);
                    let now = moved(&look);
                    if !look.text.is_empty() || now != mark {
                        (mark, since) = (now, clock.elapsed());
                    }
                    match end(&look, &whole) {
                        Some(ended) => return ended.map(|status| (status, whole)),
                        None => None,
                    }
                }
                Err(RmanError::Remote(error)) if may_pass(&error) => Some(RmanError::Remote(error)),
                Err(error) => return Err(error),
            };
            let still = clock.elapsed().saturating_sub(since);
            if still >= patience.stall {
                return Err(lost.unwrap_or_else(|| RmanError::Stalled { seconds: still.as_secs(), tail: tail(&whole) }));
            }
            clock.sleep(patience.pause(clock.elapsed().saturating_sub(began)));
        }
    }

    fn call<T: Template>(&self, context: &T) -> Result<Answer, RmanError> {
        let script = text::render(context).map_err(|fault| RmanError::Text(Box::new(fault)))?;
        self.remote.run(&self.host, &RemoteCommand::script(script, self.deadline)).map_err(RmanError::Remote)
    }
}

fn may_pass(error: &RemoteError) -> bool {
    !matches!(error, RemoteError::Setup { .. })
}

/// The end, once status and the whole log are there (a look brings 256 KiB at most).
fn end(look: &Look, whole: &[u8]) -> Option<Result<i32, RmanError>> {
    let complete = whole.len() as u64 >= look.size;
    match look.state {
        State::Running => None,
        State::Ended(_) | State::Gone if !complete => None,
        State::Ended(status) => Some(Ok(status)),
        State::Gone => Some(Err(RmanError::Gone { tail: tail(whole) })),
        State::Absent => Some(Err(RmanError::Refused {
            what: "looking at the far program",
            text: "it was never started".to_owned(),
        })),
    }
}

/// The last of a log, for messages.
pub(super) fn tail(whole: &[u8]) -> String {
    let start = whole.len().saturating_sub(2000);
    String::from_utf8_lossy(&whole[start..]).into_owned()
}

fn shown(answer: &Answer) -> String {
    format!("{}{}", answer.text(), answer.error_text()).trim().chars().take(400).collect()
}

/// `state …`, `size …`, `text`, then the log as it is.
fn look(bytes: &[u8]) -> Option<Look> {
    let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
    let mut line = || parts.next().and_then(|line| std::str::from_utf8(line).ok());
    let state = state(line()?.strip_prefix("state ")?)?;
    let size = line()?.strip_prefix("size ")?.trim().parse().ok()?;
    if line()? != "text" {
        return None;
    }
    Some(Look { state, size, text: parts.next().unwrap_or_default().to_vec() })
}

fn state(text: &str) -> Option<State> {
    match text.split_once(' ') {
        None if text == "absent" => Some(State::Absent),
        None if text == "running" => Some(State::Running),
        None if text == "gone" => Some(State::Gone),
        Some(("ended", status)) => status.trim().parse().ok().map(State::Ended),
        _ => None,
    }
}
