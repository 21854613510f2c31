//! One redo record and its bytes.

use crate::db::block::{BLOCK_SIZE, Block};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One record: what happened at an SCN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The SCN. Changes carry the SCN of their commit.
    pub scn: u64,
    /// Microseconds since the epoch.
    pub time_us: i64,
    /// What happened.
    pub redo: Redo,
}

/// What a record does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redo {
    /// A change vector: one slot of one block. It counts only once a `Commit` of the same SCN follows.
    Change {
        /// File number.
        file: u32,
        /// Block number.
        block: u32,
        /// The change's number within the block and SCN, from 1.
        sequence: u8,
        /// Which slot.
        slot: u16,
        /// Its new bytes.
        row: Box<[u8; 64]>,
    },
    /// The whole block as it was before its first change since BEGIN BACKUP of its file.
    Image {
        /// File number.
        file: u32,
        /// Block number.
        block: u32,
        /// All of it.
        bytes: Block,
    },
    /// The changes of this SCN have happened.
    Commit,
    /// Anything else.
    Event(Event),
}

/// A data file as a redo record describes its making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct NewFile {
    pub file: u32,
    pub ts: u32,
    pub tablespace: String,
    pub rfile: u32,
    pub name: PathBuf,
    pub blocks: u64,
    /// The first row that lives here.
    pub first_key: u32,
    /// How many rows live here.
    pub keys: u32,
    #[serde(default)]
    pub con_id: u32,
}

/// What else the redo tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// BEGIN BACKUP of a file.
    BeginBackup {
        /// File number.
        file: u32,
    },
    /// The end-of-backup marker: a copy whose header says that its backup began at `begin` is whole from here on.
    EndBackup {
        /// File number.
        file: u32,
        /// SCN of the matching BEGIN BACKUP.
        begin: u64,
    },
    /// A data file was made at this SCN.
    CreateFile(NewFile),
    /// A tablespace was dropped with these files.
    DropFiles {
        /// File numbers.
        files: Vec<u32>,
    },
    /// A tablespace became read only (its files' checkpoint is this SCN) or read write.
    ReadOnly {
        /// Its number.
        ts: u32,
        /// Read only.
        on: bool,
    },
    /// A file went offline or came back.
    Online {
        /// File number.
        file: u32,
        /// Online.
        on: bool,
    },
    /// A pluggable database opened for writing, or closed (its files' checkpoint is this SCN).
    Container {
        /// Its container.
        con_id: u32,
        /// Opened.
        open: bool,
    },
    /// The database was closed cleanly: every online file is whole here.
    Close,
}

const CHANGE: u8 = 1;
const IMAGE: u8 = 2;
const COMMIT: u8 = 3;
const EVENT: u8 = 4;

impl Record {
    /// The bytes of a record without its frame.
    pub(super) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = Vec::with_capacity(96);
        bytes.push(self.kind());
        bytes.extend(self.scn.to_le_bytes());
        bytes.extend(self.time_us.to_le_bytes());
        match &self.redo {
            Redo::Change { file, block, sequence, slot, row } => {
                bytes.extend(file.to_le_bytes());
                bytes.extend(block.to_le_bytes());
                bytes.push(*sequence);
                bytes.extend(slot.to_le_bytes());
                bytes.extend(row.iter());
            }
            Redo::Image { file, block, bytes: image } => {
                bytes.extend(file.to_le_bytes());
                bytes.extend(block.to_le_bytes());
                bytes.extend(image.iter());
            }
            Redo::Commit => {}
            Redo::Event(event) => bytes.extend(serde_json::to_vec(event)?),
        }
        Ok(bytes)
    }

    const fn kind(&self) -> u8 {
        match self.redo {
            Redo::Change { .. } => CHANGE,
            Redo::Image { .. } => IMAGE,
            Redo::Commit => COMMIT,
            Redo::Event(_) => EVENT,
        }
    }

    /// The opposite; `None` for anything that no `encode` writes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        let kind = rest.take::<1>()?[0];
        let scn = u64::from_le_bytes(rest.take()?);
        let time_us = i64::from_le_bytes(rest.take()?);
        let redo = match kind {
            CHANGE => rest.change()?,
            IMAGE => rest.image()?,
            COMMIT => Redo::Commit,
            EVENT => Redo::Event(serde_json::from_slice(rest.0).ok()?),
            _ => return None,
        };
        Some(Self { scn, time_us, redo })
    }
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    fn change(&mut self) -> Option<Redo> {
        let file = u32::from_le_bytes(self.take()?);
        let block = u32::from_le_bytes(self.take()?);
        let sequence = self.take::<1>()?[0];
        let slot = u16::from_le_bytes(self.take()?);
        Some(Redo::Change { file, block, sequence, slot, row: Box::new(self.take()?) })
    }

    fn image(&mut self) -> Option<Redo> {
        let file = u32::from_le_bytes(self.take()?);
        let block = u32::from_le_bytes(self.take()?);
        Some(Redo::Image { file, block, bytes: Box::new(self.take::<BLOCK_SIZE>()?) })
    }
}
