//! How long a call may go on, and the one place where the transports wait.

use super::CancelToken;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use std::{
    fmt,
    os::fd::BorrowedFd,
    time::{Duration, Instant},
};

/// A deadline together with the cancel of the user.
#[derive(Clone, Copy)]
pub(super) struct Limit<'a> {
    start: Instant,
    end: Instant,
    cancel: &'a CancelToken,
}

/// Why waiting ended without an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The deadline passed; it had been this long.
    Deadline(Duration),
    /// The token was set.
    Cancelled,
    /// `poll(2)` itself failed.
    Failed(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline(after) => write!(f, "the deadline of {} s passed", after.as_secs_f32()),
            Self::Cancelled => f.write_str("it was cancelled"),
            Self::Failed(why) => write!(f, "waiting failed: {why}"),
        }
    }
}

impl<'a> Limit<'a> {
    /// `time` from now.
    pub(super) fn new(time: Duration, cancel: &'a CancelToken) -> Self {
        let start = Instant::now();
        // A duration too long for the clock means "no deadline" to its author; a century is as good.
        let end = start.checked_add(time).unwrap_or_else(|| start + Duration::from_secs(3_000_000_000));
        Self { start, end, cancel }
    }

    /// At most `time` from now, and never longer than this limit.
    pub(super) fn narrow(&self, time: Duration) -> Self {
        let other = Self::new(time, self.cancel);
        if other.end < self.end { other } else { *self }
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Since it began.
    pub(super) fn took(&self) -> Duration {
        self.start.elapsed()
    }

    /// An error when it is spent or cancelled.
    pub(super) fn check(&self) -> Result<(), Stopped> {
        if self.cancel.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        if self.left().is_zero() {
            return Err(Stopped::Deadline(self.end - self.start));
        }
        Ok(())
    }

    /// Waits until one of `files` is ready, at most `nap`; errors when the limit is spent or cancelled.
    pub(super) fn wait(&self, files: &[(BorrowedFd<'_>, PollFlags)], nap: Duration) -> Result<(), Stopped> {
        self.check()?;
        let mut set: Vec<PollFd<'_>> = files.iter().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        set.push(PollFd::from_borrowed_fd(self.cancel.wake(), PollFlags::IN));
        match poll(&mut set, Some(&timespec(nap.min(self.left())))) {
            Ok(0) | Err(Errno::INTR) => self.check(),
            // Data that arrived together with the deadline is still taken; only the cancel goes first.
            Ok(_) if self.cancel.is_cancelled() => Err(Stopped::Cancelled),
            Ok(_) => Ok(()),
            Err(error) => Err(Stopped::Failed(error.to_string())),
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(time.subsec_nanos()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_wakes_a_waiter_and_can_be_taken_back() {
        let token = CancelToken::new().unwrap();
        let other = token.clone();
        let waker = std::thread::spawn(move || other.cancel());
        let end = Limit::new(Duration::from_secs(20), &token).wait(&[], Duration::from_secs(20));
        waker.join().unwrap();
        assert_eq!(end, Err(Stopped::Cancelled));
        token.cancel();
        token.clear();
        assert_eq!(Limit::new(Duration::from_secs(20), &token).wait(&[], Duration::from_millis(1)), Ok(()));
    }

    #[test]
    fn a_narrow_limit_is_never_longer() {
        let token = CancelToken::new().unwrap();
        let short = Limit::new(Duration::from_millis(5), &token);
        assert!(short.narrow(Duration::from_secs(60)).left() <= Duration::from_millis(5));
        assert!(matches!(short.wait(&[], Duration::from_secs(60)), Err(Stopped::Deadline(_))));
    }
}
