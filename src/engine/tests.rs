//! The engine on the toy world.

use super::testing::{Blow, Drill, INJECTED, Site, TestClock, Trouble, troubled};
use super::toy::{Begin, Clone_, Finish, Guard, Prepare, Record_, Seen, Toy, clean, failing, flow, site, steps, whole};
use super::{AnyStep, Engine, Event, Flow, Phase, Record, RunEvent, Settled, StepEvent, StepState, Turn, erase, fold};
use crate::fault::{Fault, Kind};
use proptest::prelude::*;
use rstest::rstest;
use std::collections::BTreeSet;

#[test]
fn the_toy_flow_survives_every_failure_kill_and_repetition() {
    Drill { flow: &flow, world: &Box::default, clean: &clean, whole: &whole }.all();
}

#[test]
fn urgent_undos_come_first_then_the_rest_backwards() {
    let site = site();
    let fault = site.start(&failing("clone:3", Trouble::BeforeEffect)).unwrap_err();
    assert_eq!(site.world.undos(), ["begin", "clone:3", "clone:2", "guard", "prepare"]);
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::Undone, INJECTED));
    assert_eq!(fault.hints.last().unwrap().command.as_deref(), Some("ovmirror show TOY-20261121T204512-4f2a"));
}

#[test]
fn an_undo_is_tried_four_times() {
    for (refusals, kind) in [(3, Kind::Undone), (4, Kind::Stuck)] {
        let site = site();
        site.world.undo_refusals.set(refusals);
        let fault = site.start(&failing("guard", Trouble::AnswerLost)).unwrap_err();
        assert_eq!(fault.kind, kind, "{refusals} refusals");
    }
}

#[test]
fn a_stuck_urgent_undo_leaves_the_guard_armed() {
    let site = site();
    let begin = |at| match at {
        2 => Some(Trouble::UndoFails),
        4 => Some(Trouble::BeforeEffect),
        _ => None,
    };
    let fault = site.start(&troubled(flow(), begin)).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::Stuck, "ENG-040"));
    assert!(fault.message.ends_with("still to take back: begin, clone:3, clone:2, guard, prepare"), "{fault}");
    assert!(site.world.undos().is_empty());
    let commands: Vec<_> = fault.hints.iter().filter_map(|hint| hint.command.as_deref()).collect();
    let run = "TOY-20261121T204512-4f2a";
    assert_eq!(commands, [format!("ovmirror show {run}"), format!("ovmirror undo {run}")]);
    let taken_back = site.engine().undo(&flow(), &site.run).unwrap();
    assert!(taken_back.why_unwound().unwrap().starts_with(INJECTED), "the first reason stays: {taken_back:?}");
    clean(&site.world);
}

#[test]
fn a_journal_that_refuses_inside_the_window_closes_it_without_a_record() {
    let whole_run = site();
    whole_run.start(&flow()).unwrap();
    for n in 1..whole_run.journal.count() {
        let site = site();
        site.journal.strike(n, Blow::Refuse);
        assert_eq!(site.start(&flow()).unwrap_err().code, "T-DISK");
        assert!(!site.world.switch.get(), "record {n} refused");
        site.journal.calm();
        site.engine().heal(&flow(), &site.run).unwrap();
        let ended = site.engine().undo(&flow(), &site.run);
        assert!(ended.is_ok_and(|_| site.world.objects.borrow().is_empty()) || n > 14, "record {n}");
    }
}

#[test]
fn past_the_return_nothing_is_undone_and_resume_goes_on() {
    let site = site();
    let fault = site.start(&failing("tidy", Trouble::BeforeEffect)).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::Stuck, INJECTED));
    assert!(site.world.undos().is_empty());
    let refused = site.engine().undo(&flow(), &site.run).unwrap_err();
    assert_eq!(refused.code, "ENG-055");
    assert!(refused.message.contains("the snapshot exists"), "{refused}");
    assert_eq!(refused.hints[0].command.as_deref(), Some("ovmirror resume TOY-20261121T204512-4f2a"));
    site.engine().resume(&flow(), &site.run).unwrap();
    whole(&site.world);
}

