//! Checkpoints: dirty blocks to disk, then headers, then control file. A file in backup mode keeps its header checkpoint;
//! only its count and what END BACKUP in MOUNT will need go on.

use super::{Database, database::LiveFile};
use crate::db::{
    api::OraError,
    control::GroupStatus,
    errors::{self, Ora},
    header,
    params::now,
};

/// What a checkpoint writes into headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub change: u64,
    pub time: i64,
    pub sequence: u32,
    /// Whether the file stays open for writing.
    pub fuzzy: bool,
}

impl Database {
    /// A full checkpoint; returns its SCN. ORA-01109 if not open.
    pub fn checkpoint(&mut self) -> Ora<u64> {
        self.checkpoint_as(true)
    }

    /// The same; `fuzzy` is what the headers say afterwards (false on a clean close).
    pub fn checkpoint_as(&mut self, fuzzy: bool) -> Ora<u64> {
        self.live()?;
        self.write_buffers()?;
        let live = self.live()?;
        live.scn += 1;
        let mark = Mark { change: live.scn, time: now(), sequence: live.log.header.sequence, fuzzy };
        let position = (mark.sequence, live.log.offset());
        let files: Vec<u32> = self.control.datafiles.iter().filter(|f| f.writable()).map(|f| f.file).collect();
        for file in files {
            self.mark_file(file, mark)?;
        }
        self.control.checkpoint_change = mark.change;
        self.control.checkpoint_time = mark.time;
        self.advance_thread(position);
        self.write_control()?;
        Ok(mark.change)
    }

    /// Writes the mark into one file's header and record.
    pub fn mark_file(&mut self, file: u32, mark: Mark) -> Ora<()> {
        let Some(live) = self.live.as_mut().and_then(|live| live.files.get_mut(&file)) else { return Ok(()) };
        let header = &mut live.header;
        header.checkpoint_count += 1;
        header.fuzzy = mark.fuzzy;
        if header.hot {
            header.real_checkpoint = mark.change;
            header.real_sequence = mark.sequence;
        } else {
            header.checkpoint_change = mark.change;
            header.checkpoint_time = mark.time;
            header.checkpoint_sequence = mark.sequence;
        }
        write_header(live)?;
        self.note_header(file);
        Ok(())
    }

    /// Copies a live file's header checkpoint into the control file (not yet written).
    pub fn note_header(&mut self, file: u32) {
        let Some(header) = self.live.as_ref().and_then(|live| live.files.get(&file)).map(|f| &f.header) else { return };
        if let Some(record) = self.control.datafiles.iter_mut().find(|f| f.file == file) {
            record.checkpoint_change = header.checkpoint_change;
            record.checkpoint_time = header.checkpoint_time;
            record.checkpoint_count = header.checkpoint_count;
        }
    }

    /// Crash recovery may begin at `position` from now on; logs before it become INACTIVE.
    fn advance_thread(&mut self, position: (u32, u64)) {
        (self.control.thread.sequence, self.control.thread.offset) = position;
        for group in &mut self.control.groups {
            if group.status == GroupStatus::Active && group.sequence < position.0 {
                group.status = GroupStatus::Inactive;
            }
        }
    }

    /// The incremental checkpoint: no header is written, crash recovery only gets shorter.
    pub fn incremental_checkpoint(&mut self) -> Ora<()> {
        let live = self.live()?;
        let end = (live.log.header.sequence, live.log.offset());
        let position = live.cache.oldest().unwrap_or(end);
        if position <= (self.control.thread.sequence, self.control.thread.offset) {
            return Ok(());
        }
        self.sync_files()?;
        self.advance_thread(position);
        self.write_control()
    }
}

/// Writes a live file's header to disk.
pub(crate) fn write_header(file: &LiveFile) -> Ora<()> {
    let written = header::write(&file.handle, &file.header).and_then(|()| file.handle.sync_data());
    written.map_err(|error| write_failed(file, 1, &error))
}

/// ORA-01114.
pub(crate) fn write_failed(file: &LiveFile, block: u32, error: &std::io::Error) -> OraError {
    let (code, words) = errors::system(error);
    let text = format!("IO error writing block to file (block # {block})");
    errors::about_file(1114, text, file.header.file, &file.path).and(code, words)
}
