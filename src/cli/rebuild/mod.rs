//! What is left of snapshots when the store is lost, and what can be known of each.

mod artifacts;
pub mod control;
mod golden;
mod path;
mod today;

pub use path::mark_left;

use super::resolve::Site;
use crate::{
    catalog::{Owners, SnapshotRecord},
    config::Database,
    driver::ovm::ObjectKind,
    fault::{Fault, Kind, Remedy},
    flow::rebuild::Found,
    model::{DbName, RunId, Tag, TagKind},
    step::World,
};
use golden::GoldenCopy;

/// What became of one that is there.
pub enum Look {
    /// The store has it, or its run has not ended.
    Known(RunId),
    /// It can be recorded.
    Found(Box<Found>),
    /// It cannot, and why.
    Lost(RunId, Box<Fault>),
}

/// What looking needs.
pub struct Place<'a> {
    pub site: &'a Site,
    pub world: &'a World,
    pub name: &'a DbName,
    pub database: &'a Database,
}

/// The snapshots that the manager has of a database, oldest first.
pub fn look(place: &Place<'_>, owners: &Owners) -> Result<Vec<Look>, Fault> {
    let listed = place.world.manager.list(ObjectKind::Vm).map_err(|e| e.fault())?;
    let clone = |name: &str| Tag::in_name(name).filter(|(tag, copy)| tag.kind == TagKind::Clone && !copy);
    let mut clones: Vec<_> = listed
        .into_iter()
        .filter_map(|vm| Some((clone(vm.name.as_deref()?)?.0.run, vm.id)))
        .filter(|(run, _)| run.database() == place.name.as_str())
        .collect();
    clones.sort();
    let mut today = today::Today::default();
    clones.into_iter().map(|(run, id)| Ok(one(place, owners, &mut today, &run, &id))).collect()
}

fn one(
    place: &Place<'_>,
    owners: &Owners,
    today: &mut today::Today,
    run: &RunId,
    clone: &crate::model::ObjectId,
) -> Look {
    // A run that the store knows left half a clone: that is no snapshot.
    if owners.knows(run) {
        return Look::Known(run.clone());
    }
    let found = GoldenCopy::look(place.world, run, clone).and_then(|copy| match artifacts::read(place.world, run)? {
        Some(record) => artifacts::found(place.world, &copy, record),
        None => today.found(place, &copy),
    });
    match found {
        Ok(found) => Look::Found(Box::new(found)),
        Err(fault) => Look::Lost(run.clone(), Box::new(fault)),
    }
}

/// A record of another database would be put in its place.
fn must_be_of(copy: &GoldenCopy, record: &SnapshotRecord) -> Result<(), Fault> {
    let wrong = |what: &str, there: String, here: String| {
        let text = format!("{what} of {} is {there} at the manager and {here} in its record", copy.run);
        Err(Fault::new(Kind::User, "RBD-004", text)
            .hint("the record.json in its artifacts is of another copy: move it away to go by the manager alone"))
    };
    for disk in &record.disks {
        match copy.disks.iter().find(|golden| golden.slot == disk.slot) {
            Some(golden) if golden.id.as_str() == disk.id => {}
            Some(golden) => {
                return wrong(&format!("the disk at slot {}", disk.slot), golden.id.to_string(), disk.id.clone());
            }
            None => return wrong(&format!("the disk at slot {}", disk.slot), "not there".to_owned(), disk.id.clone()),
        }
    }
    let Some(described) = &copy.described else { return Ok(()) };
    let pairs = [
        ("DBID", described.dbid.to_string(), record.dbid.to_string()),
        ("RESETLOGS_CHANGE#", described.resetlogs.to_string(), record.resetlogs_change.to_string()),
        ("SCN at BEGIN", described.begin.to_string(), record.begin_scn.to_string()),
        ("SCN at END", described.end.to_string(), record.end_scn.to_string()),
    ];
    match pairs.into_iter().find(|(_, there, here)| there != here) {
        None => Ok(()),
        Some((what, there, here)) => wrong(what, there, here),
    }
}
