//! How a step is declared. Undo stands next to do; a step without one must say why.

use crate::{
    fault::{Fault, Kind},
    port::{Clock, Monitor},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::marker::PhantomData;

/// What taking a step back means. There is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoPolicy {
    /// `Step::undo` makes the effect absent.
    Compensate,
    /// Nothing is to take back.
    Nothing {
        /// Why.
        because: &'static str,
    },
    /// After this step the run can only go forward.
    NoReturn {
        /// Why.
        because: &'static str,
    },
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe<T> {
    /// The effect is there, with this output.
    Present(T),
    /// The effect is not there.
    Absent,
    /// Part of it is there: undo, then run again.
    Partial(String),
    /// It cannot be told: a person is needed.
    Unknown(String),
}

/// How a step ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran<T> {
    /// It did its work.
    Done(T),
    /// It did its work, and the reader should know something.
    Warned(T, String),
    /// There was nothing to do; the output still stands for later steps.
    Skipped(T, String),
}

/// Outputs of the steps of one kind, each with its key.
pub type Keyed<T> = Vec<(Option<String>, T)>;

/// Outputs of the steps that are done, in order: (kind, key, output).
pub type Outs = Vec<(String, Option<String>, Value)>;

/// What a step may use.
pub struct Cx<'a, W: ?Sized> {
    /// The world.
    pub world: &'a W,
    /// The run's id.
    pub run: &'a str,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Where progress goes.
    pub monitor: &'a dyn Monitor,
    /// Outputs of earlier steps; while a run is taken back also of those undone already, because an undo may ask what was.
    pub outs: &'a Outs,
    /// How long each step took that is done, in milliseconds, in the order of the plan.
    pub took: &'a [(String, u64)],
}

impl<W: ?Sized> Cx<'_, W> {
    /// The output of the earlier step `S`: its type is the key.
    pub fn out<S: Step<W>>(&self) -> Result<S::Out, Fault> {
        match self.maybe::<S>()? {
            Some(out) => Ok(out),
            None => Err(Fault::new(Kind::Bug, "ENG-001", format!("step {} has not run yet", S::KIND))),
        }
    }

    /// The output of `S` if it is done, else `None` (undos use this).
    pub fn maybe<S: Step<W>>(&self) -> Result<Option<S::Out>, Fault> {
        let found = self.outs.iter().rev().find(|(kind, _, _)| kind == S::KIND);
        found.map(|(_, _, value)| decode::<S::Out>(S::KIND, value)).transpose()
    }

    /// The outputs of every key of `S`, in order of running.
    pub fn all<S: Step<W>>(&self) -> Result<Keyed<S::Out>, Fault> {
        let of_kind = self.outs.iter().filter(|(kind, _, _)| kind == S::KIND);
        of_kind.map(|(_, key, value)| Ok((key.clone(), decode::<S::Out>(S::KIND, value)?))).collect()
    }
}

fn decode<T: DeserializeOwned>(kind: &str, value: &Value) -> Result<T, Fault> {
    serde_json::from_value(value.clone()).map_err(|error| {
        Fault::new(Kind::Bug, "ENG-002", format!("the journalled output of step {kind} does not fit"))
            .cause(error.to_string())
    })
}

/// One action of a flow, its probe and its undo.
pub trait Step<W: ?Sized>: Send + Sync {
    /// Never renamed once released: it stands in journals.
    const KIND: &'static str;
    /// What taking it back means.
    const UNDO: UndoPolicy;
    /// What later steps and the undo need; goes to the journal. Never a secret.
    type Out: Serialize + DeserializeOwned;

    /// Which of several of a kind ("2" for slot 2).
    fn key(&self) -> Option<String> {
        None
    }

    /// Whether an unwind from here runs this step's undo before all others (thaw, END BACKUP).
    fn urgent(&self) -> bool {
        false
    }

    /// Whether its `done` closes the window that the urgent steps before it opened.
    fn ends_window(&self) -> bool {
        false
    }

    /// One line for `--dry-run` and progress.
    fn describe(&self) -> String;

    /// The exact commands, SQL and RMAN text for `--dry-run`, one per entry.
    fn preview(&self, _world: &W) -> Vec<String> {
        Vec::new()
    }

