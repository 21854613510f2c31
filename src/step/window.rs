//! What is opened before BEGIN BACKUP, so that each question in the window is one round trip: a SQL session and a
//! shell in the database's VM.

use super::World;
use crate::{
    fault::{Fault, Kind, Remedy},
    model::HostName,
    port::{Living, Remote, RemoteCommand, SqlSession},
};
use std::time::Duration;

/// The two open channels.
pub struct Window {
    /// The session that sends BEGIN and END.
    pub session: Box<dyn SqlSession>,
    /// A POSIX shell.
    pub shell: Shell,
    /// When BEGIN was sent, by the monotonic clock.
    pub begun: Option<Duration>,
    /// When the freeze was sent, by the same clock.
    pub frozen: Option<Duration>,
}

/// A living shell that is asked and answers.
pub struct Shell {
    host: HostName,
    living: Box<dyn Living>,
    asked: u32,
}

impl Shell {
    /// Starts it.
    pub fn open(remote: &dyn Remote, host: &HostName, deadline: Duration) -> Result<Self, Fault> {
        let command = RemoteCommand::words(["/bin/sh"], deadline);
        let living = remote.live(host, &command).map_err(|error| error.fault().on(host))?;
        Ok(Self { host: host.clone(), living, asked: 0 })
    }

    /// Runs a script in it and returns what it printed: one round trip. The marker line cannot be part of the answer,
    /// because it carries this process's own count.
    pub fn ask(&mut self, script: &str, deadline: Duration) -> Result<String, Fault> {
        self.asked += 1;
        let marker = format!("ovm-answer-{}-{}", std::process::id(), self.asked);
        let text = format!("(\n{script}\n) < /dev/null\necho\necho {marker}\n");
        let answer = self.living.send(&text).and_then(|()| self.living.read_until(&marker, deadline));
        answer.map_err(|error| error.fault().on(&self.host))
    }
}

/// Uses the open window; without one (a new process that unwinds) there is nothing to use.
pub fn with<T>(world: &World, act: impl FnOnce(&mut Window) -> Result<T, Fault>) -> Result<T, Fault> {
    let mut window = world.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match window.as_mut() {
        Some(window) => act(window),
        None => Err(Fault::new(Kind::Bug, "WIN-001", "no window is open in this process")),
    }
}

/// Opens it.
pub fn put(world: &World, window: Window) {
    *world.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(window);
}

/// Closes both channels; does nothing where none is open.
pub fn close(world: &World) {
    world.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
}
