//! Time, so that tests own it.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// Wall clock, monotonic clock and sleep.
pub trait Clock: Send + Sync {
    /// Now, for records. Order between events never comes from this (law 15).
    fn now(&self) -> DateTime<Utc>;
    /// Monotonic time since some fixed moment, for deadlines and durations.
    fn elapsed(&self) -> Duration;
    /// Waits.
    fn sleep(&self, time: Duration);
}

/// One look of a poll.
#[derive(Debug)]
pub enum Polled<T> {
    /// It is there.
    Done(T),
    /// Not yet; the text says what was seen.
    NotYet(String),
}

/// Looks until it is there, `deadline` is spent (the last status is the `Err(Ok(status))`), or a look fails for good.
pub fn poll<T, E>(
    clock: &dyn Clock,
    every: Duration,
    deadline: Duration,
    mut look: impl FnMut() -> Result<Polled<T>, E>,
) -> Result<T, Result<String, E>> {
    let end = clock.elapsed() + deadline;
    loop {
        match look().map_err(Err)? {
            Polled::Done(value) => return Ok(value),
            Polled::NotYet(status) if clock.elapsed() >= end => return Err(Ok(status)),
            Polled::NotYet(_) => clock.sleep(every),
        }
    }
}
