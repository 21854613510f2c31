//! The connection: one exec per command, its answer parsed, locks waited for.

use super::{
    block::{self, Block, Status, Unclear, is_prompt},
    dialect::{Release, SHOW_VERSION},
    error::OvmError,
    kind::ObjectKind,
    record::{Record, Ref, entries},
};
use crate::{
    model::{BadName, HostName, ObjectId},
    port::{Answer, Clock, Polled, Remote, RemoteCommand, poll},
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// One command that reads or makes a small change.
    pub command: Duration,
    /// One command that makes a job that may last: clone, delete, refresh, start, stop.
    pub job: Duration,
    /// Waiting for a lock.
    pub lock: Duration,
    /// After a lost answer: waiting for the open job and for the manager to answer again.
    pub settle: Duration,
    /// Between two looks.
    pub every: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { command: seconds(60), job: seconds(1800), lock: seconds(300), settle: seconds(1800), every: seconds(2) }
    }
}

/// How a change came back. An answer that is lost says nothing about the effect (law 7).
#[derive(Debug)]
pub enum Sent<T> {
    /// The manager says it is done.
    Done(T),
    /// No answer, or one that is not understood: look before anything else.
    InDoubt(OvmError),
}

/// A change to send.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The command.
    pub text: String,
    /// How long its answer may take, waiting for locks included.
    pub deadline: Duration,
    /// Objects it touches: their locks are waited for.
    pub touches: Vec<(ObjectKind, ObjectId)>,
    /// Words that the description of its job may hold (names and ids).
    pub needles: Vec<String>,
}

/// What `showversion` taught.
#[derive(Debug, Clone, Copy)]
struct Greeting {
    release: Release,
    /// Whether answers end with a prompt line: then one without it was cut.
    prompts: bool,
}

/// Oracle VM Manager, driven through its CLI. Every call is one exec; nothing is kept open between calls.
pub struct Manager {
    remote: Arc<dyn Remote>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) deadlines: Deadlines,
    host: HostName,
    greeting: OnceLock<Greeting>,
}

impl Manager {
    /// A manager that nothing was asked yet. The transport knows it under the host name `manager`.
    pub fn new(remote: Arc<dyn Remote>, clock: Arc<dyn Clock>, deadlines: Deadlines) -> Result<Self, BadName> {
        Ok(Self { remote, clock, deadlines, host: HostName::new("manager")?, greeting: OnceLock::new() })
    }

    /// Asks for the release; a release that is not known is refused.
    pub fn connect(&self) -> Result<Release, OvmError> {
        let answer = self.ask_version()?;
        let greeting = match greeting(&answer) {
            // A CLI that was started anew turns a key away with nothing but its farewell, until somebody has logged in
            // by password.
            Err(OvmError::NotUnderstood { .. }) if says_only_farewell(&answer) => {
                self.remote.prime(&self.host)?;
                greeting(&self.ask_version()?)?
            }
            other => other?,
        };
        Ok(self.greeting.get_or_init(|| greeting).release)
    }

    fn ask_version(&self) -> Result<Answer, OvmError> {
        let command = RemoteCommand::verbatim(SHOW_VERSION, self.deadlines.command);
        Ok(self.remote.run(&self.host, &command)?)
    }

    /// The release, asked for once.
    pub fn release(&self) -> Result<Release, OvmError> {
        self.greeting.get().map_or_else(|| self.connect(), |greeting| Ok(greeting.release))
    }

    /// Sends one command once. `Err` when it failed, and when the answer is missing or not understood.
    fn exec(&self, text: &str, deadline: Duration) -> Result<(Block, Duration), OvmError> {
        self.release()?;
        let answer = self.remote.run(&self.host, &RemoteCommand::verbatim(text, deadline))?;
        let block = self.understand(&answer).map_err(|unclear| not_understood(text, &unclear, &answer))?;
        if block.status == Status::Success {
            return Ok((block, answer.took));
        }
        let text = text.to_owned();
        Err(OvmError::Refused { command: text, text: block.error.unwrap_or_default(), jobs: block.jobs })
    }

    fn understand(&self, answer: &Answer) -> Result<Block, Unclear> {
        let block = block::parse(&answer.text())?;
        if !block.closed && self.greeting.get().is_some_and(|greeting| greeting.prompts) {
            return Err(Unclear::new("it was cut off: no prompt line ends it"));
        }
        Ok(block)
    }

    /// A question.
    pub(super) fn ask(&self, text: &str) -> Result<Block, OvmError> {
        self.exec(text, self.deadlines.command).map(|(block, _)| block)
    }

    /// A question whose answer is a list.
    pub(super) fn ask_list(&self, kind: ObjectKind) -> Result<Vec<Ref>, OvmError> {
        let text = self.release()?.list(kind);
        let block = self.ask(&text)?;
        entries(&block.data).map_err(|unclear| unclear_data(&text, &unclear, &block))
    }

