//! A toy world for the engine's tests: a set of objects, a switch that must not stay on, and a log of what was done.

use super::testing::{Site, Trouble, troubled};
use super::{AnyStep, Cx, Flow, Probe, Ran, Step, UndoPolicy, erase};
use crate::fault::{Fault, Kind, Retry};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

#[derive(Default)]
pub(super) struct Toy {
    pub objects: RefCell<BTreeSet<String>>,
    pub switch: Cell<bool>,
    pub log: RefCell<Vec<String>>,
    pub undo_refusals: Cell<u32>,
    pub probe: Cell<Option<Seen>>,
    pub cancel_after: RefCell<Option<(String, super::Cancel)>>,
}

#[derive(Clone, Copy)]
pub(super) enum Seen {
    Partial,
    Unknown,
}

impl Toy {
    /// Creating what is there already is the double clone that must never happen.
    fn create(&self, cx: &Cx<'_, Toy>, name: &str) -> Result<Ran<String>, Fault> {
        let marked = format!("{}.{name}", cx.run);
        self.note(format!("do {name}"));
        if !self.objects.borrow_mut().insert(marked.clone()) {
            return Err(Fault::new(Kind::Bug, "T-TWICE", format!("{marked} exists")));
        }
        Ok(Ran::Done(marked))
    }

    fn look(&self, cx: &Cx<'_, Toy>, name: &str) -> Probe<String> {
        let marked = format!("{}.{name}", cx.run);
        match self.probe.take() {
            Some(Seen::Partial) => Probe::Partial("half of it".into()),
            Some(Seen::Unknown) => Probe::Unknown("the light is off".into()),
            None if self.objects.borrow().contains(&marked) => Probe::Present(marked),
            None => Probe::Absent,
        }
    }

    fn remove(&self, cx: &Cx<'_, Toy>, name: &str) -> Result<(), Fault> {
        self.note(format!("undo {name}"));
        if self.undo_refusals.get() > 0 {
            self.undo_refusals.set(self.undo_refusals.get() - 1);
            return Err(Fault::new(Kind::External, "T-BUSY", "busy").retry(Retry::Again));
        }
        self.objects.borrow_mut().remove(&format!("{}.{name}", cx.run));
        Ok(())
    }

    fn note(&self, what: String) {
        let asked = self.cancel_after.borrow().clone().filter(|(at, _)| *at == what);
        self.log.borrow_mut().push(what);
        if let Some((_, cancel)) = asked {
            cancel.ask();
        }
    }

    pub fn undos(&self) -> Vec<String> {
        self.log.borrow().iter().filter_map(|line| line.strip_prefix("undo ").map(str::to_owned)).collect()
    }
}

macro_rules! toy_step {
    ($name:ident, $kind:literal, $undo:expr) => {
        pub(super) struct $name;
        impl Step<Toy> for $name {
            const KIND: &'static str = $kind;
            const UNDO: UndoPolicy = $undo;
            type Out = String;
            fn describe(&self) -> String {
                format!("make {}", $kind)
            }
            fn run(&self, cx: &Cx<'_, Toy>) -> Result<Ran<String>, Fault> {
                cx.world.create(cx, $kind)
            }
            fn probe(&self, cx: &Cx<'_, Toy>) -> Result<Probe<String>, Fault> {
                Ok(cx.world.look(cx, $kind))
            }
            fn undo(&self, cx: &Cx<'_, Toy>, _out: Option<&String>) -> Result<(), Fault> {
                cx.world.remove(cx, $kind)
            }
        }
    };
}

toy_step!(Prepare, "prepare", UndoPolicy::Compensate);
toy_step!(Guard, "guard", UndoPolicy::Compensate);
toy_step!(Keep, "keep", UndoPolicy::Compensate);
toy_step!(Record_, "record", UndoPolicy::NoReturn { because: "the snapshot exists" });
toy_step!(Tidy, "tidy", UndoPolicy::Compensate);

