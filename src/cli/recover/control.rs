//! `--controlfile snapshot`: which snapshot's, whether it is what was kept, where it goes, and what cannot be known.

use super::{
    facts::{Facts, Snapshot},
    goal::by_id,
    lost::control_places,
};
use crate::{
    catalog::SnapshotState,
    fault::{Fault, Kind},
    flow::recover::SnapshotControl,
    model::Scn,
    recovery::{Chain, Incarnation, Link, Path, Place, To},
    step::{World, files, gather},
    survey::{DbFacts, FileKind, Finding},
};

/// The snapshot whose record stands for lost control files: the one that is asked for, else the newest.
pub fn base<'a>(all: &'a [Snapshot], to: &To) -> Result<&'a Snapshot, Fault> {
    if let To::Snapshot(id) = to {
        return by_id(all, id);
    }
    // One of a branch that was left leads to nothing that came behind.
    let good = all.iter().filter(|one| !matches!(one.record.state, SnapshotState::Rejected | SnapshotState::Orphan));
    good.max_by_key(|one| one.record.ended_at).ok_or_else(|| {
        Fault::new(Kind::User, "REC-010", "no snapshot serves this target")
            .cause("there is no snapshot of this database whose control file could be taken")
            .hint("restore a control file with RMAN: RESTORE CONTROLFILE FROM AUTOBACKUP")
    })
}

/// A control file leads along the incarnation of its own time and no further: with it only that one counts.
pub fn narrow(world: &World, facts: &mut Facts, all: &[Snapshot], to: &To) -> Result<(), Fault> {
    on_disk(world, facts)?;
    let path = &facts.redo.path;
    let position = match to {
        To::Latest if facts.lost => return Ok(()),
        To::Latest => return Err(serves(facts)),
        To::Snapshot(id) => {
            let identity = &by_id(all, id)?.layout.surveyed.identity;
            let at = path.position(identity.resetlogs_change, &identity.resetlogs_time);
            if at.is_none() {
                // How far the present branch has come says nothing of another one.
                facts.redo.scn = Scn::default();
                facts.redo.path = Path::alone(Incarnation {
                    number: 1,
                    prior: 0,
                    resetlogs: identity.resetlogs_change,
                    time: identity.resetlogs_time.clone(),
                    current: true,
                });
            }
            at
        }
        To::Scn(below) => Some(path.holding(*below).ok_or_else(|| before_all(&below.to_string()))?),
        To::Time(moment) => {
            let wall = gather::wall(world, &facts.site.host, &facts.site.env(), moment.timestamp())?;
            let at = path.at(&wall.time.replacen(':', " ", 1));
            Some(at.ok_or_else(|| before_all(&moment.to_rfc3339()))?)
        }
    };
    let path = &facts.redo.path;
    if position.is_some_and(|at| path.end(at).is_some()) {
        facts.redo.scn = Scn::default();
    }
    let path = &facts.redo.path;
    let Some(one) = position.and_then(|at| path.get(at)).cloned() else { return Ok(()) };
    (facts.branch_end, facts.redo.path) = (position.and_then(|at| path.end(at)), Path::alone(one));
    Ok(())
}

fn before_all(target: &str) -> Fault {
    let text = format!(
        "no snapshot serves this target: {target} lies before the first incarnation that the control file knows"
    );
    Fault::new(Kind::User, "REC-010", text).hint_command("what there is", "ovmirror list")
}

/// An instance that is up may have lost them without noticing yet.
fn on_disk(world: &World, facts: &Facts) -> Result<(), Fault> {
    if facts.lost {
        return Ok(());
    }
    let places = places(facts);
    let found = gather::places(world, &facts.site.host, &places)?;
    match places.iter().zip(&found).find(|(_, there)| there.is_none()) {
        None => Ok(()),
        Some((gone, _)) => {
            let text = format!("the control file {gone} is gone, and {} is up", facts.site.database);
            Err(Fault::new(Kind::User, "REC-092", text)
                .hint("bring it down by SHUTDOWN ABORT, copy a control file that is left to the place of each that is gone, and STARTUP")
                .hint("if none is left: SHUTDOWN ABORT, then this command again")
                .on(&facts.site.host))
        }
    }
}

fn serves(facts: &Facts) -> Fault {
    let text =
        format!("the control files of {} are good and serve --to latest, without RESETLOGS", facts.site.database);
    Fault::new(Kind::User, "REC-092", text).hint("leave --controlfile snapshot out")
}

/// Logs that lie in the archive destination and that the present control file does not list: it may have come from a
/// snapshot itself.
pub fn unlisted(world: &World, facts: &Facts, snapshot: &Snapshot, listed: &[Link]) -> Result<Vec<Link>, Fault> {
    let (host, folder) = (&facts.site.host, super::logs::archive_folder(facts)?);
    if facts.lost {
        return Ok(Vec::new());
    }
    let found = match super::lost::on_disk(world, host, snapshot, (&facts.db.parameters, &folder)) {
        // Then what it lists must do.
        Err(fault) if fault.code == "REC-094" => Vec::new(),
        found => found?,
    };
    Ok(found.into_iter().filter(|link| !listed.iter().any(|one| one.place == link.place)).collect())
}

