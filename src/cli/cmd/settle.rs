//! `ovmirror resume`, `undo` and `heal`: what to do with runs that did not end.

use super::{drill, run::Session};
use crate::{
    catalog::{self, RunWord},
    cli::{
        args::{Agreed, Heal, OneRun},
        output::{human, json},
        report::Reporter,
        resolve::Site,
    },
    config::Span,
    fault::{Fault, Kind},
    model::RunId,
};
use std::process::ExitCode;

pub fn resume(site: &Site, args: &OneRun, out: &Reporter) -> Result<ExitCode, Fault> {
    with_run(site, (&args.run, args.wait_lock), out, |session, run| session.resume(run))
}

pub fn undo(site: &Site, args: &Agreed, out: &Reporter) -> Result<ExitCode, Fault> {
    with_run(site, (&args.run, args.wait_lock), out, |session, run| {
        super::recover::before_undo(session, run, args.yes)?;
        session.undo(run)?;
        super::recover::after_undo(session, run)
    })
}

fn with_run(
    site: &Site,
    (run, wait): (&str, Option<Span>),
    out: &Reporter,
    act: impl FnOnce(&Session<'_>, &RunId) -> Result<(), Fault>,
) -> Result<ExitCode, Fault> {
    let found = catalog::find_run(&site.store()?, run)?;
    let (name, database) = site.database(found.database.as_str())?;
    let session = Session::open(site, &name, database, wait, out)?;
    act(&session, &found.id)?;
    let runs = [catalog::find_run(&session.store, found.id.as_str())?];
    out.result(&json::runs(&runs, out.simulated()), &human::runs(&runs, out.simulated()));
    // A drill that was finished later says what it found all the same.
    if runs[0].state == RunWord::Done {
        drill::judge(&session.store, &found.id)?
    }
    Ok(ExitCode::SUCCESS)
}

/// A run of a database that the configuration does not have any more cannot be healed, and must not be passed over.
fn nothing_unconfigured(site: &Site) -> Result<(), Fault> {
    let waiting = catalog::unsettled(&site.store()?)?;
    match waiting.iter().find(|run| !site.config.databases.contains_key(&run.database)) {
        None => Ok(()),
        Some(run) => {
            let text = format!(
                "run {} of {} is {}, and the configuration has no such database",
                run.id,
                run.database,
                run.state.as_str()
            );
            Err(Fault::new(Kind::User, "CFG-009", text).hint(format!(
                "add [databases.{}] as it was, then heal again: it may be in backup mode, or down",
                run.database
            )))
        }
    }
}

pub fn heal(site: &Site, args: &Heal, out: &Reporter) -> Result<ExitCode, Fault> {
    let named: Vec<String> = args.database.iter().cloned().collect();
    let mut runs = Vec::new();
    for (name, database) in site.databases(&named)? {
        let session = Session::open(site, &name, database, args.wait_lock, out)?;
        for (run, how) in session.heal()? {
            session.note(&format!("run {run}: {how}"));
            runs.push(catalog::find_run(&session.store, run.as_str())?);
        }
    }
    if named.is_empty() {
        nothing_unconfigured(site)?;
    }
    let text =
        if runs.is_empty() { "nothing was left to settle\n".to_owned() } else { human::runs(&runs, out.simulated()) };
    out.result(&json::runs(&runs, out.simulated()), &text);
    Ok(ExitCode::SUCCESS)
}
