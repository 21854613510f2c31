//! The manager's one state, shared by all sessions and jobs.

use super::object::{Body, Kind};
use super::state::State;
use super::{ManagerOptions, job};
use crate::host::seam::Machines;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use std::{io, path::PathBuf};

/// State, machines, and who waits for what.
pub struct Core {
    /// How it is run.
    pub options: ManagerOptions,
    /// What lies below.
    pub machines: Arc<dyn Machines>,
    state: Mutex<State>,
    changed: Condvar,
    closed: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Core {
    /// Reads the state, and takes back what a job had begun when the manager went down.
    pub fn open(options: ManagerOptions, machines: Arc<dyn Machines>) -> io::Result<Arc<Self>> {
        let mut state = State::load(&options.folder.join("state.json"))?;
        if state.of(Kind::Manager).is_empty() {
            let id = super::ident::fresh(super::ident::Sort::Of(Kind::Manager));
            state.add(&id, "OVM Manager", "", Body::Manager);
        }
        let core = Arc::new(Self {
            options,
            machines,
            state: Mutex::new(state),
            changed: Condvar::new(),
            closed: AtomicBool::new(false),
            threads: Mutex::default(),
        });
        job::recover(&core);
        Ok(core)
    }

    fn file(&self) -> PathBuf {
        self.options.folder.join("state.json")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state, writes it, and wakes all who wait. None once the manager is closed: like a process that is
    /// gone, it changes nothing more.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.lock();
        if self.is_closed() {
            return None;
        }
        let result = change(&mut state);
        self.written(&state);
        Some(result)
    }

    /// A state that cannot be written is still the truth for those connected; the operator reads why on stderr.
    fn written(&self, state: &State) {
        if let Err(error) = state.save(&self.file()) {
            eprintln!("manager: {}: {error}", self.file().display());
        }
        self.changed.notify_all();
    }

    /// Tries after each change until `attempt` gives a value; its second argument says that this is the last try.
    /// None when the deadline passed or the manager was closed.
    pub fn change_when<T>(
        &self,
        deadline: Option<Instant>,
        mut attempt: impl FnMut(&mut State, bool) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        while !self.is_closed() {
            let last = deadline.is_some_and(|d| Instant::now() >= d);
            if let Some(value) = attempt(&mut state, last) {
                self.written(&state);
                return Some(value);
            }
            if last {
                return None;
            }
            state = self.pause(state, deadline);
        }
        None
    }

    /// The same for those who only look.
    pub fn read_when<T>(&self, deadline: Option<Instant>, mut look: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        while !self.is_closed() {
            let last = deadline.is_some_and(|d| Instant::now() >= d);
            if let Some(value) = look(&state) {
                return Some(value);
            }
            if last {
                return None;
            }
            state = self.pause(state, deadline);
        }
        None
    }

    fn pause<'a>(&self, state: MutexGuard<'a, State>, deadline: Option<Instant>) -> MutexGuard<'a, State> {
        match deadline {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Whether the manager goes down.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Runs a job's thread.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|t| !t.is_finished());
        threads.push(std::thread::spawn(work));
    }

    /// Stops like a crash: jobs stay as they are, the next start takes them back. Returns when no job touches anything.
    pub fn close(&self) {
        {
            let _state = self.lock();
            self.closed.store(true, Ordering::SeqCst);
            self.changed.notify_all();
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A job that panicked has said so on stderr; there is nothing left to do with it here.
            let _ = thread.join();
        }
    }
}
