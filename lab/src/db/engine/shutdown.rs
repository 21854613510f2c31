//! SHUTDOWN and the modes that are set in MOUNT.

use super::Database;
use crate::db::{
    api::OraError,
    control::GroupStatus,
    errors::{self, Ora},
    redo::Event,
};

impl Database {
    /// SHUTDOWN IMMEDIATE: pluggable databases first; all written, headers clean, thread closed. ORA-01149 while a file is in backup mode.
    pub fn close(&mut self) -> Ora<()> {
        let Some(live) = &self.live else {
            self.pdbs.clear();
            return Ok(());
        };
        if let Some(file) = live.files.values().find(|file| file.header.hot) {
            let number = file.header.file;
            let text = format!("cannot shutdown - file {number} has online backup set");
            return Err(errors::about_file(1149, text, number, &file.path));
        }
        for con_id in self.pdbs.keys().copied().collect::<Vec<_>>() {
            self.close_pdb(con_id)?;
        }
        self.log_events(vec![Event::Close])?;
        self.checkpoint_as(false)?;
        self.control.thread.open = false;
        let active = self.control.groups.iter_mut().filter(|group| group.status == GroupStatus::Active);
        active.for_each(|group| group.status = GroupStatus::Inactive);
        self.write_control()?;
        self.live = None;
        Ok(())
    }

    /// SHUTDOWN ABORT, or the process ends: nothing more is written, but a write that the kernel has begun it ends.
    pub fn abort(&mut self) {
        if let Some(live) = &mut self.live {
            let _ = live.release();
        }
        self.live = None;
        self.pdbs.clear();
        self.session = None;
    }

    /// ALTER DATABASE [NO]ARCHIVELOG. ORA-01126 if open, ORA-00265 if crash recovery is due.
    pub fn archive_mode(&mut self, on: bool) -> Ora<()> {
        if self.is_open() {
            return Err(OraError::new(1126, "database must be mounted in this instance and not open in any instance"));
        }
        if self.control.thread.open {
            return Err(OraError::new(265, "instance recovery required, cannot set ARCHIVELOG mode"));
        }
        self.control.archivelog = on;
        self.write_control()
    }
}
