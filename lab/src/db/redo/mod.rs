//! Redo logs: a header of 1024 bytes (block 0 and 1 of 512), then records. An archived log is the used part of an online
//! log whose header says where it ends. A record's check sum is mixed with the log's sequence and the record's place, so
//! that what an earlier use of the same online log left behind is never taken for redo.

mod read;
mod record;
mod write;

pub use read::{LogReader, read_header, verify};
pub use record::{Event, NewFile, Record, Redo};
pub use write::LogWriter;

use serde::{Deserialize, Serialize};
use std::{io, path::Path};

/// V$ARCHIVED_LOG.BLOCK_SIZE.
pub const LOG_BLOCK: u32 = 512;
/// Where records begin.
pub const HEADER_BYTES: u64 = 1024;
/// NEXT_CHANGE# of a log that is being written, as V$LOG shows it.
pub const OPEN_END: u64 = 0xffff_ffff_ffff;

const MAGIC: &[u8; 8] = b"\0REDOLOG";

/// What a log says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LogHeader {
    pub dbid: u32,
    pub db_name: String,
    pub thread: u32,
    pub sequence: u32,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    /// Every record's SCN is at least this.
    pub first_change: u64,
    pub first_time: i64,
    /// Every record's SCN is below this; [`OPEN_END`] while the log is written.
    pub next_change: u64,
    pub next_time: i64,
    /// Where the records end in bytes from the beginning of the file; 0 while the log is written.
    pub end: u64,
    /// CRC-32 of the records; 0 while the log is written.
    pub digest: u32,
}

impl LogHeader {
    /// Whether the log is finished.
    #[must_use]
    pub const fn finished(&self) -> bool {
        self.next_change != OPEN_END
    }

    /// What a header says of itself in plain text, as ALTER SYSTEM DUMP LOGFILE prints it (`descrip`).
    fn description(&self) -> String {
        format!(
            "Thread {:04}, Seq# {:010}, SCN {:#014x}-{:#014x}",
            self.thread, self.sequence, self.first_change, self.next_change
        )
    }

    /// V$ARCHIVED_LOG.BLOCKS: the file is one block longer.
    #[must_use]
    pub const fn blocks(&self) -> u64 {
        self.end.div_ceil(LOG_BLOCK as u64).saturating_sub(1)
    }
}

/// Why a file is not a usable log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It cannot be opened or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Its first bytes are not a log's (ORA-00317).
    #[error("file type is not log file")]
    NotALog,
    /// An online log that was made and never written (ORA-00339).
    #[error("the log does not contain any redo")]
    Empty,
    /// The header's check sum is wrong (ORA-00367).
    #[error("checksum error in log file header")]
    Header,
    /// A record within the used part is damaged (ORA-00353).
    #[error("log corruption near block {block} change {change}")]
    Record {
        /// In units of 512 bytes.
        block: u64,
        /// The last SCN that could be read.
        change: u64,
    },
}

fn encode_header(header: &LogHeader) -> io::Result<Vec<u8>> {
    let text = serde_json::to_vec(header)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(crc32fast::hash(&text).to_le_bytes());
    bytes.extend(&text);
    bytes.push(0);
    bytes.extend(header.description().as_bytes());
    bytes.resize(usize::try_from(HEADER_BYTES).map_err(io::Error::other)?, 0);
    Ok(bytes)
}

fn decode_header(bytes: &[u8]) -> Result<LogHeader, LogError> {
    if bytes.len() as u64 == HEADER_BYTES && bytes.iter().all(|byte| *byte == 0) {
        return Err(LogError::Empty);
    }
    if bytes.len() < 16 || &bytes[..8] != MAGIC {
        return Err(LogError::NotALog);
    }
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let text = bytes.get(16..16 + word(8) as usize).ok_or(LogError::Header)?;
    if crc32fast::hash(text) != word(12) {
        return Err(LogError::Header);
    }
    serde_json::from_slice(text).map_err(|_| LogError::Header)
}

