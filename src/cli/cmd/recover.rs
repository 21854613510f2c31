//! `ovmirror recover`: the plan, the question, the run, and after RESETLOGS a new snapshot at once.

use super::{
    backup, from_tape,
    plan::{self, Plan as Steps},
    run::Session,
};
use crate::{
    catalog::{self, RunInfo, RunWord},
    cli::{
        args::Recover,
        confirm,
        output::{human, json},
        recover::{self, Prepared, Request, Wish},
        report::Reporter,
        resolve::Site,
    },
    engine::StepState,
    fault::{Fault, Kind},
    flow,
    model::{RunId, Scn},
    recovery::To,
    step::production::{self, State},
};
use serde_json::json;
use std::process::ExitCode;

pub fn run(site: &Site, args: &Recover, out: &Reporter) -> Result<ExitCode, Fault> {
    let to = To::parse(&args.to)?;
    let (name, database) = site.database(&args.database)?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    if !args.plan && !args.dry_run {
        session.settle_interrupted()?;
    }
    no_extract_is_open(&session)?;
    if wish(args).is_some() && !args.plan {
        nothing_is_stuck(&session)?;
    }
    if let Some(given) = &args.from_tape {
        return from_tape::run(site, &session, args, given, out);
    }
    let (prepared, was) = prepared(site, &session, args, to)?;
    if args.plan {
        leave_as_it_was(&session, &prepared, was)?;
        let value = serde_json::to_value(&prepared.plan).unwrap_or_default();
        out.result(&json::object(out.simulated(), "plan", value), &prepared.plan.text());
        return Ok(ExitCode::SUCCESS);
    }
    let flow = flow::recover::flow(prepared.params.clone())?;
    if args.dry_run {
        leave_as_it_was(&session, &prepared, was)?;
        plan::show(&[Steps::of(&flow, &session.world, &name)?], out);
        return Ok(ExitCode::SUCCESS);
    }
    session.note(&prepared.plan.text());
    if let Err(refused) = confirm::typed(name.as_str(), &what(&prepared), args.yes) {
        leave_as_it_was(&session, &prepared, was)?;
        return Err(refused);
    }
    let run = match session.start(&flow, &prepared.params) {
        Err(undone) if undone.kind == Kind::Undone => {
            leave_as_it_was(&session, &prepared, was)?;
            return Err(undone);
        }
        started => started?,
    };
    let snapshot = if prepared.plan.resetlogs { after_resetlogs(site, &session) } else { None };
    report(&session, &run, &prepared, snapshot, out)
}

/// An extract holds a copy of these disks at the same machine, under the same file system ids.
fn no_extract_is_open(session: &Session<'_>) -> Result<(), Fault> {
    match catalog::open_extracts(&session.store, Some(&session.name))?.first() {
        None => Ok(()),
        Some(open) => Err(Fault::new(Kind::User, "REC-072", format!("the extract {} is open", open.run.id))
            .hint_command("close it first", format!("ovmirror extract --close {}", open.run.id))),
    }
}

/// While a recovery is stuck its disks are neither the old nor the new ones: another part would be swapped beside them.
fn nothing_is_stuck(session: &Session<'_>) -> Result<(), Fault> {
    let waiting = catalog::unfinished(&session.store, &session.name)?;
    match waiting.into_iter().find(|run| run.flow == flow::recover::NAME) {
        None => Ok(()),
        Some(run) => Err(Fault::new(Kind::User, "REC-076", format!("the recovery {} is stuck", run.id))
            .hint_command("see why, mend it", format!("ovmirror show {}", run.id))
            .hint_command("and have it taken back", "ovmirror heal".to_owned())),
    }
}

fn wish(args: &Recover) -> Option<Wish> {
    let tablespace = args.tablespace.clone().map(Wish::Tablespace);
    tablespace.or(args.datafile.map(Wish::Datafile)).or(args.pdb.clone().map(Wish::Pdb))
}

fn what(prepared: &Prepared) -> String {
    match &prepared.plan.part {
        None => "The database goes down now and comes back as above.".to_owned(),
        Some(part) => format!("{part} goes offline now and comes back as above."),
    }
}

