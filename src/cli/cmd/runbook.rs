//! `ovmirror plan --runbook`: the procedure by hand, for the layout of today. Looks, and changes nothing.

use super::plan::Plan as Steps;
use crate::{
    cli::{args::Plan, output::json, prepare, report::Reporter, resolve::Site, runbook, wire},
    config::Database,
    fault::Fault,
    flow,
    model::DbName,
    step::{World, gather, params::SnapshotParams},
    survey::finding,
    text::{render, runbook::TapeStep},
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Plan, out: &Reporter) -> Result<ExitCode, Fault> {
    let (name, database) = site.database(&args.runbook)?;
    let world = wire::world(site, Some(database))?;
    let seen = prepare::survey(site, &world, &name, database, false)?;
    if let Some(refusal) = finding::refusal(&seen.findings) {
        return Err(refusal);
    }
    let params = prepare::snapshot(site, &world, database, &seen)?;
    let host = gather::host(&world, &database.host)?;
    let (tape, no_tape) = match tape(site, &world, &name, database, &params) {
        Ok(tape) => (tape, String::new()),
        Err(fault) => (Vec::new(), format!("Not known: {fault}.")),
    };
    let drawn = runbook::Drawn { site, world: &world, database, seen: &seen, host: &host, params: &params };
    let text = render(&runbook::page(&drawn, tape, no_tape)?)?;
    out.result(&json::object(out.simulated(), "runbook", text.clone().into()), &text);
    Ok(ExitCode::SUCCESS)
}

/// The steps of the tape half, as `--dry-run` shows them.
fn tape(
    site: &Site,
    world: &World,
    name: &DbName,
    database: &Database,
    params: &SnapshotParams,
) -> Result<Vec<TapeStep>, Fault> {
    let offload = prepare::offload_to_come(site, world, database, params, false)?;
    let plan = Steps::of(&flow::offload::flow(offload)?, world, name)?;
    Ok(plan.outline().map(|(text, sends)| TapeStep { text, sends }).collect())
}
