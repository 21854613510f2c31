//! `-v`: every command with its host, status and duration. Input is never shown.

use crate::{
    model::HostName,
    port::{Answer, Living, Remote, RemoteCommand, RemoteError},
};
use std::{
    io::{Read, Write},
    sync::Arc,
};

/// Tells of each call before it passes it on.
pub struct Traced(pub Arc<dyn Remote>);

fn tell(host: &HostName, command: &RemoteCommand, answer: Result<Answer, RemoteError>) -> Result<Answer, RemoteError> {
    match &answer {
        Ok(answer) => {
            let status = answer.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            tracing::debug!("{host} [{status}, {} ms] {command}", answer.took.as_millis());
        }
        Err(error) => tracing::debug!("{host} [{error}] {command}"),
    }
    answer
}

impl Remote for Traced {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        tell(host, command, self.0.run(host, command))
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        self.0.warm(host)
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        tracing::debug!("{host} [one login by password]");
        self.0.prime(host)
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        tracing::debug!("{host} [stays open] {command}");
        self.0.live(host, command)
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        tell(host, command, self.0.fetch(host, command, sink))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        tell(host, command, self.0.feed(host, command, source))
    }
}