/// Looks and decides. A database that was mounted for it and is not recovered goes down again.
fn prepared(site: &Site, session: &Session<'_>, args: &Recover, to: To) -> Result<(Prepared, State), Fault> {
    let all = recover::snapshots(&session.store, &session.name)?;
    let known = (&session.name, session.database);
    let controlfile = args.controlfile.is_some();
    let base = controlfile.then(|| recover::control::base(&all, &to)).transpose()?;
    let mut facts = recover::look(site, &session.world, known, recover::from(&all), args.mount, base)?;
    let narrowed = match controlfile {
        true => recover::control::narrow(&session.world, &mut facts, &all, &to),
        false => Ok(()),
    };
    let request = Request { to, wish: wish(args), abort: args.abort, controlfile, copy: args.copy };
    let prepared =
        narrowed.and_then(|()| recover::prepare(site, &session.world, session.database, &facts, &all, &request));
    let prepared = prepared.and_then(|prepared| with_whole_logs(session, args, prepared));
    if prepared.is_err() && facts.was < State::Mounted {
        production::stop(&session.world, &facts.site, facts.release)?;
    }
    Ok((prepared?, facts.was))
}

/// `--verify-logs`
pub(super) fn with_whole_logs(session: &Session<'_>, args: &Recover, prepared: Prepared) -> Result<Prepared, Fault> {
    if args.verify_logs && prepared.params.is_lost() {
        let text = "--verify-logs needs a control file: RMAN reads the logs through a mounted instance";
        return Err(Fault::new(Kind::User, "REC-089", text)
            .hint("leave --verify-logs out: recovery reads every byte, and a bad log ends it before OPEN"));
    }
    if args.verify_logs {
        recover::verify(&session.world, &prepared.params, &prepared.plan.logs, &|told| session.note(told))?;
    }
    Ok(prepared)
}

pub(super) fn leave_as_it_was(session: &Session<'_>, prepared: &Prepared, was: State) -> Result<(), Fault> {
    match was < State::Mounted {
        true => production::stop(&session.world, &prepared.params.site, prepared.params.release()?),
        false => Ok(()),
    }
}

/// Snapshots of before lie in another incarnation: a new one at once keeps the way short. It is no part of the
/// recovery: one that fails is told, and `commit` waits for it.
pub(super) fn after_resetlogs(site: &Site, session: &Session<'_>) -> Option<RunId> {
    match backup::snapshot(site, session) {
        Ok(snapshot) => Some(snapshot),
        Err(fault) => {
            session.note(&format!("the database is recovered, but no new snapshot could be made: {fault}"));
            None
        }
    }
}

pub(super) fn report(
    session: &Session<'_>,
    run: &RunId,
    prepared: &Prepared,
    snapshot: Option<RunId>,
    out: &Reporter,
) -> Result<ExitCode, Fault> {
    let info = catalog::find_run(&session.store, run.as_str())?;
    let text = human::runs(std::slice::from_ref(&info), out.simulated())
        + &format!(
            "\n{} is open. To take the recovery back: ovmirror undo {run}\nTo give up the way back: ovmirror commit {run}\n",
            prepared.plan.database
        );
    let mut object = json::object(out.simulated(), "run", serde_json::to_value(&info).unwrap_or_default());
    object["from"] = json!(prepared.plan.snapshot.id);
    object["until_scn"] = json!(prepared.plan.target.below_scn);
    object["resetlogs"] = json!(prepared.plan.resetlogs);
    object["snapshot"] = json!(snapshot);
    out.result(&object, &text);
    Ok(ExitCode::SUCCESS)
}