    /// Does it.
    fn run(&self, cx: &Cx<'_, W>) -> Result<Ran<Self::Out>, Fault>;

    /// Looks, never touches.
    fn probe(&self, cx: &Cx<'_, W>) -> Result<Probe<Self::Out>, Fault>;

    /// Makes the effect absent. `None`: the step began and never reported, so find what carries the run's mark.
    /// Succeeds when nothing is left to do.
    fn undo(&self, cx: &Cx<'_, W>, out: Option<&Self::Out>) -> Result<(), Fault>;
}

/// A step with its types erased, so that a flow is a plain list.
pub trait AnyStep<W: ?Sized>: Send + Sync {
    /// `Step::KIND`
    fn kind(&self) -> &'static str;
    /// `Step::key`
    fn key(&self) -> Option<String>;
    /// `Step::UNDO`
    fn undo_policy(&self) -> UndoPolicy;
    /// `Step::urgent`
    fn urgent(&self) -> bool;
    /// `Step::ends_window`
    fn ends_window(&self) -> bool;
    /// `Step::describe`
    fn describe(&self) -> String;
    /// `Step::preview`
    fn preview(&self, world: &W) -> Vec<String>;
    /// `Step::run`
    fn run(&self, cx: &Cx<'_, W>) -> Result<Ran<Value>, Fault>;
    /// `Step::probe`
    fn probe(&self, cx: &Cx<'_, W>) -> Result<Probe<Value>, Fault>;
    /// `Step::undo`
    fn undo(&self, cx: &Cx<'_, W>, out: Option<&Value>) -> Result<(), Fault>;

    /// Kind and key as the journal names the step (`clone_disk:2`).
    fn name(&self) -> String {
        match self.key() {
            Some(key) => format!("{}:{key}", self.kind()),
            None => self.kind().to_owned(),
        }
    }
}

struct Erased<S, W: ?Sized>(S, PhantomData<fn(&W)>);

/// Erases a step's types.
pub fn erase<W: ?Sized + 'static, S: Step<W> + 'static>(step: S) -> Box<dyn AnyStep<W>> {
    Box::new(Erased(step, PhantomData))
}

impl<W: ?Sized, S: Step<W>> AnyStep<W> for Erased<S, W> {
    fn kind(&self) -> &'static str {
        S::KIND
    }

    fn key(&self) -> Option<String> {
        self.0.key()
    }

    fn undo_policy(&self) -> UndoPolicy {
        S::UNDO
    }

    fn urgent(&self) -> bool {
        self.0.urgent()
    }

    fn ends_window(&self) -> bool {
        self.0.ends_window()
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn preview(&self, world: &W) -> Vec<String> {
        self.0.preview(world)
    }

    fn run(&self, cx: &Cx<'_, W>) -> Result<Ran<Value>, Fault> {
        Ok(match self.0.run(cx)? {
            Ran::Done(out) => Ran::Done(encode(S::KIND, &out)?),
            Ran::Warned(out, why) => Ran::Warned(encode(S::KIND, &out)?, why),
            Ran::Skipped(out, why) => Ran::Skipped(encode(S::KIND, &out)?, why),
        })
    }

    fn probe(&self, cx: &Cx<'_, W>) -> Result<Probe<Value>, Fault> {
        Ok(match self.0.probe(cx)? {
            Probe::Present(out) => Probe::Present(encode(S::KIND, &out)?),
            Probe::Absent => Probe::Absent,
            Probe::Partial(why) => Probe::Partial(why),
            Probe::Unknown(why) => Probe::Unknown(why),
        })
    }

    fn undo(&self, cx: &Cx<'_, W>, out: Option<&Value>) -> Result<(), Fault> {
        let out = out.map(|value| decode::<S::Out>(S::KIND, value)).transpose()?;
        self.0.undo(cx, out.as_ref())
    }
}

fn encode<T: Serialize>(kind: &str, out: &T) -> Result<Value, Fault> {
    serde_json::to_value(out).map_err(|error| {
        Fault::new(Kind::Bug, "ENG-003", format!("the output of step {kind} cannot be journalled"))
            .cause(error.to_string())
    })
}
