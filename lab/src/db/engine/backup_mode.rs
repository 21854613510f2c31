//! BEGIN BACKUP and END BACKUP.

use super::{
    Database,
    checkpoint::write_header,
    identify,
    verify::{failed, is_live_backup},
};
use crate::db::{
    api::OraError,
    control::{Backup, Enabled, FileRecord, FileStatus},
    errors::{self, Ora},
    header,
    params::now_us,
    redo::{Event, Record, Redo},
};

impl Database {
    /// ALTER DATABASE | TABLESPACE … BEGIN BACKUP. The files are checkpointed, their headers frozen there and marked; from
    /// now on the first change of a block brings its image into the redo.
    ///
    /// ORA-01109 not open, ORA-01123 not ARCHIVELOG, ORA-01146 a file is in backup mode; of a tablespace also ORA-01128
    /// offline and ORA-01642 read only. The database form leaves offline and read-only files out.
    pub fn begin_backup(&mut self, tablespace: Option<&str>) -> Ora<()> {
        self.live()?;
        if !self.control.archivelog {
            return Err(OraError::new(1123, "cannot start online backup; media recovery not enabled"));
        }
        let files = self.backup_files(tablespace)?;
        self.check_begin(&files)?;
        let change = self.checkpoint()?;
        for file in &files {
            self.freeze(*file, change)?;
        }
        self.log_events(files.into_iter().map(|file| Event::BeginBackup { file }).collect())?;
        self.write_control()
    }

    fn backup_files(&self, tablespace: Option<&str>) -> Ora<Vec<u32>> {
        let records = self.control.datafiles.iter();
        let Some(name) = tablespace else {
            return Ok(records.filter(|f| f.writable()).map(|f| f.file).collect());
        };
        let files: Vec<_> = records.filter(|f| f.of_root(name)).collect();
        if files.is_empty() {
            return Err(errors::no_tablespace(name));
        }
        for record in &files {
            if record.status != FileStatus::Online {
                let text = format!("cannot start online backup - file {} is offline", record.file);
                return Err(errors::about_file(1128, text, record.file, &record.name));
            }
            if record.enabled == Enabled::ReadOnly {
                return Err(OraError::new(1642, format!("begin backup not needed for read-only tablespace '{name}'")));
            }
        }
        Ok(files.iter().map(|f| f.file).collect())
    }

    fn check_begin(&mut self, files: &[u32]) -> Ora<()> {
        let live = self.live()?;
        let Some(file) = files.iter().find_map(|f| live.files.get(f).filter(|open| open.header.hot)) else {
            return Ok(());
        };
        let number = file.header.file;
        let text = format!("cannot start online backup - file {number} is already in backup");
        Err(errors::about_file(1146, text, number, &file.path))
    }

    fn freeze(&mut self, file: u32, change: u64) -> Ora<()> {
        let Some(open) = self.live()?.files.get_mut(&file) else { return Ok(()) };
        open.imaged.clear();
        let header = &mut open.header;
        header.hot = true;
        header.backup_change = change;
        header.backup_time = header.checkpoint_time;
        header.real_checkpoint = change;
        header.real_sequence = header.checkpoint_sequence;
        let time = header.backup_time;
        write_header(open)?;
        if let Some(record) = self.control.datafile_mut(file) {
            record.backup = Some(Backup { change, time });
        }
        Ok(())
    }

    /// Writes event records, each with its own SCN.
    pub fn log_events(&mut self, events: Vec<Event>) -> Ora<u64> {
        let time_us = now_us();
        let mut last = 0;
        for event in events {
            (last, _) = self.append(|scn| vec![Record { scn, time_us, redo: Redo::Event(event.clone()) }])?;
        }
        Ok(last)
    }

