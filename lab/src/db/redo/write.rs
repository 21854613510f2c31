//! Writing an online log: LGWR.

use super::read::{LogReader, salted};
use super::{HEADER_BYTES, LogError, LogHeader, Record, encode_header};
use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// The current log with all its members. Its files stay open as a background process holds them.
#[derive(Debug)]
pub struct LogWriter {
    /// What the log says of itself.
    pub header: LogHeader,
    members: Vec<File>,
    size: u64,
    at: u64,
}

/// Opens the members that are there: one is enough to go on (Administrator's Guide, "Multiplexing Redo Log Files").
fn open(members: &[PathBuf]) -> io::Result<Vec<File>> {
    let opened = members.iter().map(|path| std::fs::OpenOptions::new().read(true).write(true).open(path));
    let (good, bad): (Vec<_>, Vec<_>) = opened.partition(Result::is_ok);
    let good: Vec<File> = good.into_iter().flatten().collect();
    match bad.into_iter().find_map(Result::err) {
        Some(error) if good.is_empty() => Err(error),
        _ => Ok(good),
    }
}

/// Reads a member to its end.
fn to_the_end(path: &Path) -> Result<LogReader, LogError> {
    let mut reader = LogReader::open(path)?;
    while reader.next_record()?.is_some() {}
    Ok(reader)
}

impl LogWriter {
    /// Begins a log anew in these members of `size` bytes.
    pub fn begin(members: &[PathBuf], size: u64, header: LogHeader) -> io::Result<Self> {
        let members = open(members)?;
        let writer = Self { header, members, size, at: HEADER_BYTES };
        writer.write_header()?;
        Ok(writer)
    }

    /// Goes on behind the last whole record of a log that an instance left open: of the member that has most. The others are
    /// brought to the same state.
    pub fn resume(members: &[PathBuf], size: u64) -> Result<Self, LogError> {
        let mut failed = LogError::Io(io::Error::other("a log group without members"));
        let mut best: Option<LogReader> = None;
        for read in members.iter().map(|path| to_the_end(path)) {
            match read {
                Ok(reader) if best.as_ref().is_none_or(|best| reach(best) < reach(&reader)) => best = Some(reader),
                Ok(_) => {}
                Err(error) => failed = error,
            }
        }
        let reader = best.ok_or(failed)?;
        let members = open(members)?;
        for member in &members {
            member.write_all_at(reader.used(), 0)?;
        }
        let at = reader.offset();
        Ok(Self { header: reader.header, members, size, at })
    }

    /// Where the next record goes.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.at
    }

    /// Writes records to all members and waits until they are on disk. `StorageFull` if they do not fit: nothing is
    /// written then, and the log must be switched.
    pub fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let bytes = self.frames(records)?;
        if self.at + bytes.len() as u64 > self.size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        for member in &self.members {
            member.write_all_at(&bytes, self.at)?;
            member.sync_data()?;
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn frames(&self, records: &[Record]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for record in records {
            let payload = record.encode()?;
            let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
            let sum = salted(&self.header, self.at + bytes.len() as u64, &payload);
            bytes.extend(length.to_le_bytes());
            bytes.extend(sum.to_le_bytes());
            bytes.extend(payload);
        }
        Ok(bytes)
    }

    /// Closes the log: every later record has an SCN from `next_change` on.
    pub fn finish(&mut self, next_change: u64, next_time: i64) -> io::Result<()> {
        self.header.next_change = next_change;
        self.header.next_time = next_time;
        self.header.end = self.at;
        self.header.digest = self.digest()?;
        self.write_header()
    }

    fn digest(&self) -> io::Result<u32> {
        let mut bytes = vec![0; usize::try_from(self.at - HEADER_BYTES).map_err(io::Error::other)?];
        let first = self.members.first().ok_or_else(|| io::Error::other("a log group without members"))?;
        first.read_exact_at(&mut bytes, HEADER_BYTES)?;
        Ok(crc32fast::hash(&bytes))
    }

    fn write_header(&self) -> io::Result<()> {
        let bytes = encode_header(&self.header)?;
        for member in &self.members {
            member.write_all_at(&bytes, 0)?;
            member.sync_data()?;
        }
        Ok(())
    }
}

/// How far a member goes.
fn reach(reader: &LogReader) -> (u32, u64) {
    (reader.header.sequence, reader.offset())
}
