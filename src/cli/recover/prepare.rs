//! From the request and what was seen to the plan and the parameters of the run.

use super::{
    control, copy,
    disks::{going_back, golden_is_whole, groups_are_the_same, keep, kept_folder, kept_is_usable, options, swap_disks},
    facts::{Facts, Snapshot},
    findings::{self, Seen},
    goal::{Goal, chosen, goal},
    logs, page,
    part::{self, Wish},
    plan::Plan,
    tape,
};
use crate::{
    cli::resolve::Site,
    config::{self, Database},
    fault::{Fault, Kind},
    flow::recover::{AddedFile, Copying, Part, RecoverParams, SnapshotControl, SwapDisk},
    model::Scn,
    recovery::{Chain, Changed, To, changed},
    step::{
        World, gather,
        params::{KeptLog, Way},
    },
    survey::{DataFile, Finding, Unit, finding},
    text::sh::KeptFile,
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

/// The snapshot that serves, and what was found of it.
struct Base<'a> {
    snapshot: &'a Snapshot,
    changed: Vec<Changed>,
    findings: Vec<Finding>,
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
    let base = base(world, facts, all, request, &goal)?;
    let decided = Decided::of(world, database, facts, &base, request, &goal)?;
    let params = decided.params(database, facts, &base, request, &goal);
    let findings = [base.findings, decided.findings].concat();
    let usual_ms = crate::catalog::usual_ms(&site.store()?, &facts.site.database, crate::flow::recover::NAME)?;
    let plan = page::plan(facts, base.snapshot, &goal, &request.to, &params, decided.chain, findings, usual_ms);
    Ok(Prepared { plan, params })
}

/// The newest snapshot against which nothing speaks. What speaks against newer ones is said in the plan, or, where there is
/// none, of the newest.
fn base<'a>(
    world: &World,
    facts: &Facts,
    all: &'a [Snapshot],
    request: &Request,
    goal: &Goal,
) -> Result<Base<'a>, Fault> {
    let (mut left, mut first) = (Vec::new(), None);
    for snapshot in chosen(facts, all, &request.to, goal)? {
        match stands(world, facts, snapshot, request, goal) {
            Ok(base) => return Ok(Base { findings: [left, base.findings].concat(), ..base }),
            // What was not seen says nothing of the snapshot.
            Err(fault) if fault.kind != Kind::User => return Err(fault),
            Err(fault) => {
                left.push(findings::passed_over(&snapshot.record.id, &fault));
                first.get_or_insert(fault);
            }
        }
    }
    Err(first.unwrap_or_else(|| Fault::new(Kind::Bug, "REC-059", "no snapshot was looked at")))
}

fn stands<'a>(
    world: &World,
    facts: &Facts,
    snapshot: &'a Snapshot,
    request: &Request,
    goal: &Goal,
) -> Result<Base<'a>, Fault> {
    let then = &snapshot.layout.surveyed.datafiles;
    let changed = changed(then, &facts.db.datafiles, &goal.until);
    let part = request.wish.is_some();
    let (controlfile, copy) = (request.controlfile, request.copy);
    let seen = Seen { facts, snapshot, changed: &changed, until: &goal.until, part, controlfile, copy };
    let findings = findings::findings(&seen);
    if let Some(refusal) = finding::refusal(&findings) {
        return Err(refusal);
    }
    if snapshot.tape.is_none() {
        golden_is_whole(world, snapshot)?;
        groups_are_the_same(world, facts, snapshot)?;
    }
    Ok(Base { snapshot, changed, findings })
}

/// What is swapped, what is copied, which redo there is, and where the way back is kept.
struct Decided {
    part: Option<Part>,
    units: Vec<Unit>,
    copying: Copying,
    chain: Chain,
    controlfile: Option<SnapshotControl>,
    bring: Vec<(KeptLog, String)>,
    disks: Vec<SwapDisk>,
    kept: String,
    keep: (Vec<KeptFile>, usize, usize),
    gone: (Vec<String>, bool),
    findings: Vec<Finding>,
}

