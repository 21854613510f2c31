//! What a run tells while it goes. The core prints nothing; the terminal, JSON and tests are monitors.

use crate::fault::Fault;
use std::time::Duration;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A run begins.
    RunStarted {
        /// Its id.
        run: String,
        /// Its flow.
        flow: String,
        /// How many steps it has.
        steps: usize,
    },
    /// A step begins (or its undo).
    StepStarted {
        /// Kind and key (`clone_disk:2`).
        step: String,
        /// What it does, for a person.
        text: String,
        /// Position from 1.
        index: usize,
        /// Whether it is the undo that begins.
        undo: bool,
    },
    /// A step is over.
    StepDone {
        /// Kind and key.
        step: String,
        /// How long it took.
        took: Duration,
        /// `None` where it did its work, else why it was skipped.
        skipped: Option<String>,
        /// Whether it was the undo.
        undo: bool,
    },
    /// A step failed.
    StepFailed {
        /// Kind and key.
        step: String,
        /// Why.
        fault: Fault,
    },
    /// A step that lasts says how far it is.
    Progress {
        /// So many are done.
        done: u64,
        /// Of how many.
        total: u64,
        /// Of what.
        of: Amount,
        /// In words.
        text: String,
    },
    /// A note or warning for the reader.
    Note(String),
    /// The run is over.
    RunEnded {
        /// Its id.
        run: String,
        /// `done`, `undone`, `stuck` …
        state: String,
    },
}

/// What a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Bytes.
    Bytes,
    /// Things, one by one.
    Pieces,
}

/// Receives events.
pub trait Monitor: Send + Sync {
    /// Takes one event. Must not fail and must not block for long.
    fn tell(&self, event: &Event);
}

/// A monitor that says nothing.
pub struct Silent;

impl Monitor for Silent {
    fn tell(&self, _event: &Event) {}
}
