//! One backup set on one channel: lines, piece, records.

use super::{
    scan::{Scan, scan_file},
    text::{named, ranges},
};
use crate::{
    db::{
        api::{ArchivedLog, BackupDatafile, BackupRecord, BackupRedolog, Command, Database, Piece},
        block::BLOCK_SIZE,
        header::DatafileHeader,
    },
    rman::{
        dates::{self, DateFormat},
        names::{self, Naming},
        output::Output,
        piece::{Item, PieceHeader, PieceWriter, SetKind},
        sbt::Media,
        session::Channel,
        stack::Failure,
        target::Site,
    },
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// A data file to be read.
#[derive(Debug, Clone)]
pub struct FileInput {
    /// Its name.
    pub name: PathBuf,
    /// Its header, read when the command began.
    pub header: DatafileHeader,
}

/// Something that goes into a set.
#[derive(Debug, Clone)]
pub enum Input {
    /// A data file.
    Datafile(Box<FileInput>),
    /// An archived log.
    Log(Box<ArchivedLog>),
    /// A copy of a control file.
    ControlfileCopy(PathBuf),
    /// The mounted control file, through its snapshot.
    CurrentControlfile(PathBuf),
    /// The server parameter file.
    Spfile(PathBuf),
}

/// A set to be made.
#[derive(Debug, Clone)]
pub struct SetJob {
    /// Its kind.
    pub kind: SetKind,
    /// What goes in.
    pub inputs: Vec<Input>,
    /// The handle where it is given (autobackup).
    pub file: Option<String>,
}

/// What all channels of a command share.
pub struct Shared<'a> {
    pub out: &'a Output,
    pub site: &'a Site,
    pub dates: &'a DateFormat,
    pub database: &'a Database,
    pub format: Option<&'a str>,
    pub tag: &'a str,
    pub level: Option<u32>,
    pub validate: bool,
    pub max_corrupt: &'a BTreeMap<u32, u64>,
    /// Number and stamp of the next set.
    pub numbers: &'a Mutex<(u32, u64)>,
    /// Bytes in and out.
    pub volume: &'a Mutex<(u64, u64)>,
    /// What VALIDATE lists.
    pub seen: &'a Mutex<Vec<(FileInput, Scan)>>,
}

struct Making<'a> {
    shared: &'a Shared<'a>,
    channel: &'a Channel,
    count: u32,
    stamp: u64,
    started: i64,
    record: BackupRecord,
    input: u64,
    done: u64,
    total: u64,
    operation: &'static str,
}

/// Makes a set. What fails leaves no piece and no record of one.
pub fn make(shared: &Shared<'_>, channel: &Channel, job: &SetJob) -> Result<(), Failure> {
    let (count, stamp) = number(shared);
    let operation = match (job.kind, shared.level) {
        (SetKind::Logs, _) => "RMAN: archived log backup",
        (_, Some(_)) => "RMAN: incremental datafile backup",
        _ => "RMAN: full datafile backup",
    };
    let total = job.inputs.iter().map(Input::blocks).sum();
    let started = dates::now();
    let record = BackupRecord::default();
    let mut making = Making { shared, channel, count, stamp, started, record, input: 0, done: 0, total, operation };
    making.announce(job);
    if shared.validate {
        making.look(job)?
    } else {
        making.write(job)?
    }
    making.finish()
}

fn number(shared: &Shared<'_>) -> (u32, u64) {
    let mut next = shared.numbers.lock().unwrap_or_else(PoisonError::into_inner);
    let mine = *next;
    next.0 += 1;
    next.1 = names::set_stamp(dates::now()).max(next.1 + 1);
    mine
}

impl Input {
    fn blocks(&self) -> u64 {
        match self {
            Self::Datafile(file) => file.header.blocks,
            Self::Log(log) => log.blocks,
            _ => 1,
        }
    }
}

