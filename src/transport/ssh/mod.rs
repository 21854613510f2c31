//! Commands on other machines over SSH (crate `ssh2`, libssh2).
//!
//! - The host key is always checked against known_hosts, and nothing is ever added there.
//! - A session belongs to one caller at a time; idle ones wait in a small pool. The manager's are used once: all that
//!   is known of the OVM CLI is one exec per connection.
//! - Everything is non-blocking and waits in `poll(2)` with deadline and cancel, so there are no helper threads.
//! - A cancel during the TCP connection itself is seen when that has ended, at most `SshOptions::connect` later.
//! - Only the name lookup (the resolver's own limits) and a signature by the agent (a person may be asked) can outlast
//!   the deadline.

mod algorithms;
mod auth;
mod connect;
mod exec;
mod known_hosts;
mod link;
mod live;
mod offer;
mod password;
mod pool;
mod settings;
mod trouble;

pub use password::only_mine;
pub use settings::{PasswordSource, SshHost, SshOptions};

use self::{
    connect::{connect, is_over},
    exec::{answer, command_line, complete, source, start},
    link::{Broken, Link},
    live::SshLiving,
    pool::Pool,
};
use super::{
    catch::{Catch, Caught},
    limit::Limit,
    router::unknown_host,
};
use crate::{
    model::HostName,
    port::{Answer, Living, Remote, RemoteCommand, RemoteError},
};
use ssh2::Channel;
use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Write},
    sync::atomic::AtomicBool,
};

/// All hosts that are reached over SSH.
pub struct SshRemote {
    hosts: BTreeMap<HostName, Place>,
    options: SshOptions,
    pool: Pool,
}

struct Place {
    host: SshHost,
    bad_password: AtomicBool,
}

impl fmt::Debug for SshRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SshRemote").field("hosts", &self.hosts.keys()).finish_non_exhaustive()
    }
}

impl SshRemote {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(hosts: impl IntoIterator<Item = SshHost>, options: SshOptions) -> Self {
        let place = |host: SshHost| (host.name.clone(), Place { host, bad_password: AtomicBool::new(false) });
        Self { hosts: hosts.into_iter().map(place).collect(), options, pool: Pool::default() }
    }

    /// Whether it has that host.
    #[must_use]
    pub fn knows(&self, host: &HostName) -> bool {
        self.hosts.contains_key(host)
    }

    /// Its hosts.
    pub fn names(&self) -> impl Iterator<Item = &HostName> {
        self.hosts.keys()
    }

    fn place(&self, host: &HostName) -> Result<&Place, RemoteError> {
        let names = || self.names().map(ToString::to_string).collect::<Vec<_>>();
        self.hosts.get(host).ok_or_else(|| unknown_host(host, &names()))
    }

    /// An open channel, on an idle session if one is still alive.
    fn channel(&self, place: &Place, limit: &Limit<'_>) -> Result<(Link, Channel), RemoteError> {
        let never = |why: String| RemoteError::NeverSent { host: place.host.name.clone(), why };
        let short = limit.narrow(self.options.connect);
        while let Some((link, opened)) = self.pool.take(&place.host.name) {
            if let Some(channel) = opened {
                return Ok((link, channel));
            }
            // Opening a channel needs the host's answer, so it is the probe as well.
            match link.drive(&short, ssh2::Session::channel_session) {
                Ok(channel) => return Ok((link, channel)),
                Err(broken) if is_over(&broken, limit) => return Err(never(broken.to_string())),
                Err(_) => {}
            }
        }
        self.connected(place, limit)
    }

    /// A new session with an open channel.
    fn connected(&self, place: &Place, limit: &Limit<'_>) -> Result<(Link, Channel), RemoteError> {
        let link = connect(&place.host, &self.options, &place.bad_password, limit)?;
        let short = limit.narrow(self.options.connect);
        let never = |b: Broken| RemoteError::NeverSent { host: place.host.name.clone(), why: b.to_string() };
        let channel = link.drive(&short, ssh2::Session::channel_session).map_err(never)?;
        Ok((link, channel))
    }

    /// Opens a channel and starts the command on it.
    fn start(&self, place: &Place, command: &RemoteCommand, limit: &Limit<'_>) -> Result<(Link, Channel), RemoteError> {
        let text = command_line(&place.host, command)
            .map_err(|why| RemoteError::NeverSent { host: place.host.name.clone(), why })?;
        let (link, mut channel) = self.channel(place, limit)?;
        start(&place.host, &link, &mut channel, &text, limit)?;
        Ok((link, channel))
    }

    fn execute(
        &self,
        host: &HostName,
        command: &RemoteCommand,
        source: &mut dyn Read,
        stdout: Catch<'_>,
    ) -> Result<Answer, RemoteError> {
        let place = self.place(host)?;
        let limit = Limit::new(command.deadline, &self.options.cancel);
        let (link, mut channel) = self.start(place, command, &limit)?;
        let mut caught = Caught::new(stdout);
        let end = complete(&place.host, &link, &mut channel, source, &mut caught, &limit)?;
        drop(channel);
        self.keep(place, link, end.clean);
        Ok(answer(&end, caught, &limit))
    }

    fn keep(&self, place: &Place, link: Link, clean: bool) {
        if clean && !place.host.manager {
            self.pool.give(&place.host.name, link, None);
        } else {
            link.goodbye();
        }
    }
}

impl Remote for SshRemote {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.execute(host, command, &mut source(&command.input), Catch::kept())
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        let place = self.place(host)?;
        let limit = Limit::new(self.options.connect, &self.options.cancel);
        let (link, channel) = self.connected(place, &limit)?;
        self.pool.give(host, link, Some(channel));
        Ok(())
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        let place = self.place(host)?;
        let bare = SshHost { key: None, use_agent: false, ..place.host.clone() };
        if bare.password.is_none() {
            return Err(trouble::refused(&place.host, &[], &["password".to_owned()]));
        }
        let limit = Limit::new(self.options.connect, &self.options.cancel);
        connect(&bare, &self.options, &place.bad_password, &limit).map(|link| link.goodbye())
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        let place = self.place(host)?;
        let limit = Limit::new(command.deadline, &self.options.cancel);
        let (link, channel) = self.start(place, command, &limit)?;
        let mut living = SshLiving::new(&place.host, link, channel, &self.options.cancel, command.deadline);
        living.begin(&command.input)?;
        Ok(Box::new(living))
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.execute(host, command, &mut source(&command.input), Catch::Stream(sink))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.execute(host, command, source, Catch::kept())
    }
}
