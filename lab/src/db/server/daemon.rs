//! The daemon itself.

use super::registry::Registry;
use super::sabotage::Sabotage;
use super::{Boot, session, socket};
use crate::db::alert::Alert;
use crate::db::api::{Facts, Instance};
use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the engine does its background work.
const TICK: Duration = Duration::from_millis(20);

/// What all sessions share.
pub struct Shared {
    /// `None` once the instance is shut down.
    instance: Mutex<Option<Box<dyn Instance>>>,
    registry: Mutex<Registry>,
    /// Signalled when a session leaves.
    alone: Condvar,
    /// Signalled when the instance ends.
    ended: Condvar,
    /// Whether the session that shut it down has its answer: the process may not end before.
    answered: (Mutex<bool>, Condvar),
    /// Set and signalled when nothing of it is left.
    gone: (Mutex<bool>, Condvar),
    /// Its log.
    pub alert: Alert,
    /// What it was started with.
    pub boot: Boot,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Calls the engine; `None` when it is gone.
    pub fn engine<T>(&self, f: impl FnOnce(&mut dyn Instance) -> T) -> Option<T> {
        lock(&self.instance).as_mut().map(|i| f(i.as_mut()))
    }

    /// What the views are made from.
    pub fn facts(&self) -> Option<Facts> {
        self.engine(|i| i.facts())
    }

    /// The sessions.
    pub fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }

    /// A session has left.
    pub fn left(&self, sid: u32, serial: u32) {
        self.registry().leave(sid, serial);
        self.alone.notify_all();
    }

    /// Waits until no session but one is there.
    pub fn wait_alone(&self, sid: u32) {
        let mut registry = self.registry();
        while registry.others(sid) > 0 {
            registry = self.alone.wait(registry).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until nothing of the instance is left.
    pub fn wait_gone(&self) {
        let mut gone = lock(&self.gone.0);
        while !*gone {
            gone = self.gone.1.wait(gone).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The session that shut the instance down has its answer, or its client has gone.
    pub fn note_answered(&self) {
        *lock(&self.answered.0) = true;
        self.answered.1.notify_all();
    }

    fn wait_answered(&self) {
        let waited = self.answered.1.wait_timeout_while(lock(&self.answered.0), LAST_WORD, |answered| !*answered);
        drop(waited);
    }

    /// Closes all files and lets [`serve`] come back.
    pub fn end(&self) {
        drop(lock(&self.instance).take());
        self.ended.notify_all();
    }
}

/// How long the answer to a SHUTDOWN may take to its client.
const LAST_WORD: Duration = Duration::from_secs(10);

/// The end of an instance. Whoever shut it down sees its connection end when this is dropped, or with the process.
pub struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        *lock(&self.0.gone.0) = true;
        self.0.gone.1.notify_all();
    }
}

/// Runs an instance until it is shut down. `ready` is called when clients can connect; all threads of sessions end with
/// the process.
pub fn serve(mut instance: Box<dyn Instance>, boot: Boot, ready: impl FnOnce()) -> io::Result<Ended> {
    let listener = socket::listen(&boot.private, &boot.home, &boot.sid)?;
    let alert = Alert::new(Path::new(&boot.home), &boot.sid, boot.oracle, &instance.facts().parameters);
    alert.say(&format!("Starting ORACLE instance (normal) (OS id: {})", std::process::id()));
    let sabotage = boot.quirks().is("begin-backup-sabotage", "yes");
    let instance = if sabotage { Box::new(Sabotage::new(instance)) } else { instance };
    let registry = Registry::new(&boot.host, chrono::Utc::now().timestamp());
    let shared = Arc::new(Shared {
        instance: Mutex::new(Some(instance)),
        registry: Mutex::new(registry),
        alone: Condvar::new(),
        ended: Condvar::new(),
        answered: (Mutex::new(false), Condvar::new()),
        gone: (Mutex::new(false), Condvar::new()),
        alert,
        boot,
    });
    ready();
    let acceptor = Arc::clone(&shared);
    std::thread::spawn(move || accept(&listener, &acceptor));
    tick(&shared);
    shared.wait_answered();
    socket::remove(&shared.boot.private, &shared.boot.home, &shared.boot.sid);
    Ok(Ended(shared))
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        let shared = Arc::clone(shared);
        std::thread::spawn(move || session::run(&stream, &shared));
    }
}

/// Background work, until the instance is gone.
fn tick(shared: &Shared) {
    let mut instance = lock(&shared.instance);
    while let Some(engine) = instance.as_mut() {
        engine.tick();
        let waited = shared.ended.wait_timeout(instance, TICK);
        instance = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}
