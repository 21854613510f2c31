//! What the caller of a run is told when it did not end well. The exit code follows from the kind: failed and fully
//! undone (4) and stuck (5) must differ, schedulers act on it.

use super::EndState;
use crate::{
    fault::{Fault, HEAL, Kind, Retry},
    model::RunId,
};

/// The command that shows a run.
#[must_use]
pub fn show_command(run: &RunId) -> String {
    format!("ovmirror show {run}")
}

/// The command that takes a run up again.
#[must_use]
pub fn resume_command(run: &RunId) -> String {
    format!("ovmirror resume {run}")
}

/// The command that takes a run back.
#[must_use]
pub fn undo_command(run: &RunId) -> String {
    format!("ovmirror undo {run}")
}

/// Puts the run and the step into the context, unless they are there.
pub(super) fn at(mut fault: Fault, run: &RunId, step: Option<&str>) -> Fault {
    fault.context.run.get_or_insert_with(|| run.to_string());
    if let Some(step) = step {
        fault.context.step.get_or_insert_with(|| step.to_owned());
    }
    fault
}

/// The run failed with `why`, and everything was taken back.
pub(super) fn undone(why: Fault, run: &RunId) -> Fault {
    let mut fault = at(why, run, None).retry(Retry::Never);
    fault.kind = Kind::Undone;
    fault.hints.retain(|hint| hint.command.as_deref() != Some(HEAL));
    fault.hint_command("what was done and taken back", show_command(run))
}

/// An undo failed: `left` are the steps whose effects may still be there.
pub(super) fn stuck(first: Option<Fault>, step: &str, why: Fault, left: &[String], run: &RunId) -> Fault {
    let message = format!("run {run} is stuck: {step} could not be undone; still to take back: {}", left.join(", "));
    let mut fault = at(Fault::new(Kind::Stuck, "ENG-040", message), run, Some(step)).cause(why.to_string());
    fault.causes.extend(why.causes);
    (fault.context.host, fault.context.command) = (why.context.host, why.context.command);
    fault.context.output = why.context.output;
    if let Some(first) = first {
        fault.causes.push(format!("the run was taken back because of {first}"));
    }
    fault.hints = why.hints;
    fault
        .hint_command("what was done and what is left", show_command(run))
        .hint_command("when the cause is removed, take the rest back", undo_command(run))
}

/// The run can neither be undone (`because`) nor go on by itself: it waits for `resume`.
pub(super) fn past_return(why: Fault, because: &str, run: &RunId) -> Fault {
    let mut fault = at(why, run, None).retry(Retry::Never);
    fault.kind = Kind::Stuck;
    fault.causes.push(format!("the run cannot be undone any more: {because}"));
    fault
        .hint_command("what was done", show_command(run))
        .hint_command("when the cause is removed, go on from here", resume_command(run))
}

/// It cannot be told whether `step` took effect; what a person should look at is in `what`.
pub(super) fn cannot_tell(step: &str, what: &str, run: &RunId) -> Fault {
    let fault = Fault::new(Kind::Stuck, "ENG-021", format!("it cannot be told whether step {step} took effect"));
    at(fault, run, Some(step))
        .cause(what)
        .hint_command("what was done so far", show_command(run))
        .hint_command("when it can be told, go on", resume_command(run))
        .hint_command("or take everything back", undo_command(run))
}

/// The user stopped the run between two steps.
pub(super) fn paused(run: &RunId, next: &str) -> Fault {
    at(Fault::new(Kind::User, "ENG-030", format!("run {run} was stopped before step {next}")), run, None)
        .hint_command("what was done so far", show_command(run))
        .hint_command("to go on", resume_command(run))
        .hint_command("to take it back", undo_command(run))
}

/// The run has ended already, so it cannot be resumed.
pub(super) fn ended(run: &RunId, state: EndState) -> Fault {
    let fault = |text: &str| Fault::new(Kind::User, "ENG-050", format!("run {run} cannot be resumed: {text}"));
    let fault = match state {
        EndState::Done => fault("it is done"),
        EndState::Undone => fault("it was undone; begin a new one"),
        EndState::Stuck => fault("it is stuck, it can only be undone")
            .hint_command("when the cause is removed, take the rest back", undo_command(run)),
    };
    at(fault, run, None).hint_command("what was done", show_command(run))
}
