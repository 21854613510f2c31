//! Blocks of data files that are not whole.

use crate::db::{
    block::{self, BLOCK_SIZE, Verdict},
    header,
};
use serde::{Deserialize, Serialize};
use std::{fs, io, io::Read, path::Path};

/// A data file and what was counted in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBlocks {
    /// Its name in its folder.
    pub name: String,
    /// Its number, as its header says.
    pub file: u32,
    /// Blocks read.
    pub blocks: u64,
    /// Head and tail of two different writes.
    pub fractured: u64,
    /// Not whole in any other way.
    pub corrupt: u64,
}

/// Looks at every data file below a folder. A file without a data file's header is none.
pub fn below(folder: &Path) -> io::Result<Vec<FileBlocks>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(below(&entry.path())?);
        } else if kind.is_file()
            && let Ok(header) = header::read(&entry.path())
        {
            found.push(count(&entry.path(), header.file)?);
        }
    }
    found.sort_by_key(|file| file.file);
    Ok(found)
}

/// Counts in one file.
pub fn count(path: &Path, file: u32) -> io::Result<FileBlocks> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut counted = FileBlocks { name, file, blocks: 0, fractured: 0, corrupt: 0 };
    let mut source = io::BufReader::with_capacity(1 << 18, fs::File::open(path)?);
    let mut bytes = vec![0; BLOCK_SIZE];
    for number in 0_u32.. {
        match source.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            other => other?,
        }
        counted.blocks += 1;
        match block::verify(&bytes, file, number) {
            Verdict::Good => {}
            Verdict::Fractured => counted.fractured += 1,
            _ => counted.corrupt += 1,
        }
    }
    Ok(counted)
}
