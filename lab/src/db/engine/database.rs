//! The mounted database and, while it is open for writing, what lives in memory.

use super::cache::{Cache, Place, Position, Source};
use crate::db::{
    api::{Command, Done, OraError, Recover},
    block::Block,
    control::{self, ControlFile, FileRecord},
    errors::{self, Ora},
    header::DatafileHeader,
    params::{Env, now},
    recovery::Session,
    redo::{LogWriter, Record},
};
use rand::rngs::StdRng;
use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io,
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

/// A mounted database.
#[derive(Debug)]
pub(crate) struct Database {
    pub env: Arc<Env>,
    pub control: ControlFile,
    /// The control files, held open.
    pub copies: Vec<File>,
    /// `lk<NAME>`, locked as long as it is open.
    pub _lock: File,
    /// Open read write.
    pub live: Option<Live>,
    /// Open read only.
    pub read_only: bool,
    /// The pluggable databases that are open, by container.
    pub pdbs: BTreeMap<u32, OpenPdb>,
    /// A recovery that waits for its next log.
    pub session: Option<Session>,
    /// Descriptors that processes still hold on files gone offline, and until when; `None`: to the end.
    pub lingering: Vec<(Option<Instant>, File)>,
    /// Whether block writes are held between their halves.
    pub hold: bool,
    pub random: StdRng,
    pub ticks: u64,
}

/// How a pluggable database is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenPdb {
    pub read_only: bool,
    pub restricted: bool,
    /// Since when, in seconds.
    pub since: i64,
}

/// What an open database has in memory.
#[derive(Debug)]
pub(crate) struct Live {
    /// The highest SCN given out.
    pub scn: u64,
    pub log: LogWriter,
    pub cache: Cache,
    pub files: BTreeMap<u32, LiveFile>,
    /// Blocks of which only the first half is on disk, as they were when it was written.
    pub held: BTreeMap<Place, Block>,
    pub commits: u64,
    /// Where word of writes under way is left, and under whose name.
    pub dbs: PathBuf,
    pub sid: String,
}

/// An open data file.
#[derive(Debug)]
pub(crate) struct LiveFile {
    pub handle: File,
    pub path: PathBuf,
    pub header: DatafileHeader,
    /// Blocks whose image is in the redo since BEGIN BACKUP.
    pub imaged: HashSet<u32>,
}

impl Live {
    /// An instance's memory with nothing in it yet.
    pub fn new(env: &Env, scn: u64, log: LogWriter, files: BTreeMap<u32, LiveFile>) -> Self {
        let (cache, held) = (Cache::default(), BTreeMap::new());
        Self { scn, log, cache, files, held, commits: 0, dbs: env.dbs(), sid: env.sid.clone() }
    }
}

impl LiveFile {
    /// As the cache wants it.
    pub fn source(&self) -> Source<'_> {
        Source { number: self.header.file, handle: &self.handle, path: &self.path }
    }
}

impl Database {
    /// Every command but MOUNT and SHUTDOWN.
    pub fn execute(&mut self, command: &Command) -> Ora<Done> {
        self.refuse_while_recovering(command)?;
        let done = self.dispatch(command)?;
        // Held writes never run out, also not right after a checkpoint that wrote them all.
        let _ = self.keep_held();
        Ok(done)
    }

    fn dispatch(&mut self, command: &Command) -> Ora<Done> {
        match command {
            Command::Mount | Command::Shutdown { .. } => Err(OraError::new(1100, "database already mounted")),
            Command::Open { resetlogs, read_only } => self.open(*resetlogs, *read_only).map(|()| Done::Ok),
            Command::Recover(recover) => self.recover(recover),
            Command::Commit(rows) => self.commit(rows),
            Command::BeginBackup { tablespace } => self.begin_backup(tablespace.as_deref()).map(|()| Done::Ok),
            Command::EndBackup { tablespace } => self.end_backup(tablespace.as_deref()).map(|()| Done::Ok),
            other => self.execute_rest(other).map(|()| Done::Ok),
        }
    }

    fn refuse_while_recovering(&self, command: &Command) -> Ora<()> {
        match command {
            Command::Recover(Recover::Start { .. }) if self.session.is_some() => {
                Err(OraError::new(275, "media recovery has already been started"))
            }
            Command::Open { .. } if self.session.is_some() => {
                Err(OraError::new(1156, "recovery or flashback in progress may need access to files"))
            }
            _ => Ok(()),
        }
    }