    /// ALTER DATABASE | TABLESPACE … END BACKUP: the end-of-backup marker goes into the redo, then the header goes on.
    /// ORA-01142 if none of the files is in backup mode, ORA-01140 if they are all offline or read only. In MOUNT (after a
    /// crash) see [`Database::end_backup_mounted`].
    pub fn end_backup(&mut self, tablespace: Option<&str>) -> Ora<()> {
        if !self.is_open() {
            return self.end_backup_mounted(tablespace);
        }
        let chosen = self.end_files(tablespace)?;
        let live = self.live()?;
        let hot: Vec<_> = live.files.values().filter(|f| f.header.hot && chosen.contains(&f.header.file)).collect();
        if hot.is_empty() {
            return Err(none_in_backup());
        }
        let marker =
            |header: &header::DatafileHeader| Event::EndBackup { file: header.file, begin: header.backup_change };
        let events: Vec<_> = hot.iter().map(|f| marker(&f.header)).collect();
        let files: Vec<u32> = hot.iter().map(|f| f.header.file).collect();
        self.log_events(events)?;
        for file in files {
            self.thaw(file)?;
        }
        self.checkpoint().map(drop)
    }

    fn end_files(&self, tablespace: Option<&str>) -> Ora<Vec<u32>> {
        let chosen = |f: &&FileRecord| tablespace.is_none_or(|name| f.of_root(name));
        let files: Vec<_> = self.control.datafiles.iter().filter(chosen).collect();
        if let (true, Some(name)) = (files.is_empty(), tablespace) {
            return Err(errors::no_tablespace(name));
        }
        let writable: Vec<u32> = files.iter().filter(|f| f.writable()).map(|f| f.file).collect();
        if writable.is_empty() {
            return Err(OraError::new(1140, "cannot end online backup - all files are offline or readonly"));
        }
        Ok(writable)
    }

    fn thaw(&mut self, file: u32) -> Ora<()> {
        let Some(open) = self.live()?.files.get_mut(&file) else { return Ok(()) };
        open.header.hot = false;
        open.header.checkpoint_change = open.header.real_checkpoint;
        open.header.checkpoint_sequence = open.header.real_sequence;
        open.imaged.clear();
        write_header(open)?;
        if let Some(record) = self.control.datafile_mut(file) {
            record.backup = None;
        }
        Ok(())
    }

    /// END BACKUP in MOUNT: right for the live files after a crash. A file that is an older version than the control file
    /// knows is refused: ORA-01235 with ORA-01122, ORA-01110 and ORA-01208. (What the control file cannot tell from the
    /// live file is taken, also by Oracle: that is why it must not be done to a copy.)
    fn end_backup_mounted(&mut self, tablespace: Option<&str>) -> Ora<()> {
        let chosen = self.end_files(tablespace)?;
        let records: Vec<_> = self.control.datafiles.iter().filter(|f| chosen.contains(&f.file)).cloned().collect();
        let hot = records.into_iter().filter_map(|f| Some((identify(&self.control, &f).ok()?, f)));
        let hot: Vec<_> = hot.filter(|(header, _)| header.hot).collect();
        if hot.is_empty() {
            return Err(none_in_backup());
        }
        let (live, old): (Vec<_>, Vec<_>) = hot.into_iter().partition(|(header, f)| is_live_backup(f, header));
        for (header, record) in &live {
            self.thaw_mounted(header, record)?;
        }
        self.write_control()?;
        match old.first() {
            None => Ok(()),
            Some((_, record)) => Err(refused(record, old.len(), live.len())),
        }
    }

    fn thaw_mounted(&mut self, header: &header::DatafileHeader, record: &FileRecord) -> Ora<()> {
        let mut header = header.clone();
        header.hot = false;
        header.checkpoint_change = header.real_checkpoint;
        header.checkpoint_sequence = header.real_sequence;
        super::files::rewrite_header(record, &header)?;
        if let Some(record) = self.control.datafile_mut(record.file) {
            record.backup = None;
            record.checkpoint_change = header.checkpoint_change;
        }
        Ok(())
    }
}

fn none_in_backup() -> OraError {
    OraError::new(1142, "cannot end online backup - none of the files are in backup")
}

fn refused(record: &FileRecord, old: usize, ended: usize) -> OraError {
    let below = failed(record, 1208, "data file is an old version - not accessing current version".into());
    errors::over(1235, format!("END BACKUP failed for {old} file(s) and succeeded for {ended}"), below)
}
