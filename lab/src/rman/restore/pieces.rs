//! What is taken out of one piece.

use crate::{
    db::block::BLOCK_SIZE,
    rman::{
        piece::{Frame, Item, ItemEnd, PieceError, PieceHeader, PieceReader},
        sbt::Media,
        stack::Failure,
    },
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// What to take.
#[derive(Debug)]
pub enum Wanted<'a> {
    /// Only the piece's header is read.
    Header,
    /// Everything is read, nothing is kept.
    Nothing,
    /// Data files by number, to these names.
    Files(&'a BTreeMap<u32, PathBuf>),
    /// Archived logs by sequence, into a folder.
    Logs(&'a [u32], &'a Path),
    /// The control file, to these names.
    Controlfile(&'a [PathBuf]),
    /// Everything: data files, logs and control files under their last name in a folder.
    All(&'a Path),
}

/// What was put where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What it is.
    pub item: Item,
    /// The first place.
    pub path: PathBuf,
    /// What the piece counted while it was written.
    pub end: ItemEnd,
}

enum Open {
    None,
    Blocks(File),
    Bytes(Vec<File>),
}

/// Reads a piece. ORA-19870 on top of: ORA-19608 for what is no piece, ORA-19599 for a damaged one, the media's own refusals.
pub fn restore_piece(
    media: &dyn Media,
    handle: &str,
    wanted: &Wanted<'_>,
) -> Result<(PieceHeader, Vec<Placed>), Failure> {
    let on_top = |failure: Failure| failure.under(format!("ORA-19870: error while restoring backup piece {handle}"));
    let source = media.open(handle).map_err(on_top)?;
    let mut reader = PieceReader::open(source).map_err(|error| on_top(spoken(&error, handle)))?;
    if matches!(wanted, Wanted::Header) {
        return Ok((reader.header, Vec::new()));
    }
    let mut placed = Vec::new();
    let mut open = Open::None;
    let mut path = PathBuf::new();
    let mut item = None;
    while let Some(frame) = reader.next_frame().map_err(|error| on_top(spoken(&error, handle)))? {
        match frame {
            Frame::Item(found) => {
                (path, open) = place(&found, wanted).map_err(on_top)?;
                item = Some(found);
            }
            Frame::Block { block, bytes, .. } => {
                put(&open, block, &bytes).map_err(|error| on_top(full(&path, &error)))?
            }
            Frame::Data(bytes) => append(&mut open, &bytes).map_err(|error| on_top(full(&path, &error)))?,
            Frame::End(end) => {
                if let (Some(item), false) = (item.take(), matches!(open, Open::None)) {
                    placed.push(Placed { item, path: path.clone(), end });
                }
                open = Open::None;
            }
        }
    }
    Ok((reader.header, placed))
}

fn spoken(error: &PieceError, handle: &str) -> Failure {
    match error {
        PieceError::NotAPiece => Failure::ora(19608, format!("{handle} is not a backup piece")),
        PieceError::Corrupt(number) => {
            Failure::ora(19599, format!("block number {number} is corrupt in backup piece {handle}"))
        }
        PieceError::Io(error) => Failure::ora(19501, format!("read error on file \"{handle}\""))
            .and(19511, "non RMAN, but media manager or vendor specific failure, error text:")
            .text(format!("   {error}")),
    }
}

fn full(path: &Path, error: &std::io::Error) -> Failure {
    Failure::ora(19502, format!("write error on file \"{}\"", path.display()))
        .and(27072, format!("File I/O error: {error}"))
}

fn place(item: &Item, wanted: &Wanted<'_>) -> Result<(PathBuf, Open), Failure> {
    let blocks = |path: &PathBuf| Ok((path.clone(), Open::Blocks(made(path)?)));
    let bytes = |path: PathBuf| Ok((path.clone(), Open::Bytes(vec![made(&path)?])));
    let nothing = Ok((PathBuf::new(), Open::None));
    match (item, wanted) {
        (Item::Datafile { header, .. }, Wanted::Files(places)) => places.get(&header.file).map_or(nothing, blocks),
        (Item::Datafile { name, header }, Wanted::All(folder)) => {
            blocks(&folder.join(format!("{:05}_{}", header.file, last(name))))
        }
        (Item::Log { name, sequence, .. }, Wanted::Logs(sequences, folder)) if sequences.contains(sequence) => {
            bytes(folder.join(last(name)))
        }
        (Item::Log { name, .. } | Item::Controlfile { name }, Wanted::All(folder)) => bytes(folder.join(last(name))),
        (Item::Controlfile { .. }, Wanted::Controlfile(paths)) => {
            let files = paths.iter().map(|path| made(path)).collect::<Result<Vec<_>, _>>()?;
            Ok((paths.first().cloned().unwrap_or_default(), Open::Bytes(files)))
        }
        _ => nothing,
    }
}

fn last(name: &Path) -> String {
    name.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// ORA-19504 with ORA-27040.
fn made(path: &Path) -> Result<File, Failure> {
    let make = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::OpenOptions::new().create(true).truncate(true).write(true).open(path)
    };
    make().map_err(|error| {
        Failure::ora(19504, format!("failed to create file \"{}\"", path.display()))
            .and(27040, "file create error, unable to create file")
            .text(format!("Linux-x86_64 Error: {}: {error}", error.raw_os_error().unwrap_or(0)))
    })
}

fn put(open: &Open, block: u32, bytes: &[u8]) -> std::io::Result<()> {
    match open {
        Open::Blocks(file) => file.write_all_at(bytes, u64::from(block) * BLOCK_SIZE as u64),
        _ => Ok(()),
    }
}

fn append(open: &mut Open, bytes: &[u8]) -> std::io::Result<()> {
    match open {
        Open::Bytes(files) => files.iter_mut().try_for_each(|file| file.write_all(bytes)),
        _ => Ok(()),
    }
}
