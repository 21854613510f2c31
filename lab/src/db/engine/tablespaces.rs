//! Files and tablespaces offline, online, read only, read write.

use super::{
    Database, Lineage,
    checkpoint::Mark,
    identify, lineage,
    verify::{before_resetlogs, needs_recovery},
};
use crate::db::{
    api::{Offline, OraError},
    control::{Enabled, FileRecord, FileStatus, Turn},
    errors::{self, Ora},
    header::{self, DatafileHeader},
    params::now,
    redo::Event,
};
use std::time::{Duration, Instant};

/// How long descriptors are kept under `descriptors-kept-after-offline=a-while`.
const A_WHILE: Duration = Duration::from_secs(5);

impl Database {
    /// ALTER DATABASE DATAFILE n OFFLINE FOR DROP. In ARCHIVELOG mode FOR DROP means nothing (SQL Language Reference); without,
    /// it is the one way offline, and none back.
    pub fn datafile_for_drop(&mut self, file: u32) -> Ora<()> {
        let record = self.record(file)?.clone();
        self.in_root(&record)?;
        match record.status {
            FileStatus::Online if self.control.archivelog => self.take_offline(&record),
            FileStatus::Online if self.is_open() && record.ts == 0 => Err(system_stays()),
            FileStatus::Online => self.leave(file, FileStatus::Recover),
            FileStatus::Offline | FileStatus::Recover => Ok(()),
        }
    }

    /// ALTER DATABASE DATAFILE n OFFLINE | ONLINE. OFFLINE writes nothing: the file needs media recovery before it comes back
    /// (ORA-01113); in NOARCHIVELOG it is refused (ORA-01145). ORA-01541 for SYSTEM while open, ORA-01150 in backup mode.
    pub fn datafile_online(&mut self, file: u32, online: bool) -> Ora<()> {
        let record = self.record(file)?.clone();
        self.in_root(&record)?;
        match (online, record.status == FileStatus::Online) {
            (true, true) | (false, false) => Ok(()),
            (true, false) => self.bring_online(&[record]),
            (false, true) => self.take_offline(&record),
        }
    }

    fn take_offline(&mut self, record: &FileRecord) -> Ora<()> {
        if !self.control.archivelog && record.enabled == Enabled::ReadWrite {
            return Err(OraError::new(1145, "offline immediate disallowed unless media recovery enabled"));
        }
        if self.is_open() && record.ts == 0 {
            return Err(system_stays());
        }
        self.refuse_hot(record)?;
        let status = if record.enabled == Enabled::ReadOnly { FileStatus::Offline } else { FileStatus::Recover };
        self.leave(record.file, status)
    }

    /// The file leaves the open database. Whether and how long background processes keep their descriptors is not settled by
    /// the sources: quirk `descriptors-kept-after-offline`.
    pub fn leave(&mut self, file: u32, status: FileStatus) -> Ora<()> {
        let mut change = self.control.checkpoint_change;
        if self.live.is_some() {
            change = self.log_events(vec![Event::Online { file, on: false }])?;
            self.drop_handle(file);
        }
        if let Some(record) = self.control.datafile_mut(file) {
            record.status = status;
            record.offline_change = change;
        }
        self.write_control()
    }

    /// Forgets a file's blocks and closes it.
    pub fn drop_handle(&mut self, file: u32) {
        let Some(live) = &mut self.live else { return };
        live.cache.forget(file);
        live.held.retain(|place, _| place.0 != file);
        let closed = live.files.remove(&file);
        let until = match self.env.quirks.get("descriptors-kept-after-offline") {
            "yes" => Some(None),
            "a-while" => Some(Some(Instant::now() + A_WHILE)),
            _ => None,
        };
        self.lingering.extend(closed.and_then(|open| Some((until?, open.handle))));
    }

    /// ORA-01516 for a file of a pluggable database while the CDB is open: the sessions here are in the root.
    pub fn in_root(&self, record: &FileRecord) -> Ora<()> {
        let other = record.con_id > 1 && self.is_open() && !self.env.quirks.is("pdb-files-from-root", "all");
        if other { Err(self.nonexistent(&record.file.to_string())) } else { Ok(()) }
    }

    pub fn refuse_hot(&self, record: &FileRecord) -> Ora<()> {
        let Some(live) = &self.live else { return Ok(()) };
        match live.files.get(&record.file) {
            Some(open) if open.header.hot => {
                let text = format!("cannot prevent writes - file {} has online backup set", record.file);
                Err(errors::about_file(1150, text, record.file, &record.name))
            }
            _ => Ok(()),
        }
    }

