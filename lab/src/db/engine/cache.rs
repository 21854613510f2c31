//! The buffer cache: blocks in memory, dirty ones with the place in the redo where their first change lies.

use crate::db::{
    block::{self, BLOCK_SIZE, Block, Verdict},
    errors::{self, Ora},
    redo::{Record, Redo},
    rows,
};
use std::{collections::HashMap, fs::File, os::unix::fs::FileExt, path::Path};

/// File and block number.
pub(crate) type Place = (u32, u32);
/// Log sequence and byte.
pub(crate) type Position = (u32, u64);

/// A block in memory.
#[derive(Debug)]
pub(crate) struct Buffer {
    pub bytes: Block,
    /// Changed and not yet written since this place in the redo.
    pub dirty: Option<Position>,
    /// What was read is no whole block; only an image from the redo makes it good.
    damaged: bool,
}

/// An open data file with what is needed to speak about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub number: u32,
    pub handle: &'a File,
    pub path: &'a Path,
}

/// Blocks by place.
#[derive(Debug, Default)]
pub(crate) struct Cache(HashMap<Place, Buffer>);

impl Cache {
    /// The buffer of a block, read if need be.
    pub fn get(&mut self, source: Source<'_>, block: u32) -> Ora<&mut Buffer> {
        let place = (source.number, block);
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.0.entry(place) {
            vacant.insert(read(source, block)?);
        }
        self.0.get_mut(&place).ok_or_else(|| corrupted(source, block))
    }

    /// The same, but ORA-01578 for a damaged block.
    pub fn good(&mut self, source: Source<'_>, block: u32) -> Ora<&mut Buffer> {
        let buffer = self.get(source, block)?;
        if buffer.damaged { Err(corrupted(source, block)) } else { Ok(buffer) }
    }

    /// Applies a change or an image, unless the block has it already.
    pub fn apply(&mut self, source: Source<'_>, record: &Record, position: Position) -> Ora<()> {
        match &record.redo {
            Redo::Change { block, sequence, slot, row, .. } => {
                let buffer = self.good(source, *block)?;
                buffer.change((record.scn, *sequence), (*slot, row), position);
            }
            Redo::Image { block, bytes, .. } => self.get(source, *block)?.image(bytes, position),
            Redo::Commit | Redo::Event(_) => {}
        }
        Ok(())
    }

    /// Every dirty block.
    pub fn dirty(&self) -> Vec<Place> {
        let mut places: Vec<_> = self.0.iter().filter(|(_, b)| b.dirty.is_some()).map(|(place, _)| *place).collect();
        places.sort_unstable();
        places
    }

    /// The earliest place in the redo that a dirty block still needs.
    pub fn oldest(&self) -> Option<Position> {
        self.0.values().filter_map(|buffer| buffer.dirty).min()
    }

    /// The bytes to write, if the block is there.
    pub fn bytes(&self, place: Place) -> Option<&Block> {
        self.0.get(&place).map(|buffer| &buffer.bytes)
    }

    /// The block is on disk.
    pub fn cleaned(&mut self, place: Place) {
        if let Some(buffer) = self.0.get_mut(&place) {
            buffer.dirty = None;
        }
    }

    /// Forgets a file's blocks, dirty ones too.
    pub fn forget(&mut self, file: u32) {
        self.0.retain(|place, _| place.0 != file);
    }

    /// Forgets clean blocks when there are too many.
    pub fn shrink(&mut self, most: usize) {
        if self.0.len() > most {
            self.0.retain(|_, buffer| buffer.dirty.is_some());
        }
    }
}

impl Buffer {
    fn change(&mut self, stamp: (u64, u8), (slot, row): (u16, &rows::Slot), position: Position) {
        if (block::scn(&self.bytes[..]), block::sequence(&self.bytes[..])) >= stamp {
            return;
        }
        rows::put(&mut self.bytes, slot, row);
        block::seal(&mut self.bytes, stamp.0, stamp.1);
        self.dirty.get_or_insert(position);
    }

    fn image(&mut self, bytes: &Block, position: Position) {
        let stamp = |bytes: &Block| (block::scn(&bytes[..]), block::sequence(&bytes[..]));
        if self.damaged || stamp(&self.bytes) < stamp(bytes) {
            self.bytes.clone_from(bytes);
            self.damaged = false;
            self.dirty.get_or_insert(position);
        }
    }
}

fn read(source: Source<'_>, number: u32) -> Ora<Buffer> {
    let mut bytes: Block = Box::new([0; BLOCK_SIZE]);
    source.handle.read_exact_at(&mut bytes[..], u64::from(number) * BLOCK_SIZE as u64).map_err(|error| {
        let (code, text) = errors::data_file(source.number, source.path);
        let (below, words) = errors::system(&error);
        errors::over(
            1115,
            format!("IO error reading block from file (block # {number})"),
            crate::db::api::OraError::new(code, text).and(below, words),
        )
    })?;
    let damaged = block::verify(&bytes[..], source.number, number) != Verdict::Good;
    Ok(Buffer { bytes, dirty: None, damaged })
}

/// ORA-01578 with the file's name.
pub(crate) fn corrupted(source: Source<'_>, number: u32) -> crate::db::api::OraError {
    let text = format!("ORACLE data block corrupted (file # {}, block # {number})", source.number);
    errors::about_file(1578, text, source.number, source.path)
}