    fn execute_rest(&mut self, command: &Command) -> Ora<()> {
        match command {
            Command::ArchiveLogCurrent => self.archive_log_current(),
            Command::SwitchLogfile => self.switch_log(),
            Command::Checkpoint => self.checkpoint().map(drop),
            Command::BackupControlfile { to, reuse } => self.backup_controlfile(to, *reuse),
            Command::StandbyControlfile { to, reuse } => self.standby_controlfile(to, *reuse),
            Command::RecordBackup(record) => self.record_backup(record),
            Command::Configure { name, value } => self.configure(name, value),
            Command::ArchiveMode { on } => self.archive_mode(*on),
            Command::HoldWrites(on) => self.hold_writes(*on),
            Command::OpenPdbs { pdbs, mode } => self.open_pdbs(pdbs, *mode),
            Command::ClosePdbs { pdbs, abort } => self.close_pdbs(pdbs, *abort),
            Command::SavePdbs { pdbs, save } => self.save_pdbs(pdbs, *save),
            other => self.execute_files(other),
        }
    }

    fn execute_files(&mut self, command: &Command) -> Ora<()> {
        match command {
            Command::RenameFile { from, to } => self.rename_file(from, to),
            Command::CreateDatafile { from, to } => self.create_datafile(from, to),
            Command::DisableTracking => self.disable_tracking(),
            Command::EnableTracking { file } => self.enable_tracking(file),
            Command::DatafileOnline { file, online } => self.datafile_online(*file, *online),
            Command::DatafileForDrop { file } => self.datafile_for_drop(*file),
            Command::TablespaceOnline { tablespace } => self.tablespace_online(tablespace),
            Command::TablespaceOffline { tablespace, how } => self.tablespace_offline(tablespace, *how),
            Command::TablespaceReadOnly { tablespace, read_only } => self.tablespace_read_only(tablespace, *read_only),
            Command::DropTablespace { name, contents } => self.drop_tablespace(name, *contents),
            Command::RenameDatafile { tablespace, from, to } => self.rename_in_tablespace(tablespace, from, to),
            Command::CreateTablespace { name, file, bytes } => self.create_tablespace(name, file.as_deref(), *bytes),
            Command::AddDatafile { tablespace, file, bytes } => self.add_datafile(tablespace, file.as_deref(), *bytes),
            other => Err(OraError::new(900, format!("invalid SQL statement: {other:?}"))),
        }
    }

    /// Whether it is open in any way.
    pub fn is_open(&self) -> bool {
        self.live.is_some() || self.read_only
    }

    /// What is in memory while open for writing. ORA-01109 if not open, ORA-16000 if open read only.
    pub fn live(&mut self) -> Ora<&mut Live> {
        let read_only = self.read_only;
        self.live.as_mut().ok_or_else(|| match read_only {
            true => OraError::new(16000, "database or pluggable database open for read-only access"),
            false => errors::not_open(),
        })
    }

    /// Writes the control files.
    pub fn write_control(&mut self) -> Ora<()> {
        if let Some(live) = &self.live {
            self.control.thread.scn = live.scn;
            self.control.change = live.scn;
        }
        self.control.time = now();
        control::write_copy(&self.copies, &mut self.control).map_err(|error| control::write_failed(&error))
    }

    /// A file's record, or ORA-01516.
    pub fn record(&self, file: u32) -> Ora<&FileRecord> {
        self.control.datafile(file).ok_or_else(|| self.nonexistent(&file.to_string()))
    }

    /// Writes redo. `records` makes the records for the SCN they get; a full log is switched first. Returns the SCN and the
    /// place of the first record.
    pub fn append(&mut self, records: impl Fn(u64) -> Vec<Record>) -> Ora<(u64, Position)> {
        for _ in 0..2 {
            let live = self.live()?;
            let (scn, position) = (live.scn + 1, (live.log.header.sequence, live.log.offset()));
            match live.log.append(&records(scn)) {
                Ok(()) => {
                    live.scn = scn;
                    return Ok((scn, position));
                }
                Err(error) if error.kind() == io::ErrorKind::StorageFull => self.switch_log()?,
                Err(error) => return Err(self.log_write_failed(&error)),
            }
        }
        Err(errors::internal("transaction larger than a log file"))
    }

    fn log_write_failed(&self, error: &io::Error) -> OraError {
        let number = self.control.current().map_or(0, |group| group.group);
        errors::with_system(340, format!("IO error processing online log {number} of thread 1"), error)
    }
}