#[test]
fn an_undecided_return_waits_for_a_person() {
    for seen in [Seen::Partial, Seen::Unknown] {
        let site = site();
        site.world.probe.set(Some(seen));
        let fault = site.start(&failing("record", Trouble::AnswerLost)).unwrap_err();
        assert_eq!(fault.kind, Kind::Stuck);
        assert!(site.world.undos().is_empty());
        site.world.probe.set(Some(seen));
        assert_eq!(site.engine().undo(&flow(), &site.run).unwrap_err().code, "ENG-021");
        site.world.probe.set(Some(seen));
        assert_eq!(site.engine().resume(&flow(), &site.run).unwrap_err().code, "ENG-021");
        site.engine().resume(&flow(), &site.run).unwrap();
        whole(&site.world);
    }
}

#[rstest]
#[case("do clone:2", true)]
#[case("do end", false)]
#[case("do prepare", false)]
#[case("do tidy", false)]
fn a_cancel_unwinds_the_window_and_pauses_elsewhere(#[case] at: &str, #[case] inside: bool) {
    let site = site();
    *site.world.cancel_after.borrow_mut() = Some((at.into(), site.cancel.clone()));
    let told = site.start(&flow());
    if at == "do tidy" {
        return assert_eq!(told.unwrap().phase(), Phase::Done);
    }
    let fault = told.unwrap_err();
    if inside {
        assert_eq!((fault.kind, fault.code.as_str()), (Kind::Undone, "ENG-031"));
        return clean(&site.world);
    }
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::User, "ENG-030"));
    let commands: Vec<_> = fault.hints.iter().filter_map(|hint| hint.command.as_deref()).collect();
    assert_eq!(commands.len(), 3);
    assert_eq!(site.state().paused.as_deref(), Some("stopped by the user"));
    *site.world.cancel_after.borrow_mut() = None;
    let mut again = site.engine();
    let calm = super::Cancel::default();
    again.cancel = &calm;
    again.resume(&flow(), &site.run).unwrap();
    whole(&site.world);
}

fn interrupted_after(record: usize) -> Site<Toy> {
    let site = site();
    site.journal.strike(record, Blow::KillAfter);
    assert!(site.start_and_die(&flow()));
    site
}

#[test]
fn resume_runs_a_partial_step_again_after_its_undo() {
    let site = interrupted_after(1);
    site.world.probe.set(Some(Seen::Partial));
    site.engine().resume(&flow(), &site.run).unwrap();
    assert_eq!(site.world.undos(), ["prepare"]);
    assert_eq!(site.state().steps[0].attempt, 2);
    whole(&site.world);
}

#[test]
fn resume_stops_at_what_it_cannot_tell() {
    let site = interrupted_after(1);
    site.world.probe.set(Some(Seen::Unknown));
    let fault = site.engine().resume(&flow(), &site.run).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::Stuck, "ENG-021"));
    assert_eq!(fault.causes, ["the light is off"]);
    site.engine().resume(&flow(), &site.run).unwrap();
}

#[test]
fn resume_inside_the_window_goes_back() {
    let site = interrupted_after(6);
    assert_eq!(site.state().step("begin").unwrap().state, StepState::Done);
    let fault = site.engine().resume(&flow(), &site.run).unwrap_err();
    assert_eq!((fault.kind, fault.code.as_str()), (Kind::Undone, "ENG-032"));
    clean(&site.world);
}

