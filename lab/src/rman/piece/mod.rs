//! A backup piece. The format is the lab's own:
//!
//! ```text
//! "OVLPIECE" 00 00 00 01                      magic and format number (big endian)
//! frame*                                      kind: 1 byte, length: 4 bytes, CRC-32 of kind and payload: 4 bytes, payload
//! ```
//!
//! Frames in order: `H` header (JSON: DBID, set, piece, tag, kind), then for each input an `I` (JSON: which file it is),
//! its content as `B` frames (file and block number, 4 bytes each, then 8192 bytes) for data files or `D` frames (bytes as
//! they are) for anything else, and an `E` (JSON: what was counted); at last a `T` with the number of frames. All numbers
//! of the frames are little endian. A piece without `T` is half a piece; a frame whose CRC is wrong is a corrupt block.

mod read;
mod write;

pub use read::{Frame, PieceError, PieceReader};
pub use write::PieceWriter;

use crate::db::header::DatafileHeader;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const MAGIC: &[u8; 8] = b"OVLPIECE";
const FORMAT: u32 = 1;

/// What kind of set a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetKind {
    /// Data files, perhaps with a control file.
    Datafiles,
    /// Archived logs.
    Logs,
    /// A control file (copy) alone.
    Controlfile,
    /// A control file autobackup.
    Autobackup,
    /// The server parameter file alone.
    Spfile,
}

/// The first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PieceHeader {
    pub dbid: u32,
    pub db_name: String,
    pub set_stamp: u64,
    pub set_count: u32,
    pub piece: u32,
    pub tag: String,
    pub kind: SetKind,
    pub started: i64,
}

/// An input of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Item {
    Datafile { name: PathBuf, header: Box<DatafileHeader> },
    Log { name: PathBuf, thread: u32, sequence: u32, resetlogs_change: u64, first_change: u64, next_change: u64 },
    Controlfile { name: PathBuf },
    Spfile { name: PathBuf },
}

/// What was counted while an input was read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemEnd {
    /// Frames of content.
    pub frames: u64,
    /// Blocks that were not whole when they were read, and what was wrong.
    pub corrupt: Vec<(u32, String)>,
}

#[cfg(test)]
mod tests;