impl Making<'_> {
    fn say(&self, text: &str) -> String {
        format!("channel {}: {text}", self.channel.name)
    }

    fn announce(&self, job: &SetJob) {
        let level = self.shared.level.map_or("full".to_owned(), |level| format!("incremental level {level}"));
        let mut lines = match job.kind {
            SetKind::Autobackup => return,
            SetKind::Logs => {
                vec![self.say("starting archived log backup set"), self.say("specifying archived log(s) in backup set")]
            }
            _ => vec![
                self.say(&format!("starting {level} datafile backup set")),
                self.say("specifying datafile(s) in backup set"),
            ],
        };
        lines.extend(job.inputs.iter().map(named));
        self.shared.out.lines(&lines);
    }

    fn look(&mut self, job: &SetJob) -> Result<(), Failure> {
        for input in &job.inputs {
            if let Input::Datafile(file) = input {
                let scan = scan_file(&file.name, file.header.file, |_, _, _| Ok(()))?;
                self.scanned(file, &scan);
                self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).push(((**file).clone(), scan));
            }
        }
        Ok(())
    }

    fn write(&mut self, job: &SetJob) -> Result<(), Failure> {
        let handle = self.handle(job)?;
        let at = self.shared.dates.show(dates::now());
        if job.kind != SetKind::Autobackup {
            self.shared.out.line(self.say(&format!("starting piece 1 at {at}")));
        }
        let header = PieceHeader {
            dbid: self.shared.database.dbid,
            db_name: self.shared.database.name.clone(),
            set_stamp: self.stamp,
            set_count: self.count,
            piece: 1,
            tag: self.shared.tag.to_owned(),
            kind: job.kind,
            started: self.started,
        };
        let mut writer = PieceWriter::begin(self.channel.media.create(&handle)?, &header)?;
        for input in &job.inputs {
            if let Err(failure) = self.put(&mut writer, input) {
                let failure = writer.discard(failure);
                self.note_corruption();
                return Err(failure);
            }
        }
        let bytes = writer.close()?;
        self.piece(job, &handle, bytes)
    }

    fn handle(&self, job: &SetJob) -> Result<String, Failure> {
        if let Some(handle) = &job.file {
            return Ok(handle.clone());
        }
        let file = match job.inputs.as_slice() {
            [Input::Datafile(file)] => Some(file.header.file),
            _ => None,
        };
        let naming = Naming {
            oracle: self.shared.site.oracle,
            dbid: self.shared.database.dbid,
            db_name: self.shared.database.name.clone(),
            set_count: self.count,
            set_stamp: self.stamp,
            piece: 1,
            copy: 1,
            time: self.started,
            file,
        };
        let format = self.shared.format.or(self.channel.format.as_deref()).unwrap_or("%U");
        Ok(placed(&*self.channel.media, &self.shared.site.home, names::expand(format, &naming)?))
    }

    fn put(&mut self, writer: &mut PieceWriter, input: &Input) -> Result<(), Failure> {
        match input {
            Input::Datafile(file) => self.put_datafile(writer, file),
            Input::Log(log) => self.put_log(writer, log),
            Input::ControlfileCopy(path) => self.put_controlfile(writer, path),
            Input::CurrentControlfile(snapshot) => {
                let command = Command::BackupControlfile { to: snapshot.clone(), reuse: true };
                self.channel.target.execute(&command)?;
                self.put_controlfile(writer, snapshot)
            }
            Input::Spfile(path) => self.put_bytes(writer, Item::Spfile { name: path.clone() }, path),
        }
    }

    /// Block by block. A block that stays broken counts against MAXCORRUPT (0): ORA-19566. Whether RMAN lets fractured blocks
    /// pass in a file that its header shows in hot backup mode is not settled by any public source (the frozen header promises
    /// redo that mends them): quirk `rman-fractured-block`. The default fails, because the documented rule names no exception.
    fn put_datafile(&mut self, writer: &mut PieceWriter, file: &FileInput) -> Result<(), Failure> {
        let number = file.header.file;
        writer.item(&Item::Datafile { name: file.name.clone(), header: Box::new(file.header.clone()) })?;
        let tolerated = file.header.hot && self.shared.site.quirks.is("rman-fractured-block", "counts");
        let limit = self.shared.max_corrupt.get(&number).copied().unwrap_or(0);
        let mut found = Scan::default();
        let result = scan_file(&file.name, number, |block, bytes, scan| {
            let counted = scan.corrupt.iter().filter(|(_, kind)| !tolerated || kind != "FRACTURED").count() as u64;
            if counted > limit {
                found = scan.clone();
                let text = format!("exceeded limit of {limit} corrupt blocks for file {}", file.name.display());
                return Err(Failure::ora(19566, text));
            }
            writer.block(number, block, bytes)?;
            self.advance(1);
            Ok(())
        });
        let scan = result.inspect_err(|_| self.record.scanned.push((number, ranges(&found.corrupt))))?;
        writer.end_item(scan.corrupt.clone())?;
        self.input += scan.blocks * BLOCK_SIZE as u64;
        self.scanned(file, &scan);
        self.datafile_row(file, &scan);
        Ok(())
    }

    fn put_log(&mut self, writer: &mut PieceWriter, log: &ArchivedLog) -> Result<(), Failure> {
        let name = log.name.clone().unwrap_or_default();
        let item = Item::Log {
            name: name.clone(),
            thread: log.thread,
            sequence: log.sequence,
            resetlogs_change: log.resetlogs_change,
            first_change: log.first_change,
            next_change: log.next_change,
        };
        self.put_bytes(writer, item, &name)?;
        self.advance(log.blocks);
        self.record.redologs.push(BackupRedolog {
            set_stamp: self.stamp,
            set_count: self.count,
            thread: log.thread,
            sequence: log.sequence,
            resetlogs_change: log.resetlogs_change,
            first_change: log.first_change,
            next_change: log.next_change,
            blocks: log.blocks,
        });
        Ok(())
    }

    fn put_controlfile(&mut self, writer: &mut PieceWriter, path: &Path) -> Result<(), Failure> {
        self.put_bytes(writer, Item::Controlfile { name: path.to_owned() }, path)?;
        let database = self.shared.database;
        self.record.datafiles.push(BackupDatafile {
            recid: 0,
            set_stamp: self.stamp,
            set_count: self.count,
            file: 0,
            creation_change: 0,
            resetlogs_change: database.resetlogs_change,
            checkpoint_change: database.controlfile_change,
            checkpoint_time: database.controlfile_time,
            absolute_fuzzy_change: 0,
            marked_corrupt: 0,
            media_corrupt: 0,
            logically_corrupt: 0,
            datafile_blocks: 1,
            blocks: 1,
            block_size: 16_384,
            completion_time: dates::now(),
        });
        Ok(())
    }

    fn put_bytes(&mut self, writer: &mut PieceWriter, item: Item, path: &Path) -> Result<(), Failure> {
        let bytes = fs::read(path).map_err(|_| {
            Failure::ora(19505, format!("failed to identify file \"{}\"", path.display()))
                .and(27037, "unable to obtain file status")
                .text("Linux-x86_64 Error: 2: No such file or directory")
        })?;
        writer.item(&item)?;
        writer.data(&bytes)?;
        self.input += bytes.len() as u64;
        writer.end_item(Vec::new())
    }

    fn advance(&mut self, blocks: u64) {
        self.done += blocks;
        if self.done.is_multiple_of(64) || self.done == self.total {
            self.channel.target.progress(self.operation, self.count, self.done, self.total);
        }
    }

    fn scanned(&mut self, file: &FileInput, scan: &Scan) {
        self.record.scanned.push((file.header.file, ranges(&scan.corrupt)));
    }

    /// What was found goes into the control file also when the set fails (seen in public notes).
    fn note_corruption(&mut self) {
        let scanned = std::mem::take(&mut self.record.scanned);
        if !scanned.is_empty() {
            let record = BackupRecord { scanned, ..BackupRecord::default() };
            // The set's own failure is what is to be told.
            let _ = self.channel.target.execute(&Command::RecordBackup(record));
        }
    }

    fn datafile_row(&mut self, file: &FileInput, scan: &Scan) {
        let header = &file.header;
        let corrupt = scan.corrupt.len() as u64;
        self.record.datafiles.push(BackupDatafile {
            recid: 0,
            set_stamp: self.stamp,
            set_count: self.count,
            file: header.file,
            creation_change: header.creation_change,
            resetlogs_change: header.resetlogs_change,
            checkpoint_change: header.checkpoint_change,
            checkpoint_time: header.checkpoint_time,
            absolute_fuzzy_change: if scan.high_scn > header.checkpoint_change { scan.high_scn } else { 0 },
            marked_corrupt: corrupt,
            media_corrupt: corrupt,
            logically_corrupt: 0,
            datafile_blocks: header.blocks,
            blocks: scan.blocks,
            block_size: BLOCK_SIZE as u32,
            completion_time: dates::now(),
        });
    }

    fn piece(&mut self, job: &SetJob, handle: &str, bytes: u64) -> Result<(), Failure> {
        let media = &self.channel.media;
        let with_control = |input: &Input| matches!(input, Input::ControlfileCopy(_) | Input::CurrentControlfile(_));
        self.record.pieces.push(Piece {
            recid: 0,
            set_stamp: self.stamp,
            set_count: self.count,
            piece: 1,
            copy: 1,
            handle: handle.to_owned(),
            tag: self.shared.tag.to_owned(),
            device_type: media.device().name().into(),
            status: 'A',
            start_time: self.started,
            completion_time: dates::now(),
            bytes,
            media: None,
            comments: media.comment().map(str::to_owned),
            backup_type: if job.kind == SetKind::Logs { 'L' } else { 'D' },
            controlfile_included: job.inputs.iter().any(with_control),
        });
        let comment = media.comment().unwrap_or("NONE");
        let (at, tag) = (self.shared.dates.show(dates::now()), self.shared.tag);
        let lines = match job.kind {
            SetKind::Autobackup => vec![format!("piece handle={handle} comment={comment}")],
            _ => vec![
                self.say(&format!("finished piece 1 at {at}")),
                format!("piece handle={handle} tag={tag} comment={comment}"),
                self.say(&format!(
                    "backup set complete, elapsed time: {}",
                    dates::elapsed(dates::now() - self.started)
                )),
            ],
        };
        let mut volume = self.shared.volume.lock().unwrap_or_else(PoisonError::into_inner);
        volume.0 += self.input;
        volume.1 += bytes;
        drop(volume);
        // The control file knows the piece before the log shows it.
        let record = std::mem::take(&mut self.record);
        self.channel.target.execute(&Command::RecordBackup(record))?;
        self.shared.out.lines(&lines);
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        if !self.shared.validate {
            return Ok(());
        }
        let elapsed = dates::elapsed(dates::now() - self.started);
        self.shared.out.line(self.say(&format!("backup set complete, elapsed time: {elapsed}")));
        self.channel.target.execute(&Command::RecordBackup(self.record)).map(drop).map_err(Failure::from)
    }
}

/// Disk pieces without a folder lie in `$ORACLE_HOME/dbs`.
pub fn placed(media: &dyn Media, home: &Path, name: String) -> String {
    let disk = media.device() == crate::rman::syntax::command::Device::Disk;
    if disk && !name.starts_with('/') { home.join("dbs").join(name).display().to_string() } else { name }
}
