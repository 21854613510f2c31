//! What lies on a tape.

use crate::{
    db::block::{self, BLOCK_SIZE, Verdict},
    rman::piece::{Frame, Item, PieceError, PieceHeader, PieceReader},
};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufReader, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Every whole piece of one database.
pub struct Tape {
    folder: PathBuf,
    pub pieces: Vec<Piece>,
}

/// A piece as it was found.
pub struct Piece {
    pub handle: String,
    pub header: PieceHeader,
    pub items: Vec<Held>,
}

/// A file in a piece.
pub struct Held {
    pub item: Item,
    /// Blocks of a data file.
    pub blocks: u64,
    /// Those that are not whole, by their own bytes or by what the piece says of them.
    pub broken: u64,
}

impl Tape {
    /// Reads every file of the folder. Files that are no pieces, and half ones, are left aside: killed sessions leave such.
    pub fn scan(folder: &Path, database: &str) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut pieces = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let handle = entry.file_name().to_string_lossy().into_owned();
            if !entry.path().is_file() {
                continue;
            }
            match read(&entry.path(), handle, database) {
                Ok(piece) => pieces.extend(piece),
                Err(PieceError::NotAPiece | PieceError::Corrupt(_)) => {}
                Err(PieceError::Io(error)) => return Err(failed(error)),
            }
        }
        if pieces.is_empty() {
            return Err(format!("{}: there is no whole backup piece of {database}", folder.display()));
        }
        pieces.sort_by_key(|piece| (piece.header.started, piece.header.set_stamp, piece.header.set_count));
        Ok(Self { folder: folder.to_owned(), pieces })
    }

    /// The data files of a tag: handle, file number, content. The newest set comes last.
    pub fn datafiles<'a>(&'a self, tag: &'a str) -> impl Iterator<Item = (&'a str, u32, &'a Held)> {
        let tagged = self.pieces.iter().filter(move |piece| piece.header.tag == tag);
        tagged.flat_map(|piece| {
            piece.items.iter().filter_map(|held| match &held.item {
                Item::Datafile { header, .. } => Some((piece.handle.as_str(), header.file, held)),
                _ => None,
            })
        })
    }

    /// Writes the items of a piece that `to` gives a place.
    pub fn restore(&self, handle: &str, to: impl Fn(&Item) -> Option<PathBuf>) -> Result<(), String> {
        let failed = |error: PieceError| format!("{handle}: {error}");
        let mut reader = open(&self.folder.join(handle)).map_err(failed)?;
        let mut target: Option<File> = None;
        while let Some(frame) = reader.next_frame().map_err(failed)? {
            let written = match frame {
                Frame::Item(item) => {
                    target = to(&item).map(File::create_new).transpose().map_err(|e| failed(e.into()))?;
                    Ok(())
                }
                Frame::Block { block, bytes, .. } => {
                    let at = u64::from(block) * BLOCK_SIZE as u64;
                    target.as_ref().map_or(Ok(()), |file| file.write_all_at(&bytes, at))
                }
                Frame::Data(bytes) => target.as_mut().map_or(Ok(()), |file| file.write_all(&bytes)),
                Frame::End(_) => Ok(()),
            };
            written.map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<PieceReader, PieceError> {
    PieceReader::open(Box::new(BufReader::with_capacity(1 << 18, File::open(path)?)))
}

/// A piece of this database, read to its end.
fn read(path: &Path, handle: String, database: &str) -> Result<Option<Piece>, PieceError> {
    let mut reader = open(path)?;
    if !reader.header.db_name.eq_ignore_ascii_case(database) {
        return Ok(None);
    }
    let mut items: Vec<Held> = Vec::new();
    let mut broken = BTreeSet::new();
    while let Some(frame) = reader.next_frame()? {
        match frame {
            Frame::Item(item) => items.push(Held { item, blocks: 0, broken: 0 }),
            Frame::Block { file, block, bytes } => {
                items.iter_mut().last().into_iter().for_each(|held| held.blocks += 1);
                if block::verify(&bytes, file, block) != Verdict::Good {
                    broken.insert(block);
                }
            }
            Frame::Data(_) => {}
            Frame::End(end) => {
                broken.extend(end.corrupt.iter().map(|(block, _)| *block));
                let count = std::mem::take(&mut broken).len() as u64;
                items.iter_mut().last().into_iter().for_each(|held| held.broken = count);
            }
        }
    }
    Ok(Some(Piece { handle, header: reader.header.clone(), items }))
}
