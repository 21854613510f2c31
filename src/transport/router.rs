//! Which way leads to which host.

use super::{local::LocalRemote, ssh::SshRemote};
use crate::{
    fault::hint,
    model::HostName,
    port::{Answer, Living, Remote, RemoteCommand, RemoteError},
};
use std::io::{Read, Write};

/// Sends each command over SSH or to this machine, by the host's name.
#[derive(Debug)]
pub struct Router {
    ssh: SshRemote,
    local: LocalRemote,
}

impl Router {
    /// A host that both know is local.
    #[must_use]
    pub fn new(ssh: SshRemote, local: LocalRemote) -> Self {
        Self { ssh, local }
    }

    fn way(&self, host: &HostName) -> Result<&dyn Remote, RemoteError> {
        if self.local.knows(host) {
            return Ok(&self.local);
        }
        if self.ssh.knows(host) {
            return Ok(&self.ssh);
        }
        let names: Vec<String> = self.local.names().chain(self.ssh.names()).map(ToString::to_string).collect();
        Err(unknown_host(host, &names))
    }
}

/// The error for a host that stands nowhere in the configuration.
pub(super) fn unknown_host(host: &HostName, known: &[String]) -> RemoteError {
    let mut names = known.to_vec();
    names.sort();
    let list = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    RemoteError::Setup {
        why: format!("the host {host} is not configured; configured are: {list}"),
        hints: vec![hint(format!("add a table [hosts.{host}] or correct the name"))],
        code: "SSH-020",
    }
}

impl Remote for Router {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.way(host)?.run(host, command)
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        self.way(host)?.warm(host)
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        self.way(host)?.prime(host)
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        self.way(host)?.live(host, command)
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.way(host)?.fetch(host, command, sink)
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.way(host)?.feed(host, command, source)
    }
}
