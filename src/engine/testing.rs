//! What every flow's tests use: a journal in memory that can kill its process, wrappers that make steps fail, and the
//! loops that forget no step and no record. The flow gets its own world and says what "clean" and "whole" mean there.

use super::{
    Actor, AnyStep, Cancel, Cx, EndState, Engine, Flow, Journal, Phase, Probe, Ran, Record, RunState, UndoPolicy, fold,
};
use crate::{
    fault::{Fault, Kind, Retry},
    model::RunId,
    port::{Clock, Silent},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// A clock that tests own: every look is a millisecond later, sleeping takes no time.
#[derive(Default)]
pub struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        let ms = i64::try_from(self.elapsed().as_millis()).unwrap();
        "2026-11-21T20:45:12Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::milliseconds(ms)
    }
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
    fn sleep(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// What the journal does at one of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The process dies before the record is kept.
    KillBefore,
    /// The process dies after it is kept.
    KillAfter,
    /// The record is refused and the process lives.
    Refuse,
}

/// Thrown instead of a process's death.
struct Killed;

/// A journal in memory.
#[derive(Default)]
pub struct MemoryJournal {
    records: RefCell<Vec<Record>>,
    blow: Cell<Option<(usize, Blow)>>,
}

impl MemoryJournal {
    /// Strikes at record `n` of the run.
    pub fn strike(&self, n: usize, blow: Blow) {
        self.blow.set(Some((n, blow)));
    }

    /// The next process is spared.
    pub fn calm(&self) {
        self.blow.set(None);
    }

    /// How many records there are.
    pub fn count(&self) -> usize {
        self.records.borrow().len()
    }
}

impl Journal for MemoryJournal {
    fn append(&self, _run: &RunId, record: &Record) -> Result<(), Fault> {
        let struck = self.blow.get().filter(|(n, _)| self.count() >= *n).map(|(_, blow)| blow);
        match struck {
            Some(Blow::KillBefore) => resume_unwind(Box::new(Killed)),
            Some(Blow::Refuse) => return Err(Fault::new(Kind::External, "T-DISK", "the journal's disk is full")),
            Some(Blow::KillAfter) | None => self.records.borrow_mut().push(record.clone()),
        }
        if struck.is_some() {
            resume_unwind(Box::new(Killed));
        }
        Ok(())
    }

    fn read(&self, _run: &RunId) -> Result<Vec<Record>, Fault> {
        Ok(self.records.borrow().clone())
    }
}

/// How a step of a flow under test is made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It fails and does nothing.
    BeforeEffect,
    /// It does its work and the answer is lost.
    AnswerLost,
    /// It does its work and breaks off with a panic.
    Panic,
    /// Its undo fails.
    UndoFails,
    /// Its undo runs twice.
    UndoTwice,
}

/// Code of the faults that `Trouble` makes.
pub const INJECTED: &str = "T-INJECTED";

struct Troubled<W: ?Sized> {
    inner: Box<dyn AnyStep<W>>,
    trouble: Trouble,
}

fn injected(retry: Retry) -> Fault {
    Fault::new(Kind::External, INJECTED, "injected").retry(retry)
}

impl<W: ?Sized> AnyStep<W> for Troubled<W> {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn key(&self) -> Option<String> {
        self.inner.key()
    }
    fn undo_policy(&self) -> UndoPolicy {
        self.inner.undo_policy()
    }
    fn urgent(&self) -> bool {
        self.inner.urgent()
    }
    fn ends_window(&self) -> bool {
        self.inner.ends_window()
    }
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn preview(&self, world: &W) -> Vec<String> {
        self.inner.preview(world)
    }
    fn run(&self, cx: &Cx<'_, W>) -> Result<Ran<Value>, Fault> {
        if self.trouble == Trouble::BeforeEffect {
            return Err(injected(Retry::Never));
        }
        let ran = self.inner.run(cx)?;
        match self.trouble {
            Trouble::AnswerLost => Err(injected(Retry::InDoubt)),
            Trouble::Panic => resume_unwind(Box::new("injected panic")),
            _ => Ok(ran),
        }
    }
    fn probe(&self, cx: &Cx<'_, W>) -> Result<Probe<Value>, Fault> {
        self.inner.probe(cx)
    }
    fn undo(&self, cx: &Cx<'_, W>, out: Option<&Value>) -> Result<(), Fault> {
        if self.trouble == Trouble::UndoFails {
            return Err(injected(Retry::Again));
        }
        self.inner.undo(cx, out)?;
        if self.trouble == Trouble::UndoTwice { self.inner.undo(cx, out) } else { Ok(()) }
    }
}

