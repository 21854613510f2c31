//! Blocks 0 and 1 of a data file: what the file says of itself (V$DATAFILE_HEADER).

use super::block::{self, BLOCK_SIZE, Block, Verdict};
use super::redo::NewFile;
use serde::{Deserialize, Serialize};
use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

/// The data file header. SCNs are plain numbers, times seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DatafileHeader {
    pub dbid: u32,
    pub db_name: String,
    pub file: u32,
    pub ts: u32,
    pub tablespace: String,
    pub rfile: u32,
    /// Blocks without block 0: the file is one block longer.
    pub blocks: u64,
    pub creation_change: u64,
    pub creation_time: i64,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    /// Every change before this SCN is in the file. Frozen while `hot`.
    pub checkpoint_change: u64,
    pub checkpoint_time: i64,
    /// The log sequence that recovery of this file begins with.
    pub checkpoint_sequence: u32,
    /// Counts on also while `hot`.
    pub checkpoint_count: u32,
    /// Online fuzzy: the file was open for writing, newer changes may be in it.
    pub fuzzy: bool,
    /// Hot backup fuzzy: between BEGIN and END BACKUP.
    pub hot: bool,
    /// Media recovery fuzzy: a recovery session is writing (ORA-01196 if it broke off).
    pub recovering: bool,
    /// SCN of the last BEGIN BACKUP (V$BACKUP.CHANGE#), 0 if never.
    pub backup_change: u64,
    pub backup_time: i64,
    /// While `hot`: the checkpoints made meanwhile.
    pub real_checkpoint: u64,
    pub real_sequence: u32,
    /// Of SYSTEM's first file: what the dictionary (FILE$) has of files made after the database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dictionary: Vec<Made>,
}

/// A file as the dictionary knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The file.
    pub file: NewFile,
    /// The SCN of its making.
    pub scn: u64,
    /// Its time.
    pub time: i64,
    /// The log it lies in.
    pub sequence: u32,
}

/// How many files the header's block has room for.
const MOST_MADE: usize = 24;

impl DatafileHeader {
    /// A file was made.
    pub fn made(&mut self, made: Made) {
        self.dictionary.retain(|known| known.file.file != made.file.file);
        self.dictionary.push(made);
        let surplus = self.dictionary.len().saturating_sub(MOST_MADE);
        self.dictionary.drain(..surplus);
    }

    /// Files were dropped.
    pub fn unmade(&mut self, files: &[u32]) {
        self.dictionary.retain(|known| !files.contains(&known.file.file));
    }
}

/// Why a file's header cannot be used, in the words of V$DATAFILE_HEADER.ERROR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderError {
    /// There is no such file.
    NotFound,
    /// The system does not open it.
    CannotOpen(String),
    /// It is too short, or reading fails.
    CannotRead,
    /// The block is damaged.
    Corrupt,
    /// It is not a data file.
    WrongType,
}

impl HeaderError {
    /// The ERROR column.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        match self {
            Self::NotFound => "FILE NOT FOUND",
            Self::CannotOpen(_) => "CANNOT OPEN FILE",
            Self::CannotRead => "CANNOT READ HEADER",
            Self::Corrupt => "CORRUPT HEADER",
            Self::WrongType => "WRONG FILE TYPE",
        }
    }
}

/// Reads and checks the header of a data file.
pub fn read(path: &Path) -> Result<DatafileHeader, HeaderError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => HeaderError::NotFound,
        _ => HeaderError::CannotOpen(error.to_string()),
    })?;
    read_from(&file)
}

/// The same from an open file.
pub fn read_from(file: &File) -> Result<DatafileHeader, HeaderError> {
    let mut bytes = [0_u8; BLOCK_SIZE];
    file.read_exact_at(&mut bytes, BLOCK_SIZE as u64).map_err(|_| HeaderError::CannotRead)?;
    if block::kind(&bytes) != block::TYPE_HEADER {
        return Err(HeaderError::WrongType);
    }
    let header = decode(&bytes).ok_or(HeaderError::Corrupt)?;
    match block::verify(&bytes, header.file, 1) {
        Verdict::Good => Ok(header),
        _ => Err(HeaderError::Corrupt),
    }
}

