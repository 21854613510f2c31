//! The loop that runs a flow forward.
//!
//! What happens when a step fails: everything that began is undone, urgent steps first – except past a step of no
//! return. There nothing is undone: the journal keeps `failed` without an end, the run counts as interrupted, and only
//! `resume` takes it on.

use super::{
    Actor, Cancel, Direction, End, EndState, Event, FORMAT, Flow, Header, Journal, Probe, Ran, Record, RunEvent,
    RunState, StepEvent, StepState, ending, flow::is_no_return, live::Live,
};
use crate::{
    fault::{Fault, Kind},
    model::RunId,
    port::{Clock, Event as Told, Monitor},
};
use serde_json::Value;

/// Everything a run needs besides its flow.
pub struct Engine<'a, W: ?Sized> {
    /// The world that the steps act on.
    pub world: &'a W,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Where progress goes.
    pub monitor: &'a dyn Monitor,
    /// Where records go.
    pub journal: &'a dyn Journal,
    /// The user's wish to stop.
    pub cancel: &'a Cancel,
    /// This process.
    pub me: Actor,
    /// Version of the program (`1.4.2`).
    pub tool: &'a str,
    /// Whether this is a lab.
    pub simulated: bool,
}

/// How one step went.
enum Stepped {
    Done,
    Fell(Box<Fault>),
}

impl<W: ?Sized> Engine<'_, W> {
    /// Begins a run and drives it to its end. The caller holds the lock of the database.
    ///
    /// `Ok` is a run that is done. Faults: kind `Undone` (failed and taken back), `Stuck` (an undo failed, or it failed
    /// past the point of no return), `User` `ENG-030` (stopped by the user between two steps), or that of the journal.
    pub fn start(&self, flow: &Flow<W>, run: &RunId, params: Value) -> Result<RunState, Fault> {
        let header = Header {
            id: run.clone(),
            format: FORMAT,
            tool: self.tool.to_owned(),
            flow: flow.name().to_owned(),
            params,
            plan: flow.plan(),
            plan_digest: flow.digest(),
            simulated: self.simulated,
        };
        let first = Record { n: 0, at: self.clock.now(), event: Event::Run(RunEvent::Run(header)) };
        let state = RunState::begin(&first)?;
        self.journal.append(run, &first).map_err(|fault| ending::at(fault, run, None))?;
        let live = Live { eng: self, flow, run: run.clone(), state };
        live.announce();
        live.forward()
    }
}

impl<W: ?Sized> Live<'_, W> {
    /// Runs the steps that are not done, in order.
    pub fn forward(mut self) -> Result<RunState, Fault> {
        while let Some(name) = self.next() {
            if self.eng.cancel.asked() {
                return self.cancelled(&name);
            }
            if let Stepped::Fell(fault) = self.run_step(&name)? {
                self.after_fall(&name, *fault)?;
            }
        }
        self.end(End { state: EndState::Done, left: Vec::new() })?;
        Ok(self.state)
    }

    fn next(&self) -> Option<String> {
        self.state.steps.iter().find(|step| step.state != StepState::Done).map(|step| step.name.clone())
    }

    fn run_step(&mut self, name: &str) -> Result<Stepped, Fault> {
        let attempt = self.state.step(name).map_or(0, |step| step.attempt) + 1;
        let (pid, host) = (self.eng.me.pid, self.eng.me.host.clone());
        self.record_step(name, StepEvent::Started { attempt, pid, host })?;
        let text = self.flow.step(name).map_or_else(|| name.to_owned(), |step| step.describe());
        self.tell(Told::StepStarted { step: name.to_owned(), text, index: self.index(name), undo: false });
        let began = self.eng.clock.elapsed();
        match self.call(name, |step, cx| step.run(cx)) {
            Ok(ran) => self.ran(name, ran, began),
            Err(fault) => self.fell(name, fault),
        }
    }

    fn ran(&mut self, name: &str, ran: Ran<Value>, began: std::time::Duration) -> Result<Stepped, Fault> {
        let (out, warning, skipped) = match ran {
            Ran::Done(out) => (out, None, None),
            Ran::Warned(out, why) => (out, Some(why), None),
            Ran::Skipped(out, why) => (out, None, Some(why)),
        };
        self.record_step(name, StepEvent::Done { out, warning: warning.clone(), skipped: skipped.clone() })?;
        let took = self.eng.clock.elapsed().saturating_sub(began);
        self.tell(Told::StepDone { step: name.to_owned(), took, skipped, undo: false });
        if let Some(warning) = warning {
            self.tell(Told::Note(format!("{name}: {warning}")));
        }
        Ok(Stepped::Done)
    }

    fn fell(&mut self, name: &str, fault: Fault) -> Result<Stepped, Fault> {
        self.tell(Told::StepFailed { step: name.to_owned(), fault: fault.clone() });
        self.record_step(name, StepEvent::Failed { fault: fault.clone() })?;
        Ok(Stepped::Fell(Box::new(fault)))
    }

    /// `Ok` means that the step turned out to be done after all.
    fn after_fall(&mut self, name: &str, fault: Fault) -> Result<(), Fault> {
        if let Some((_, because)) = self.passed() {
            return Err(ending::past_return(fault, because, &self.run));
        }
        if is_no_return(self.policy(name)) {
            match self.call(name, |step, cx| step.probe(cx)) {
                Ok(Probe::Absent) => {}
                Ok(Probe::Present(out)) => return self.found(name, out),
                Ok(Probe::Partial(seen) | Probe::Unknown(seen)) => return Err(self.undecided(fault, &seen)),
                Err(blind) => return Err(self.undecided(fault, &blind.to_string())),
            }
        }
        Err(self.take_back(fault)?)
    }

    fn undecided(&self, fault: Fault, seen: &str) -> Fault {
        let because = format!("its step of no return may have taken effect ({seen})");
        ending::past_return(fault, &because, &self.run)
    }

    /// A probe saw the effect: the step is done.
    pub fn found(&mut self, name: &str, out: Value) -> Result<(), Fault> {
        self.tell(Told::Note(format!("{name}: its effect was found")));
        self.record_step(name, StepEvent::Done { out, warning: None, skipped: None })
    }

    /// Unwinds because of `fault`; the answer is what the caller of the run is told.
    fn take_back(&mut self, fault: Fault) -> Result<Fault, Fault> {
        let why = match &fault.context.step {
            Some(step) => format!("step {step} failed: {}", fault.message),
            None => fault.message.clone(),
        };
        self.record(Event::turn(Direction::Unwind, why, fault.code.clone()))?;
        Ok(match self.unwind()? {
            None => ending::undone(fault, &self.run),
            Some(broken) => ending::stuck(Some(fault), &broken.step, broken.fault, &broken.left, &self.run),
        })
    }

    fn cancelled(mut self, next: &str) -> Result<RunState, Fault> {
        if self.window_open() {
            let fault = Fault::new(Kind::User, "ENG-031", "the run was stopped by the user inside the window");
            return Err(self.take_back(fault)?);
        }
        self.record(Event::Run(RunEvent::Paused { why: "stopped by the user".into() }))?;
        Err(ending::paused(&self.run, next))
    }
}
