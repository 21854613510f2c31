//! `ovmirror backup`: snapshot, then offload, of one database after the other.

use super::{
    offload,
    plan::{self, Plan},
    run,
};
use crate::{
    catalog::{self, SnapshotRecord},
    cli::{
        args::Backup,
        output::{human, json},
        prepare,
        report::Reporter,
        resolve::Site,
        wire,
    },
    config::Database,
    fault::{Fault, Kind},
    flow,
    model::{DbName, RunId},
    survey::finding,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Backup, out: &Reporter) -> Result<ExitCode, Fault> {
    let databases = site.databases(&args.databases)?;
    if args.dry_run {
        let mut all = Vec::new();
        for (name, database) in databases {
            all.extend(plans(site, &name, database, args)?);
        }
        plan::show(&all, out);
        return Ok(ExitCode::SUCCESS);
    }
    let mut made = Vec::new();
    for (name, database) in databases {
        made.push(back_up(site, &name, database, args, out)?);
    }
    out.result(&json::list(&made, out.simulated()), &human::list(&made, out.simulated()));
    Ok(ExitCode::SUCCESS)
}

fn back_up(
    site: &Site,
    name: &DbName,
    database: &Database,
    args: &Backup,
    out: &Reporter,
) -> Result<SnapshotRecord, Fault> {
    let session = run::Session::open(site, name, database, args.wait_lock, out)?;
    session.settle_interrupted()?;
    // Somebody else's tape is waited for behind the snapshot, and the media host is looked at then.
    let free = !args.snapshot_only && session.reserve_free_media();
    let snapshot = snapshot_of(site, &session, free)?;
    if !args.snapshot_only && database.media.is_some() {
        let record = catalog::find_snapshot(&session.store, snapshot.as_str())?;
        let taped = offload::offload(site, &session, &record, args.roll_forward);
        taped.map_err(|fault| offload::judged(&session, &record, not_begun(fault)))?;
    }
    catalog::find_snapshot(&session.store, snapshot.as_str())
}

/// The media host is busy: the snapshot is good, and its tape half can be had later.
fn not_begun(fault: Fault) -> Fault {
    if fault.kind == Kind::Locked { Fault { kind: Kind::External, ..fault } } else { fault }
}

/// The first half alone, in a session that is open.
pub fn snapshot(site: &Site, session: &run::Session<'_>) -> Result<RunId, Fault> {
    snapshot_of(site, session, false)
}

fn snapshot_of(site: &Site, session: &run::Session<'_>, with_media: bool) -> Result<RunId, Fault> {
    let seen = prepare::survey(site, &session.world, &session.name, session.database, with_media)?;
    if let Some(refusal) = finding::refusal(&seen.findings) {
        return Err(refusal);
    }
    let params = prepare::snapshot(site, &session.world, session.database, &seen)?;
    session.start(&flow::snapshot::flow(params.clone())?, &params)
}

/// The survey is real, nothing else is done.
fn plans(site: &Site, name: &DbName, database: &Database, args: &Backup) -> Result<Vec<Plan>, Fault> {
    let world = wire::world(site, Some(database))?;
    let seen = prepare::survey(site, &world, name, database, !args.snapshot_only)?;
    if let Some(refusal) = finding::refusal(&seen.findings) {
        return Err(refusal);
    }
    let params = prepare::snapshot(site, &world, database, &seen)?;
    let mut plans = vec![Plan::of(&flow::snapshot::flow(params.clone())?, &world, name)?];
    if !args.snapshot_only && database.media.is_some() {
        let offload = prepare::offload_to_come(site, &world, database, &params, args.roll_forward)?;
        plans.push(Plan::of(&flow::offload::flow(offload)?, &world, name)?);
    }
    Ok(plans)
}