fn decode(bytes: &[u8; BLOCK_SIZE]) -> Option<DatafileHeader> {
    let body = block::body(bytes);
    let length = usize::from(u16::from_le_bytes([body[0], body[1]]));
    serde_json::from_slice(body.get(2..2 + length)?).ok()
}

/// Writes block 1 with one write.
pub fn write(file: &File, header: &DatafileHeader) -> io::Result<()> {
    file.write_all_at(&encode(header)?[..], BLOCK_SIZE as u64)
}

fn encode(header: &DatafileHeader) -> io::Result<Block> {
    let text = serde_json::to_vec(header)?;
    let length = u16::try_from(text.len()).map_err(io::Error::other)?;
    let mut bytes = block::format(block::TYPE_HEADER, header.file, 1, header.checkpoint_change);
    let body = block::body_mut(&mut bytes);
    body[..2].copy_from_slice(&length.to_le_bytes());
    body[2..2 + text.len()].copy_from_slice(&text);
    block::seal(&mut bytes, header.checkpoint_change, 1);
    Ok(bytes)
}

/// Blocks of one write.
const BATCH: usize = 128;

/// Makes a data file of `header.blocks` formatted, empty blocks. The file must not exist, unless `reuse`.
pub fn create(path: &Path, header: &DatafileHeader, reuse: bool) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).truncate(true);
    let file = if reuse { options.create(true).open(path)? } else { options.create_new(true).open(path)? };
    file.write_all_at(&block::format(block::TYPE_OS, header.file, 0, 0)[..], 0)?;
    write(&file, header)?;
    fill(&file, header)?;
    file.sync_all()?;
    Ok(file)
}

/// Empty blocks from 2 on, a MiB with each write.
fn fill(file: &File, header: &DatafileHeader) -> io::Result<()> {
    let last = u32::try_from(header.blocks).map_err(io::Error::other)?;
    let mut batch = Vec::with_capacity(BATCH * BLOCK_SIZE);
    for first in (2..=last).step_by(BATCH) {
        batch.clear();
        for number in (first..=last).take(BATCH) {
            batch.extend_from_slice(&block::format(block::TYPE_DATA, header.file, number, header.creation_change)[..]);
        }
        file.write_all_at(&batch, u64::from(first) * BLOCK_SIZE as u64)?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn sample(file: u32, blocks: u64) -> DatafileHeader {
        DatafileHeader {
            dbid: 77,
            db_name: "ORCL".into(),
            file,
            ts: 4,
            tablespace: "USERS".into(),
            rfile: file,
            blocks,
            creation_change: 100,
            creation_time: 1,
            resetlogs_change: 1,
            resetlogs_time: 1,
            checkpoint_change: 200,
            checkpoint_time: 2,
            checkpoint_sequence: 3,
            checkpoint_count: 5,
            fuzzy: true,
            hot: false,
            recovering: false,
            backup_change: 0,
            backup_time: 0,
            real_checkpoint: 0,
            real_sequence: 0,
            dictionary: Vec::new(),
        }
    }

    #[test]
    fn what_is_created_reads_back_and_every_block_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users01.dbf");
        create(&path, &sample(4, 9), false).unwrap();
        assert_eq!(read(&path).unwrap(), sample(4, 9));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 10 * BLOCK_SIZE);
        for (number, chunk) in (0_u32..).zip(bytes.chunks(BLOCK_SIZE)) {
            assert_eq!(block::verify(chunk, 4, number), Verdict::Good, "block {number}");
        }
        assert_eq!(create(&path, &sample(4, 9), false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn errors_are_the_words_of_the_view() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.dbf");
        assert_eq!(read(&path).unwrap_err().text(), "FILE NOT FOUND");
        std::fs::write(&path, b"abc").unwrap();
        assert_eq!(read(&path).unwrap_err().text(), "CANNOT READ HEADER");
        std::fs::write(&path, vec![b'x'; 3 * BLOCK_SIZE]).unwrap();
        assert_eq!(read(&path).unwrap_err().text(), "WRONG FILE TYPE");
        create(&path, &sample(4, 3), true).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[BLOCK_SIZE + 5000] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read(&path).unwrap_err().text(), "CORRUPT HEADER");
    }
}