    /// Brings files back: while open each must be recovered to where it went offline.
    fn bring_online(&mut self, records: &[FileRecord]) -> Ora<()> {
        if self.live.is_none() {
            records.iter().for_each(|r| self.set_status(r.file, FileStatus::Online));
            return self.write_control();
        }
        let headers = records.iter().map(|record| self.may_return(record)).collect::<Ora<Vec<_>>>()?;
        for mut header in headers {
            let file = header.file;
            (header.resetlogs_change, header.resetlogs_time) = self.present_resetlogs(file, &header);
            self.set_status(file, FileStatus::Online);
            let open = self.handle(header)?;
            self.live()?.files.insert(file, open);
            let change = self.log_events(vec![Event::Online { file, on: true }])?;
            self.control.datafile_mut(file).into_iter().for_each(|record| record.online_change = change);
        }
        self.checkpoint().map(drop)
    }

    /// A writable file joins the present incarnation; a read-only one keeps its header.
    fn present_resetlogs(&self, file: u32, header: &DatafileHeader) -> (u64, i64) {
        match self.control.datafile(file) {
            Some(record) if record.enabled == Enabled::ReadWrite => {
                (self.control.resetlogs_change, self.control.resetlogs_time)
            }
            _ => (header.resetlogs_change, header.resetlogs_time),
        }
    }

    pub fn set_status(&mut self, file: u32, status: FileStatus) {
        self.control.datafile_mut(file).into_iter().for_each(|record| record.status = status);
    }

    /// A file that went offline cleanly, or that is read only, comes back also after a RESETLOGS.
    fn may_return(&self, record: &FileRecord) -> Ora<DatafileHeader> {
        let header = identify(&self.control, record)?;
        let whole = header.checkpoint_change == record.checkpoint_change && !header.hot && !header.recovering;
        let clean = whole && record.status == FileStatus::Offline;
        let lineage = lineage(&self.control, &header);
        let left_in_time = lineage == Lineage::Ancestor && clean;
        if record.enabled == Enabled::ReadWrite && lineage != Lineage::Current && !left_in_time {
            return Err(before_resetlogs(record));
        }
        if !clean {
            return Err(needs_recovery(record));
        }
        Ok(header)
    }

    pub fn files_of(&self, tablespace: &str) -> Ora<Vec<FileRecord>> {
        let of = |f: &&FileRecord| f.of_root(tablespace);
        let files: Vec<_> = self.control.datafiles.iter().filter(of).cloned().collect();
        if files.is_empty() { Err(errors::no_tablespace(tablespace)) } else { Ok(files) }
    }

    /// ALTER TABLESPACE t ONLINE. ORA-01109, ORA-00959, ORA-01113 for a file that needs recovery.
    pub fn tablespace_online(&mut self, tablespace: &str) -> Ora<()> {
        self.live()?;
        let files = self.files_of(tablespace)?;
        let back: Vec<_> = files.into_iter().filter(|f| f.status != FileStatus::Online).collect();
        self.bring_online(&back)
    }

    /// ALTER TABLESPACE t OFFLINE. NORMAL checkpoints all files, so that they come back without recovery (ORA-01116 where one
    /// cannot be reached, ORA-01191 where one is offline), TEMPORARY those that it can, IMMEDIATE none (ORA-01145 in
    /// NOARCHIVELOG). ORA-01109, ORA-00959, ORA-01541 for SYSTEM, ORA-30042 for the undo tablespace, ORA-01150 in backup mode,
    /// ORA-01539 if it is offline.
    pub fn tablespace_offline(&mut self, tablespace: &str, how: Offline) -> Ora<()> {
        self.live()?;
        let files = self.files_of(tablespace)?;
        self.may_go_offline(tablespace, &files)?;
        let online: Vec<_> = files.iter().filter(|f| f.status == FileStatus::Online).cloned().collect();
        let clean = match how {
            Offline::Normal => {
                normal(&files)?;
                online.clone()
            }
            Offline::Temporary => online.iter().filter(|f| header::read(&f.name).is_ok()).cloned().collect(),
            Offline::Immediate => self.nothing_written()?,
        };
        self.close_files(&clean, None)?;
        for record in online {
            let stays_whole = record.enabled == Enabled::ReadOnly || clean.contains(&record);
            self.leave(record.file, if stays_whole { FileStatus::Offline } else { FileStatus::Recover })?;
        }
        Ok(())
    }

    fn nothing_written(&self) -> Ora<Vec<FileRecord>> {
        if self.control.archivelog {
            return Ok(Vec::new());
        }
        Err(OraError::new(1145, "offline immediate disallowed unless media recovery enabled"))
    }