    /// A question whose answer is a record; `read` makes a value of it.
    pub(super) fn ask_record<T>(
        &self,
        text: &str,
        read: impl FnOnce(&Record) -> Result<T, Unclear>,
    ) -> Result<T, OvmError> {
        let block = self.ask(text)?;
        let value = Record::parse(&block.data).and_then(|record| read(&record));
        value.map_err(|unclear| unclear_data(text, &unclear, &block))
    }

    /// Sends a change. A lock is waited for, since a refusal for a lock changed nothing; nothing else is repeated.
    pub(super) fn send(&self, change: &Change) -> Result<Sent<(Block, Duration)>, OvmError> {
        let begin = self.clock.elapsed();
        let limit = self.deadlines.lock.min(change.deadline);
        loop {
            let spent = self.clock.elapsed().saturating_sub(begin);
            match self.exec(&change.text, change.deadline.saturating_sub(spent)) {
                Ok(done) => return Ok(Sent::Done(done)),
                Err(error) if error.is_lost() => return Ok(Sent::InDoubt(error)),
                Err(error) if error.is_lock() => self.wait_unlocked(change, begin, limit, &error)?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Like `send`; a failure whose job is still open (the CLI's own time-out) is a doubt, too.
    pub(super) fn change(&self, change: &Change) -> Result<Sent<(Block, Duration)>, OvmError> {
        match self.send(change) {
            Err(OvmError::Refused { command, text, jobs }) => {
                let open = jobs.iter().any(|job| self.show_job(job).is_ok_and(|job| !job.done));
                let error = OvmError::Refused { command, text, jobs };
                if open { Ok(Sent::InDoubt(error)) } else { Err(error) }
            }
            other => other,
        }
    }

    /// Waits until what the change touches is free. One pause comes first: other objects may have been meant.
    fn wait_unlocked(&self, change: &Change, begin: Duration, limit: Duration, why: &OvmError) -> Result<(), OvmError> {
        self.clock.sleep(self.deadlines.every);
        let waited = self.clock.elapsed().saturating_sub(begin);
        let locked = |text: String| OvmError::Locked { command: change.text.clone(), text, waited };
        // A command needs some time of its own: one sent with none left would only be in doubt.
        if waited + self.deadlines.every >= limit {
            return Err(locked(why.to_string()));
        }
        let look = || Ok(self.lock_seen(&change.touches)?.map_or(Polled::Done(()), Polled::NotYet));
        let rest = limit.saturating_sub(waited + self.deadlines.every);
        poll(self.clock.as_ref(), self.deadlines.every, rest, look)
            .map_err(|end: Result<String, OvmError>| end.map_or_else(|error| error, locked))
    }

    /// The first object that shows `Locked = true`, in words. Objects without that line count as free.
    pub(super) fn lock_seen(&self, objects: &[(ObjectKind, ObjectId)]) -> Result<Option<String>, OvmError> {
        for (kind, id) in objects {
            let text = self.release()?.show(*kind, &id.into());
            if self.ask_record(&text, |record| record.flag("Locked"))? == Some(true) {
                return Ok(Some(format!("{kind} {id} is locked")));
            }
        }
        Ok(None)
    }
}

/// `showversion` answers the bare version without a block; a line that holds digit, dot, digit is it.
fn greeting(answer: &Answer) -> Result<Greeting, OvmError> {
    let text = answer.text();
    let mut body = block::lines(&text).filter(|line| !is_prompt(line));
    let version = body.find(|line| line.trim().starts_with(|c: char| c.is_ascii_digit()) && line.contains('.'));
    let Some(version) = version else {
        return Err(not_understood(SHOW_VERSION, &Unclear::new("it holds no version"), answer));
    };
    let prompts = block::lines(&text).skip_while(|line| *line != version).any(is_prompt);
    match Release::of(version) {
        Some(release) => Ok(Greeting { release, prompts }),
        None => Err(OvmError::UnknownRelease { text: version.trim().to_owned() }),
    }
}

/// Nothing is printed but the prompt and the end of the connection; not even the command is repeated.
fn says_only_farewell(answer: &Answer) -> bool {
    block::lines(&answer.text()).all(|line| line.trim().is_empty() || line.contains("Connection closed"))
}

fn not_understood(command: &str, unclear: &Unclear, answer: &Answer) -> OvmError {
    let output = format!("{}{}", answer.text(), answer.error_text());
    OvmError::NotUnderstood { command: command.to_owned(), why: unclear.why.clone(), output }
}

fn unclear_data(command: &str, unclear: &Unclear, block: &Block) -> OvmError {
    let output = block.data.join("\n");
    OvmError::NotUnderstood { command: command.to_owned(), why: unclear.why.clone(), output }
}
