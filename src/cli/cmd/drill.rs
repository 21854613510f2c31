//! `ovmirror drill`: a restore test of a snapshot on the media host.

use super::{
    plan::{self, Plan},
    run::Session,
};
use crate::{
    catalog::{self, SnapshotRecord, SnapshotState},
    cli::{
        args::Drill,
        golden,
        output::{drill, json},
        prepare,
        report::Reporter,
        resolve::Site,
    },
    engine::Step,
    fault::{Fault, Kind},
    flow::{
        self,
        drill::{DrillParams, Evidence, Verdict},
    },
    model::RunId,
    store::Store,
    text::report,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Drill, out: &Reporter) -> Result<ExitCode, Fault> {
    let record = find(site, &args.snapshot)?;
    let (name, database) = site.database(record.database.as_str())?;
    let checks = prepare::checks(site, database)?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    if !args.dry_run {
        session.settle_interrupted()?;
        session.reserve_media()?;
    }
    let params = prepare::drill(site, &session.world, database, &record, args.to, checks)?;
    golden::must_hang(&session.world, &record, |_| true)?;
    let flow = flow::drill::flow(params.clone())?;
    if args.dry_run {
        plan::show(&[Plan::of(&flow, &session.world, &name)?], out);
        return Ok(ExitCode::SUCCESS);
    }
    let run = drive(&session, &flow, &params)?;
    let evidence = evidence(site, &run)?;
    out.result(&json::drill(&evidence, out.simulated()), &drill::page_of(&evidence));
    judge(&session.store, &run).map(|()| ExitCode::SUCCESS)
}

/// A database means its newest snapshot that can be drilled.
fn find(site: &Site, text: &str) -> Result<SnapshotRecord, Fault> {
    let store = site.store()?;
    let Ok((name, _)) = site.database(text) else {
        let record = catalog::find_snapshot(&store, text)?;
        return why_not(&record).map_or(Ok(record), Err);
    };
    let newest = catalog::snapshots(&store, Some(&name))?.into_iter().find(|record| why_not(record).is_none());
    newest.ok_or_else(|| {
        Fault::new(Kind::User, "DRL-006", format!("{name} has no snapshot that could be drilled"))
            .hint_command("make one", format!("ovmirror backup {name} --snapshot-only"))
            .hint_command("see what there is", format!("ovmirror list {name}"))
    })
}

fn why_not(record: &SnapshotRecord) -> Option<Fault> {
    let why = match record.state {
        SnapshotState::Rejected => "it was rejected",
        SnapshotState::Orphan => "it is off the current incarnation path, so that no recovery uses it",
        SnapshotState::Unproved | SnapshotState::Proved => return None,
    };
    let fault = Fault::new(Kind::User, "DRL-001", format!("snapshot {} is not drilled: {why}", record.id));
    Some(fault.hint_command("see what is known of it", format!("ovmirror show {}", record.id)))
}

/// The run's id, also where only the clean-up failed and taking the run back has done it: the evidence is there.
fn drive(
    session: &Session<'_>,
    flow: &crate::engine::Flow<crate::step::World>,
    params: &DrillParams,
) -> Result<RunId, Fault> {
    match session.start(flow, params) {
        Err(fault) if fault.kind == Kind::Undone => {
            let run = fault.context.run.as_deref().and_then(|run| RunId::new(run).ok());
            match run.map(|run| Ok::<_, Fault>((verdict(&session.store, &run)?, run))).transpose()? {
                Some((Some(_), run)) => {
                    session.note(&format!("the drill is over; the clean-up was done by taking the run back: {fault}"));
                    Ok(run)
                }
                _ => Err(fault),
            }
        }
        other => other,
    }
}

/// What a run's evidence says, if it came so far.
fn verdict(store: &Store, run: &RunId) -> Result<Option<Verdict>, Fault> {
    let state = store.run_state(run)?;
    let out = state.step(Evidence::KIND).and_then(|step| step.out.clone());
    out.map(serde_json::from_value).transpose().map_err(|error| {
        Fault::new(Kind::Bug, "DRL-007", format!("the verdict of run {run} cannot be read")).cause(error.to_string())
    })
}

/// A drill that was not passed is a failure of its own kind; a run of another flow has nothing to judge.
pub fn judge(store: &Store, run: &RunId) -> Result<(), Fault> {
    let Some(verdict) = verdict(store, run)?.filter(|verdict| !verdict.passed) else { return Ok(()) };
    let mut findings = verdict.findings.into_iter();
    let fault = Fault::new(Kind::Drill, "DRL-010", findings.next().unwrap_or_else(|| "it was not passed".to_owned()));
    let mut fault = findings.fold(fault, Fault::cause);
    fault.context.run = Some(run.to_string());
    Err(fault
        .hint("the evidence is kept: drill.json and drill.html in the run's artifacts")
        .hint_command("what was done", format!("ovmirror show {run}")))
}

fn evidence(site: &Site, run: &RunId) -> Result<report::Drill, Fault> {
    let path = site.artifacts.join(run.database()).join(run.as_str()).join("drill.json");
    let unreadable =
        |why: String| Fault::new(Kind::External, "DRL-008", format!("{} cannot be read", path.display())).cause(why);
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}
