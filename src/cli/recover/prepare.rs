//! From the request and what was seen to the plan and the parameters of the run.

use super::{
    facts::{Facts, Snapshot},
    findings::{self, Seen},
    logs,
    part::{self, Wish},
    plan::{self, Plan},
    tape,
};
use crate::{
    cli::resolve::Site,
    config::{self, Database},
    fault::{Fault, Kind, Remedy},
    flow::recover::{AddedFile, RecoverParams, SwapDisk},
    model::{ObjectId, Scn, Tag, TagKind},
    recovery::{Candidate, Changed, Incarnation, To, Until, chain, changed, choose},
    step::{World, gather, params::Way},
    survey::{DataFile, DbFacts, FileKind, Finding, HostFacts, Mount, Unit, device_of_slot, finding},
    text::sh::KeptFile,
};
use chrono::{DateTime, FixedOffset, SubsecRound};
use std::collections::BTreeSet;

/// What was asked for.
pub struct Request {
    pub to: To,
    pub wish: Option<Wish>,
    pub abort: bool,
}

/// The target as RECOVER and the proof of the logs take it.
struct Goal {
    until: Until,
    /// Changes below this one must be in the logs; `None`: all.
    below: Option<Scn>,
    /// Snapshots that end at or behind this one do not serve.
    before: Option<Scn>,
    time: Option<DateTime<FixedOffset>>,
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
    let seen = Seen { facts, snapshot, changed: &changed, until: &goal.until, part };
    let mut findings = findings::findings(&seen);
    if let Some(refusal) = finding::refusal(&findings) {
        return Err(refusal);
    }
    if snapshot.tape.is_none() {
        golden_is_whole(world, snapshot)?;
    }
    let part = request.wish.as_ref().map(|wish| part::part(world, facts, snapshot, wish, &request.to)).transpose()?;
    let units = part::units(facts, snapshot, part.as_ref())?;
    findings.extend(match &snapshot.tape {
        None => going_back(world, facts, &units)?,
        Some(_) => tape::left_behind(world, facts, &units, &database.skip, snapshot)?,
    });
    let links = logs::candidates(world, facts, snapshot)?;
    let chain = logs::prove(facts, snapshot, &links, goal.below)?;
    let bring = logs::to_bring(world, facts, snapshot, &chain)?;
    let slots: BTreeSet<u32> = units.iter().flat_map(|unit| unit.slots.iter().copied()).collect();
    let disks = swap_disks(facts, snapshot, &slots)?;
    let kept = kept_folder(database, &facts.db, &facts.host, &units)?;
    let (keep, control_files, online_logs) = keep(&facts.db);
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
        later: later(&changed),
        dropped: dropped(&changed),
        bring,
        logs: chain.links.len(),
        skip: database.skip.clone(),
        tape: snapshot.tape.as_ref().and_then(|tape| tape.taken()),
        disks,
        units,
        part,
    };
    let usual_ms = crate::catalog::usual_ms(&site.store()?, &facts.site.database, crate::flow::recover::NAME)?;
    Ok(Prepared { plan: plan(facts, snapshot, &goal, &request.to, &params, chain, findings, usual_ms), params })
}

fn goal(world: &World, facts: &Facts, all: &[Snapshot], to: &To) -> Result<Goal, Fault> {
    let at = |scn: Scn| Goal { until: Until::Change(scn), below: Some(scn), before: Some(scn), time: None };
    let goal = match to {
        To::Latest => Goal { until: Until::Complete, below: None, before: None, time: None },
        To::Scn(scn) => at(*scn),
        To::Snapshot(id) => at(by_id(all, id)?.record.end_scn.next()),
        To::Time(moment) => to_time(world, facts, *moment)?,
    };
    let present = facts.redo.path.present().resetlogs;
    match goal.before {
        Some(before) if before <= present && goal.until.needs_resetlogs() => {
            Err(earlier(&before.to_string(), facts.redo.path.present()))
        }
        Some(before) if facts.redo.scn > Scn::default() && before > facts.redo.scn.next() => Err(Fault::new(
            Kind::User,
            "REC-054",
            format!("SCN {before} has not been reached: the database is at {}", facts.redo.scn),
        )
        .hint("--to latest")),
        _ => Ok(goal),
    }
}

