//! What the artifacts say: the record, whether kept logs and control file are whole, and what an offload put on tape.

use super::golden::GoldenCopy;
use crate::{
    catalog::{CatalogChange, SnapshotRecord, SnapshotState, TapeState},
    cli::prepare,
    fault::{Fault, Kind},
    flow::{
        offload::TAPE_FILE,
        rebuild::{Found, Source},
    },
    model::RunId,
    step::{World, files},
};
use std::{fs, io::ErrorKind, path::Path};

/// `record.json`, if it is there.
pub fn read(world: &World, run: &RunId) -> Result<Option<SnapshotRecord>, Fault> {
    let path = world.artifacts_of(run).join("record.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(files::local("read", &path, &error)),
    };
    let record: SnapshotRecord = serde_json::from_str(&text).map_err(|error| {
        Fault::new(Kind::User, "RBD-005", format!("{} is no record", path.display()))
            .cause(error.to_string())
            .hint("restore it from a copy, or move it away to go by the manager alone")
    })?;
    match record.id == *run {
        true => Ok(Some(record)),
        false => Err(Fault::new(Kind::User, "RBD-005", format!("{} is the record of {}", path.display(), record.id))
            .hint("restore the right one from a copy, or move it away to go by the manager alone")),
    }
}

/// The record as it was when the snapshot was made, and what came to it since.
pub fn found(world: &World, copy: &GoldenCopy, mut record: SnapshotRecord) -> Result<Found, Fault> {
    super::must_be_of(copy, &record)?;
    let layout = prepare::layout_of(&record)?;
    let folder = world.artifacts_of(&copy.run);
    let (mut known, mut unknown) = (vec!["record, files, layout".to_owned()], Vec::new());
    let whole = |name: &str, wanted: &files::Moved| files::digest(&folder.join(name)).is_ok_and(|is| is == *wanted);
    let missing = layout.logs.iter().filter(|log| !whole(&format!("logs/{}", log.file), &log.moved)).count();
    match missing {
        0 => known.push(format!("{} kept logs", layout.logs.len())),
        _ => unknown.push(format!("{missing} of {} kept logs are gone or changed", layout.logs.len())),
    }
    match layout.control.as_ref().map(|control| whole("control.ctl", control)) {
        Some(true) => known.push("control file".to_owned()),
        _ => unknown.push("the kept control file is gone or changed".to_owned()),
    }
    // What the record says of these is of the moment when it was written.
    (record.state, record.drilled_at, record.pinned) = (SnapshotState::Unproved, None, false);
    match on_tape(world, &mut record)? {
        true => known.push(format!("on tape, {} pieces", record.tape.pieces)),
        false => unknown.push("whether it is on tape".to_owned()),
    }
    Ok(Found { record, source: Source::Artifacts, known, unknown })
}

/// Takes in what an offload of the same artifacts proved: a tape half is good only behind headers that were seen to be
/// right.
pub fn on_tape(world: &World, record: &mut SnapshotRecord) -> Result<bool, Fault> {
    for path in offloads(&world.artifacts.join(record.database.as_str())) {
        let Ok(text) = fs::read_to_string(path.join(TAPE_FILE)) else { continue };
        let changes: Vec<CatalogChange> = serde_json::from_str(&text).map_err(|error| {
            Fault::new(Kind::User, "RBD-006", format!("{} cannot be read", path.join(TAPE_FILE).display()))
                .cause(error.to_string())
                .hint("restore it from a copy, or move it away to leave out what it says")
        })?;
        changes.into_iter().for_each(|change| take(record, change));
    }
    let good = record.tape.state == TapeState::Ok;
    if good {
        record.state = SnapshotState::Proved;
    }
    Ok(good)
}

/// Folders of runs, oldest first: the last one counts.
fn offloads(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

fn take(record: &mut SnapshotRecord, change: CatalogChange) {
    match change {
        CatalogChange::Pieces { id, pieces } if id == record.id => record.pieces = pieces,
        CatalogChange::TapeState { id, tape } if id == record.id => record.tape = tape,
        _ => {}
    }
}
