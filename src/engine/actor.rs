//! Who runs, and the wish to stop.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The process that runs: it stands in `started` records so that a person can find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Process id.
    pub pid: u32,
    /// Node name.
    pub host: String,
}

impl Actor {
    /// This process on this machine.
    #[must_use]
    pub fn here() -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { pid: std::process::id(), host }
    }
}

/// The user's wish to stop (Ctrl-C). The engine looks at it between steps, never inside one.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag for a signal handler to set.
    #[must_use]
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Asks the run to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
