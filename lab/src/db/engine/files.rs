//! Making data files: CREATE TABLESPACE, ADD DATAFILE, CREATE DATAFILE AS; writing headers of files that are not open.

use super::{Database, checkpoint::Mark};
use crate::db::{
    api::{NewName, OraError},
    block::BLOCK_SIZE,
    control::{Enabled, FileRecord, FileStatus},
    create::{new_header, suffix},
    errors::{self, Ora},
    header::{self, DatafileHeader, Made},
    params::now,
    redo::{Event, NewFile},
    rows,
};
use std::path::{Path, PathBuf};

impl Database {
    /// CREATE TABLESPACE … DATAFILE … SIZE. ORA-01543 if the name is taken, ORA-01119 if the file cannot be made.
    pub fn create_tablespace(&mut self, name: &str, file: Option<&Path>, bytes: u64) -> Ora<()> {
        self.live()?;
        if self.control.datafiles.iter().any(|f| f.of_root(name)) {
            return Err(OraError::new(1543, format!("tablespace '{name}' already exists")));
        }
        let used = self.control.datafiles.iter().filter(|f| f.con_id <= 1).map(|f| f.ts);
        let ts = used.chain(self.control.tempfiles.iter().filter(|t| t.5 <= 1).map(|t| t.1)).max().unwrap_or(0) + 1;
        self.make_datafile(ts, name, file, bytes)
    }

    /// ALTER TABLESPACE … ADD DATAFILE … SIZE. ORA-00959, ORA-01641 for a read-only or offline tablespace, ORA-01119.
    pub fn add_datafile(&mut self, tablespace: &str, file: Option<&Path>, bytes: u64) -> Ora<()> {
        self.live()?;
        let first = self.control.datafiles.iter().find(|f| f.of_root(tablespace));
        let first = first.ok_or_else(|| errors::no_tablespace(tablespace))?;
        if !first.writable() {
            return Err(OraError::new(1641, format!("tablespace '{tablespace}' is not online - cannot add data file")));
        }
        let ts = first.ts;
        self.make_datafile(ts, tablespace, file, bytes)
    }

    /// The rows that the new file takes follow the highest key there is.
    fn make_datafile(&mut self, ts: u32, tablespace: &str, name: Option<&Path>, bytes: u64) -> Ora<()> {
        let name = name.map_or_else(|| self.managed_name(tablespace), |name| Ok(name.to_owned()))?;
        let file = self.control.datafiles.iter().map(|f| f.file).max().unwrap_or(0) + 1;
        let first_key = self.control.datafiles.iter().map(|f| f.first_key + f.keys).max().unwrap_or(0);
        let blocks = (bytes / BLOCK_SIZE as u64).max(4);
        let keys = rows::KEYS_PER_ADDED_FILE.min(rows::capacity(blocks));
        let new = NewFile {
            file,
            ts,
            tablespace: tablespace.into(),
            rfile: file,
            name,
            blocks,
            first_key,
            keys,
            con_id: u32::from(!self.control.containers.is_empty()),
        };
        let live = self.live()?;
        let mut record = new_record(&new, (live.scn + 1, now()), live.log.header.sequence);
        self.make_empty(&record, false)?;
        let creation = self.log_events(vec![Event::CreateFile(new.clone())])?;
        record.creation_change = creation;
        record.checkpoint_change = creation;
        record.creation_sequence = self.live()?.log.header.sequence;
        let header = self.empty_header(&record);
        rewrite_header(&record, &header)?;
        self.control.datafiles.push(record);
        let open = self.handle(header)?;
        self.live()?.files.insert(file, open);
        // The new file alone is checkpointed: the others are older than its making, and recovery of them goes through it.
        let sequence = self.live()?.log.header.sequence;
        self.mark_file(file, Mark { change: creation, time: now(), sequence, fuzzy: true })?;
        self.note_made(Made { file: new, scn: creation, time: now(), sequence })?;
        self.write_control()
    }

    /// A header whose checkpoint is the file's creation, in the incarnation that the creation lies in.
    fn empty_header(&self, record: &FileRecord) -> DatafileHeader {
        let resetlogs = self.incarnation_of(record.creation_change);
        let mut header = new_header(record, self.control.dbid, &self.control.name, resetlogs);
        header.fuzzy = false;
        header
    }

    /// RESETLOGS_CHANGE# and time of the incarnation on the path that an SCN lies in.
    pub fn incarnation_of(&self, scn: u64) -> (u64, i64) {
        let path = self.control.path();
        let holds = path.iter().rev().find(|i| i.resetlogs_change <= scn);
        holds.map_or((self.control.resetlogs_change, self.control.resetlogs_time), |i| {
            (i.resetlogs_change, i.resetlogs_time)
        })
    }