/// The flow with its steps `at` in trouble.
pub fn troubled<W: ?Sized + 'static>(flow: Flow<W>, at: impl Fn(usize) -> Option<Trouble>) -> Flow<W> {
    let name = flow.name().to_owned();
    let wrap = |(index, inner): (usize, Box<dyn AnyStep<W>>)| match at(index) {
        Some(trouble) => Box::new(Troubled { inner, trouble }) as Box<dyn AnyStep<W>>,
        None => inner,
    };
    Flow::new(name, flow.into_steps().into_iter().enumerate().map(wrap).collect()).unwrap()
}

/// A flow under test. `clean` is asked when nothing may be left of a run, `whole` when a run is done.
pub struct Drill<'a, W: ?Sized> {
    /// Builds the flow anew, as every process does.
    pub flow: &'a dyn Fn() -> Flow<W>,
    /// A fresh world.
    pub world: &'a dyn Fn() -> Box<W>,
    /// Panics when something of the run is left.
    pub clean: &'a dyn Fn(&W),
    /// Panics when the effect is not complete.
    pub whole: &'a dyn Fn(&W),
}

/// One site: world, journal and clock, which outlive processes.
pub struct Site<W: ?Sized> {
    /// The world.
    pub world: Box<W>,
    /// The journal.
    pub journal: MemoryJournal,
    /// The clock.
    pub clock: TestClock,
    /// The wish to stop.
    pub cancel: Cancel,
    /// The run.
    pub run: RunId,
}

