//! DROP TABLESPACE, and what a point before it finds of the files.

use super::Database;
use crate::db::{
    api::{Contents, OraError},
    content,
    control::{DroppedFile, FileRecord, FileStatus},
    errors::{self, Ora},
    redo::Event,
};
use std::{fs, path::PathBuf};

impl Database {
    /// DROP TABLESPACE t [INCLUDING CONTENTS [AND DATAFILES]] (SQL Language Reference). ORA-01109, ORA-00959, ORA-01550 for SYSTEM,
    /// ORA-13501 for SYSAUX, ORA-30013 for the undo tablespace, ORA-12906 for TEMP, ORA-01150 in backup mode, ORA-01549 if it
    /// is not empty. The files stay on disk unless AND DATAFILES is said or their names are Oracle-managed.
    pub fn drop_tablespace(&mut self, name: &str, contents: Contents) -> Ora<()> {
        self.live()?;
        if self.control.tempfiles.iter().any(|temp| temp.2 == name && temp.5 <= 1) {
            return Err(OraError::new(12906, "cannot drop default temporary tablespace"));
        }
        let files = self.files_of(name)?;
        self.may_drop(name, &files)?;
        if contents == Contents::Kept {
            self.is_empty(&files)?;
        }
        let numbers: Vec<u32> = files.iter().map(|f| f.file).collect();
        let scn = self.log_events(vec![Event::DropFiles { files: numbers.clone() }])?;
        numbers.iter().for_each(|file| self.drop_handle(*file));
        self.forget_files(&numbers, scn);
        self.note_unmade(&numbers)?;
        self.write_control()?;
        let gone = |f: &&FileRecord| contents == Contents::WithFiles || super::rename::managed(&f.name);
        // A file that cannot be deleted only stands in the real one's alert log.
        files.iter().filter(gone).for_each(|f| drop(fs::remove_file(&f.name)));
        Ok(())
    }

    fn may_drop(&self, name: &str, files: &[FileRecord]) -> Ora<()> {
        if files.iter().any(|f| f.ts == 0) {
            return Err(OraError::new(1550, "cannot drop system tablespace"));
        }
        if name == "SYSAUX" {
            return Err(OraError::new(13501, "Cannot drop SYSAUX tablespace"));
        }
        if self.env.get("undo_tablespace").unwrap_or("UNDOTBS1").eq_ignore_ascii_case(name) {
            return Err(OraError::new(30013, format!("undo tablespace '{name}' is currently in use")));
        }
        files.iter().try_for_each(|record| self.refuse_hot(record))
    }

    /// ORA-01549 for a tablespace with rows.
    fn is_empty(&mut self, files: &[FileRecord]) -> Ora<()> {
        self.write_buffers()?;
        let names: Vec<PathBuf> =
            files.iter().filter(|f| f.keys > 0 && f.name.is_file()).map(|f| f.name.clone()).collect();
        let rows = content::read_files(&names)?.rows;
        if rows.is_empty() {
            return Ok(());
        }
        Err(OraError::new(1549, "tablespace not empty, use INCLUDING CONTENTS option"))
    }

    /// The files leave the control file; the dictionary of before the drop still has them.
    pub fn forget_files(&mut self, numbers: &[u32], scn: u64) {
        let (gone, kept) = self.control.datafiles.drain(..).partition(|f| numbers.contains(&f.file));
        self.control.datafiles = kept;
        let gone: Vec<FileRecord> = gone;
        self.control.dropped.extend(gone.into_iter().map(|record| DroppedFile { scn, record }));
    }

    /// A point before the drop: the dictionary has files that the control file has not. They come back offline, under the name
    /// MISSINGnnnnn (Administrator's Guide, "Checking for Missing or Extra Files").
    pub fn bring_back_dropped(&mut self, scn: u64) -> Vec<FileRecord> {
        let dropped = std::mem::take(&mut self.control.dropped);
        let there = |d: &DroppedFile| d.scn >= scn && d.record.creation_change < scn;
        let (back, still): (Vec<_>, Vec<_>) = dropped.into_iter().partition(there);
        self.control.dropped = still.into_iter().filter(|d| d.scn < scn).collect();
        let missing: Vec<FileRecord> = back.into_iter().map(|d| self.missing(d.record)).collect();
        self.control.datafiles.extend(missing.iter().cloned());
        self.control.datafiles.sort_by_key(|f| f.file);
        missing
    }

    pub fn missing(&self, record: FileRecord) -> FileRecord {
        let name = self.env.dbs().join(format!("MISSING{:05}", record.file));
        FileRecord { name, status: FileStatus::Recover, ..record }
    }

    /// ALTER TABLESPACE t RENAME DATAFILE 'a' TO 'b'. ORA-01109, ORA-00959; below ORA-01525: ORA-01522 for a file that is not one
    /// of the tablespace, and the refusals of RENAME FILE (ORA-01121 while it is online).
    pub fn rename_in_tablespace(&mut self, tablespace: &str, from: &std::path::Path, to: &std::path::Path) -> Ora<()> {
        self.live()?;
        let files = self.files_of(tablespace)?;
        let below = |error: OraError| errors::over(1525, "error in renaming data files", error);
        if files.iter().all(|f| f.name != from) {
            let text = format!("file '{}' to be renamed does not exist", from.display());
            return Err(below(OraError::new(1522, text)));
        }
        self.rename_file(from, to).map_err(|mut error| {
            error.lines.remove(0);
            below(error)
        })
    }
}
