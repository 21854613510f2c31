//! `-v`: every command with its host, status and duration, also what is asked within a session that stays open. Input is
//! shown with `-vv` alone, and a secret one never.

use crate::{
    model::HostName,
    port::{Answer, Input, Living, Remote, RemoteCommand, RemoteError},
};
use std::{
    io::{Read, Write},
    sync::Arc,
    time::{Duration, Instant},
};

/// Tells of each call when it has ended.
pub struct Traced {
    inner: Arc<dyn Remote>,
    input: bool,
}

impl Traced {
    /// `input`: what is sent on standard input, too.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, input: bool) -> Self {
        Self { inner, input }
    }

    fn tell(
        &self,
        host: &HostName,
        command: &RemoteCommand,
        answer: Result<Answer, RemoteError>,
    ) -> Result<Answer, RemoteError> {
        match &answer {
            Ok(answer) => {
                let status = answer.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                tracing::debug!("{host} [{status}, {} ms] {command}", answer.took.as_millis());
            }
            Err(error) => tracing::debug!("{host} [{error}] {command}"),
        }
        if let Input::Text(text) = &command.input {
            self.sent(host, text);
        }
        answer
    }

    fn sent(&self, host: &HostName, text: &str) {
        if self.input {
            sent(host, text);
        }
    }
}

fn sent(host: &HostName, text: &str) {
    text.lines().for_each(|line| tracing::debug!("{host} | {}", line.escape_debug()));
}

fn timed<T>(host: &HostName, what: &str, call: impl FnOnce() -> Result<T, RemoteError>) -> Result<T, RemoteError> {
    let began = Instant::now();
    let done = call();
    let how = done.as_ref().err().map(|error| format!("{error}, ")).unwrap_or_default();
    tracing::debug!("{host} [{how}{} ms] {what}", began.elapsed().as_millis());
    done
}

impl Remote for Traced {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.tell(host, command, self.inner.run(host, command))
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        timed(host, "(a session ahead of the next command)", || self.inner.warm(host))
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        timed(host, "(one login by password)", || self.inner.prime(host))
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        let living = timed(host, &format!("(stays open) {command}"), || self.inner.live(host, command))?;
        if let Input::Text(text) = &command.input {
            self.sent(host, text);
        }
        Ok(Box::new(TracedLiving { inner: living, host: host.clone(), input: self.input, lines: 0 }))
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.tell(host, command, self.inner.fetch(host, command, sink))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.tell(host, command, self.inner.feed(host, command, source))
    }
}

/// A session that stays open: each question with the time of its answer.
struct TracedLiving {
    inner: Box<dyn Living>,
    host: HostName,
    input: bool,
    lines: usize,
}

impl Living for TracedLiving {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        self.lines = text.lines().count();
        if self.input {
            sent(&self.host, text);
        }
        self.inner.send(text)
    }

    fn read_until(&mut self, marker: &str, deadline: Duration) -> Result<String, RemoteError> {
        let what = format!("(in the open session) the answer to {} lines", self.lines);
        timed(&self.host, &what, || self.inner.read_until(marker, deadline))
    }

    fn finish(self: Box<Self>, deadline: Duration) -> Result<Answer, RemoteError> {
        let Self { inner, host, .. } = *self;
        timed(&host, "(in the open session) the end", || inner.finish(deadline))
    }
}
