//! A part of the database that is recovered for itself: only where its disks are its own, and complete recovery only.

use super::facts::{Facts, Snapshot};
use crate::{
    fault::{Fault, Kind},
    flow::recover::Part,
    port::Rows,
    recovery::To,
    step::{World, production::State, sql as ask},
    survey::{DataFile, Unit},
    text::sql,
};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// `--tablespace`
    Tablespace(String),
    /// `--datafile`
    Datafile(u32),
    /// `--pdb`
    Pdb(String),
}

impl Wish {
    fn what(&self) -> String {
        match self {
            Self::Tablespace(name) => format!("tablespace {name}"),
            Self::Datafile(number) => format!("datafile {number}"),
            Self::Pdb(name) => format!("pluggable database {name}"),
        }
    }
}

/// The part, or why it cannot be recovered for itself.
pub fn part(world: &World, facts: &Facts, snapshot: &Snapshot, wish: &Wish, to: &To) -> Result<Part, Fault> {
    if *to != To::Latest {
        return Err(refused(
            "a part of a database cannot go to a point in time: the rest would be ahead of it (ORA-00274)",
        )
        .hint("--to latest, or recover the whole database"));
    }
    if facts.was != State::Open {
        return Err(refused("the database is not open").hint("leave the part out: the whole database is recovered"));
    }
    let container = container(world, facts, wish)?;
    let files: Vec<&DataFile> = facts.db.datafiles.iter().filter(|file| belongs(file, wish, container)).collect();
    let closed = matches!(wish, Wish::Pdb(_)) && is_closed(facts, container)?;
    let part = Part {
        closed,
        tablespace: if let Wish::Tablespace(name) = wish { Some(name.to_uppercase()) } else { None },
        pdb: if let Wish::Pdb(name) = wish { Some(name.to_uppercase()) } else { None },
        files: files.iter().filter_map(|file| u32::try_from(file.number).ok()).collect(),
    };
    if let Some(file) = files.iter().find(|file| file.status == "OFFLINE") {
        return Err(refused(&format!("{} was taken offline by a checkpoint: its header shows nothing", file.name))
            .hint(format!(
                "bring {} online first; where its file is lost, recover the whole database",
                file.tablespace
            )));
    }
    if files.is_empty() {
        return Err(refused(&format!("{} has no {}", facts.site.database, wish.what()))
            .hint("V$TABLESPACE, V$DATAFILE and V$PDBS show what there is"));
    }
    files.iter().try_for_each(|file| may_go_offline(facts, snapshot, file, wish))?;
    Ok(part)
}

fn refused(why: &str) -> Fault {
    Fault::new(Kind::User, "REC-081", why)
}

fn belongs(file: &DataFile, wish: &Wish, container: Option<u64>) -> bool {
    match wish {
        Wish::Tablespace(name) => file.tablespace.eq_ignore_ascii_case(name),
        Wish::Datafile(number) => file.number == u64::from(*number),
        Wish::Pdb(_) => Some(file.con_id) == container,
    }
}

fn container(world: &World, facts: &Facts, wish: &Wish) -> Result<Option<u64>, Fault> {
    let Wish::Pdb(name) = wish else { return Ok(None) };
    let rows = ask::ask(world, &ask::production(&facts.site), &[sql::DATABASE_PDBS.at(facts.release, &[])?])?;
    let mut named = rows.iter().flat_map(Rows::iter);
    let row = named.find(|row| row.get("NAME").ok().flatten().is_some_and(|shown| shown.eq_ignore_ascii_case(name)));
    row.map(|row| row.number("CON_ID")).transpose()
}

/// Closed before, it stays closed. Open but not for writing, it would hold its disk.
fn is_closed(facts: &Facts, container: Option<u64>) -> Result<bool, Fault> {
    let mode = facts.db.closed_containers.iter().find(|(con, _)| Some(*con) == container);
    match mode.map(|(_, mode)| mode.as_str()) {
        None => Ok(false),
        Some("MOUNTED") => Ok(true),
        Some(mode) => Err(refused(&format!("it is open {mode}"))
            .hint("close it first: ALTER PLUGGABLE DATABASE name CLOSE IMMEDIATE; it stays closed then")),
    }
}

/// SYSTEM and the active undo cannot go offline while the database is open (Error Messages: ORA-01541, ORA-01548).
fn may_go_offline(facts: &Facts, snapshot: &Snapshot, file: &DataFile, wish: &Wish) -> Result<(), Fault> {
    let whole = || format!("ovmirror recover {} --to latest", facts.site.database);
    if matches!(wish, Wish::Pdb(_)) {
        return Ok(());
    }
    let undo = facts.db.parameter("undo_tablespace").is_some_and(|undo| undo.eq_ignore_ascii_case(&file.tablespace));
    if file.status == "SYSTEM" || undo {
        let text = format!("{} belongs to {}, which cannot go offline", file.name, file.tablespace);
        return Err(refused(&text).hint_command("recover the whole database, which goes down for it", whole()));
    }
    let then = &snapshot.layout.surveyed.datafiles;
    if !then.iter().any(|old| old.number == file.number && old.creation_change == file.creation_change) {
        let text = format!("{} was added since the snapshot {}", file.name, snapshot.record.id);
        return Err(refused(&text).hint_command("recover the whole database, which makes it again", whole()));
    }
    Ok(())
}

/// The file systems that go back: all of the snapshot, or those of the part. A file of others on them forbids it.
pub fn units(facts: &Facts, snapshot: &Snapshot, part: Option<&Part>) -> Result<Vec<Unit>, Fault> {
    let all = snapshot.layout.surveyed.layout.data_units().cloned();
    let Some(part) = part else { return Ok(all.collect()) };
    let is_ours = |file: &DataFile| part.files.iter().any(|one| u64::from(*one) == file.number);
    let place = |file: &DataFile| facts.host.mount_of(&file.name).map(|mount| mount.target.clone());
    let ours: Vec<Option<String>> = facts.db.datafiles.iter().filter(|file| is_ours(file)).map(place).collect();
    let units: Vec<Unit> = all.filter(|unit| ours.contains(&Some(unit.target.clone()))).collect();
    let on_them = |file: &&DataFile| {
        let here = place(file);
        units.iter().any(|unit| Some(&unit.target) == here.as_ref() || shares_a_disk(facts, unit, here.as_deref()))
    };
    match facts.db.datafiles.iter().filter(|file| !is_ours(file)).find(on_them) {
        None => Ok(units),
        Some(other) => {
            let text = format!("{} shares the disk with {}", other.name, part.what());
            let whole = format!("ovmirror recover {} --to latest", facts.site.database);
            Err(refused(&text)
                .hint("a part is recovered for itself only where its disks are its own: move it to one")
                .hint_command("or recover the whole database", whole))
        }
    }
}

fn shares_a_disk(facts: &Facts, unit: &Unit, target: Option<&str>) -> bool {
    let other = facts.layout.units.iter().find(|other| Some(other.target.as_str()) == target);
    other.is_some_and(|other| !other.slots.is_disjoint(&unit.slots))
}