#[test]
fn resume_refuses_another_version_plan_flow_and_site() {
    let site = interrupted_after(2);
    let code = |engine: &Engine<'_, Toy>, flow: &Flow<Toy>| engine.resume(flow, &site.run).unwrap_err().code;
    assert_eq!(code(&Engine { tool: "0.2.0", ..site.engine() }, &flow()), "ENG-053");
    assert_eq!(code(&Engine { simulated: false, ..site.engine() }, &flow()), "ENG-052");
    assert_eq!(code(&site.engine(), &Flow::new("yot", steps()).unwrap()), "ENG-051");
    let mut shorter = steps();
    shorter.remove(1);
    let shorter = Flow::new("toy", shorter).unwrap();
    let fault = site.engine().resume(&shorter, &site.run).unwrap_err();
    assert_eq!(fault.code, "ENG-054");
    assert!(fault.message.ends_with("step 2 was guard and would be begin"), "{fault}");
    let same_minor = Engine { tool: "0.1.9", ..site.engine() };
    same_minor.resume(&flow(), &site.run).unwrap();
    assert_eq!(code(&site.engine(), &flow()), "ENG-050");
}

#[test]
fn undo_needs_no_version_and_no_digest() {
    let site = interrupted_after(4);
    let mut more = steps();
    more.insert(8, erase(Clone_(9)));
    let engine = Engine { tool: "9.0.0", ..site.engine() };
    engine.undo(&Flow::new("toy", more).unwrap(), &site.run).unwrap();
    clean(&site.world);
    assert_eq!(site.engine().undo(&flow(), &site.run).unwrap().phase(), Phase::Undone);
}

#[test]
fn undo_of_a_step_that_is_gone_is_stuck_and_not_forgotten() {
    let site = interrupted_after(4);
    let mut fewer = steps();
    fewer.remove(1);
    let fault = site.engine().undo(&Flow::new("toy", fewer).unwrap(), &site.run).unwrap_err();
    assert_eq!(fault.kind, Kind::Stuck);
    assert!(fault.causes[0].starts_with("ENG-011"), "{fault:?}");
}

#[test]
fn heal_settles_and_a_second_time_changes_nothing() {
    let all = site();
    all.start(&flow()).unwrap();
    let mut seen = BTreeSet::new();
    for n in 1..all.journal.count() {
        let site = interrupted_after(n);
        let first = site.engine().heal(&flow(), &site.run).unwrap();
        let (records, log) = (site.journal.count(), site.world.log.borrow().len());
        let second = site.engine().heal(&flow(), &site.run).unwrap();
        assert_eq!((site.journal.count(), site.world.log.borrow().len()), (records, log), "killed after {n}");
        assert_eq!(first.state, second.state);
        assert!(!site.world.switch.get());
        seen.insert(format!("{:?}", first.settled));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["AlreadyEnded", "Finished", "Left", "Unwound"]);
}

#[test]
fn heal_reports_a_stuck_unwinding_and_leaves_a_stuck_run() {
    let site = interrupted_after(6);
    site.world.undo_refusals.set(4);
    let healed = site.engine().heal(&flow(), &site.run).unwrap();
    assert!(matches!(&healed.settled, Settled::Stuck(fault) if fault.code == "ENG-040"), "{:?}", healed.settled);
    assert_eq!(site.engine().heal(&flow(), &site.run).unwrap().settled, Settled::AlreadyEnded);
}

#[test]
fn a_done_run_without_a_return_can_be_undone() {
    let short = || Flow::new("toy", vec![erase(Prepare), erase(Guard)]).unwrap();
    let site = site();
    assert_eq!(site.start(&short()).unwrap().phase(), Phase::Done);
    assert_eq!(site.engine().undo(&short(), &site.run).unwrap().phase(), Phase::Undone);
    clean(&site.world);
    let done = super::toy::site();
    done.start(&flow()).unwrap();
    let refused = done.engine().undo(&flow(), &done.run).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.kind), ("ENG-055", Kind::User));
    whole(&done.world);
}

#[test]
fn an_undo_that_was_asked_for_and_killed_is_finished_by_resume() {
    let site = interrupted_after(4);
    let records = site.journal.count();
    site.journal.strike(records + 1, Blow::KillAfter);
    assert!(site.dies(|| drop(site.engine().undo(&flow(), &site.run))));
    site.journal.calm();
    assert_eq!(site.engine().resume(&flow(), &site.run).unwrap().phase(), Phase::Undone);
    clean(&site.world);
}