    fn make_empty(&self, record: &FileRecord, reuse: bool) -> Ora<()> {
        let made = header::create(&record.name, &self.empty_header(record), reuse);
        made.map(drop).map_err(|error| cannot_make(&record.name, &error))
    }

    /// `<DB_CREATE_FILE_DEST>/<DB_UNIQUE_NAME>/datafile/o1_mf_<tablespace>_<8 characters>_.dbf` (Administrator's Guide, "How
    /// Oracle Managed Files Are Named"). ORA-02236 where there is no destination. The folders are made.
    fn managed_name(&self, tablespace: &str) -> Ora<PathBuf> {
        let place = self.env.get("db_create_file_dest").filter(|place| !place.is_empty());
        let place = place.ok_or_else(|| OraError::new(2236, "invalid file name"))?;
        let folder = self.env.expand(place).join(self.env.unique_name().to_uppercase()).join("datafile");
        let name = folder.join(format!("o1_mf_{}_{}_.dbf", tablespace.to_lowercase(), suffix()));
        std::fs::create_dir_all(&folder).map_err(|error| cannot_make(&name, &error))?;
        Ok(name)
    }

    /// A file by its number or its name; ORA-01516.
    pub fn named(&self, name: &Path) -> Ora<&FileRecord> {
        let number = name.to_str().and_then(|text| text.parse::<u32>().ok());
        let found = self.control.datafiles.iter().find(|f| f.name == name || number == Some(f.file));
        found.ok_or_else(|| self.nonexistent(&name.display().to_string()))
    }

    /// ALTER DATABASE CREATE DATAFILE 'from' [AS 'to' | AS NEW]: an empty file as at its creation, to be filled by recovery.
    /// ORA-01516 for a name that is not known, ORA-01180 for SYSTEM, ORA-01182 for a file in use, ORA-01119 if it cannot be
    /// made.
    pub fn create_datafile(&mut self, from: &Path, to: &NewName) -> Ora<()> {
        let mut record = self.named(from)?.clone();
        self.in_root(&record)?;
        if record.file == 1 {
            return Err(errors::about_file(1180, "can not create datafile 1", 1, &record.name));
        }
        if self.live.as_ref().is_some_and(|live| live.files.contains_key(&record.file)) {
            let text = format!("cannot create database file {} - file is in use or recovery", record.file);
            return Err(errors::about_file(1182, text, record.file, &record.name));
        }
        match to {
            NewName::Same => {}
            NewName::As(name) => record.name.clone_from(name),
            NewName::Managed => record.name = self.managed_name(&record.tablespace)?,
        }
        self.make_empty(&record, false)?;
        if let Some(known) = self.control.datafile_mut(record.file) {
            known.name = record.name;
            // Its header is older than anything the control file knows of it.
            known.checkpoint_count = known.checkpoint_count.max(2);
        }
        self.write_control()
    }
}

/// The record of a file that is made at `(SCN, time)` in log `sequence`.
pub(crate) fn new_record(new: &NewFile, (change, time): (u64, i64), sequence: u32) -> FileRecord {
    FileRecord {
        file: new.file,
        ts: new.ts,
        tablespace: new.tablespace.clone(),
        rfile: new.rfile,
        name: new.name.clone(),
        status: FileStatus::Online,
        enabled: Enabled::ReadWrite,
        creation_change: change,
        creation_time: time,
        creation_sequence: sequence,
        checkpoint_change: change,
        checkpoint_time: time,
        checkpoint_count: 1,
        offline_change: 0,
        online_change: 0,
        blocks: new.blocks,
        backup: None,
        first_key: new.first_key,
        keys: new.keys,
        turns: Vec::new(),
        con_id: new.con_id,
    }
}

fn cannot_make(name: &Path, error: &std::io::Error) -> OraError {
    let text = format!("error in creating database file '{}'", name.display());
    errors::create_failed(1119, text, error)
}

/// Writes the header of a file that is not open.
pub(crate) fn rewrite_header(record: &FileRecord, header: &DatafileHeader) -> Ora<()> {
    let write = || {
        let file = super::open::open_file(&record.name, true)?;
        header::write(&file, header)?;
        file.sync_data()
    };
    write().map_err(|error| {
        let (code, words) = errors::system(&error);
        errors::about_file(1114, "IO error writing block to file (block # 1)", record.file, &record.name)
            .and(code, words)
    })
}
