//! The state of a run, computed from its records alone. Lists which record may follow which; anything else is a fault
//! that names the record.

use super::{Direction, End, EndState, Event, Header, Record, RunEvent, StepEvent, StepRecord, Turn};
use super::{FORMAT, event::unknown_format};
use crate::fault::{Fault, Kind, Retry};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// Where a run stands, as far as its records tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No end record, going forward. Without a live process behind it the caller calls this `interrupted`.
    Running,
    /// No end record, going back. Likewise.
    Unwinding,
    /// Every step is done.
    Done,
    /// Everything was taken back.
    Undone,
    /// A person is needed.
    Stuck,
}

impl Phase {
    /// As JSON and tables show it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Unwinding => "unwinding",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It has not begun.
    Pending,
    /// It began and has not reported.
    Started,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
    /// Its undo began and has not reported.
    Undoing,
    /// Its effect is absent.
    Undone,
    /// Its undo failed.
    UndoFailed,
}

/// What the journal knows of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRun {
    /// Kind and key.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// How often it was started.
    pub attempt: u32,
    /// When it was started last.
    pub started_at: Option<DateTime<Utc>>,
    /// When that start ended, well or not.
    pub ended_at: Option<DateTime<Utc>>,
    /// What it returned; kept when it is undone, because other undos may need it.
    pub out: Option<Value>,
    /// Its warning.
    pub warning: Option<String>,
    /// Why it had nothing to do.
    pub skipped: Option<String>,
    /// Why it failed.
    pub fault: Option<Fault>,
    /// Why its undo failed.
    pub undo_fault: Option<Fault>,
    /// What its undo told.
    pub undo_notes: Vec<String>,
}

/// What the journal knows of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// The first record.
    pub header: Header,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// Where it goes.
    pub direction: Direction,
    /// The first record that made it go back: an `undo` or `heal` of a stuck run is no reason of its own.
    pub unwound_by: Option<Turn>,
    /// Why the user stopped it, until it goes on.
    pub paused: Option<String>,
    /// The steps in the order of the plan.
    pub steps: Vec<StepRun>,
    /// The number that the next record must have.
    pub next: u64,
}

/// The state after `records`.
pub fn fold(records: &[Record]) -> Result<RunState, Fault> {
    let Some((first, rest)) = records.split_first() else {
        return Err(Fault::new(Kind::User, "JRN-003", "the journal of this run is empty"));
    };
    rest.iter().try_fold(RunState::begin(first)?, |mut state, record| {
        state.apply(record)?;
        Ok(state)
    })
}

impl RunState {
    /// The state after the first record.
    pub fn begin(first: &Record) -> Result<Self, Fault> {
        let Event::Run(RunEvent::Run(header)) = &first.event else {
            return Err(illegal(first, "the first record must say what the run is"));
        };
        if header.format == 0 || header.format > FORMAT {
            return Err(unknown_format(header.format));
        }
        if first.n != 0 {
            return Err(illegal(first, "the first record must have number 0"));
        }
        Ok(Self {
            header: header.clone(),
            started_at: first.at,
            ended_at: None,
            end: None,
            direction: Direction::Forward,
            unwound_by: None,
            paused: None,
            steps: header.plan.iter().map(|name| StepRun::pending(name)).collect(),
            next: 1,
        })
    }

    /// Takes one more record, or says why it cannot follow. After a fault the state is of no use.
    pub fn apply(&mut self, record: &Record) -> Result<(), Fault> {
        if record.n != self.next {
            return Err(illegal(record, &format!("number {} was expected", self.next)));
        }
        self.next += 1;
        let taken = match &record.event {
            Event::Run(event) => self.apply_run(event, record.at),
            Event::Step(event) => self.apply_step(event, record.at),
        };
        taken.map_err(|why| illegal(record, &why))
    }

