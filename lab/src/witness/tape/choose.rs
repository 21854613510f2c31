//! Which control file and which data files.

use super::{
    Which,
    pieces::{Piece, Tape},
};
use crate::{
    db::control::{self, ControlFile, FileStatus},
    rman::piece::Item,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What is restored.
pub struct Choice {
    /// The handle of the control file.
    pub controlfile: String,
    /// What is in it.
    pub control: ControlFile,
    /// The tag of the data files.
    pub tag: String,
}

impl Choice {
    /// The control file named, or the newest under a handle `…_cf_1`; and the latest complete tag.
    pub fn of(tape: &Tape, which: &Which, empty: &Path) -> Result<Self, String> {
        let handle = controlfile(tape, which)?.handle.clone();
        let path = empty.join("restored.ctl");
        let place = |item: &Item| matches!(item, Item::Controlfile { .. }).then(|| PathBuf::from(&path));
        tape.restore(&handle, place)?;
        let control = control::read(&path).map_err(|error| format!("{handle}: {error}"))?;
        let tag = tag(tape, &control)?;
        Ok(Self { controlfile: handle, control, tag })
    }
}

fn controlfile<'a>(tape: &'a Tape, which: &Which) -> Result<&'a Piece, String> {
    let wanted = |piece: &&Piece| match &which.controlfile {
        Some(handle) => piece.handle == *handle,
        None => piece.handle.ends_with("_cf_1"),
    };
    let holds = |piece: &&Piece| piece.items.iter().any(|held| matches!(held.item, Item::Controlfile { .. }));
    tape.pieces.iter().rfind(|piece| wanted(piece) && holds(piece)).ok_or_else(|| match &which.controlfile {
        Some(handle) => format!("there is no whole piece `{handle}` with a control file on the tape"),
        None => "there is no whole piece `…_cf_1` with a control file on the tape; --control names another".to_owned(),
    })
}

/// The latest complete tag that the control file itself knows as available; else the latest complete one of the tape.
fn tag(tape: &Tape, control: &ControlFile) -> Result<String, String> {
    let mut known: Vec<_> = control
        .pieces
        .iter()
        .filter(|piece| piece.status == 'A' && matches!(piece.backup_type, 'D' | 'I'))
        .map(|piece| (piece.completion_time, piece.recid, piece.tag.clone()))
        .collect();
    known.sort();
    let known = known.into_iter().rev().map(|(.., tag)| tag);
    let on_tape = tape.pieces.iter().rev().map(|piece| piece.header.tag.clone());
    known.chain(on_tape).find(|tag| complete(tape, control, tag)).ok_or_else(|| {
        format!("no tag on the tape has every data file of the control file (it has {})", control.datafiles.len())
    })
}

/// Whether every file that is online is there under this tag, and every piece that the control file knows under it.
fn complete(tape: &Tape, control: &ControlFile, tag: &str) -> bool {
    let there: BTreeSet<u32> = tape.datafiles(tag).map(|(_, file, _)| file).collect();
    let on_tape = |handle: &str| tape.pieces.iter().any(|piece| piece.handle == handle);
    let pieces = control.pieces.iter().filter(|piece| piece.tag == tag && piece.status == 'A');
    let needed = control.datafiles.iter().filter(|file| file.status == FileStatus::Online);
    pieces.map(|piece| piece.handle.as_str()).all(on_tape)
        && needed.map(|file| file.file).all(|file| there.contains(&file))
}
