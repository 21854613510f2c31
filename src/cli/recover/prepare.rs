//! From the request and what was seen to the plan and the parameters of the run.

use super::{
    control, copy,
    disks::{going_back, golden_is_whole, keep, kept_folder, options, swap_disks},
    facts::{Facts, Snapshot},
    findings::{self, Seen},
    goal::{chosen, goal},
    logs, page,
    part::{self, Wish},
    plan::Plan,
    tape,
};
use crate::{
    cli::resolve::Site,
    config::{self, Database},
    fault::Fault,
    flow::recover::{AddedFile, RecoverParams},
    model::Scn,
    recovery::{Changed, To, changed},
    step::{World, params::Way},
    survey::{DataFile, Unit, finding},
};
use std::collections::BTreeSet;

/// What was asked for.
pub struct Request {
    pub to: To,
    pub wish: Option<Wish>,
    pub abort: bool,
    /// `--controlfile snapshot`
    pub controlfile: bool,
    /// Datafiles are copied where their disk cannot be swapped.
    pub copy: bool,
}

/// The snapshot, the plan and, where nothing speaks against it, the parameters.
pub struct Prepared {
    pub plan: Plan,
    pub params: RecoverParams,
}

/// Everything that is decided before the first change.
pub fn prepare(
    site: &Site,
    world: &World,
    database: &Database,
    facts: &Facts,
    all: &[Snapshot],
    request: &Request,
) -> Result<Prepared, Fault> {
    let goal = goal(world, facts, all, &request.to)?;
    let snapshot = chosen(facts, all, &request.to, &goal)?;
    let then = &snapshot.layout.surveyed.datafiles;
    let changed = changed(then, &facts.db.datafiles, &goal.until);
    let part = request.wish.is_some();
    let seen = Seen {
        facts,
        snapshot,
        changed: &changed,
        until: &goal.until,
        part,
        controlfile: request.controlfile,
        copy: request.copy,
    };
    let mut findings = findings::findings(&seen);
    if let Some(refusal) = finding::refusal(&findings) {
        return Err(refusal);
    }
    if snapshot.tape.is_none() {
        golden_is_whole(world, snapshot)?;
    }
    let part = request.wish.as_ref().map(|wish| part::part(world, facts, snapshot, wish, &request.to)).transpose()?;
    let (units, copied) = copy::split(part::units(facts, snapshot, part.as_ref())?, copy::fixed(facts, request.copy));
    let copying = copy::copying(world, facts, snapshot, (&units, copied), &changed)?;
    findings.extend(match &snapshot.tape {
        None => going_back(world, facts, &units)?,
        Some(_) => tape::left_behind(world, facts, &units, &database.skip, snapshot)?,
    });
    let mut links = logs::candidates(world, facts, snapshot)?;
    if request.controlfile {
        links.extend(control::unlisted(world, facts, snapshot, &links)?);
    }
    let chain = logs::prove(facts, snapshot, &links, goal.below)?;
    findings.extend(logs::only_online(&chain).map(findings::only_online));
    control::unbroken(facts, &chain)?;
    let controlfile = request.controlfile.then(|| control::taken(world, facts, snapshot, &chain)).transpose()?;
    if request.controlfile {
        findings.extend(control::findings(world, facts, snapshot)?);
    }
    let bring = logs::to_bring(world, facts, snapshot, &chain)?;
    let slots: BTreeSet<u32> = units.iter().flat_map(|unit| unit.slots.iter().copied()).collect();
    let disks = swap_disks(facts, snapshot, &slots)?;
    let kept = kept_folder(database, &facts.db, &facts.host, &units)?;
    let (keep, control_files, online_logs) = keep(&control::there(world, facts)?);
    let params = RecoverParams {
        site: facts.site.clone(),
        // The manager makes fresh disks, so it swaps them, too.
        way: match database.way {
            config::Way::Server if snapshot.tape.is_none() => Way::Server,
            _ => Way::Manager,
        },
        snapshot: snapshot.record.id.clone(),
        surveyed: snapshot.layout.surveyed.clone(),
        active: snapshot.layout.active.clone(),
        quiet: snapshot.layout.quiet.clone(),
        options: units.iter().map(|unit| (unit.target.clone(), options(&facts.host, unit))).collect(),
        until: goal.until.clone(),
        was: facts.was,
        abort: request.abort,
        kept,
        keep,
        control_files,
        online_logs,
        added: added(&changed, &units, facts),
        // The snapshot's control file knows the files of the snapshot, and no later ones.
        later: if request.controlfile { Vec::new() } else { later(&changed) },
        dropped: if request.controlfile { BTreeSet::new() } else { dropped(&changed) },
        bring,
        logs: chain.links.len(),
        only_online: logs::only_online(&chain).map(|link| link.sequence),
        skip: database.skip.clone(),
        tape: snapshot.tape.as_ref().and_then(|tape| tape.taken()),
        disks,
        units,
        part,
        controlfile,
        copying,
    };
    let usual_ms = crate::catalog::usual_ms(&site.store()?, &facts.site.database, crate::flow::recover::NAME)?;
    Ok(Prepared { plan: page::plan(facts, snapshot, &goal, &request.to, &params, chain, findings, usual_ms), params })
}

fn added(changed: &[Changed], units: &[Unit], facts: &Facts) -> Vec<AddedFile> {
    let swapped = |file: &DataFile| {
        let mount = facts.host.mount_of(&file.name).map(|mount| mount.target.as_str());
        units.iter().any(|unit| Some(unit.target.as_str()) == mount)
    };
    let added = changed.iter().filter_map(|one| if let Changed::Added(file) = one { Some(file) } else { None });
    added
        .map(|file| AddedFile {
            number: file.number,
            name: file.name.clone(),
            managed: crate::flow::recover::is_managed(&file.name),
            swapped: swapped(file),
        })
        .collect()
}

fn later(changed: &[Changed]) -> Vec<DataFile> {
    changed.iter().filter_map(|one| if let Changed::Later(file) = one { Some(file.clone()) } else { None }).collect()
}

fn dropped(changed: &[Changed]) -> BTreeSet<u64> {
    changed.iter().filter_map(|one| if let Changed::Dropped(file) = one { Some(file.number) } else { None }).collect()
}

/// The lowest SCN that any snapshot of the list begins with: logs from there on are asked for.
pub fn from(all: &[Snapshot]) -> Scn {
    all.iter().map(|one| one.record.begin_scn).min().unwrap_or_default()
}