#[test]
fn a_flow_says_what_is_wrong_with_it() {
    let bad = |steps: Vec<Box<dyn AnyStep<Toy>>>| Flow::new("toy", steps).err().unwrap().message;
    assert_eq!(bad(vec![erase(Prepare), erase(Prepare)]), "flow toy has two steps named prepare");
    assert_eq!(bad(vec![]), "flow toy has no steps");
    assert_eq!(bad(vec![erase(Begin), erase(Prepare)]), "flow toy has no step that ends the window of begin");
    assert_eq!(
        bad(vec![erase(Begin), erase(Record_), erase(Finish)]),
        "flow toy has a step of no return inside a window: record"
    );
    assert_ne!(flow().digest(), Flow::new("toy2", steps()).unwrap().digest());
}

#[test]
fn illegal_records_are_named() {
    let site = site();
    site.start(&flow()).unwrap();
    let good = super::Journal::read(&site.journal, &site.run).unwrap();
    let code = |records: &[Record]| fold(records).unwrap_err().code;
    assert_eq!(code(&[]), "JRN-003");
    assert_eq!(code(&good[1..]), "JRN-007");
    let mut after_end = good.clone();
    let clock = TestClock::default();
    let more = Event::step("tidy", StepEvent::UndoStarted {});
    after_end.push(Record { n: good.len() as u64, at: crate::port::Clock::now(&clock), event: more });
    assert!(fold(&after_end).unwrap_err().message.contains(&format!("record {}", good.len())));
}

proptest! {
    /// Every prefix of a journal is a state; a journal with one record taken out of the middle is refused at the gap.
    #[test]
    fn prefixes_fold_and_gaps_do_not(cut in 1usize..15) {
        let site = site();
        site.start(&flow()).unwrap();
        let records = super::Journal::read(&site.journal, &site.run).unwrap();
        prop_assert!(fold(&records[..cut]).is_ok());
        let mut gap = records.clone();
        gap.remove(cut);
        let named = format!("record {} ", cut + 1);
        prop_assert!(cut + 1 == records.len() || fold(&gap).unwrap_err().message.contains(&named));
    }

    /// No order of known events makes the fold panic.
    #[test]
    fn any_order_is_a_state_or_a_fault(picks in proptest::collection::vec(0usize..9, 0..24), steps in proptest::collection::vec(0usize..3, 24)) {
        let fault = Fault::new(Kind::External, "T", "t");
        let names = ["prepare", "guard", "begin"];
        let site = site();
        site.start(&flow()).unwrap();
        let mut records = super::Journal::read(&site.journal, &site.run).unwrap()[..1].to_vec();
        for (n, (pick, step)) in picks.iter().zip(steps).enumerate() {
            let of = |what| Event::step(names[step], what);
            let event = match pick {
                0 => of(StepEvent::Started { attempt: 1, pid: 1, host: "h".into() }),
                1 => of(StepEvent::Done { out: 1.into(), warning: None, skipped: None }),
                2 => of(StepEvent::Failed { fault: fault.clone() }),
                3 => of(StepEvent::UndoStarted {}),
                4 => of(StepEvent::Undone { notes: vec![] }),
                5 => of(StepEvent::UndoFailed { fault: fault.clone() }),
                6 => Event::turn(super::Direction::Unwind, "w", "c"),
                7 => Event::Run(RunEvent::Turn(Turn { to: super::Direction::Forward, why: "w".into(), code: "c".into() })),
                _ => Event::Run(RunEvent::End(super::End { state: super::EndState::Undone, left: vec![] })),
            };
            records.push(Record { n: n as u64 + 1, at: records[0].at, event });
        }
        if let Err(fault) = fold(&records) {
            prop_assert_eq!(fault.code, "JRN-007");
        }
    }
}
