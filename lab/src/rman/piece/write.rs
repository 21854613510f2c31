//! Writing a piece.

use super::{FORMAT, Item, ItemEnd, MAGIC, PieceHeader};
use crate::rman::{sbt::Sink, stack::Failure};
use serde::Serialize;

/// A piece being written.
pub struct PieceWriter {
    sink: Box<dyn Sink>,
    frames: u64,
    content: u64,
}

impl PieceWriter {
    /// Begins with the header.
    pub fn begin(mut sink: Box<dyn Sink>, header: &PieceHeader) -> Result<Self, Failure> {
        let mut start = MAGIC.to_vec();
        start.extend(FORMAT.to_be_bytes());
        if let Err(failure) = sink.write(&start) {
            sink.discard();
            return Err(failure);
        }
        let mut writer = Self { sink, frames: 0, content: 0 };
        match writer.json(b'H', header) {
            Ok(()) => Ok(writer),
            Err(failure) => Err(writer.discard(failure)),
        }
    }

    /// An input begins.
    pub fn item(&mut self, item: &Item) -> Result<(), Failure> {
        self.content = 0;
        self.json(b'I', item)
    }

    /// A block of a data file.
    pub fn block(&mut self, file: u32, block: u32, bytes: &[u8]) -> Result<(), Failure> {
        let mut payload = Vec::with_capacity(bytes.len() + 8);
        payload.extend(file.to_le_bytes());
        payload.extend(block.to_le_bytes());
        payload.extend(bytes);
        self.content += 1;
        self.frame(b'B', &payload)
    }

    /// Bytes of another file.
    pub fn data(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        for chunk in bytes.chunks(1 << 16) {
            self.content += 1;
            self.frame(b'D', chunk)?;
        }
        Ok(())
    }

    /// An input ends.
    pub fn end_item(&mut self, corrupt: Vec<(u32, String)>) -> Result<(), Failure> {
        self.json(b'E', &ItemEnd { frames: self.content, corrupt })
    }

    /// Ends the piece; its size.
    pub fn close(mut self) -> Result<u64, Failure> {
        let frames = self.frames;
        match self.frame(b'T', &frames.to_le_bytes()) {
            Ok(()) => self.sink.close(),
            Err(failure) => Err(self.discard(failure)),
        }
    }

    /// Throws the piece away, because of this.
    pub fn discard(self, failure: Failure) -> Failure {
        self.sink.discard();
        failure
    }

    fn json(&mut self, kind: u8, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_vec(value).map_err(|error| Failure::ora(600, format!("internal error: {error}")))?;
        self.frame(kind, &text)
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) -> Result<(), Failure> {
        let mut bytes = Vec::with_capacity(payload.len() + 9);
        bytes.push(kind);
        bytes.extend((payload.len() as u32).to_le_bytes());
        bytes.extend(sum(kind, payload).to_le_bytes());
        bytes.extend(payload);
        self.frames += 1;
        self.sink.write(&bytes)
    }
}

/// The check sum of a frame.
pub(super) fn sum(kind: u8, payload: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&[kind]);
    sum.update(payload);
    sum.finalize()
}