    /// Where the run stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match (self.end.as_ref().map(|end| end.state), self.direction) {
            (Some(EndState::Done), _) => Phase::Done,
            (Some(EndState::Undone), _) => Phase::Undone,
            (Some(EndState::Stuck), _) => Phase::Stuck,
            (None, Direction::Forward) => Phase::Running,
            (None, Direction::Unwind) => Phase::Unwinding,
        }
    }

    /// The step of that name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepRun> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The step a person would call the present one: the one at work, else the one that failed, else the last begun.
    #[must_use]
    pub fn current(&self) -> Option<&StepRun> {
        let at = |states: &[StepState]| self.steps.iter().rev().find(|step| states.contains(&step.state));
        at(&[StepState::Started, StepState::Undoing])
            .or_else(|| at(&[StepState::UndoFailed, StepState::Failed]))
            .or_else(|| at(&[StepState::Done, StepState::Undone]))
    }

    fn apply_run(&mut self, event: &RunEvent, at: DateTime<Utc>) -> Result<(), String> {
        match event {
            RunEvent::Run(_) => Err("a run begins once".into()),
            RunEvent::Turn(turn) => self.turn(turn),
            RunEvent::Paused { why } => self.pause(why),
            RunEvent::End(end) => self.finish(end, at),
        }
    }

    fn turn(&mut self, turn: &Turn) -> Result<(), String> {
        match (self.phase(), turn.to) {
            (Phase::Undone, _) => return Err("an undone run does not move again".into()),
            (Phase::Running, Direction::Forward) => {}
            (_, Direction::Forward) => return Err("only a run that goes forward can be resumed forward".into()),
            (_, Direction::Unwind) => drop(self.unwound_by.get_or_insert_with(|| turn.clone())),
        }
        self.direction = turn.to;
        (self.end, self.ended_at, self.paused) = (None, None, None);
        Ok(())
    }

    fn pause(&mut self, why: &str) -> Result<(), String> {
        if self.phase() != Phase::Running {
            return Err(format!("a run that is {} cannot pause", self.phase().word()));
        }
        self.paused = Some(why.to_owned());
        Ok(())
    }

    fn finish(&mut self, end: &End, at: DateTime<Utc>) -> Result<(), String> {
        let phase = match end.state {
            EndState::Done => Phase::Running,
            EndState::Undone | EndState::Stuck => Phase::Unwinding,
        };
        if self.phase() != phase {
            return Err(format!("a run that is {} cannot end {:?}", self.phase().word(), end.state));
        }
        self.fits(end.state)?;
        (self.end, self.ended_at) = (Some(end.clone()), Some(at));
        Ok(())
    }

    fn fits(&self, end: EndState) -> Result<(), String> {
        let bad = |step: &&StepRun| match end {
            EndState::Done => step.state != StepState::Done,
            EndState::Undone => matches!(step.state, StepState::Undoing | StepState::UndoFailed),
            EndState::Stuck => step.state == StepState::Undoing,
        };
        match self.steps.iter().find(bad) {
            Some(step) => Err(format!("step {} is {:?}", step.name, step.state)),
            None => Ok(()),
        }
    }

    fn apply_step(&mut self, event: &StepRecord, at: DateTime<Utc>) -> Result<(), String> {
        if self.end.is_some() {
            return Err(format!("the run is {}", self.phase().word()));
        }
        let Some(index) = self.steps.iter().position(|step| step.name == event.step) else {
            return Err(format!("the plan has no step {}", event.step));
        };
        self.in_order(index, &event.what)?;
        self.steps[index].take(&event.what, self.direction, at)
    }

    fn in_order(&self, index: usize, what: &StepEvent) -> Result<(), String> {
        let before = self.steps[..index].iter().find(|step| step.state != StepState::Done);
        match (what, before) {
            (StepEvent::Started { .. }, Some(open)) => Err(format!("step {} before it is {:?}", open.name, open.state)),
            _ => Ok(()),
        }
    }
}

impl StepRun {
    fn pending(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            state: StepState::Pending,
            attempt: 0,
            started_at: None,
            ended_at: None,
            out: None,
            warning: None,
            skipped: None,
            fault: None,
            undo_fault: None,
            undo_notes: Vec::new(),
        }
    }

    /// How long its last start took, if that has ended.
    #[must_use]
    pub fn ms(&self) -> Option<u64> {
        let took = self.ended_at? - self.started_at?;
        Some(u64::try_from(took.num_milliseconds()).unwrap_or(0))
    }

    /// Whether nobody knows if its effect is there: it began and never reported, or the answer was lost.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        let lost = self.fault.as_ref().is_some_and(|fault| fault.retry == Retry::InDoubt);
        self.state == StepState::Started || self.state == StepState::Failed && lost
    }

    fn take(&mut self, what: &StepEvent, direction: Direction, at: DateTime<Utc>) -> Result<(), String> {
        if !self.may(what, direction) {
            return Err(format!("step {} is {:?} and the run goes {direction:?}", self.name, self.state));
        }
        match what {
            StepEvent::Started { attempt, .. } => self.start(*attempt, at)?,
            StepEvent::Done { out, warning, skipped } => {
                (self.state, self.ended_at) = (StepState::Done, Some(at));
                (self.out, self.warning, self.skipped) = (Some(out.clone()), warning.clone(), skipped.clone());
                self.fault = None;
            }
            StepEvent::Failed { fault } => {
                (self.state, self.ended_at, self.fault) = (StepState::Failed, Some(at), Some(fault.clone()));
            }
            StepEvent::UndoStarted {} => self.state = StepState::Undoing,
            StepEvent::Undone { notes } => {
                (self.state, self.undo_fault, self.undo_notes) = (StepState::Undone, None, notes.clone());
            }
            StepEvent::UndoFailed { fault } => {
                (self.state, self.undo_fault) = (StepState::UndoFailed, Some(fault.clone()));
            }
        }
        Ok(())
    }

    fn start(&mut self, attempt: u32, at: DateTime<Utc>) -> Result<(), String> {
        if attempt != self.attempt + 1 {
            return Err(format!("attempt {} was expected", self.attempt + 1));
        }
        (self.state, self.attempt, self.started_at, self.ended_at) = (StepState::Started, attempt, Some(at), None);
        Ok(())
    }

    /// The legal moves. `Failed -> Done` is what a probe may find; `Started -> Failed` what it finds when nothing
    /// happened; an undo while going forward is the way out of a partial effect, and only of a step that is not done.
    fn may(&self, what: &StepEvent, direction: Direction) -> bool {
        use StepState::{Failed, Pending, Started, UndoFailed, Undoing, Undone};
        let forward = direction == Direction::Forward;
        match what {
            StepEvent::Started { .. } => forward && matches!(self.state, Pending | Failed | Undone),
            StepEvent::Done { .. } => forward && matches!(self.state, Started | Failed),
            StepEvent::Failed { .. } => forward && self.state == Started,
            StepEvent::UndoStarted {} if forward => matches!(self.state, Started | Failed | Undoing | UndoFailed),
            StepEvent::UndoStarted {} => !matches!(self.state, Pending | Undone),
            StepEvent::Undone { .. } | StepEvent::UndoFailed { .. } => self.state == Undoing,
        }
    }
}

fn illegal(record: &Record, why: &str) -> Fault {
    Fault::new(Kind::Bug, "JRN-007", format!("journal record {} does not fit: {why}", record.n))
        .hint("keep a copy of the state folder and report this; `show` and `undo` need a journal in order")
}
