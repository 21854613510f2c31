//! A flow: a named list of steps that reads as the procedure, and the digest that tells two plans apart.

use super::{AnyStep, UndoPolicy};
use crate::fault::{Fault, Kind};
use sha2::{Digest, Sha256};
use std::{collections::HashSet, fmt::Write as _};

/// A list of steps with a name.
pub struct Flow<W: ?Sized> {
    name: String,
    steps: Vec<Box<dyn AnyStep<W>>>,
}

impl<W: ?Sized> Flow<W> {
    /// Checks the list: names are unique; a step that opens a window (`urgent`) can be undone, is followed by one that
    /// ends the window (law 1: an END step is declared), and no step of no return stands between the two.
    pub fn new(name: impl Into<String>, steps: Vec<Box<dyn AnyStep<W>>>) -> Result<Self, Fault> {
        let flow = Self { name: name.into(), steps };
        flow.check_names()?;
        flow.check_windows()?;
        Ok(flow)
    }

    /// Its name, as the journal has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[Box<dyn AnyStep<W>>] {
        &self.steps
    }

    /// The steps themselves, to be wrapped.
    #[must_use]
    pub fn into_steps(self) -> Vec<Box<dyn AnyStep<W>>> {
        self.steps
    }

    /// The names of the steps in order.
    #[must_use]
    pub fn plan(&self) -> Vec<String> {
        self.steps.iter().map(|step| step.name()).collect()
    }

    /// The step of that name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&dyn AnyStep<W>> {
        self.steps.iter().find(|step| step.name() == name).map(AsRef::as_ref)
    }

    /// SHA-256 over the flow's name, the steps' names and their undo policies, hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{}\n", self.name));
        for step in &self.steps {
            hash.update(format!("{}\t{}\n", step.name(), policy_word(step.undo_policy())));
        }
        hash.finalize().iter().fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Position of the step that ends the window which step `at` opens.
    pub(super) fn window_end(&self, at: usize) -> Option<usize> {
        (at + 1..self.steps.len()).find(|&after| self.steps[after].ends_window())
    }

    fn check_names(&self) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        match self.plan().into_iter().find(|name| !seen.insert(name.clone())) {
            Some(twice) => Err(self.bug(format!("has two steps named {twice}"))),
            None if self.steps.is_empty() => Err(self.bug("has no steps".into())),
            None => Ok(()),
        }
    }

    fn check_windows(&self) -> Result<(), Fault> {
        (0..self.steps.len()).filter(|&at| self.steps[at].urgent()).try_for_each(|at| self.check_window(at))
    }

    fn check_window(&self, at: usize) -> Result<(), Fault> {
        let name = self.steps[at].name();
        if self.steps[at].undo_policy() != UndoPolicy::Compensate {
            return Err(self.bug(format!("has an urgent step without undo: {name}")));
        }
        let Some(end) = self.window_end(at) else {
            return Err(self.bug(format!("has no step that ends the window of {name}")));
        };
        match self.steps[at..=end].iter().find(|step| is_no_return(step.undo_policy())) {
            Some(step) => Err(self.bug(format!("has a step of no return inside a window: {}", step.name()))),
            None => Ok(()),
        }
    }

    fn bug(&self, what: String) -> Fault {
        Fault::new(Kind::Bug, "ENG-010", format!("flow {} {what}", self.name))
    }
}

pub(super) fn is_no_return(policy: UndoPolicy) -> bool {
    matches!(policy, UndoPolicy::NoReturn { .. })
}

fn policy_word(policy: UndoPolicy) -> &'static str {
    match policy {
        UndoPolicy::Compensate => "compensate",
        UndoPolicy::Nothing { .. } => "nothing",
        UndoPolicy::NoReturn { .. } => "no_return",
    }
}
