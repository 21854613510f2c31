//! Taking up a run whose process is gone: resume, undo, heal. The caller holds the lock of the database.
//!
//! Resume goes on only with what is provably the same job, and says why not. Undo and heal work for every format ever
//! released: they ask for the same flow and the same kind of site, never for the same version.

use super::{
    Direction, End, EndState, Engine, Event, Flow, Phase, Probe, RunState, StepEvent, StepState, UndoPolicy, ending,
    fold, live::Live, unwind::Broken,
};
use crate::{
    fault::{Fault, Kind, Retry},
    model::RunId,
};

/// Code of the refusal to take back a run behind a step of no return.
pub const PAST_RETURN: &str = "ENG-055";
/// Code of a turn that the user asked for.
const UNDO: &str = "UNDO";
/// Code of a turn that `heal` made.
const HEAL: &str = "HEAL";
/// Code of a resumption.
const RESUME: &str = "RESUME";

/// What `heal` found or did.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// The run has ended before.
    AlreadyEnded,
    /// It was taken back.
    Unwound,
    /// It was to be taken back, and an undo failed.
    Stuck(Box<Fault>),
    /// Every step was done, only the end record was missing.
    Finished,
    /// Nothing is in an abnormal state: a person chooses between `resume` and `undo`.
    Left,
}

/// The report of `heal` on one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Healed {
    /// The run.
    pub run: RunId,
    /// What was done with it.
    pub settled: Settled,
    /// How it stands now.
    pub state: RunState,
}

impl<W: ?Sized> Engine<'_, W> {
    /// Takes up an interrupted run in its recorded direction. A run that was interrupted inside the window goes back:
    /// nobody knows for how long the window has been open.
    ///
    /// `Ok` is a run that is done, or one that the user had turned back and that is now undone; faults as `start`, and
    /// `User` with the reason when a guard refuses.
    pub fn resume(&self, flow: &Flow<W>, run: &RunId) -> Result<RunState, Fault> {
        let mut live = self.load(flow, run)?;
        if let Some(end) = &live.state.end {
            return Err(ending::ended(run, end.state));
        }
        if live.state.direction == Direction::Unwind {
            live.announce();
            let ended = live.unwind()?;
            return live.resumed_back(ended);
        }
        if live.window_open() {
            let ended = live.turn_back("it was interrupted inside the window", "ENG-032")?;
            return live.resumed_back(ended);
        }
        self.same_job(flow, &live.state)?;
        live.record(Event::turn(Direction::Forward, "resumed", RESUME))?;
        live.announce();
        live.settle_forward()?;
        live.forward()
    }

    /// Takes a run back: an unfinished one, a stuck one again, or a done one whose flow has no step of no return.
    /// `Ok` is a run that is undone (also when it was before).
    pub fn undo(&self, flow: &Flow<W>, run: &RunId) -> Result<RunState, Fault> {
        let mut live = self.load(flow, run)?;
        if live.state.phase() == Phase::Undone {
            return Ok(live.state);
        }
        live.settle_return()?;
        if let Some((step, because)) = live.passed() {
            return Err(live.refuse_undo(&step, because));
        }
        match live.turn_back("undo was asked for", UNDO)? {
            None => Ok(live.state),
            Some(broken) => Err(live.stuck(broken)),
        }
    }

    /// Settles an interrupted run as far as no choice is needed: goes on unwinding, closes an open window by unwinding,
    /// writes a missing end. Doing it twice changes nothing more.
    pub fn heal(&self, flow: &Flow<W>, run: &RunId) -> Result<Healed, Fault> {
        let mut live = self.load(flow, run)?;
        let settled = live.heal()?;
        Ok(Healed { run: run.clone(), settled, state: live.state })
    }

    fn load<'e>(&'e self, flow: &'e Flow<W>, run: &RunId) -> Result<Live<'e, W>, Fault> {
        let records = self.journal.read(run)?;
        let state = fold(&records).map_err(|fault| ending::at(fault, run, None))?;
        let header = &state.header;
        if header.flow != flow.name() {
            let text = format!("run {run} is of flow {}, not of {}", header.flow, flow.name());
            return Err(Fault::new(Kind::Bug, "ENG-051", text));
        }
        if header.simulated != self.simulated {
            let site = |simulated| if simulated { "a lab" } else { "a real site" };
            let text = format!("run {run} ran on {}, this is {}", site(header.simulated), site(self.simulated));
            return Err(Fault::new(Kind::User, "ENG-052", text).hint("use the configuration that the run began with"));
        }
        Ok(Live { eng: self, flow, run: run.clone(), state })
    }

    fn same_job(&self, flow: &Flow<W>, state: &RunState) -> Result<(), Fault> {
        let header = &state.header;
        let refuse = |code: &str, why: String| {
            let fault = Fault::new(Kind::User, code, format!("run {} cannot be resumed: {why}", header.id));
            ending::at(fault, &header.id, None).hint_command("take it back instead", ending::undo_command(&header.id))
        };
        if minor(&header.tool) != minor(self.tool) {
            let why = format!("version {} began it, this is {}", header.tool, self.tool);
            return Err(refuse("ENG-053", why).hint(format!("or resume it with version {}", header.tool)));
        }
        if header.plan_digest != flow.digest() {
            let why = format!("the plan built from its parameters differs; {}", difference(&header.plan, &flow.plan()));
            return Err(refuse("ENG-054", why));
        }
        Ok(())
    }
}

