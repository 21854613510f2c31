//! The workload's rows as the data files hold them, for comparison with what the witness wrote down.

use super::{
    api::OraError,
    block::{self, BLOCK_SIZE, Verdict},
    engine::Engine,
    errors::{self, Ora},
    header,
    rows::{self, Entry},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// Rows and the highest SCN of a workload commit that reached the files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Values by key.
    pub rows: BTreeMap<u32, String>,
    /// 0 if nothing was ever committed.
    pub last_commit: u64,
}

/// The content of an instance's database: through the buffer cache while it is open, from the files named by the control
/// file while it is mounted. ORA-01507 if neither.
pub fn read_all(engine: &mut Engine) -> Result<Content, OraError> {
    engine.write_buffers()?;
    read_files(&engine.datafiles()?)
}

/// The content of data files. ORA-01157 for one that cannot be read, ORA-01578 for a block that is not whole.
pub fn read_files(paths: &[PathBuf]) -> Result<Content, OraError> {
    let mut content = Content::default();
    for path in paths {
        content.add(path)?;
    }
    Ok(content)
}

impl Content {
    fn add(&mut self, path: &Path) -> Ora<()> {
        let unreadable = |number: u32| {
            let text = format!("cannot identify/lock data file {number} - see DBWR trace file");
            errors::about_file(1157, text, number, path)
        };
        let number = header::read(path).map_err(|_| unreadable(0))?.file;
        let mut bytes = Vec::new();
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|_| unreadable(number))?;
        for (at, chunk) in (0_u32..).zip(bytes.chunks(BLOCK_SIZE)).skip(2) {
            if block::verify(chunk, number, at) != Verdict::Good {
                let text = format!("ORACLE data block corrupted (file # {number}, block # {at})");
                return Err(errors::about_file(1578, text, number, path));
            }
            rows::entries(chunk).for_each(|entry| self.take(entry));
        }
        Ok(())
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Row { key, scn, value } => {
                self.last_commit = self.last_commit.max(scn);
                self.rows.insert(key, value);
            }
            Entry::Mark { scn } => self.last_commit = self.last_commit.max(scn),
        }
    }
}
