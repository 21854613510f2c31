//! Writing blocks in the background. A block goes out in two halves, as a copy of the disk may see it; writes can be held
//! between them, so that a copy taken then has fractured blocks for certain.

use super::{
    Database,
    cache::Place,
    checkpoint::write_failed,
    database::{Live, LiveFile},
    inflight,
};
use crate::db::{
    block::{BLOCK_SIZE, Block},
    errors::Ora,
    redo::{Record, Redo},
    rows,
};
use rand::seq::SliceRandom;
use std::{io, os::unix::fs::FileExt, time::Instant};

const HALF: usize = BLOCK_SIZE / 2;
/// Blocks written per tick.
const BATCH: usize = 6;
/// Most writes held at once.
const MOST_HELD: usize = 16;
/// Ticks between two incremental checkpoints.
const INCREMENTAL: u64 = 40;
/// Clean blocks are forgotten beyond this.
const CACHED: usize = 8192;

fn halves(file: &LiveFile, block: u32, bytes: &Block, second: bool) -> io::Result<()> {
    let at = u64::from(block) * BLOCK_SIZE as u64;
    file.handle.write_all_at(&bytes[..HALF], at)?;
    if second { file.handle.write_all_at(&bytes[HALF..], at + HALF as u64) } else { Ok(()) }
}

impl Live {
    /// Writes a block as a whole.
    fn write_block(&mut self, place: Place) -> Ora<()> {
        if let (Some(file), Some(bytes)) = (self.files.get(&place.0), self.cache.bytes(place)) {
            halves(file, place.1, bytes, true).map_err(|error| write_failed(file, place.1, &error))?;
            self.cache.cleaned(place);
        }
        if self.held.remove(&place).is_some() {
            self.note_held();
        }
        Ok(())
    }

    /// Leaves word of the writes under way for the case that the process is killed.
    fn note_held(&self) {
        let under_way = self
            .held
            .iter()
            .filter_map(|(place, bytes)| Some((self.files.get(&place.0)?.path.as_path(), place.1, bytes)));
        inflight::note(&self.dbs, &self.sid, under_way);
    }

    /// Writes only the first half; the block stays dirty.
    fn write_half(&mut self, place: Place) -> Ora<()> {
        if let Some(bytes) = self.cache.bytes(place).cloned() {
            self.held.insert(place, bytes);
            self.note_held();
        }
        if let (Some(file), Some(bytes)) = (self.files.get(&place.0), self.cache.bytes(place)) {
            halves(file, place.1, bytes, false).map_err(|error| write_failed(file, place.1, &error))?;
        }
        Ok(())
    }

    /// Writes the second halves that are held.
    pub fn release(&mut self) -> Ora<()> {
        for place in self.held.keys().copied().collect::<Vec<_>>() {
            self.write_block(place)?;
        }
        Ok(())
    }
}

impl Database {
    /// Writes all dirty blocks and waits for the disk.
    pub fn write_buffers(&mut self) -> Ora<()> {
        let live = self.live()?;
        live.release()?;
        for place in live.cache.dirty() {
            live.write_block(place)?;
        }
        self.sync_files()
    }

    /// Waits until the data files are on disk.
    pub fn sync_files(&mut self) -> Ora<()> {
        for file in self.live()?.files.values() {
            file.handle.sync_data().map_err(|error| write_failed(file, 1, &error))?;
        }
        Ok(())
    }

    /// One round of background work. Errors stay where they are: the work is tried again, and whoever waits for it gets them.
    pub fn tick(&mut self) {
        if self.live.is_none() {
            return;
        }
        self.ticks += 1;
        self.lingering.retain(|(until, _)| until.is_none_or(|until| Instant::now() < until));
        self.note_scn_time();
        let _ = self.write_some();
        let _ = self.archive_one();
        if self.ticks.is_multiple_of(INCREMENTAL) {
            let _ = self.incremental_checkpoint();
        }
        let _ = self.keep_held();
    }

    fn write_some(&mut self) -> Ora<()> {
        let Some(live) = &mut self.live else { return Ok(()) };
        let mut places = live.cache.dirty();
        places.shuffle(&mut self.random);
        for (turn, place) in places.into_iter().take(BATCH).enumerate() {
            match (self.hold, turn % 2 == 1) {
                (false, _) => live.write_block(place)?,
                (true, true) if live.held.len() < MOST_HELD => live.write_half(place)?,
                // The last held write stays held.
                (true, _) if live.held.contains_key(&place) && live.held.len() == 1 => {}
                (true, _) => live.write_block(place)?,
            }
        }
        live.cache.shrink(CACHED);
        Ok(())
    }

    /// HoldWrites: releases what is held, or holds at least one block of every writable file at once.
    pub fn hold_writes(&mut self, on: bool) -> Ora<()> {
        self.hold = on;
        match (&mut self.live, on) {
            (Some(live), false) => live.release(),
            (Some(_), true) => self.keep_held(),
            (None, _) => Ok(()),
        }
    }

    /// While writes are held there is always one: where nothing is dirty the instance's own work dirties the marker block
    /// of every writable file.
    pub fn keep_held(&mut self) -> Ora<()> {
        if !self.hold || self.live.as_ref().is_none_or(|live| !live.held.is_empty()) {
            return Ok(());
        }
        let places = self.own_transaction()?;
        let live = self.live()?;
        places.into_iter().try_for_each(|place| live.write_half(place))
    }

    /// A transaction of the instance itself: it touches every writable file and changes no row.
    fn own_transaction(&mut self) -> Ora<Vec<Place>> {
        let files: Vec<u32> = self.control.datafiles.iter().filter(|f| f.writable()).map(|f| f.file).collect();
        let places: Vec<Place> = files.into_iter().map(|file| (file, rows::MARK_BLOCK)).collect();
        let images = self.images(&places)?;
        let time_us = crate::db::params::now_us();
        let records = |scn: u64| {
            let change = |place: &Place| {
                let redo = Redo::Change {
                    file: place.0,
                    block: place.1,
                    sequence: 1,
                    slot: 1,
                    row: Box::new([0; rows::SLOT_SIZE]),
                };
                Record { scn, time_us, redo }
            };
            let images = images.iter().map(|redo| Record { scn, time_us, redo: redo.clone() });
            let commit = Record { scn, time_us, redo: Redo::Commit };
            images.chain(places.iter().map(change)).chain([commit]).collect()
        };
        self.transaction(records)?;
        Ok(places)
    }
}
