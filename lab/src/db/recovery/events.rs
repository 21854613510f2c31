//! What else the redo tells while it is applied.

use super::Session;
use crate::db::{
    api::OraError,
    control::{FileStatus, Turn},
    engine::{Database, new_record},
    errors::{self, Ora},
    header::Made,
    redo::{Event, NewFile},
};

impl Database {
    /// Takes an event at `scn`. With a BACKUP or STANDBY control file it also changes what that knows; a current one knows
    /// already.
    pub(super) fn event(&mut self, session: &mut Session, scn: u64, event: &Event) -> Ora<()> {
        match event {
            Event::BeginBackup { .. } => {}
            Event::EndBackup { file, begin } => end_of_backup(session, *file, *begin),
            Event::Close => closed(session, scn),
            Event::CreateFile(new) => {
                in_dictionary(session, scn, new);
                return self.created(session, scn, new);
            }
            Event::ReadOnly { ts, on } if session.archived_only => self.turned(session, scn, (*ts, *on)),
            Event::Online { file, on } if session.archived_only => {
                let status = if *on { FileStatus::Online } else { FileStatus::Recover };
                self.control.datafile_mut(*file).into_iter().for_each(|record| record.status = status);
            }
            Event::Container { con_id, open } if session.archived_only => {
                self.container_turned(session, scn, (*con_id, *open));
            }
            Event::DropFiles { files } => return self.dropped(session, scn, files),
            Event::ReadOnly { .. } | Event::Online { .. } | Event::Container { .. } => {}
        }
        Ok(())
    }

    /// A file that a BACKUP or STANDBY control file does not know gets a record with the name UNNAMEDnnnnn; recovery stops with ORA-01244 until
    /// it is renamed or created (Backup and Recovery User's Guide, "Re-Creating Data Files When Backups Are Unavailable").
    /// One that the current control file does not know was dropped since.
    fn created(&mut self, session: &mut Session, scn: u64, new: &NewFile) -> Ora<()> {
        if !session.archived_only || self.control.datafile(new.file).is_some() {
            return Ok(());
        }
        session.at.scn = scn;
        session.flush(&self.control)?;
        let mut record = new_record(new, (scn, session.at.generated), session.at.sequence);
        record.name = self.env.dbs().join(format!("UNNAMED{:05}", new.file));
        self.control.datafiles.push(record);
        self.write_control()?;
        let (code, line) = errors::data_file(new.file, &new.name);
        Err(errors::recovery_ended(
            OraError::new(1244, "unnamed datafile(s) added to control file by media recovery").and(code, line),
        ))
    }

    fn turned(&mut self, session: &Session, scn: u64, (ts, on): (u32, bool)) {
        for record in self.control.datafiles.iter_mut().filter(|f| f.ts == ts && f.con_id <= 1) {
            record.turn(Turn { scn, read_only: on, sequence: session.at.sequence });
            record.checkpoint_change = scn;
        }
    }

    /// The tablespace of these files was dropped: recovery forgets them, whether they are there or not.
    fn dropped(&mut self, session: &mut Session, scn: u64, files: &[u32]) -> Result<(), OraError> {
        session.files.get_mut(&1).into_iter().for_each(|system| system.header.unmade(files));
        if !session.archived_only {
            return Ok(());
        }
        session.files.retain(|file, _| !files.contains(file));
        files.iter().for_each(|file| session.cache.forget(*file));
        self.forget_files(files, scn);
        self.write_control()
    }

    /// A pluggable database opened or closed. One that had been closed by ABORT is whole again once it opens.
    fn container_turned(&mut self, session: &Session, scn: u64, (con_id, open): (u32, bool)) {
        for record in self.control.datafiles.iter_mut().filter(|f| f.con_id == con_id) {
            record.turn(Turn { scn, read_only: !open, sequence: session.at.sequence });
            record.checkpoint_change = scn;
            if open && record.status == FileStatus::Recover {
                record.status = FileStatus::Online;
            }
        }
    }
}

/// SYSTEM's part in the making of a file.
fn in_dictionary(session: &mut Session, scn: u64, new: &NewFile) {
    let (time, sequence) = (session.at.generated, session.at.sequence);
    let made = Made { file: new.clone(), scn, time, sequence };
    session.files.get_mut(&1).into_iter().for_each(|system| system.header.made(made.clone()));
}

/// The end-of-backup marker makes the copy whole whose header names the same BEGIN.
fn end_of_backup(session: &mut Session, file: u32, begin: u64) {
    let Some(file) = session.files.get_mut(&file) else { return };
    if file.header.hot && file.header.backup_change == begin {
        file.header.hot = false;
        file.header.fuzzy = false;
    }
}

/// A clean shutdown: what was open is whole here. A copy in backup mode is not: its blocks may be from later.
fn closed(session: &mut Session, scn: u64) {
    for file in session.files.values_mut().filter(|f| !f.header.hot && f.header.checkpoint_change <= scn) {
        file.header.fuzzy = false;
    }
}