/// The present control file leads to the present incarnation only (Error Messages, ORA-19910 and RMAN-20208).
fn earlier(target: &str, present: &Incarnation) -> Fault {
    let text = format!(
        "the target {target} lies before the RESETLOGS at {} ({}), in an earlier incarnation",
        present.resetlogs, present.time
    );
    Fault::new(Kind::User, "REC-053", text)
        .hint("a recovery that is not committed yet can be taken back: ovmirror undo RUN")
        .hint(format!("or take a snapshot from before it: {}", findings::BY_HAND))
}

fn by_id<'a>(all: &'a [Snapshot], id: &str) -> Result<&'a Snapshot, Fault> {
    let mut found = all.iter().filter(|one| one.record.id.as_str().starts_with(id));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Fault::new(Kind::User, "REC-055", format!("there is no snapshot {id} of this database"))
            .hint_command("what there is", "ovmirror list")),
        _ => Err(Fault::new(Kind::User, "REC-056", format!("{id} is the beginning of several snapshots' ids"))
            .hint("give more of the id")),
    }
}

/// UNTIL TIME takes the wall clock of the database's host; a snapshot serves when it ended before that moment.
fn to_time(world: &World, facts: &Facts, moment: DateTime<FixedOffset>) -> Result<Goal, Fault> {
    // UNTIL TIME knows whole seconds.
    let moment = moment.trunc_subsecs(0);
    let wall = gather::wall(world, &facts.site.host, &facts.site.env(), moment.timestamp())?;
    if wall.twice {
        let text = format!("the clock of {} shows {} twice that day (it is put back)", facts.site.host, wall.time);
        return Err(Fault::new(Kind::User, "REC-057", text)
            .hint("UNTIL TIME cannot tell the two apart: give the SCN instead, --to scn=N"));
    }
    let now = DateTime::parse_from_str(&facts.redo.now, "%Y-%m-%d %H:%M:%S%.f %:z");
    if now.is_ok_and(|now| moment > now) {
        return Err(Fault::new(Kind::User, "REC-058", format!("{} has not come yet", moment.to_rfc3339()))
            .hint("--to latest brings back every committed transaction"));
    }
    // `YYYY-MM-DD:HH24:MI:SS` beside V$'s `YYYY-MM-DD HH24:MI:SS`.
    let as_shown = wall.time.replacen(':', " ", 1);
    let present = facts.redo.path.present();
    if as_shown <= present.time {
        return Err(earlier(&as_shown, present));
    }
    let end = chain::end_of_moment(&facts.redo.links, &facts.redo.path, &as_shown);
    Ok(Goal { until: Until::Time(wall.time), below: end, before: end, time: Some(moment) })
}

fn candidate(one: &Snapshot) -> Candidate {
    let identity = &one.layout.surveyed.identity;
    Candidate {
        id: one.record.id.clone(),
        resetlogs: identity.resetlogs_change,
        time: identity.resetlogs_time.clone(),
        end: one.record.end_scn,
        rejected: one.record.state == crate::catalog::SnapshotState::Rejected,
    }
}

fn chosen<'a>(facts: &Facts, all: &'a [Snapshot], to: &To, goal: &Goal) -> Result<&'a Snapshot, Fault> {
    let in_time = |one: &&Snapshot| goal.time.is_none_or(|time| one.record.ended_at < time);
    let fit: Vec<Candidate> = match to {
        To::Snapshot(id) => vec![candidate(by_id(all, id)?)],
        _ => all.iter().filter(in_time).map(candidate).collect(),
    };
    let found = choose(&facts.redo.path, &fit, goal.before).map_err(|fault| match goal.time {
        Some(time) if fit.len() < all.len() => {
            fault.cause(format!("{} snapshots ended behind {}", all.len() - fit.len(), time.to_rfc3339()))
        }
        _ => fault,
    })?;
    all.iter()
        .find(|one| one.record.id == found.id)
        .ok_or_else(|| Fault::new(Kind::Bug, "REC-059", "the chosen snapshot is not in the list"))
}

