//! `ovmirror offload`: the tape half of a snapshot.

use super::{
    plan::{self, Plan},
    run::Session,
};
use crate::{
    catalog::{self, SnapshotRecord, SnapshotState, TapeState},
    cli::{
        args::Offload,
        golden,
        output::{human, json},
        prepare,
        report::Reporter,
        resolve::Site,
    },
    fault::{Fault, Kind},
    flow,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Offload, out: &Reporter) -> Result<ExitCode, Fault> {
    let record = catalog::find_snapshot(&site.store()?, &args.snapshot)?;
    refuse(&record)?;
    let (name, database) = site.database(record.database.as_str())?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    if !args.dry_run {
        session.settle_interrupted()?;
    }
    golden::must_hang(&session.world, &record, |_| true)?;
    if args.dry_run {
        let params = prepare::offload(site, &session.world, database, &record, args.roll_forward)?;
        plan::show(&[Plan::of(&flow::offload::flow(params)?, &session.world, &name)?], out);
        return Ok(ExitCode::SUCCESS);
    }
    offload(site, &session, &record, args.roll_forward).map_err(|fault| judged(&session, &record, fault))?;
    let records = [catalog::find_snapshot(&session.store, record.id.as_str())?];
    out.result(&json::list(&records, out.simulated()), &human::list(&records, out.simulated()));
    Ok(ExitCode::SUCCESS)
}

fn refuse(record: &SnapshotRecord) -> Result<(), Fault> {
    let why = match (record.state, record.tape.state) {
        (SnapshotState::Rejected, _) => "it was rejected",
        (_, TapeState::Ok) => "it is on tape already",
        _ => return Ok(()),
    };
    Err(Fault::new(Kind::User, "OFF-018", format!("snapshot {} is not offloaded: {why}", record.id))
        .hint_command("see what is known of it", format!("ovmirror show {}", record.id)))
}

/// Surveys the media host, then runs the flow. `judged` says what a failure means.
pub fn offload(site: &Site, session: &Session<'_>, record: &SnapshotRecord, roll_forward: bool) -> Result<(), Fault> {
    session.reserve_media()?;
    let params = prepare::offload(site, &session.world, session.database, record, roll_forward)?;
    let flow = flow::offload::flow(params.clone())?;
    match session.start(&flow, &params) {
        // The tape was proved before; what failed is the way out, and taking the run back has gone it.
        Err(fault) if fault.kind == Kind::Undone && on_tape(session, record) => {
            session
                .note(&format!("the tape is good; the clean-up failed and was done by taking the run back: {fault}"));
            Ok(())
        }
        other => other.map(drop),
    }
}

fn on_tape(session: &Session<'_>, record: &SnapshotRecord) -> bool {
    let now = catalog::find_snapshot(&session.store, record.id.as_str());
    now.is_ok_and(|now| now.tape.state == TapeState::Ok)
}

/// A failure leaves a good snapshot (exit code 7), unless a person is needed or the run has rejected it.
pub fn judged(session: &Session<'_>, record: &SnapshotRecord, mut fault: Fault) -> Fault {
    let state = catalog::find_snapshot(&session.store, record.id.as_str()).map(|now| now.state);
    let good = !matches!(state, Ok(SnapshotState::Rejected) | Err(_));
    if good && !on_tape(session, record) && matches!(fault.kind, Kind::Undone | Kind::User | Kind::External) {
        fault.kind = Kind::Tape;
        let again = format!("ovmirror offload {}", record.id);
        fault = fault.hint_command("when the cause is removed, put the snapshot on tape", again);
    }
    fault
}
