//! Crash recovery: the online logs from the thread checkpoint on, into the buffers of the instance that opens.

use super::apply;
use crate::db::{
    control::GroupStatus,
    engine::{Database, Live, new_record},
    errors::Ora,
    header,
    redo::{Event, LogReader, NewFile, Redo},
};

impl Database {
    /// Applies what the thread's last instance left. ORA-00313/00312 for a log that is not there, ORA-00314 for one that is not
    /// the one meant, ORA-00353 for one that is damaged.
    pub(crate) fn crash_recovery(&mut self, live: &mut Live) -> Ora<()> {
        let mut pending = Vec::new();
        for sequence in self.control.thread.sequence.. {
            let Some(mut reader) = self.crash_log(sequence)? else { break };
            let begin =
                if sequence == self.control.thread.sequence { self.control.thread.offset } else { reader.offset() };
            reader.seek(begin);
            loop {
                let position = (sequence, reader.offset());
                let next = reader.next_record().map_err(|error| self.group_failed(self.number(sequence), &error))?;
                let Some(record) = next else { break };
                live.scn = live.scn.max(record.scn);
                let scn = record.scn;
                for record in apply::take(&mut pending, record) {
                    match &record.redo {
                        Redo::Event(Event::CreateFile(new)) => {
                            self.known(live, new, (scn, record.time_us / 1_000_000), sequence)?;
                        }
                        Redo::Event(Event::DropFiles { files }) => self.forgotten(live, files, scn),
                        _ => {}
                    }
                    apply::apply(&mut live.cache, &live.files, &record, position)?;
                }
            }
        }
        Ok(())
    }

    fn number(&self, sequence: u32) -> u32 {
        self.control.group_of(sequence).map_or(0, |group| group.group)
    }

    fn crash_log(&self, sequence: u32) -> Ora<Option<LogReader>> {
        let Some(group) = self.control.group_of(sequence) else { return Ok(None) };
        if group.status == GroupStatus::Unused {
            return Ok(None);
        }
        let mut last = None;
        for member in &group.members {
            match LogReader::open(member) {
                Ok(reader) if reader.header.sequence == sequence => return Ok(Some(reader)),
                Ok(reader) => last = Some(self.other_sequence(group.group, reader.header.sequence)),
                Err(error) => last = Some(self.group_failed(group.group, &error)),
            }
        }
        last.map_or(Ok(None), Err)
    }

    /// Files whose tablespace was dropped while the control file was not written any more.
    fn forgotten(&mut self, live: &mut Live, files: &[u32], scn: u64) {
        for file in files {
            live.files.remove(file);
            live.cache.forget(*file);
        }
        self.forget_files(files, scn);
    }

    /// A file whose making is in the redo while the control file was not written any more.
    fn known(&mut self, live: &mut Live, new: &NewFile, made: (u64, i64), sequence: u32) -> Ora<()> {
        if self.control.datafile(new.file).is_some() {
            return Ok(());
        }
        let record = new_record(new, made, sequence);
        let found = header::read(&record.name);
        self.control.datafiles.push(record);
        if let Ok(header) = found {
            live.files.insert(new.file, self.handle(header)?);
        }
        Ok(())
    }
}