pub(super) struct Begin;
impl Step<Toy> for Begin {
    const KIND: &'static str = "begin";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = u64;
    fn urgent(&self) -> bool {
        true
    }
    fn describe(&self) -> String {
        "switch on".into()
    }
    fn run(&self, cx: &Cx<'_, Toy>) -> Result<Ran<u64>, Fault> {
        cx.world.note("do begin".into());
        cx.world.switch.set(true);
        Ok(Ran::Done(77))
    }
    fn probe(&self, cx: &Cx<'_, Toy>) -> Result<Probe<u64>, Fault> {
        Ok(if cx.world.switch.get() { Probe::Present(77) } else { Probe::Absent })
    }
    fn undo(&self, cx: &Cx<'_, Toy>, out: Option<&u64>) -> Result<(), Fault> {
        assert!(out.is_none_or(|scn| *scn == 77));
        cx.world.note("undo begin".into());
        cx.world.switch.set(false);
        Ok(())
    }
}

pub(super) struct Clone_(pub u8);
impl Step<Toy> for Clone_ {
    const KIND: &'static str = "clone";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = String;
    fn key(&self) -> Option<String> {
        Some(self.0.to_string())
    }
    fn describe(&self) -> String {
        format!("clone disk {}", self.0)
    }
    fn run(&self, cx: &Cx<'_, Toy>) -> Result<Ran<String>, Fault> {
        assert_eq!(cx.out::<Begin>()?, 77);
        cx.world.create(cx, &format!("clone:{}", self.0))
    }
    fn probe(&self, cx: &Cx<'_, Toy>) -> Result<Probe<String>, Fault> {
        Ok(cx.world.look(cx, &format!("clone:{}", self.0)))
    }
    fn undo(&self, cx: &Cx<'_, Toy>, _out: Option<&String>) -> Result<(), Fault> {
        cx.world.remove(cx, &format!("clone:{}", self.0))
    }
}

pub(super) struct Finish;
impl Step<Toy> for Finish {
    const KIND: &'static str = "end";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the window is over" };
    type Out = ();
    fn ends_window(&self) -> bool {
        true
    }
    fn describe(&self) -> String {
        "switch off".into()
    }
    fn run(&self, cx: &Cx<'_, Toy>) -> Result<Ran<()>, Fault> {
        let clones = cx.all::<Clone_>()?;
        assert_eq!(clones.iter().map(|(key, _)| key.as_deref().unwrap()).collect::<String>(), "23");
        cx.world.note("do end".into());
        cx.world.switch.set(false);
        Ok(Ran::Warned((), "took long".into()))
    }
    fn probe(&self, cx: &Cx<'_, Toy>) -> Result<Probe<()>, Fault> {
        Ok(if cx.world.switch.get() { Probe::Absent } else { Probe::Present(()) })
    }
    fn undo(&self, _cx: &Cx<'_, Toy>, _out: Option<&()>) -> Result<(), Fault> {
        panic!("nothing to undo must not be undone")
    }
}

pub(super) fn steps() -> Vec<Box<dyn AnyStep<Toy>>> {
    vec![
        erase(Prepare),
        erase(Guard),
        erase(Begin),
        erase(Clone_(2)),
        erase(Clone_(3)),
        erase(Finish),
        erase(Keep),
        erase(Record_),
        erase(Tidy),
    ]
}

pub(super) fn flow() -> Flow<Toy> {
    Flow::new("toy", steps()).unwrap()
}

pub(super) fn site() -> Site<Toy> {
    Site::new(Box::default())
}

pub(super) fn failing(step: &str, trouble: Trouble) -> Flow<Toy> {
    let at = flow().plan().iter().position(|name| name == step).unwrap();
    troubled(flow(), move |index| (index == at).then_some(trouble))
}

pub(super) fn clean(toy: &Toy) {
    assert!(toy.objects.borrow().is_empty(), "left: {:?}\n{:?}", toy.objects, toy.log);
    assert!(!toy.switch.get(), "the switch is on\n{:?}", toy.log);
}

pub(super) fn whole(toy: &Toy) {
    let objects = toy.objects.borrow();
    let names: Vec<_> = objects.iter().map(|name| name.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["clone:2", "clone:3", "guard", "keep", "prepare", "record", "tidy"]);
    assert!(!toy.switch.get());
}
