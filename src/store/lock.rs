//! The lock of a database: `flock` on a file, held for the life of the process, gone with it however it dies. No pid
//! file decides anything; the row in `holders` only tells who.

use super::{Store, append::time, error::sql, private, read::Reader, statement};
use crate::{
    engine::Actor,
    fault::{Fault, Kind},
    model::{DbName, RunId},
    port::{Clock, Polled, poll},
};
use chrono::{DateTime, Utc};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use std::{fs::File, path::PathBuf, time::Duration};

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    key: String,
    since: DateTime<Utc>,
    // Its descriptor carries the lock.
    _file: File,
}

/// Who holds a lock, as the last holder wrote it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Node name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The run, once it exists.
    pub run: Option<RunId>,
    /// The step that this run began last.
    pub step: Option<String>,
}

/// How long a lock without waiting is tried: `is_held` of another process takes it for a moment.
pub(super) const GRACE: Duration = Duration::from_millis(200);

pub(super) fn row(row: &Reader<'_, '_>) -> Result<Holder, Fault> {
    let pid = row.unsigned("pid")?;
    Ok(Holder {
        host: row.get("host")?,
        pid: u32::try_from(pid).unwrap_or(0),
        since: row.parsed("since")?,
        run: row.maybe("run")?,
        step: row.get("step")?,
    })
}

impl Store {
    /// Takes the lock of a database or says who holds it (exit code 6).
    pub fn try_lock(&self, database: &DbName, me: &Actor, clock: &dyn Clock) -> Result<Lock, Fault> {
        self.poll_lock(database, me, GRACE, Duration::from_millis(20), clock)
    }

    /// As `try_lock`, and waits up to `wait` (`--wait-lock`).
    pub fn wait_lock(&self, database: &DbName, me: &Actor, wait: Duration, clock: &dyn Clock) -> Result<Lock, Fault> {
        self.poll_lock(database, me, wait.max(GRACE), Duration::from_millis(250), clock)
    }

    /// Whether a live process holds the lock of a database.
    pub fn is_held(&self, database: &DbName) -> Result<bool, Fault> {
        self.is_locked(database.as_str())
    }

    pub(super) fn is_locked(&self, key: &str) -> Result<bool, Fault> {
        if !self.lock_path(key).exists() {
            return Ok(false);
        }
        let file = self.lock_file(key)?;
        // Shared, so that two lookers do not see each other.
        grab(&file, FlockOperation::NonBlockingLockShared).map(|got| !got)
    }

    /// Who wrote itself down last as holder. It says nothing about whether that process lives: `is_held` does.
    pub fn holder(&self, database: &DbName) -> Result<Option<Holder>, Fault> {
        self.holder_of(database.as_str())
    }

    pub(super) fn holder_of(&self, key: &str) -> Result<Option<Holder>, Fault> {
        Ok(self.rows(statement::GET_HOLDER, key, row)?.pop())
    }

    /// Writes down which run the holder of `lock` is at.
    pub fn note_run(&self, lock: &Lock, me: &Actor, run: &RunId) -> Result<(), Fault> {
        self.write_holder(lock, me, Some(run))
    }

    fn poll_lock(
        &self,
        database: &DbName,
        me: &Actor,
        wait: Duration,
        every: Duration,
        clock: &dyn Clock,
    ) -> Result<Lock, Fault> {
        let Some(lock) = self.grab_within(database.as_str(), wait, every, clock)? else {
            return Err(self.locked(database));
        };
        self.write_holder(&lock, me, None)?;
        Ok(lock)
    }

    /// None: somebody has it still when the time is up.
    pub(super) fn grab_within(
        &self,
        key: &str,
        wait: Duration,
        every: Duration,
        clock: &dyn Clock,
    ) -> Result<Option<Lock>, Fault> {
        let file = self.lock_file(key)?;
        let look = || match grab(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(true) => Ok(Polled::Done(())),
            Ok(false) => Ok(Polled::NotYet(String::new())),
            Err(fault) => Err(fault),
        };
        match poll(clock, every, wait, look) {
            Ok(()) => Ok(Some(Lock { key: key.to_owned(), since: clock.now(), _file: file })),
            Err(Ok(_)) => Ok(None),
            Err(Err(fault)) => Err(fault),
        }
    }

    pub(super) fn write_holder(&self, lock: &Lock, me: &Actor, run: Option<&RunId>) -> Result<(), Fault> {
        let values = (lock.key.as_str(), &me.host, me.pid, time(lock.since), run.map(RunId::as_str));
        self.conn.execute(statement::SET_HOLDER, values).map(drop).map_err(sql("write down who holds the lock"))
    }

    fn locked(&self, database: &DbName) -> Fault {
        let who = self.holder(database).ok().flatten();
        let text = match &who {
            Some(Holder { host, pid, run: Some(run), .. }) => {
                format!("{database} is locked by run {run} (process {pid} on {host})")
            }
            Some(Holder { host, pid, .. }) => format!("{database} is locked by process {pid} on {host}"),
            None => format!("{database} is locked by another process"),
        };
        let mut fault = Fault::new(Kind::Locked, "LCK-001", text);
        if let Some(holder) = who {
            let step = holder.step.map(|step| format!(", at step {step}")).unwrap_or_default();
            fault = fault.cause(format!("held since {}{step}", time(holder.since)));
        }
        fault
            .hint_command("see how far it is", "ovmirror status")
            .hint("wait for it with --wait-lock DUR, for example --wait-lock 30min")
    }

    fn lock_path(&self, key: &str) -> PathBuf {
        self.dir.join("locks").join(key)
    }

    fn lock_file(&self, key: &str) -> Result<File, Fault> {
        private::folder(&self.dir.join("locks"))?;
        private::file(&self.lock_path(key))
    }
}

fn grab(file: &File, how: FlockOperation) -> Result<bool, Fault> {
    match flock(file, how) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(Fault::new(Kind::External, "LCK-002", "the lock file cannot be locked")
            .cause(error.to_string())
            .hint("the state folder must lie on a local file system that knows flock")),
    }
}
