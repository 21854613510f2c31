//! A run in memory: its folded state beside its journal. Every record passes here, checked and made durable first.

use super::{
    AnyStep, Cx, Engine, Event, Flow, Outs, Record, RunEvent, RunState, StepEvent, StepState, UndoPolicy, ending,
    flow::is_no_return,
};
use crate::{
    fault::{Fault, Kind, Retry},
    model::RunId,
    port::{Event as Told, Monitor},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A run that this process drives.
pub(super) struct Live<'e, W: ?Sized> {
    pub eng: &'e Engine<'e, W>,
    pub flow: &'e Flow<W>,
    pub run: RunId,
    pub state: RunState,
}

impl<'e, W: ?Sized> Live<'e, W> {
    /// Checks the record, makes it durable, then takes it into the state.
    pub fn record(&mut self, event: Event) -> Result<(), Fault> {
        let record = Record { n: self.state.next, at: self.eng.clock.now(), event };
        let mut next = self.state.clone();
        let kept = next.apply(&record).and_then(|()| self.eng.journal.append(&self.run, &record));
        match kept {
            Ok(()) => self.state = next,
            Err(fault) => return Err(self.abandon(fault)),
        }
        Ok(())
    }

    /// Records an event of a step.
    pub fn record_step(&mut self, step: &str, what: StepEvent) -> Result<(), Fault> {
        self.record(Event::step(step, what))
    }

    /// Tells the monitor.
    pub fn tell(&self, event: Told) {
        self.eng.monitor.tell(&event);
    }

    /// Outputs in the order of the plan, those of undone steps included: an undo may ask what was.
    pub fn outs(&self) -> Outs {
        let with_out = self.state.steps.iter().filter_map(|step| Some((step.name.as_str(), step.out.clone()?)));
        with_out
            .map(|(name, out)| match name.split_once(':') {
                Some((kind, key)) => (kind.to_owned(), Some(key.to_owned()), out),
                None => (name.to_owned(), None, out),
            })
            .collect()
    }

    /// Names and milliseconds of the steps that are done.
    fn took(&self) -> Vec<(String, u64)> {
        self.state.steps.iter().filter_map(|step| Some((step.name.clone(), step.ms()?))).collect()
    }

    /// Calls `act` with the step and its context.
    pub fn call<T>(
        &self,
        name: &str,
        act: impl FnOnce(&dyn AnyStep<W>, &Cx<'_, W>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.call_heard(name, self.eng.monitor, act)
    }

    /// The same with a monitor of its own. A panic becomes a fault in doubt: inside the window the database
    /// must leave backup mode even when we have a mistake.
    pub fn call_heard<T>(
        &self,
        name: &str,
        monitor: &dyn Monitor,
        act: impl FnOnce(&dyn AnyStep<W>, &Cx<'_, W>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Some(step) = self.flow.step(name) else {
            return Err(unknown_step(self.flow.name(), name));
        };
        let (outs, took) = (self.outs(), self.took());
        let eng = self.eng;
        let (run, clock) = (self.run.as_str(), eng.clock);
        let cx = Cx { world: eng.world, run, clock, monitor, outs: &outs, took: &took };
        let called = catch_unwind(AssertUnwindSafe(|| act(step, &cx)));
        called
            .unwrap_or_else(|panic| Err(panicked(name, &*panic)))
            .map_err(|fault| ending::at(fault, &self.run, Some(name)))
    }

    /// What undoing the step means. A step that this version does not have counts as one to undo, so that it is
    /// reported and not forgotten.
    pub fn policy(&self, name: &str) -> UndoPolicy {
        self.flow.step(name).map_or(UndoPolicy::Compensate, |step| step.undo_policy())
    }

    /// Whether a window is open or may be: an urgent step began and was not undone, and the step that ends its window
    /// is not done.
    pub fn window_open(&self) -> bool {
        let began = |name: &str| {
            let state = self.state.step(name).map(|step| step.state);
            !matches!(state, None | Some(StepState::Pending | StepState::Undone))
        };
        let done = |name: &str| self.state.step(name).is_some_and(|step| step.state == StepState::Done);
        let steps = self.flow.steps();
        let closed = |at| self.flow.window_end(at).is_some_and(|end| done(&steps[end].name()));
        (0..steps.len()).any(|at| steps[at].urgent() && began(&steps[at].name()) && !closed(at))
    }

    /// The step of no return that is done, with its reason.
    pub fn passed(&self) -> Option<(String, &'static str)> {
        let done = self.state.steps.iter().filter(|step| step.state == StepState::Done);
        done.map(|step| (step, self.policy(&step.name))).find_map(|(step, policy)| match policy {
            UndoPolicy::NoReturn { because } => Some((step.name.clone(), because)),
            _ => None,
        })
    }

    /// The step of no return that began and did not report success.
    pub fn return_in_doubt(&self) -> Option<String> {
        let open = |state| matches!(state, StepState::Started | StepState::Failed);
        let mut begun = self.state.steps.iter().filter(|step| open(step.state));
        begun.find(|step| is_no_return(self.policy(&step.name))).map(|step| step.name.clone())
    }

    /// The journal cannot be written, so nothing more may be done – except that an open window is closed. That needs
    /// no record: the urgent steps stand in the journal as begun, and their undos may be repeated.
    fn abandon(&self, mut fault: Fault) -> Fault {
        if self.window_open() {
            for name in self.to_undo().into_iter().filter(|name| self.urgent(name)) {
                let undone = self.undo_once(&name, self.eng.monitor);
                fault.causes.push(match undone {
                    Ok(()) => format!("{name} was undone without a record"),
                    Err(why) => format!("{name} could not be undone: {why}"),
                });
            }
        }
        ending::at(fault, &self.run, None)
            .hint_command("when the cause is removed, settle the run", format!("ovmirror heal {}", self.run.database()))
    }

    /// Position of a step in the plan, from 1.
    pub fn index(&self, name: &str) -> usize {
        self.state.steps.iter().position(|step| step.name == name).map_or(0, |at| at + 1)
    }

    /// Tells the monitor that the run begins (again).
    pub fn announce(&self) {
        self.tell(Told::RunStarted {
            run: self.run.to_string(),
            flow: self.flow.name().to_owned(),
            steps: self.state.steps.len(),
        });
    }

    /// Ends the run.
    pub fn end(&mut self, end: super::End) -> Result<(), Fault> {
        self.record(Event::Run(RunEvent::End(end)))?;
        let state = self.state.phase().word().to_owned();
        self.tell(Told::RunEnded { run: self.run.to_string(), state });
        Ok(())
    }
}

fn unknown_step(flow: &str, name: &str) -> Fault {
    Fault::new(Kind::Stuck, "ENG-011", format!("flow {flow} of this version has no step {name}"))
        .hint("use the version of ovmirror that began the run")
}

fn panicked(name: &str, panic: &(dyn std::any::Any + Send)) -> Fault {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Fault::new(Kind::Bug, "ENG-012", format!("step {name} broke off: {}", text.unwrap_or("panic without a text")))
        .retry(Retry::InDoubt)
}
