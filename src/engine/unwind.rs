//! Taking a run back.
//!
//! Undone is every step that began, also one that failed outright: a step may have done half of its work before it
//! failed, and an undo succeeds when nothing is left to do. Urgent steps come first and are all tried; after the first
//! failure among the others the rest is left, because what stands below may still be in use (a disk is not unmapped
//! while its mount is stuck). A guard is such a rest: it stays armed when END BACKUP fails.

use super::{
    Direction, End, EndState, Event, RunState, StepEvent, StepRun, StepState, UndoPolicy, ending, heard::Heard,
    live::Live,
};
use crate::{
    fault::{Fault, Retry},
    port::{Event as Told, Monitor},
};
use std::time::Duration;

/// Waits before the second, third and fourth try of an undo.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Why an unwinding stopped.
pub(super) struct Broken {
    pub step: String,
    pub fault: Fault,
    pub left: Vec<String>,
}

impl<W: ?Sized> Live<'_, W> {
    /// Undoes what began, then ends the run. `None`: everything is taken back.
    pub fn unwind(&mut self) -> Result<Option<Broken>, Fault> {
        let mut broken: Option<(String, Fault)> = None;
        for name in self.to_undo() {
            if broken.is_some() && !self.urgent(&name) {
                break;
            }
            if let Err(fault) = self.undo_step(&name)? {
                broken.get_or_insert((name, fault));
            }
        }
        let left = self.to_undo();
        let state = if broken.is_some() { EndState::Stuck } else { EndState::Undone };
        self.end(End { state, left: left.clone() })?;
        Ok(broken.map(|(step, fault)| Broken { step, fault, left }))
    }

    /// The steps to undo, in order: the urgent ones backwards, then the others backwards.
    pub fn to_undo(&self) -> Vec<String> {
        let began = |step: &&StepRun| !matches!(step.state, StepState::Pending | StepState::Undone);
        let compensate = |name: &String| self.policy(name) == UndoPolicy::Compensate;
        let names = self.state.steps.iter().rev().filter(began).map(|step| step.name.clone()).filter(compensate);
        let (urgent, mut order): (Vec<_>, Vec<_>) = names.partition(|name| self.urgent(name));
        order.splice(0..0, urgent);
        order
    }

    pub fn urgent(&self, name: &str) -> bool {
        self.flow.step(name).is_some_and(|step| step.urgent())
    }

    /// The inner result is the undo's, the outer one the journal's.
    pub fn undo_step(&mut self, name: &str) -> Result<Result<(), Fault>, Fault> {
        self.record_step(name, StepEvent::UndoStarted {})?;
        let text = self.flow.step(name).map_or_else(|| name.to_owned(), |step| step.describe());
        self.tell(Told::StepStarted { step: name.to_owned(), text, index: self.index(name), undo: true });
        let began = self.eng.clock.elapsed();
        let heard = Heard::over(self.eng.monitor);
        let undone = self.undo_with_retries(name, &heard);
        match &undone {
            Ok(()) => {
                self.record_step(name, StepEvent::Undone { notes: heard.notes() })?;
                let took = self.eng.clock.elapsed().saturating_sub(began);
                self.tell(Told::StepDone { step: name.to_owned(), took, skipped: None, undo: true });
            }
            Err(fault) => {
                self.tell(Told::StepFailed { step: name.to_owned(), fault: fault.clone() });
                self.record_step(name, StepEvent::UndoFailed { fault: fault.clone() })?;
            }
        }
        Ok(undone)
    }

    /// A lost answer is tried again as well: an undo looks before it acts and may be repeated.
    fn undo_with_retries(&self, name: &str, monitor: &dyn Monitor) -> Result<(), Fault> {
        for pause in PAUSES {
            match self.undo_once(name, monitor) {
                Err(fault) if fault.retry != Retry::Never => {
                    monitor.tell(&Told::Note(format!("the undo of {name} is tried again: {fault}")));
                    self.eng.clock.sleep(pause);
                }
                ended => return ended,
            }
        }
        self.undo_once(name, monitor)
    }

    /// One call of the undo, with the step's output if it is known to be done.
    pub fn undo_once(&self, name: &str, monitor: &dyn Monitor) -> Result<(), Fault> {
        let out = self.state.step(name).and_then(|step| step.out.clone());
        self.call_heard(name, monitor, |step, cx| step.undo(cx, out.as_ref()))
    }

    /// Turns to unwind and goes; for `undo`, `heal` and a resumed window.
    pub fn turn_back(&mut self, why: &str, code: &str) -> Result<Option<Broken>, Fault> {
        self.record(Event::turn(Direction::Unwind, why, code))?;
        self.announce();
        self.unwind()
    }

    /// What the caller is told of a broken unwinding that no fresh fault began.
    pub fn stuck(&self, broken: Broken) -> Fault {
        ending::stuck(None, &broken.step, broken.fault, &broken.left, &self.run)
    }
}

impl RunState {
    /// Why the run goes back, as `CODE: text`, if it does.
    #[must_use]
    pub fn why_unwound(&self) -> Option<String> {
        self.unwound_by.as_ref().map(|turn| format!("{}: {}", turn.code, turn.why))
    }
}