/// The golden disks hang from the clone that the snapshot's run made, at their slots and under their marks (law 9).
fn golden_is_whole(world: &World, snapshot: &Snapshot) -> Result<(), Fault> {
    let gone = |what: String| {
        Fault::new(
            Kind::User,
            "REC-060",
            format!("snapshot {} is not whole at the manager: {what}", snapshot.record.id),
        )
        .hint("choose another one: --to snapshot=ID")
        .hint(format!("where its tape is ok, restore from there: --from-tape {}", snapshot.record.id))
        .hint_command("what there is", "ovmirror list")
    };
    let clone = ObjectId::new(&snapshot.layout.clone).map_err(|e| gone(e.to_string()))?;
    let disks = world.manager.vm_disks(&clone).map_err(|e| gone(e.fault().to_string()))?;
    for golden in &snapshot.layout.disks {
        let there = disks.iter().find(|disk| disk.slot == golden.slot).and_then(|disk| disk.disk.as_ref());
        if there.is_none_or(|disk| disk.id != golden.id) {
            return Err(gone(format!("its clone does not hold {} at slot {}", golden.id, golden.slot)));
        }
        let shown = world.manager.disk(&golden.id).map_err(|e| gone(e.fault().to_string()))?;
        let mark = Tag::new(&snapshot.record.id, TagKind::Disk, Some(golden.slot.to_string())).to_string();
        if shown.name != mark {
            return Err(gone(format!("disk {} is named {}, not {mark}", golden.id, shown.name)));
        }
    }
    Ok(())
}

/// Options that mount(8) takes; the kernel's list has others (seclabel, attr2 …) that it may refuse.
pub fn options(host: &HostFacts, unit: &Unit) -> String {
    const KNOWN: [&str; 10] =
        ["noatime", "nodiratime", "relatime", "nosuid", "nodev", "noexec", "sync", "dirsync", "nobarrier", "_netdev"];
    let mounted = host.mounts.iter().rfind(|mount: &&Mount| mount.target == unit.target);
    let all = mounted.map(|mount| mount.options.as_slice()).unwrap_or_default();
    let kept = all.iter().filter(|option| KNOWN.contains(&option.as_str())).cloned();
    let log = unit.log_device.iter().map(|device| format!("logdev={device}"));
    std::iter::once("rw".to_owned()).chain(kept).chain(log).collect::<Vec<_>>().join(",")
}

/// Files on these disks that are not the database's.
pub fn others(world: &World, facts: &Facts, units: &[Unit]) -> Result<Vec<String>, Fault> {
    const MOST: u64 = 1000;
    let points: Vec<String> = units.iter().map(|unit| unit.target.clone()).collect();
    let known = |path: &String| facts.db.files.iter().any(|file| file.path == *path);
    let others = gather::other_files(world, &facts.site.host, &points, MOST)?;
    Ok(others.into_iter().filter(|path| !known(path)).collect())
}

/// Files of others on these disks go back in time as well: the reader must know.
fn going_back(world: &World, facts: &Facts, units: &[Unit]) -> Result<Vec<Finding>, Fault> {
    let others = others(world, facts, units)?;
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let points: Vec<&str> = units.iter().map(|unit| unit.target.as_str()).collect();
    Ok(vec![Finding::warn(
        "REC-OTHERS",
        points.join(" "),
        format!("{} files that are not the database's go back in time, too: {}", others.len(), some(&others)),
        "copy what is newer aside first; the old disk keeps it until commit",
    )])
}

/// The first of them.
#[must_use]
pub fn some(paths: &[String]) -> String {
    let shown = paths.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
    shown + &more
}

fn swap_disks(facts: &Facts, snapshot: &Snapshot, slots: &BTreeSet<u32>) -> Result<Vec<SwapDisk>, Fault> {
    let disk = |golden: &crate::flow::snapshot::GoldenDisk| {
        let gone = || Fault::new(Kind::Bug, "REC-061", format!("slot {} holds no disk", golden.slot));
        let there = facts.vm.disks.iter().find(|disk| disk.slot == golden.slot).ok_or_else(gone)?;
        let mapped = facts.mapped.iter().find(|disk| disk.slot == golden.slot).ok_or_else(gone)?;
        Ok(SwapDisk {
            slot: golden.slot,
            live: there.disk.clone().ok_or_else(gone)?,
            live_name: there.name.clone(),
            mapping_name: mapped.mapping.label().to_owned(),
            golden: match &snapshot.tape {
                None => golden.id.clone(),
                Some(tape) => tape.disk(golden.slot)?,
            },
            repository: golden.repository.clone(),
        })
    };
    snapshot.layout.disks.iter().filter(|golden| slots.contains(&golden.slot)).map(disk).collect()
}

