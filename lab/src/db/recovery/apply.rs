//! Redo onto data files: changes count once their commit is seen, and only where the block does not have them yet.

use super::Session;
use crate::db::{
    block::BLOCK_SIZE,
    control::ControlFile,
    engine::{
        LiveFile,
        cache::{Cache, Position},
    },
    errors::{self, Ora},
    header,
    redo::{Record, Redo},
};
use std::{collections::BTreeMap, os::unix::fs::FileExt};

// Blocks in memory until they are written at the end of each log.
const ANYWHERE: Position = (0, 0);

/// Takes the next record of the stream. Changes wait for their commit; those of a transaction that has none are dropped.
pub(super) fn take(pending: &mut Vec<Record>, record: Record) -> Vec<Record> {
    if pending.first().is_some_and(|first| first.scn != record.scn) {
        pending.clear();
    }
    match record.redo {
        Redo::Change { .. } | Redo::Image { .. } => {
            pending.push(record);
            Vec::new()
        }
        Redo::Commit => std::mem::take(pending),
        Redo::Event(_) => vec![record],
    }
}

/// Applies one record of a committed transaction.
pub(super) fn apply(
    cache: &mut Cache,
    files: &BTreeMap<u32, LiveFile>,
    record: &Record,
    position: Position,
) -> Ora<()> {
    let number = match &record.redo {
        Redo::Change { file, .. } | Redo::Image { file, .. } => *file,
        Redo::Commit | Redo::Event(_) => return Ok(()),
    };
    match files.get(&number) {
        Some(file) if record.scn >= file.header.checkpoint_change => cache.apply(file.source(), record, position),
        _ => Ok(()),
    }
}

impl Session {
    /// Applies the changes that a record completes.
    pub(super) fn apply(&mut self, record: &Record) -> Ora<()> {
        apply(&mut self.cache, &self.files, record, ANYWHERE)
    }

    /// Marks the files as being recovered: whoever finds the mark later knows that a session broke off (ORA-01196).
    pub(super) fn mark(&mut self) -> Ora<()> {
        for file in self.files.values_mut().filter(|file| !file.header.recovering) {
            file.header.recovering = true;
            write_header(file)?;
        }
        Ok(())
    }

    /// Writes what was applied and moves every header to where recovery is; that of a file that is read only there goes no
    /// further than the READ ONLY.
    pub(super) fn flush(&mut self, control: &ControlFile) -> Ora<()> {
        for (number, block) in self.cache.dirty() {
            let (Some(file), Some(bytes)) = (self.files.get(&number), self.cache.bytes((number, block))) else {
                continue;
            };
            let at = u64::from(block) * BLOCK_SIZE as u64;
            file.handle.write_all_at(&bytes[..], at).map_err(|error| write_failed(file, &error))?;
            self.cache.cleaned((number, block));
        }
        self.cache.shrink(4096);
        let at = self.at;
        for file in self.files.values_mut() {
            let header = &mut file.header;
            header.recovering = false;
            let read_only = control.datafile(header.file).and_then(|record| record.read_only_at(at.scn));
            header.fuzzy &= read_only.is_none();
            let reached = read_only.unwrap_or(at.scn);
            if header.checkpoint_change <= reached {
                header.checkpoint_change = reached;
                header.checkpoint_time = at.generated;
                header.checkpoint_sequence = at.sequence;
                (header.resetlogs_change, header.resetlogs_time) = (at.resetlogs_change, at.resetlogs_time);
                (header.real_checkpoint, header.real_sequence) = (reached, at.sequence);
            }
            write_header(file)?;
        }
        Ok(())
    }
}

/// Writes a file's header and waits for the disk.
pub(super) fn write_header(file: &LiveFile) -> Ora<()> {
    let written = header::write(&file.handle, &file.header).and_then(|()| file.handle.sync_data());
    written.map_err(|error| write_failed(file, &error))
}

fn write_failed(file: &LiveFile, error: &std::io::Error) -> crate::db::api::OraError {
    let (code, words) = errors::system(error);
    errors::about_file(1114, "IO error writing block to file", file.header.file, &file.path).and(code, words)
}