impl Decided {
    fn of(
        world: &World,
        database: &Database,
        facts: &Facts,
        base: &Base<'_>,
        request: &Request,
        goal: &Goal,
    ) -> Result<Self, Fault> {
        let (snapshot, mut findings) = (base.snapshot, Vec::new());
        let part =
            request.wish.as_ref().map(|wish| part::part(world, facts, snapshot, wish, &request.to)).transpose()?;
        let all = part::units(facts, snapshot, part.as_ref())?;
        let (units, copied) = copy::split(all, copy::fixed(facts, request.copy));
        let copying = copy::copying(world, facts, snapshot, (&units, copied), &base.changed)?;
        findings.extend(match &snapshot.tape {
            None => going_back(world, facts, &units)?,
            Some(_) => tape::left_behind(world, facts, &units, &database.skip, snapshot)?,
        });
        let chain = proved(world, facts, snapshot, request, goal)?;
        findings.extend(logs::only_online(&chain).map(findings::only_online));
        let controlfile = request.controlfile.then(|| control::taken(world, facts, snapshot, &chain)).transpose()?;
        if request.controlfile {
            findings.extend(control::findings(world, facts, snapshot)?);
        }
        let kept = kept_folder(database, &facts.db, &facts.host, &units)?;
        kept_is_usable(world, facts, &kept, &units)?;
        let slots: BTreeSet<u32> = units.iter().flat_map(|unit| unit.slots.iter().copied()).collect();
        let (disks, bring) = (swap_disks(facts, snapshot, &slots)?, logs::to_bring(world, facts, snapshot, &chain)?);
        let keep = keep(&control::there(world, facts)?);
        let gone = gone(world, facts, part.as_ref())?;
        Ok(Self { part, units, copying, chain, controlfile, bring, disks, kept, keep, gone, findings })
    }

    fn params(
        &self,
        database: &Database,
        facts: &Facts,
        base: &Base<'_>,
        request: &Request,
        goal: &Goal,
    ) -> RecoverParams {
        let (layout, changed) = (&base.snapshot.layout, &base.changed);
        let (keep, control_files, online_logs) = self.keep.clone();
        RecoverParams {
            site: facts.site.clone(),
            // The manager makes fresh disks, so it swaps them, too.
            way: match database.way {
                config::Way::Server if base.snapshot.tape.is_none() => Way::Server,
                _ => Way::Manager,
            },
            snapshot: base.snapshot.record.id.clone(),
            surveyed: layout.surveyed.clone(),
            active: layout.active.clone(),
            quiet: layout.quiet.clone(),
            options: self.units.iter().map(|unit| (unit.target.clone(), options(&facts.host, unit))).collect(),
            until: goal.until.clone(),
            was: facts.was,
            abort: request.abort,
            kept: self.kept.clone(),
            keep,
            control_files,
            online_logs,
            added: added(changed, &self.units, facts),
            // The snapshot's control file knows the files of the snapshot, and no later ones.
            later: if request.controlfile { Vec::new() } else { later(changed) },
            dropped: if request.controlfile { BTreeSet::new() } else { dropped(changed) },
            bring: self.bring.clone(),
            logs: self.chain.links.len(),
            only_online: logs::only_online(&self.chain).map(|link| link.sequence),
            skip: database.skip.clone(),
            gone: self.gone.0.clone(),
            gone_essential: self.gone.1,
            tape: base.snapshot.tape.as_ref().and_then(|tape| tape.taken()),
            disks: self.disks.clone(),
            units: self.units.clone(),
            part: self.part.clone(),
            controlfile: self.controlfile.clone(),
            copying: self.copying.clone(),
        }
    }
}

/// The redo from the snapshot to the target.
fn proved(world: &World, facts: &Facts, snapshot: &Snapshot, request: &Request, goal: &Goal) -> Result<Chain, Fault> {
    let mut links = logs::candidates(world, facts, snapshot)?;
    if request.controlfile {
        links.extend(control::unlisted(world, facts, snapshot, &links)?);
    }
    let chain = logs::prove(facts, snapshot, &links, goal.below)?;
    control::unbroken(facts, &chain)?;
    Ok(chain)
}

/// Datafiles (of the part) that are lost already, and whether the database cannot be open without one of them.
fn gone(world: &World, facts: &Facts, part: Option<&Part>) -> Result<(Vec<String>, bool), Fault> {
    let is_meant = |file: &&DataFile| part.is_none_or(|part| part.files.iter().any(|n| u64::from(*n) == file.number));
    let files: Vec<&DataFile> = facts.db.datafiles.iter().filter(is_meant).collect();
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let places = gather::places(world, &facts.site.host, &names)?;
    let gone: Vec<&DataFile> =
        files.into_iter().zip(places).filter(|(_, place)| place.is_none()).map(|(file, _)| file).collect();
    let undo = facts.db.parameter("undo_tablespace");
    let is_undo = |file: &DataFile| undo.is_some_and(|undo| undo.eq_ignore_ascii_case(&file.tablespace));
    let essential = gone.iter().any(|file| matches!(file.status.as_str(), "SYSTEM" | "SYSOFF") || is_undo(file));
    Ok((gone.iter().map(|file| file.name.clone()).collect(), essential))
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