    fn may_go_offline(&mut self, tablespace: &str, files: &[FileRecord]) -> Ora<()> {
        if files.iter().any(|f| f.ts == 0) {
            return Err(system_stays());
        }
        if self.env.get("undo_tablespace").unwrap_or("UNDOTBS1").eq_ignore_ascii_case(tablespace) {
            return Err(OraError::new(30042, "Cannot offline the undo tablespace"));
        }
        if files.iter().all(|f| f.status != FileStatus::Online) {
            return Err(not_online(tablespace));
        }
        files.iter().try_for_each(|record| self.refuse_hot(record))
    }

    /// Writes the files' blocks and gives them a clean header checkpoint: at `change`, or at a new SCN.
    pub fn close_files(&mut self, files: &[FileRecord], change: Option<u64>) -> Ora<()> {
        if files.is_empty() {
            return Ok(());
        }
        self.write_buffers()?;
        let live = self.live()?;
        live.scn += 1;
        let mark =
            Mark { change: change.unwrap_or(live.scn), time: now(), sequence: live.log.header.sequence, fuzzy: false };
        files.iter().filter(|f| f.writable()).try_for_each(|f| self.mark_file(f.file, mark))
    }

    /// ALTER TABLESPACE t READ ONLY | READ WRITE. ORA-01643 for SYSTEM, ORA-01644 if it is read only, ORA-01646 if it is not,
    /// ORA-01539 if it is offline, ORA-01150 in backup mode.
    pub fn tablespace_read_only(&mut self, tablespace: &str, read_only: bool) -> Ora<()> {
        self.live()?;
        let files = self.files_of(tablespace)?;
        self.may_turn(tablespace, &files, read_only)?;
        if read_only {
            self.write_buffers()?;
            let turn = self.turn(&files, read_only)?;
            self.close_files(&files, Some(turn.scn))?;
            self.set_turn(&files, turn);
            return self.write_control();
        }
        let turn = self.turn(&files, read_only)?;
        self.set_turn(&files, turn);
        self.reopen(&files)?;
        self.checkpoint().map(drop)
    }

    fn turn(&mut self, files: &[FileRecord], read_only: bool) -> Ora<Turn> {
        let ts = files.first().map_or(0, |file| file.ts);
        let scn = self.log_events(vec![Event::ReadOnly { ts, on: read_only }])?;
        Ok(Turn { scn, read_only, sequence: self.live()?.log.header.sequence })
    }

    fn may_turn(&mut self, tablespace: &str, files: &[FileRecord], read_only: bool) -> Ora<()> {
        if files.iter().any(|f| f.status != FileStatus::Online) {
            return Err(not_online(tablespace));
        }
        let is = files.iter().all(|f| f.enabled == Enabled::ReadOnly);
        match (read_only, is) {
            (true, true) => Err(OraError::new(1644, format!("tablespace '{tablespace}' is already read only"))),
            (false, false) => {
                Err(OraError::new(1646, format!("tablespace '{tablespace}' is not read only - cannot make read write")))
            }
            (true, false) if files.iter().any(|f| f.ts == 0) => {
                Err(OraError::new(1643, "system tablespace can not be made read-only"))
            }
            _ => files.iter().try_for_each(|record| self.refuse_hot(record)),
        }
    }

    pub fn set_turn(&mut self, files: &[FileRecord], turn: Turn) {
        for file in files {
            self.control.datafile_mut(file.file).into_iter().for_each(|record| record.turn(turn));
        }
    }

    /// Opens files for writing that were open for reading.
    fn reopen(&mut self, files: &[FileRecord]) -> Ora<()> {
        for record in files {
            let mut header = identify(&self.control, record)?;
            (header.resetlogs_change, header.resetlogs_time) = self.present_resetlogs(record.file, &header);
            let open = self.handle(header)?;
            self.live()?.files.insert(record.file, open);
        }
        Ok(())
    }
}

/// OFFLINE NORMAL wants every file.
fn normal(files: &[FileRecord]) -> Ora<()> {
    if let Some(record) = files.iter().find(|f| f.status != FileStatus::Online) {
        let text = format!("file {} is already offline - cannot do a normal offline", record.file);
        return Err(errors::about_file(1191, text, record.file, &record.name));
    }
    let Some(record) = files.iter().find(|f| header::read(&f.name).is_err()) else { return Ok(()) };
    let text = format!("error in opening database file {}", record.file);
    let (code, words) = (27041, "unable to open file\nLinux-x86_64 Error: 2: No such file or directory");
    Err(errors::about_file(1116, text, record.file, &record.name).and(code, words))
}

fn system_stays() -> OraError {
    OraError::new(1541, "system tablespace cannot be brought offline; shut down if necessary")
}

fn not_online(tablespace: &str) -> OraError {
    OraError::new(1539, format!("tablespace '{tablespace}' is not online"))
}
