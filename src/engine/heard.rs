//! What an undo tells, kept for the journal: the guard's log, for one, is gone from its host afterwards.

use crate::port::{Event, Monitor};
use std::sync::{Mutex, PoisonError};

/// Passes on what is told and keeps the notes.
pub(super) struct Heard<'a> {
    monitor: &'a dyn Monitor,
    notes: Mutex<Vec<String>>,
}

impl<'a> Heard<'a> {
    pub fn over(monitor: &'a dyn Monitor) -> Self {
        Self { monitor, notes: Mutex::default() }
    }

    pub fn notes(self) -> Vec<String> {
        self.notes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Heard<'_> {
    fn tell(&self, event: &Event) {
        if let Event::Note(text) = event {
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
        }
        self.monitor.tell(event);
    }
}