impl<W: ?Sized + 'static> Site<W> {
    /// A fresh site.
    pub fn new(world: Box<W>) -> Self {
        Self {
            world,
            journal: MemoryJournal::default(),
            clock: TestClock::default(),
            cancel: Cancel::default(),
            run: RunId::new("TOY-20261121T204512-4f2a").unwrap(),
        }
    }

    /// A process with its engine.
    pub fn engine(&self) -> Engine<'_, W> {
        Engine {
            world: &*self.world,
            clock: &self.clock,
            monitor: &Silent,
            journal: &self.journal,
            cancel: &self.cancel,
            me: Actor { pid: 4711, host: "ctl1".into() },
            tool: "0.1.0",
            simulated: true,
        }
    }

    /// Begins the run.
    pub fn start(&self, flow: &Flow<W>) -> Result<RunState, Fault> {
        self.engine().start(flow, &self.run, Value::Null)
    }

    /// The state that the journal tells.
    pub fn state(&self) -> RunState {
        fold(&self.journal.read(&self.run).unwrap()).unwrap()
    }

    /// Begins the run in a process that the journal kills; true when it was killed.
    pub fn start_and_die(&self, flow: &Flow<W>) -> bool {
        let died = self.dies(|| {
            let _ = self.start(flow);
        });
        self.journal.calm();
        died
    }

    /// Whether a process that does this is killed.
    pub fn dies(&self, act: impl FnOnce()) -> bool {
        match catch_unwind(AssertUnwindSafe(act)) {
            Ok(()) => false,
            Err(panic) if panic.is::<Killed>() => true,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl<W: ?Sized + 'static> Drill<'_, W> {
    /// Everything below.
    pub fn all(&self) {
        self.runs();
        self.fails_at_every_step();
        self.is_killed_at_every_record();
        self.every_undo_fails_once();
    }

    fn site(&self) -> Site<W> {
        Site::new((self.world)())
    }

    /// It runs, and what it does is whole.
    pub fn runs(&self) {
        let site = self.site();
        let state = site.start(&(self.flow)()).unwrap();
        assert_eq!(state.phase(), Phase::Done);
        (self.whole)(&site.world);
    }

    /// Each step fails before and after its effect, with every undo once and twice: nothing is left, and the fault is
    /// the injected one. A step of no return whose effect is there counts as done.
    pub fn fails_at_every_step(&self) {
        for step in 0..(self.flow)().steps().len() {
            for trouble in [Trouble::BeforeEffect, Trouble::AnswerLost, Trouble::Panic] {
                for others in [None, Some(Trouble::UndoTwice)] {
                    self.fails(step, trouble, others);
                }
            }
        }
    }

    fn fails(&self, step: usize, trouble: Trouble, others: Option<Trouble>) {
        let site = self.site();
        let flow = troubled((self.flow)(), |at| if at == step { Some(trouble) } else { others });
        let name = flow.plan()[step].clone();
        let told = site.start(&flow);
        let passed = matches!(flow.steps()[step].undo_policy(), UndoPolicy::NoReturn { .. });
        if passed && trouble != Trouble::BeforeEffect {
            assert_eq!(told.unwrap().phase(), Phase::Done, "{name} {trouble:?}");
            return (self.whole)(&site.world);
        }
        let fault = told.unwrap_err();
        if fault.kind == Kind::Stuck {
            // Past the point of no return: it waits, and goes on when the trouble is over.
            assert_eq!(site.state().phase(), Phase::Running, "{name} {trouble:?}: {fault:?}");
            site.engine().resume(&(self.flow)(), &site.run).unwrap();
            return (self.whole)(&site.world);
        }
        assert_eq!(fault.kind, Kind::Undone, "{name} {trouble:?}: {fault:?}");
        let code = if trouble == Trouble::Panic { "ENG-012" } else { INJECTED };
        assert_eq!((fault.code.as_str(), fault.context.step.as_deref()), (code, Some(name.as_str())));
        assert_eq!(site.state().phase(), Phase::Undone);
        (self.clean)(&site.world);
    }

    /// The process dies at each record, of a run that goes well and of one whose last undoable step fails; then resume,
    /// undo or heal, each of them killed at each record too.
    pub fn is_killed_at_every_record(&self) {
        for last_fails in [false, true] {
            let flow = || self.failing_late(last_fails);
            let probe = self.site();
            let _ = probe.start(&flow());
            for n in 1..probe.journal.count() {
                for blow in [Blow::KillBefore, Blow::KillAfter] {
                    for next in [Next::Resume, Next::Undo, Next::Heal] {
                        self.killed(&flow, n, blow, next);
                    }
                }
            }
        }
    }

    fn failing_late(&self, fails: bool) -> Flow<W> {
        let flow = (self.flow)();
        let no_return = |at: &usize| matches!(flow.steps()[*at].undo_policy(), UndoPolicy::NoReturn { .. });
        let last = (0..flow.steps().len()).find(no_return).unwrap_or(flow.steps().len() - 1);
        troubled(flow, |at| (fails && at == last).then_some(Trouble::BeforeEffect))
    }

    fn killed(&self, flow: &dyn Fn() -> Flow<W>, n: usize, blow: Blow, next: Next) {
        let mut second = None;
        // First without a second death, then with one at each later record.
        loop {
            let site = self.site();
            site.journal.strike(n, blow);
            assert!(site.start_and_die(&flow()), "not killed at {n}");
            let before = site.journal.count();
            if let Some(more) = second {
                site.journal.strike(before + more, blow);
                let died = site.dies(|| self.go_on(&site, flow, next));
                site.journal.calm();
                if !died {
                    return;
                }
            }
            self.go_on(&site, flow, next);
            self.settled(&site, flow, &format!("killed at {n} {blow:?}, then {next:?}, second death {second:?}"));
            second = Some(second.map_or(0, |more| more + 1));
        }
    }

    fn go_on(&self, site: &Site<W>, flow: &dyn Fn() -> Flow<W>, next: Next) {
        let _ = match next {
            Next::Resume => site.engine().resume(&flow(), &site.run).map(drop),
            Next::Undo => site.engine().undo(&flow(), &site.run).map(drop),
            Next::Heal => site.engine().heal(&flow(), &site.run).map(drop),
        };
    }

    fn settled(&self, site: &Site<W>, flow: &dyn Fn() -> Flow<W>, how: &str) {
        let state = site.state();
        match state.end.as_ref().map(|end| end.state) {
            Some(EndState::Done) => (self.whole)(&site.world),
            Some(EndState::Undone) => (self.clean)(&site.world),
            Some(EndState::Stuck) => panic!("{how}: stuck {state:?}"),
            None => {
                // Heal left it (then undo must still work), or it is past its return (then only resume).
                let ended = site.engine().undo(&flow(), &site.run);
                match ended {
                    Ok(_) => (self.clean)(&site.world),
                    Err(fault) => assert_eq!(fault.code, "ENG-055", "{how}: {fault:?}"),
                }
            }
        }
    }

    /// Each undo fails for good: the run is stuck and names what is left; a second `undo` takes the rest back.
    pub fn every_undo_fails_once(&self) {
        let plain = (self.flow)();
        for step in (0..plain.steps().len()).filter(|at| plain.steps()[*at].undo_policy() == UndoPolicy::Compensate) {
            let site = self.site();
            let last = plain.steps().len() - 1;
            let flow = troubled((self.flow)(), |at| match at {
                _ if at == step => Some(Trouble::UndoFails),
                _ if at == last => Some(Trouble::BeforeEffect),
                _ => None,
            });
            if step == last || self.passes_before(&plain, last) {
                continue;
            }
            let fault = site.start(&flow).unwrap_err();
            assert_eq!(fault.kind, Kind::Stuck, "{fault:?}");
            let end = site.state().end.unwrap();
            assert_eq!((end.state, end.left.contains(&plain.plan()[step])), (EndState::Stuck, true));
            assert!(fault.message.contains(&end.left.join(", ")), "{fault}");
            site.engine().undo(&(self.flow)(), &site.run).unwrap();
            (self.clean)(&site.world);
        }
    }

    fn passes_before(&self, flow: &Flow<W>, at: usize) -> bool {
        flow.steps()[..at].iter().any(|step| matches!(step.undo_policy(), UndoPolicy::NoReturn { .. }))
    }
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Resume,
    Undo,
    Heal,
}
