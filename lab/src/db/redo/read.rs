//! Reading a log.

use super::{HEADER_BYTES, LOG_BLOCK, LogError, LogHeader, Record, decode_header};
use std::{fs::File, io::Read, path::Path};

/// Reads a log's header alone.
pub fn read_header(path: &Path) -> Result<LogHeader, LogError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEADER_BYTES).read_to_end(&mut bytes)?;
    decode_header(&bytes)
}

/// Reads all of a finished log and compares its digest; an unfinished one is read to its end.
pub fn verify(path: &Path) -> Result<LogHeader, LogError> {
    let mut reader = LogReader::open(path)?;
    while reader.next_record()?.is_some() {}
    if reader.header.finished() && reader.digest() != Some(reader.header.digest) {
        return Err(reader.corrupt());
    }
    Ok(reader.header)
}

/// The records of a log in order.
#[derive(Debug)]
pub struct LogReader {
    /// What the log says of itself.
    pub header: LogHeader,
    bytes: Vec<u8>,
    at: usize,
    change: u64,
}

impl LogReader {
    /// Opens a log and checks its header.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let bytes = std::fs::read(path)?;
        let header = decode_header(bytes.get(..HEADER_BYTES as usize).unwrap_or(&bytes))?;
        let change = header.first_change;
        Ok(Self { header, bytes, at: HEADER_BYTES as usize, change })
    }

    /// Goes on from a byte offset that [`LogReader::offset`] gave.
    pub fn seek(&mut self, offset: u64) {
        self.at = usize::try_from(offset).unwrap_or(usize::MAX);
    }

    /// Where the next record begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.at as u64
    }

    /// The next record; `None` at the end. Damage before the known end of a finished log is an error, in an unfinished
    /// one it is the end (the last write was cut off).
    pub fn next_record(&mut self) -> Result<Option<Record>, LogError> {
        if self.header.finished() && self.at as u64 >= self.header.end {
            return Ok(None);
        }
        match self.frame() {
            Some((record, next)) => {
                self.at = next;
                self.change = record.scn;
                Ok(Some(record))
            }
            None if self.header.finished() => Err(self.corrupt()),
            None => Ok(None),
        }
    }

    /// The bytes up to the next record.
    pub(super) fn used(&self) -> &[u8] {
        self.bytes.get(..self.at).unwrap_or(&self.bytes)
    }

    fn frame(&self) -> Option<(Record, usize)> {
        let head = self.bytes.get(self.at..self.at.checked_add(8)?)?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let sum = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let next = self.at.checked_add(8)?.checked_add(length)?;
        let payload = self.bytes.get(self.at + 8..next)?;
        if length == 0 || sum != salted(&self.header, self.at as u64, payload) {
            return None;
        }
        Some((Record::decode(payload)?, next))
    }

    fn corrupt(&self) -> LogError {
        LogError::Record { block: self.at as u64 / u64::from(LOG_BLOCK), change: self.change }
    }

    fn digest(&self) -> Option<u32> {
        let end = usize::try_from(self.header.end).ok()?;
        self.bytes.get(HEADER_BYTES as usize..end).map(crc32fast::hash)
    }
}

/// A record's check sum: it holds only for this log and this place.
pub(super) fn salted(header: &LogHeader, offset: u64, payload: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&header.dbid.to_le_bytes());
    sum.update(&header.resetlogs_change.to_le_bytes());
    sum.update(&header.resetlogs_time.to_le_bytes());
    sum.update(&header.sequence.to_le_bytes());
    sum.update(&offset.to_le_bytes());
    sum.update(payload);
    sum.finalize()
}