impl<W: ?Sized> Live<'_, W> {
    fn heal(&mut self) -> Result<Settled, Fault> {
        if self.state.end.is_some() {
            return Ok(Settled::AlreadyEnded);
        }
        if self.state.direction == Direction::Unwind {
            self.announce();
            let ended = self.unwind()?;
            return Ok(self.settled(ended));
        }
        if self.window_open() {
            let ended = self.turn_back("it was interrupted inside the window", HEAL)?;
            return Ok(self.settled(ended));
        }
        self.look_at_return()?;
        if self.state.steps.iter().any(|step| step.state != StepState::Done) {
            return Ok(Settled::Left);
        }
        self.end(End { state: EndState::Done, left: Vec::new() })?;
        Ok(Settled::Finished)
    }

    fn settled(&self, ended: Option<Broken>) -> Settled {
        ended.map_or(Settled::Unwound, |broken| Settled::Stuck(Box::new(self.stuck(broken))))
    }

    fn resumed_back(self, ended: Option<Broken>) -> Result<RunState, Fault> {
        if let Some(broken) = ended {
            return Err(self.stuck(broken));
        }
        match &self.state.unwound_by {
            Some(turn) if turn.code != UNDO => {
                let first = self.state.steps.iter().find_map(|step| step.fault.clone());
                let plain = || Fault::new(Kind::Undone, turn.code.clone(), turn.why.clone());
                Err(ending::undone(first.unwrap_or_else(plain), &self.run))
            }
            _ => Ok(self.state),
        }
    }

    /// Settles the one step that is neither done nor untouched, by looking.
    fn settle_forward(&mut self) -> Result<(), Fault> {
        let Some(open) = self.state.steps.iter().find(|step| step.state != StepState::Done) else {
            return Ok(());
        };
        let (name, state) = (open.name.clone(), open.state);
        match state {
            StepState::Pending | StepState::Undone | StepState::Done => Ok(()),
            StepState::Undoing | StepState::UndoFailed => self.clear(&name),
            StepState::Started | StepState::Failed => self.look(&name, state),
        }
    }

    fn look(&mut self, name: &str, state: StepState) -> Result<(), Fault> {
        match self.call(name, |step, cx| step.probe(cx))? {
            Probe::Present(out) => self.found(name, out),
            Probe::Absent if state == StepState::Failed => Ok(()),
            Probe::Absent => self.record_step(name, StepEvent::Failed { fault: without_effect(name) }),
            Probe::Partial(seen) => match self.policy(name) {
                UndoPolicy::Compensate => self.clear(name),
                UndoPolicy::Nothing { .. } if state == StepState::Failed => Ok(()),
                UndoPolicy::Nothing { .. } => {
                    self.record_step(name, StepEvent::Failed { fault: without_effect(name).cause(seen) })
                }
                UndoPolicy::NoReturn { .. } => Err(ending::cannot_tell(name, &seen, &self.run)),
            },
            Probe::Unknown(seen) => Err(ending::cannot_tell(name, &seen, &self.run)),
        }
    }

    /// Undoes part of an effect, so that the step can run again.
    fn clear(&mut self, name: &str) -> Result<(), Fault> {
        self.undo_step(name)?.map_err(|fault| {
            ending::cannot_tell(
                name,
                &format!("part of its effect is there and could not be undone: {fault}"),
                &self.run,
            )
        })
    }

    /// Before an undo: a step of no return that is in doubt is looked at, and what cannot be told stops the undo.
    fn settle_return(&mut self) -> Result<(), Fault> {
        match self.look_at_return()? {
            None => Ok(()),
            Some((step, seen)) => Err(ending::cannot_tell(&step, &seen, &self.run)),
        }
    }

    /// Records a step of no return as done when a look shows it. `Some`: what was seen when that does not decide.
    fn look_at_return(&mut self) -> Result<Option<(String, String)>, Fault> {
        let Some(name) = self.return_in_doubt() else {
            return Ok(None);
        };
        if self.state.phase() != Phase::Running {
            return Ok(None);
        }
        match self.call(&name, |step, cx| step.probe(cx))? {
            Probe::Present(out) => self.found(&name, out).map(|()| None),
            Probe::Absent => Ok(None),
            Probe::Partial(seen) | Probe::Unknown(seen) => Ok(Some((name, seen))),
        }
    }

    fn refuse_undo(&self, step: &str, because: &str) -> Fault {
        let text = format!("run {} cannot be undone: its step {step} is done, and {because}", self.run);
        let fault = ending::at(Fault::new(Kind::User, PAST_RETURN, text), &self.run, None);
        match self.state.end {
            None => fault.hint_command("it can go on", ending::resume_command(&self.run)),
            Some(_) => fault.hint_command("what it did", ending::show_command(&self.run)),
        }
    }
}

fn without_effect(name: &str) -> Fault {
    Fault::new(Kind::External, "ENG-020", format!("step {name} was interrupted before it took effect"))
        .retry(Retry::Again)
}

/// `1.4` of `1.4.2`.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

fn difference(then: &[String], now: &[String]) -> String {
    let first = then.iter().zip(now).position(|(a, b)| a != b).unwrap_or(then.len().min(now.len()));
    match (then.get(first), now.get(first)) {
        (Some(a), Some(b)) => format!("step {} was {a} and would be {b}", first + 1),
        (Some(a), None) => format!("step {} was {a} and is gone", first + 1),
        (None, Some(b)) => format!("step {} would be {b} and is new", first + 1),
        (None, None) => "the steps are the same, an undo policy is not".to_owned(),
    }
}