/// What `undo` needs to know first. Of a restore from tape: no recovery has its disks. Of a recovery: it is the last one, it is not committed, and after OPEN RESETLOGS a
/// person agrees to what is lost.
pub fn before_undo(session: &Session<'_>, run: &RunId, agreed: bool) -> Result<(), Fault> {
    let info = catalog::find_run(&session.store, run.as_str())?;
    if (info.flow.as_str(), info.state) == (flow::from_tape::NAME, RunWord::Done) {
        let (_, restored) = recover::tape::restored(&session.store, run)?;
        return recover::waiting::not_taken(&session.store, &session.world, &restored);
    }
    if info.flow != flow::recover::NAME {
        return Ok(());
    }
    let later = recoveries(session)?.into_iter().find(|other| other.started_at > info.started_at);
    if let Some(later) = later {
        let text = format!("run {} recovered the database again behind {run}", later.id);
        return Err(Fault::new(Kind::User, "REC-070", text)
            .hint_command("take the last one back first", format!("ovmirror undo {}", later.id)));
    }
    no_extract_is_open(session)?;
    if super::commit::committed(session, run)? {
        return Err(Fault::new(Kind::User, "REC-071", format!("run {run} was committed: what it kept is deleted"))
            .hint("recover from a snapshot: ovmirror recover DB --to snapshot=ID"));
    }
    let params: flow::recover::RecoverParams = session.params_of(run)?;
    let state = session.store.run_state(run)?;
    recover::nothing_of_others(&session.world, &params, run)?;
    let begun = |name: &str| state.step(name).filter(|step| step.state != StepState::Pending);
    match begun("open") {
        None if begun("online").is_some() => agreed_to_lose(run, &params, agreed),
        None => Ok(()),
        Some(step) if params.resetlogs() => {
            recover::kept_set_is_there(&session.world, &params, run)?;
            let now = recover::scn_now(&session.world, &params);
            confirm::typed(run.as_str(), &(lost(step.out.as_ref(), now) + &after(&params)), agreed)
        }
        Some(_) => {
            let down = state.step("shut_down").and_then(|step| step.out.as_ref());
            let whole_below = down.and_then(|out| serde_json::from_value::<Scn>(out["whole_below"].clone()).ok());
            whole_below.map_or(Ok(()), |scn| recover::old_disks_can_follow(&session.world, &params, run, scn))?;
            agreed_to_lose(run, &params, agreed)
        }
    }
}

/// What was lost before the recovery is lost again behind its undo.
fn agreed_to_lose(run: &RunId, params: &flow::recover::RecoverParams, agreed: bool) -> Result<(), Fault> {
    match params.gone.is_empty() {
        true => Ok(()),
        false => confirm::typed(run.as_str(), &after(params), agreed),
    }
}

fn after(params: &flow::recover::RecoverParams) -> String {
    if params.is_lost() {
        return " It is down then: its control files were lost before the recovery.".to_owned();
    }
    match params.gone.as_slice() {
        [] => String::new(),
        gone if params.gone_essential => {
            format!(
                " It stays in MOUNT then: {} was lost before the recovery, and it cannot be open without.",
                gone.join(", ")
            )
        }
        gone => format!(" Lost before the recovery, and offline again behind its undo: {}.", gone.join(", ")),
    }
}

/// A recovery that was taken back still keeps what it changed.
pub fn after_undo(session: &Session<'_>, run: &RunId) -> Result<(), Fault> {
    if catalog::find_run(&session.store, run.as_str())?.flow == flow::recover::NAME {
        session.note(&format!("What it kept (disks, control files, logs) stays until: ovmirror commit {run}"));
    }
    Ok(())
}

fn lost(opened: Option<&serde_json::Value>, now: Option<Scn>) -> String {
    let from = opened.and_then(|out| out["resetlogs"].as_str()).unwrap_or("the RESETLOGS");
    let to = now.map_or_else(|| "the newest change".to_owned(), |now| format!("SCN {now}, which is now"));
    format!(
        "The recovery opened a new incarnation at SCN {from}. Taking it back goes to the database as it was before the \
         recovery: every change from SCN {from} to {to}, is lost (its disks, control files and logs are kept until commit)."
    )
}

/// The later recovery that has its disks in the slots of this stuck one.
pub fn superseded(session: &Session<'_>, run: &RunInfo) -> Result<Option<RunId>, Fault> {
    catalog::superseded_by(&session.store, run, &catalog::runs(&session.store, Some(&session.name))?)
}

/// Recoveries that stand, whole or in part: done, stuck or interrupted, and not taken back.
pub fn recoveries(session: &Session<'_>) -> Result<Vec<RunInfo>, Fault> {
    let mut runs = catalog::runs(&session.store, Some(&session.name))?;
    let stands = |state| matches!(state, RunWord::Done | RunWord::Stuck | RunWord::Interrupted);
    runs.retain(|run| run.flow == flow::recover::NAME && stands(run.state));
    Ok(runs)
}