/// What the run is told.
pub fn taken(world: &World, facts: &Facts, snapshot: &Snapshot, chain: &Chain) -> Result<SnapshotControl, Fault> {
    let copy = snapshot.layout.control.clone().ok_or_else(|| {
        Fault::new(Kind::User, "REC-090", format!("snapshot {} has no kept control file", snapshot.record.id))
            .hint("choose a newer one: --to snapshot=ID")
    })?;
    let kept = world.artifacts_of(&snapshot.record.id).join("control.ctl");
    if files::digest(&kept)? != copy {
        return Err(crate::flow::recover::not_what_was_kept(&snapshot.record.id));
    }
    let places = places(facts);
    if places.is_empty() {
        return Err(Fault::new(Kind::User, "REC-099", "CONTROL_FILES names no file on disk")
            .hint("set control_files in the parameter file, then try again")
            .on(&facts.site.host));
    }
    let archived = |link: &Link| match &link.place {
        Place::Archived(path) => Some((link.sequence, path.clone())),
        _ => None,
    };
    Ok(SnapshotControl {
        copy,
        places,
        lost: facts.lost,
        archive: super::logs::archive_folder(facts)?,
        members: of_kind(facts, FileKind::Redo),
        archived: chain.links.iter().filter_map(archived).collect(),
    })
}

fn places(facts: &Facts) -> Vec<String> {
    match facts.lost {
        true => control_places(&facts.db.parameters),
        false => of_kind(facts, FileKind::Control),
    }
}

/// The files of which a way back can be kept: lost control files cannot.
pub fn there(world: &World, facts: &Facts) -> Result<DbFacts, Fault> {
    let mut db = facts.db.clone();
    if facts.lost {
        let places = control_places(&db.parameters);
        let found = gather::places(world, &facts.site.host, &places)?;
        let gone: Vec<&String> =
            places.iter().zip(&found).filter(|(_, there)| there.is_none()).map(|(path, _)| path).collect();
        db.files.retain(|file| file.kind != FileKind::Control || !gone.contains(&&file.path));
    }
    Ok(db)
}

fn of_kind(facts: &Facts, kind: FileKind) -> Vec<String> {
    facts.db.files.iter().filter(|file| file.kind == kind).map(|file| file.path.clone()).collect()
}

/// What cannot be proved without a control file is said, and what is in doubt.
pub fn findings(world: &World, facts: &Facts, snapshot: &Snapshot) -> Result<Vec<Finding>, Fault> {
    let mut found = read_only(snapshot);
    if !facts.lost {
        return Ok(found);
    }
    let name = facts.site.database.as_str();
    found.push(Finding::warn(
        "REC-UNSEEN",
        name,
        "without a control file it is not known which files were added, dropped or changed without redo since the \
         snapshot, nor whether a RESETLOGS that left no log here came after it",
        "redo brings added files back under their names; compare the list of files afterwards",
    ));
    let members = of_kind(facts, FileKind::Redo);
    let gone = snapshot.layout.redo.iter().filter(|path| !members.contains(path));
    found.extend(gone.map(|path| {
        let text = "this file of online redo is not there, or its header says nothing: what only it held is lost";
        Finding::warn("REC-MEMBER", path, text, "")
    }));
    let places = control_places(&facts.db.parameters);
    for (path, there) in places.iter().zip(gather::places(world, &facts.site.host, &places)?) {
        if there.is_some() {
            let text = "a control file is there: if it is whole, no other is needed and nothing is lost";
            let remedy = "copy it over the other places of CONTROL_FILES, STARTUP MOUNT, and leave --controlfile out";
            found.push(Finding::warn("REC-SURVIVOR", path, text, remedy));
        }
    }
    Ok(found)
}

/// A backup control file recovers no read-only file (Error Messages, ORA-01233).
fn read_only(snapshot: &Snapshot) -> Vec<Finding> {
    let files =
        snapshot.layout.surveyed.datafiles.iter().filter(|file| file.is_online() && file.enabled == "READ ONLY");
    let found = files.map(|file| {
        let text = "is read only: recovery leaves it out, and it comes online behind OPEN";
        let remedy = "where it was made read write since, restore it and recover it with a newer control file instead";
        Finding::warn("REC-READ-ONLY", &file.name, text, remedy)
    });
    found.collect()
}

/// Where headers alone tell how logs follow each other, their sequences must.
pub fn unbroken(facts: &Facts, chain: &Chain) -> Result<(), Fault> {
    match chain.broken().filter(|_| facts.lost) {
        None => Ok(()),
        Some((one, next)) => {
            let text = format!("sequence {} follows {}: a RESETLOGS lies between", next.sequence, one.sequence);
            Err(Fault::new(Kind::User, "REC-097", text)
                .cause("the snapshot's control file leads along its own incarnation only")
                .hint(format!("recover to the end of that one: --to scn={}", next.first))
                .hint("or restore a newer control file with RMAN: RESTORE CONTROLFILE FROM AUTOBACKUP"))
        }
    }
}