/// Makes an online log of `bytes` bytes that holds nothing yet (group UNUSED). What was there is lost.
pub fn create_online(path: &Path, bytes: u64) -> io::Result<()> {
    let file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
    file.set_len(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn header(sequence: u32) -> LogHeader {
        LogHeader {
            dbid: 77,
            db_name: "ORCL".into(),
            thread: 1,
            sequence,
            resetlogs_change: 1,
            resetlogs_time: 5,
            first_change: 100,
            first_time: 6,
            next_change: OPEN_END,
            next_time: 0,
            end: 0,
            digest: 0,
        }
    }

    fn change(scn: u64, byte: u8) -> Record {
        let redo = Redo::Change { file: 4, block: 9, sequence: 1, slot: 3, row: Box::new([byte; 64]) };
        Record { scn, time_us: 1_000_000, redo }
    }

    fn commit(scn: u64) -> Record {
        Record { scn, time_us: 1_000_000, redo: Redo::Commit }
    }

    fn log(folder: &tempfile::TempDir, sequence: u32) -> (PathBuf, LogWriter) {
        let path = folder.path().join("redo01.log");
        if !path.exists() {
            create_online(&path, 1 << 20).unwrap();
        }
        let writer = LogWriter::begin(std::slice::from_ref(&path), 1 << 20, header(sequence)).unwrap();
        (path, writer)
    }

    #[test]
    fn a_header_says_in_plain_text_which_log_it_is() {
        let bytes = encode_header(&header(7)).unwrap();
        let text = "Thread 0001, Seq# 0000000007, SCN 0x000000000064-0xffffffffffff";
        assert!(bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        assert_eq!(decode_header(&bytes).unwrap(), header(7));
    }

    fn all(path: &Path) -> Vec<Record> {
        let mut reader = LogReader::open(path).unwrap();
        std::iter::from_fn(|| reader.next_record().unwrap()).collect()
    }

    #[test]
    fn records_come_back_in_order_and_the_end_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut writer) = log(&folder, 7);
        let image = Record {
            scn: 101,
            time_us: 3,
            redo: Redo::Image { file: 4, block: 9, bytes: crate::db::block::format(6, 4, 9, 100) },
        };
        let event = Record { scn: 102, time_us: 4, redo: Redo::Event(Event::EndBackup { file: 4, begin: 99 }) };
        let records = vec![image, change(101, 1), commit(101), event];
        writer.append(&records).unwrap();
        assert_eq!(all(&path), records);
        writer.finish(103, 9).unwrap();
        assert_eq!(all(&path), records);
        let header = verify(&path).unwrap();
        assert_eq!((header.next_change, header.next_time, header.finished()), (103, 9, true));
    }

    #[test]
    fn what_an_earlier_use_left_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut writer) = log(&folder, 7);
        writer.append(&[change(101, 1), commit(101), change(102, 2), commit(102)]).unwrap();
        let (path, mut writer) = log(&folder, 8);
        assert_eq!(all(&path), []);
        writer.append(&[change(201, 1)]).unwrap();
        assert_eq!(all(&path), [change(201, 1)]);
    }

    #[test]
    fn a_damaged_byte_in_a_finished_log_is_an_error_in_an_open_one_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut writer) = log(&folder, 7);
        writer.append(&[change(101, 1), commit(101)]).unwrap();
        let damage = |path: &Path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes[usize::try_from(HEADER_BYTES).unwrap() + 40] ^= 1;
            std::fs::write(path, bytes).unwrap();
        };
        damage(&path);
        assert_eq!(all(&path), []);
        damage(&path);
        writer.finish(102, 9).unwrap();
        damage(&path);
        assert!(matches!(verify(&path), Err(LogError::Record { .. })));
        assert!(matches!(LogReader::open(&path).unwrap().next_record(), Err(LogError::Record { .. })));
    }

    #[test]
    fn other_files_are_not_logs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"something else entirely").unwrap();
        assert!(matches!(read_header(&path), Err(LogError::NotALog)));
        assert!(matches!(read_header(&folder.path().join("y")), Err(LogError::Io(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_log_cut_anywhere_gives_a_prefix(cut in 1024_u64..4000, count in 1_u64..20) {
            let folder = tempfile::tempdir().unwrap();
            let (path, mut writer) = log(&folder, 7);
            let records: Vec<_> = (0..count).flat_map(|n| [change(100 + n, 3), commit(100 + n)]).collect();
            writer.append(&records).unwrap();
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
            let seen = all(&path);
            prop_assert!(records.starts_with(&seen));
        }
    }
}
