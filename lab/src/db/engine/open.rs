//! ALTER DATABASE OPEN, with crash recovery where the thread was left open.

use super::{Database, Live, database::LiveFile};
use crate::db::{
    api::{ControlType, OraError},
    control::{Enabled, GroupStatus},
    create,
    errors::{self, Ora},
    header::DatafileHeader,
    redo::{LogError, LogWriter},
};
use std::{
    collections::{BTreeMap, HashSet},
    fs::{File, OpenOptions},
    path::Path,
};

/// CDB$ROOT.
const ROOT: u32 = 1;

impl Database {
    /// ALTER DATABASE OPEN [READ ONLY | RESETLOGS]. ORA-01531 if open; ORA-01589 if only RESETLOGS may follow (BACKUP
    /// control file, incomplete recovery); ORA-01588 after an OPEN
    /// RESETLOGS that did not end; ORA-01139 for RESETLOGS without reason; ORA-01666 for RESETLOGS on a standby.
    pub fn open(&mut self, resetlogs: bool, read_only: bool) -> Ora<()> {
        if self.is_open() {
            return Err(OraError::new(1531, "a database already has been opened by the instance"));
        }
        if self.control.resetting.is_some() && !resetlogs {
            return Err(OraError::new(1588, "must use RESETLOGS option for database open"));
        }
        match (self.control.kind, resetlogs) {
            (ControlType::Standby, true) => Err(OraError::new(1666, "control file is for a standby database")),
            (ControlType::Standby, false) => self.open_standby(),
            (_, true) => self.open_resetlogs(),
            (_, false) if self.must_reset() => self.open_recovered(read_only),
            _ if read_only => self.open_read_only(),
            _ => self.open_read_write(),
        }
    }

    /// Whether only RESETLOGS opens this database.
    pub fn must_reset(&self) -> bool {
        let control = &self.control;
        control.kind == ControlType::Backup || control.recovered_to.is_some() || control.resetting.is_some()
    }

    /// READ ONLY before RESETLOGS, to look whether the right point was met. Whether a BACKUP control file allows it is not
    /// settled by the sources: quirk `open-read-only`.
    fn open_recovered(&mut self, read_only: bool) -> Ora<()> {
        if !read_only {
            return Err(OraError::new(1589, "must use RESETLOGS or NORESETLOGS option for database open"));
        }
        if self.env.quirks.is("open-read-only", "refused") {
            return Err(OraError::new(16005, "database requires recovery"));
        }
        self.check_consistent(self.recovered_scn())?;
        self.begin_read_only()
    }

    /// A standby opens read only, whichever way it is asked. ORA-10458 with the file that is not consistent.
    fn open_standby(&mut self) -> Ora<()> {
        let not_yet = |below| errors::over(10458, "standby database requires recovery", below);
        self.check_consistent(self.recovered_scn()).map_err(not_yet)?;
        self.begin_read_only()
    }

    /// A primary opens read only only after a clean shutdown here: crash recovery would write.
    fn open_read_only(&mut self) -> Ora<()> {
        self.verify_for_open()?;
        if self.control.thread.open {
            return Err(OraError::new(16005, "database requires recovery"));
        }
        self.begin_read_only()
    }

    fn begin_read_only(&mut self) -> Ora<()> {
        self.read_only = true;
        self.write_control()?;
        self.after_root_open()
    }

    fn open_read_write(&mut self) -> Ora<()> {
        let mut headers = self.verify_for_open()?;
        let crashed = self.control.thread.open;
        headers.extend(self.left_open()?);
        let mut live = self.bring_up(headers)?;
        if crashed {
            self.crash_recovery(&mut live)?;
        }
        self.control.datafiles.iter_mut().for_each(|record| record.backup = None);
        self.begin_live(live, crashed)
    }

    /// Makes the instance live: thread open, headers fuzzy; after a crash in a new log.
    pub fn begin_live(&mut self, live: Live, switch: bool) -> Ora<()> {
        self.temp_files(ROOT);
        self.live = Some(live);
        self.control.thread.open = true;
        self.note_scn_time();
        let opened = self.write_control().and_then(|()| if switch { self.switch_log() } else { Ok(()) });
        let opened = opened.and_then(|()| self.checkpoint());
        if opened.is_err() {
            self.live = None;
        }
        opened?;
        self.after_root_open()
    }

