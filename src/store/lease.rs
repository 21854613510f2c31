//! Leases: what runs of different databases share is used by one of them at a time. A lease is a lock like that of a
//! database, `flock` on a file beside it, gone with its process.
//!
//! The order is fixed, so that nobody waits for somebody who waits for him: the database, then media hosts, then
//! repositories.

use super::lock::{self, GRACE, Holder, Lock};
use super::{Store, append::time, statement};
use crate::{
    engine::Actor,
    fault::{Fault, Kind},
    model::{DbName, HostName, ObjectId, RunId},
    port::Clock,
};
use std::{fmt, time::Duration};

/// What is shared; in the order of taking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lease {
    /// A media host: its slots, mount points and memory. For a whole run.
    Media(HostName),
    /// A repository: the manager locks it while it makes or deletes disks there, and a window would wait for that.
    Repository(ObjectId),
}

/// Keys of everything that was ever held, for LIKE.
const ALL: &str = "%";

impl Lease {
    /// The name of its file. A database's name has no dot.
    fn key(&self) -> String {
        match self {
            Self::Media(name) => format!("media.{name}"),
            Self::Repository(id) => format!("repository.{id}"),
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        match key.split_once('.')? {
            ("media", name) => HostName::new(name).ok().map(Self::Media),
            ("repository", id) => ObjectId::new(id).ok().map(Self::Repository),
            _ => None,
        }
    }

    /// `media` or `repository`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Media(_) => "media",
            Self::Repository(_) => "repository",
        }
    }

    /// What it is of.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Media(name) => name.as_str(),
            Self::Repository(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Media(name) => write!(f, "media host {name}"),
            Self::Repository(id) => write!(f, "repository {id}"),
        }
    }
}

impl Store {
    /// Takes a lease, for a run where there is one already, waiting up to `wait`, or says who has it (exit code 6).
    pub fn lease(
        &self,
        lease: &Lease,
        me: &Actor,
        run: Option<&RunId>,
        wait: Duration,
        clock: &dyn Clock,
    ) -> Result<Lock, Fault> {
        let every = if wait > GRACE { Duration::from_millis(250) } else { Duration::from_millis(20) };
        let key = lease.key();
        let Some(lock) = self.grab_within(&key, wait.max(GRACE), every, clock)? else {
            return Err(taken(lease, self.holder_of(&key)?));
        };
        self.write_holder(&lock, me, run)?;
        Ok(lock)
    }

    /// The leases that live processes hold, in the order of taking, with who holds each.
    pub fn leases(&self) -> Result<Vec<(Lease, Holder)>, Fault> {
        let mut held = self.held(Lease::of_key)?;
        held.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(held)
    }

    /// The databases that live processes hold the lock of, with who holds each: also one whose run has not begun yet.
    pub fn databases_in_use(&self) -> Result<Vec<(DbName, Holder)>, Fault> {
        self.held(|key| DbName::new(key).ok())
    }

    fn held<T>(&self, of_key: impl Fn(&str) -> Option<T>) -> Result<Vec<(T, Holder)>, Fault> {
        let read = |row: &super::read::Reader<'_, '_>| Ok((row.get::<String>("database")?, lock::row(row)?));
        let mut held = Vec::new();
        for (key, holder) in self.rows(statement::HOLDERS, ALL, read)? {
            if let Some(thing) = of_key(&key)
                && self.is_locked(&key)?
            {
                held.push((thing, holder));
            }
        }
        Ok(held)
    }
}

fn taken(lease: &Lease, who: Option<Holder>) -> Fault {
    let by = match &who {
        Some(Holder { host, pid, run: Some(run), .. }) => format!("run {run} (process {pid} on {host})"),
        Some(Holder { host, pid, .. }) => format!("process {pid} on {host}"),
        None => "another process".to_owned(),
    };
    let fault = Fault::new(Kind::Locked, "LCK-003", format!("{lease} is used by {by}"));
    let fault = match who {
        Some(holder) => {
            let step = holder.step.map(|step| format!(", at step {step}")).unwrap_or_default();
            fault.cause(format!("held since {}{step}", time(holder.since)))
        }
        None => fault,
    };
    fault
        .hint_command("see how far it is", "ovmirror status")
        .hint("wait for it with --wait-lock DUR, for example --wait-lock 2h")
}