/// The configured folder, or one on the first file system of control files or logs that is not swapped.
pub fn kept_folder(database: &Database, db: &DbFacts, host: &HostFacts, units: &[Unit]) -> Result<String, Fault> {
    let swapped = |path: &str| {
        let mount = host.mount_of(path).map(|mount| mount.target.clone());
        mount.is_none_or(|target| units.iter().any(|unit| unit.target == target))
    };
    if let Some(folder) = &database.kept {
        return match swapped(folder) {
            false => Ok(folder.clone()),
            true => Err(Fault::new(Kind::User, "REC-062", format!("kept = {folder} lies on a disk that is swapped"))
                .hint("choose a folder on another disk")),
        };
    }
    let kinds = [FileKind::Control, FileKind::Redo, FileKind::Archive];
    let files = kinds.iter().flat_map(|kind| db.files.iter().filter(move |file| file.kind == *kind));
    let place = files.map(|file| file.path.as_str()).find(|path| !swapped(path));
    let mount = place.and_then(|path| host.mount_of(path)).map(|mount| mount.target.clone());
    mount.map(|target| format!("{}/.ovmirror/kept", target.trim_end_matches('/'))).ok_or_else(|| {
        Fault::new(Kind::User, "REC-063", "there is no disk beside the swapped ones to keep the way back on")
            .hint("set kept = \"/folder\" for the database")
    })
}

/// Control files, then online logs, then the parameter file, under names of their own.
pub fn keep(db: &DbFacts) -> (Vec<KeptFile>, usize, usize) {
    let of = |kind: FileKind, word: &str| {
        let files = db.files.iter().filter(move |file| file.kind == kind && file.path.starts_with('/'));
        let name = |(n, file): (usize, &crate::survey::DbFile)| KeptFile {
            from: file.path.clone(),
            name: format!("{word}{}", n + 1),
        };
        files.enumerate().map(name).collect::<Vec<_>>()
    };
    let (control, redo, parameter) =
        (of(FileKind::Control, "control"), of(FileKind::Redo, "redo"), of(FileKind::Parameter, "spfile"));
    let (control_files, online_logs) = (control.len(), redo.len());
    ([control, redo, parameter].concat(), control_files, online_logs)
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

#[allow(clippy::too_many_arguments, reason = "each is one part of the page")]
fn plan(
    facts: &Facts,
    snapshot: &Snapshot,
    goal: &Goal,
    to: &To,
    params: &RecoverParams,
    chain: crate::recovery::Chain,
    findings: Vec<Finding>,
    usual_ms: Option<u64>,
) -> Plan {
    let mounts = |slot: u32| {
        let here = params.units.iter().filter(|unit| unit.slots.contains(&slot));
        here.map(|unit| unit.target.clone()).collect::<Vec<_>>()
    };
    let disk = |disk: &SwapDisk| plan::Disk {
        slot: disk.slot,
        device: device_of_slot(disk.slot),
        live: disk.live.to_string(),
        live_name: disk.live_name.clone(),
        golden: disk.golden.to_string(),
        mounts: mounts(disk.slot),
    };
    let resetlogs = goal.until.needs_resetlogs();
    Plan {
        database: facts.site.database.to_string(),
        snapshot: plan::Snapshot {
            id: snapshot.record.id.clone(),
            state: snapshot.record.state,
            end_scn: snapshot.record.end_scn,
            ended_at: snapshot.record.ended_at,
        },
        target: plan::Target {
            kind: kind(to),
            below_scn: goal.below.filter(|_| resetlogs),
            time: goal.time.map(|time| time.to_rfc3339()),
            wall_time: match &goal.until {
                Until::Time(time) => Some(time.clone()),
                _ => None,
            },
        },
        part: params.part.as_ref().map(|part| part.what()),
        resetlogs,
        because: if params.part.is_some() {
            "the rest of the database stays open; every change of this part comes back".to_owned()
        } else if resetlogs {
            "the recovery ends before the last change, so a new incarnation begins".to_owned()
        } else {
            "every change comes back; control files and online logs stay".to_owned()
        },
        way: if params.way == Way::Server { "server" } else { "manager" },
        disks: params.disks.iter().map(disk).collect(),
        redo_bytes: chain.bytes(),
        logs: chain.links,
        usual_ms,
        kept: params.kept.clone(),
        tape: snapshot.tape.as_ref().map(tape::Restoring::plan),
        findings,
    }
}

fn kind(to: &To) -> &'static str {
    match to {
        To::Latest => "latest",
        To::Time(_) => "time",
        To::Scn(_) => "scn",
        To::Snapshot(_) => "snapshot",
    }
}

/// The lowest SCN that any snapshot of the list begins with: logs from there on are asked for.
pub fn from(all: &[Snapshot]) -> Scn {
    all.iter().map(|one| one.record.begin_scn).min().unwrap_or_default()
}