    /// Opens the files and the current log.
    fn bring_up(&self, headers: Vec<DatafileHeader>) -> Ora<Live> {
        let log = self.resume_log()?;
        let highest = headers.iter().map(|header| header.checkpoint_change).max().unwrap_or(0);
        let scn = highest.max(self.control.thread.scn).max(self.control.checkpoint_change);
        Ok(Live::new(&self.env, scn, log, self.handles(headers)?))
    }

    /// Opens the data files that these headers belong to.
    pub fn handles(&self, headers: Vec<DatafileHeader>) -> Ora<BTreeMap<u32, LiveFile>> {
        headers.into_iter().map(|header| Ok((header.file, self.handle(header)?))).collect()
    }

    /// The same for recovery, which also writes files that are read only by now.
    pub fn recovery_handles(&self, headers: Vec<DatafileHeader>) -> Ora<BTreeMap<u32, LiveFile>> {
        headers.into_iter().map(|header| Ok((header.file, self.handle_for(header, true)?))).collect()
    }

    /// Opens one data file.
    pub fn handle(&self, header: DatafileHeader) -> Ora<LiveFile> {
        let read_only = self.record(header.file)?.enabled == Enabled::ReadOnly;
        self.handle_for(header, !read_only)
    }

    fn handle_for(&self, header: DatafileHeader, write: bool) -> Ora<LiveFile> {
        let record = self.record(header.file)?;
        let handle = open_file(&record.name, write).map_err(|error| {
            let text = format!("cannot identify/lock data file {} - see DBWR trace file", record.file);
            let (code, words) = errors::system(&error);
            errors::about_file(1157, text, record.file, &record.name).and(code, words)
        })?;
        Ok(LiveFile { handle, path: record.name.clone(), header, imaged: HashSet::new() })
    }

    fn resume_log(&self) -> Ora<LogWriter> {
        let group = self.control.groups.iter().find(|group| group.status == GroupStatus::Current);
        let group = group.ok_or_else(|| errors::internal("no current log"))?;
        let opened = LogWriter::resume(&group.members, group.bytes);
        let log = opened.map_err(|error| self.group_failed(group.group, &error))?;
        let header = &log.header;
        let ours = header.dbid == self.control.dbid && header.resetlogs_change == self.control.resetlogs_change;
        if ours && header.sequence == group.sequence {
            return Ok(log);
        }
        Err(self.other_sequence(group.group, header.sequence))
    }

    /// ORA-00313 with the group's members.
    pub fn group_failed(&self, number: u32, error: &LogError) -> OraError {
        let mut stack = OraError::new(313, format!("open failed for members of log group {number} of thread 1"));
        let members = self.control.groups.iter().filter(|g| g.group == number).flat_map(|g| &g.members);
        for member in members {
            stack = stack.and(312, format!("online log {number} thread 1: '{}'", member.display()));
            let (code, words) = match error {
                LogError::Io(error) => errors::system(error),
                other => (317, other.to_string()),
            };
            stack = stack.and(code, words);
        }
        stack
    }

    /// ORA-00314: the online log is not the one that the control file means.
    pub fn other_sequence(&self, number: u32, found: u32) -> OraError {
        let group = self.control.groups.iter().find(|g| g.group == number);
        let (expected, name) = group.map_or((0, String::new()), |g| {
            (g.sequence, g.members.first().map(|m| m.display().to_string()).unwrap_or_default())
        });
        OraError::new(314, format!("log {number} of thread 1, expected sequence# {expected} doesn't match {found}"))
            .and(312, format!("online log {number} thread 1: '{name}'"))
    }

    /// Temp files are made again where they are gone (RMAN reference, RECOVER: locally managed temporary tablespaces). Where
    /// that fails the database opens all the same.
    pub fn temp_files(&self, con_id: u32) {
        let of = |own: u32| own == con_id || (con_id == ROOT && own == 0);
        let gone = self.control.tempfiles.iter().filter(|(_, _, _, name, _, own)| of(*own) && !name.exists());
        gone.for_each(|(_, _, _, name, bytes, _)| drop(create::make_temp(name, *bytes)))
    }

    /// The SCN that incomplete recovery reached, or without one the lowest that the files agree on.
    pub fn recovered_scn(&self) -> u64 {
        let lowest = || {
            let online = self.control.datafiles.iter().filter(|f| f.writable());
            let headers = online.filter_map(|f| crate::db::header::read(&f.name).ok());
            headers.map(|h| h.checkpoint_change).min().unwrap_or(0)
        };
        self.control.recovered_to.unwrap_or_else(lowest)
    }
}

/// Opens a data file.
pub(crate) fn open_file(path: &Path, write: bool) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(write).open(path)
}
