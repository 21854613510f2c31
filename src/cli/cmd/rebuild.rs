//! `ovmirror rebuild`: a store that was lost knows its snapshots again.

use super::run::Session;
use crate::{
    catalog::{self, Owners},
    cli::{
        args::Rebuild,
        output::{json, rebuild as shown},
        rebuild::{self, Look, Place, control},
        report::Reporter,
        resolve::Site,
    },
    config::Database,
    fault::{Fault, Kind},
    flow::{
        self,
        rebuild::{Found, RebuildParams},
    },
    model::DbName,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Rebuild, out: &Reporter) -> Result<ExitCode, Fault> {
    let mut all = Vec::new();
    for (name, database) in site.databases(&args.databases)? {
        all.extend(one(site, &name, database, args, out)?);
    }
    let object = json::object(out.simulated(), "snapshots", shown::objects(&all));
    out.result(&object, &shown::text(&all, args.dry_run));
    match all.iter().find_map(lost) {
        None => Ok(ExitCode::SUCCESS),
        Some(fault) => Err(fault),
    }
}

fn lost(look: &Look) -> Option<Fault> {
    let Look::Lost(run, fault) = look else { return None };
    let told =
        Fault::new(Kind::External, "RBD-014", format!("{run} could not be brought back")).cause(fault.to_string());
    Some(fault.hints.iter().fold(told, |told, hint| match &hint.command {
        Some(command) => told.hint_command(hint.text.clone(), command.clone()),
        None => told.hint(hint.text.clone()),
    }))
}

fn one(site: &Site, name: &DbName, database: &Database, args: &Rebuild, out: &Reporter) -> Result<Vec<Look>, Fault> {
    let session = Session::open(site, name, database, args.wait_lock, out)?;
    let place = Place { site, world: &session.world, name, database };
    let mut looks = rebuild::look(&place, &Owners::of(&session.store, name)?)?;
    rebuild::mark_left(&place, &mut looks)?;
    let found: Vec<Found> = looks.iter().filter_map(is_found).cloned().collect();
    if args.dry_run || found.is_empty() {
        return Ok(looks);
    }
    let params = RebuildParams { database: name.clone(), found };
    session.start(&flow::rebuild::flow(params.clone())?, &params)?;
    for look in &mut looks {
        if let Look::Found(found) = look {
            complete(&place, &session, found)?;
        }
    }
    Ok(looks)
}

fn is_found(look: &Look) -> Option<&Found> {
    if let Look::Found(found) = look { Some(found) } else { None }
}

/// The record as it is now, and the control file from the golden copy where the artifacts have none. A snapshot is good
/// for recovery also without.
fn complete(place: &Place<'_>, session: &Session<'_>, found: &mut Found) -> Result<(), Fault> {
    found.record = catalog::find_snapshot(&session.store, found.record.id.as_str())?;
    if found.source == flow::rebuild::Source::Description {
        match found.record.logs.len() {
            0 => found.unknown.push("its archived logs: recovery needs them at production".to_owned()),
            logs => found.known.push(format!("{logs} archived logs, from production")),
        }
    }
    if !control::is_missing(session, &found.record) {
        return Ok(());
    }
    match control::bring(place, session, &found.record.id) {
        Ok(()) => {
            found.unknown.retain(|text| !text.contains("control file"));
            found.known.push("control file, from the golden copy".to_owned());
        }
        Err(fault) => {
            session.note(&format!("the control file of {} could not be brought: {fault}", found.record.id));
            found.unknown.push("its control file: offload and drill need it".to_owned());
        }
    }
    Ok(())
}
