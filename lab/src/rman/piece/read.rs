//! Reading a piece.

use super::{FORMAT, Item, ItemEnd, MAGIC, PieceHeader, write::sum};
use std::io::{self, Read};

/// Why a piece cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PieceError {
    /// Reading fails.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not begin as a piece does (ORA-19608).
    #[error("not a backup piece")]
    NotAPiece,
    /// A frame is damaged, or the piece ends too early (ORA-19599). Counted in frames.
    #[error("block number {0} is corrupt")]
    Corrupt(u64),
}

/// The next thing in a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// An input begins.
    Item(Item),
    /// A block.
    Block { file: u32, block: u32, bytes: Vec<u8> },
    /// Bytes of another file.
    Data(Vec<u8>),
    /// An input ends.
    End(ItemEnd),
}

/// A piece being read.
pub struct PieceReader {
    source: Box<dyn Read + Send>,
    /// What the piece says of itself.
    pub header: PieceHeader,
    frames: u64,
    content: u64,
    done: bool,
}

const LONGEST: u32 = 1 << 26;

impl PieceReader {
    /// Reads the beginning.
    pub fn open(mut source: Box<dyn Read + Send>) -> Result<Self, PieceError> {
        let mut start = [0_u8; 12];
        source.read_exact(&mut start).map_err(|error| short(error, PieceError::NotAPiece))?;
        if &start[..8] != MAGIC || start[8..] != FORMAT.to_be_bytes() {
            return Err(PieceError::NotAPiece);
        }
        let (kind, payload) = raw(&mut source, 1)?;
        let header = serde_json::from_slice(&payload).ok().filter(|_| kind == b'H').ok_or(PieceError::Corrupt(1))?;
        Ok(Self { source, header, frames: 1, content: 0, done: false })
    }

    /// The next frame; `None` at the end of a whole piece.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, PieceError> {
        if self.done {
            return Ok(None);
        }
        let corrupt = PieceError::Corrupt(self.frames + 1);
        let (kind, payload) = raw(&mut self.source, self.frames + 1)?;
        let frame = match kind {
            b'I' => serde_json::from_slice(&payload).ok().map(Frame::Item),
            b'B' => block(&payload),
            b'D' => Some(Frame::Data(payload)),
            b'E' => {
                serde_json::from_slice(&payload).ok().filter(|end: &ItemEnd| end.frames == self.content).map(Frame::End)
            }
            b'T' if payload == self.frames.to_le_bytes() => {
                self.done = true;
                return Ok(None);
            }
            _ => None,
        };
        self.frames += 1;
        self.content = match kind {
            b'I' => 0,
            b'B' | b'D' => self.content + 1,
            _ => self.content,
        };
        frame.map(Some).ok_or(corrupt)
    }
}

fn block(payload: &[u8]) -> Option<Frame> {
    let word = |at: usize| payload.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    Some(Frame::Block { file: word(0)?, block: word(4)?, bytes: payload.get(8..)?.to_vec() })
}

fn raw(source: &mut dyn Read, number: u64) -> Result<(u8, Vec<u8>), PieceError> {
    let corrupt = || PieceError::Corrupt(number);
    let mut head = [0_u8; 9];
    source.read_exact(&mut head).map_err(|error| short(error, corrupt()))?;
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    if length > LONGEST {
        return Err(corrupt());
    }
    let mut payload = vec![0; length as usize];
    source.read_exact(&mut payload).map_err(|error| short(error, corrupt()))?;
    if sum(head[0], &payload) != u32::from_le_bytes([head[5], head[6], head[7], head[8]]) {
        return Err(corrupt());
    }
    Ok((head[0], payload))
}

fn short(error: io::Error, otherwise: PieceError) -> PieceError {
    if error.kind() == io::ErrorKind::UnexpectedEof { otherwise } else { PieceError::Io(error) }
}
