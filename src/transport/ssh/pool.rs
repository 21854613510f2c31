//! Sessions that wait for their next command.

use super::link::Link;
use crate::model::HostName;
use ssh2::Channel;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Sessions kept per host; more threads than this seldom ask one host.
const KEPT: usize = 4;
/// An idle session is used again within this time. Nobody sends keep-alives on it, and firewalls forget after minutes.
const FRESH: Duration = Duration::from_secs(120);
/// A channel opened ahead is used within this time; later the opening of another one shows whether the host still answers.
const OPEN: Duration = Duration::from_secs(20);

/// A session that waits, with a channel if one was opened ahead, and since when.
type Idle = (Link, Option<Channel>, Instant);

/// Idle sessions by host. A session is here or with one caller, never both.
#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<HashMap<HostName, Vec<Idle>>>,
}

impl Pool {
    /// The one used last; too old ones are closed.
    pub(super) fn take(&self, host: &HostName) -> Option<(Link, Option<Channel>)> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let links = idle.get_mut(host)?;
        links.retain(|(_, _, since)| since.elapsed() < FRESH);
        links.pop().map(|(link, channel, since)| (link, channel.filter(|_| since.elapsed() < OPEN)))
    }

    /// Keeps a session whose last command ended cleanly.
    pub(super) fn give(&self, host: &HostName, link: Link, channel: Option<Channel>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let links = idle.entry(host.clone()).or_default();
        if links.len() < KEPT {
            links.push((link, channel, Instant::now()));
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (link, ..) in idle.values().flatten() {
            link.goodbye();
        }
    }
}
