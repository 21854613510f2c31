//! Whether the files that the control file names are what it says: the checks of OPEN and of recovery.

use super::Database;
use crate::db::{
    api::{ControlType, OraError},
    control::{ControlFile, Enabled, FileRecord, FileStatus},
    errors::{self, Ora},
    header::{self, DatafileHeader, HeaderError},
};

/// Where a file's RESETLOGS stands in the control file's incarnations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lineage {
    /// The present incarnation.
    Current,
    /// An ancestor that the file left in time: recovery can go on through the RESETLOGS.
    Ancestor,
    /// Known, but off the path, or beyond the branch (ORA-19909).
    Orphan,
    /// Not known (ORA-01190).
    Unknown,
}

/// Where a header stands.
pub(crate) fn lineage(control: &ControlFile, header: &DatafileHeader) -> Lineage {
    let same = |change: u64, time: i64| header.resetlogs_change == change && header.resetlogs_time == time;
    if same(control.resetlogs_change, control.resetlogs_time) {
        return Lineage::Current;
    }
    let path = control.path();
    let found = path.iter().position(|i| same(i.resetlogs_change, i.resetlogs_time));
    match found.and_then(|at| path.get(at + 1)) {
        Some(next) if header.checkpoint_change <= next.resetlogs_change => Lineage::Ancestor,
        Some(_) => Lineage::Orphan,
        None if control.incarnations.iter().any(|i| same(i.resetlogs_change, i.resetlogs_time)) => Lineage::Orphan,
        None => Lineage::Unknown,
    }
}

/// What V$DATAFILE_HEADER.ERROR shows for a header that is readable; `None` if it belongs here.
pub(crate) fn mismatch(control: &ControlFile, record: &FileRecord, header: &DatafileHeader) -> Option<&'static str> {
    if header.dbid != control.dbid {
        Some("WRONG DATABASE")
    } else if header.file != record.file {
        Some("WRONG FILE NUMBER")
    } else if header.creation_change != record.creation_change {
        Some("WRONG FILE CREATE")
    } else {
        None
    }
}

/// Reads a file's header and checks that it is this file: ORA-01157, ORA-01122 with ORA-01206/01204/01203/01210/01200,
/// ORA-01111 for a file whose name is not known.
pub(crate) fn identify(control: &ControlFile, record: &FileRecord) -> Ora<DatafileHeader> {
    let (number, name) = (record.file, record.name.as_path());
    if record.unnamed() {
        let text = format!("name for data file {number} is unknown - rename to correct file");
        return Err(errors::about_file(1111, text, number, name).and(1157, unlockable(number)));
    }
    let header = header::read(name).map_err(|error| unreadable(record, &error))?;
    match mismatch(control, record, &header) {
        None => sized(record, header),
        Some("WRONG DATABASE") => {
            Err(failed(record, 1206, "file is not part of this database - wrong database id".into()))
        }
        Some("WRONG FILE NUMBER") => {
            Err(failed(record, 1204, format!("file number is {} rather than {number} - wrong file", header.file)))
        }
        Some(_) => Err(failed(record, 1203, "wrong incarnation of this file - wrong creation SCN".into())),
    }
}

fn sized(record: &FileRecord, header: DatafileHeader) -> Ora<DatafileHeader> {
    let bytes = std::fs::metadata(&record.name).map_or(0, |meta| meta.len());
    let blocks = (bytes / crate::db::block::BLOCK_SIZE as u64).saturating_sub(1);
    if blocks >= header.blocks {
        return Ok(header);
    }
    let text = format!("actual file size of {blocks} is smaller than correct size of {} blocks", header.blocks);
    Err(failed(record, 1200, text))
}

fn unlockable(number: u32) -> String {
    format!("cannot identify/lock data file {number} - see DBWR trace file")
}

fn unreadable(record: &FileRecord, error: &HeaderError) -> OraError {
    match error {
        HeaderError::NotFound | HeaderError::CannotOpen(_) => {
            errors::about_file(1157, unlockable(record.file), record.file, &record.name)
        }
        HeaderError::Corrupt | HeaderError::CannotRead => {
            failed(record, 1210, "data file header is media corrupt".into())
        }
        HeaderError::WrongType => {
            failed(record, 1251, format!("Unknown File Header Version read for file number {}", record.file))
        }
    }
}

/// ORA-01122 with the reason below.
pub(crate) fn failed(record: &FileRecord, code: u32, why: String) -> OraError {
    let text = format!("database file {} failed verification check", record.file);
    errors::about_file(1122, text, record.file, &record.name).and(code, why)
}

/// ORA-01113.
pub(crate) fn needs_recovery(record: &FileRecord) -> OraError {
    let text = format!("file {} needs media recovery", record.file);
    errors::about_file(1113, text, record.file, &record.name)
}

/// ORA-01190.
pub(crate) fn before_resetlogs(record: &FileRecord) -> OraError {
    let text = format!("control file or data file {} is from before the last RESETLOGS", record.file);
    errors::about_file(1190, text, record.file, &record.name)
}

impl Database {
    /// The headers of all online files of the root, if a plain OPEN may go on (with crash recovery if the thread is open).
    pub fn verify_for_open(&self) -> Ora<Vec<DatafileHeader>> {
        self.system_is_online()?;
        let root = self.control.datafiles.iter().filter(|record| record.con_id <= 1);
        let online = root.filter(|record| record.status == FileStatus::Online);
        let headers = online.map(|record| Ok((record, identify(&self.control, record)?))).collect::<Ora<Vec<_>>>()?;
        headers
            .into_iter()
            .map(|(record, header)| match record.enabled {
                Enabled::ReadOnly => self.verify_read_only(record, header),
                Enabled::ReadWrite => self.verify_writable(record, header),
            })
            .collect()
    }

    /// ORA-01147 for a file of SYSTEM that is offline.
    pub fn system_is_online(&self) -> Ora<()> {
        match self.control.datafiles.iter().find(|f| f.ts == 0 && f.con_id <= 1 && f.status != FileStatus::Online) {
            None => Ok(()),
            Some(record) => {
                let text = format!("SYSTEM tablespace file {} is offline", record.file);
                Err(errors::about_file(1147, text, record.file, &record.name))
            }
        }
    }

    fn verify_read_only(&self, record: &FileRecord, header: DatafileHeader) -> Ora<DatafileHeader> {
        let same = header.checkpoint_change == record.checkpoint_change && !header.hot;
        if same { Ok(header) } else { Err(needs_recovery(record)) }
    }

    /// The same for a file of a pluggable database that the last instance had open.
    pub fn verify_left_open(&self, record: &FileRecord) -> Ora<DatafileHeader> {
        self.verify_writable(record, identify(&self.control, record)?)
    }

    fn verify_writable(&self, record: &FileRecord, header: DatafileHeader) -> Ora<DatafileHeader> {
        if lineage(&self.control, &header) != Lineage::Current {
            return Err(before_resetlogs(record));
        }
        let known = record.checkpoint_count;
        if header.checkpoint_count > known + 1 && self.control.kind == ControlType::Current {
            return Err(failed(record, 1207, "file is more recent than control file - old control file".into()));
        }
        if header.hot {
            return Err(hot_at_open(record, &header));
        }
        let closed = header.checkpoint_change == record.checkpoint_change && !header.fuzzy;
        if header.checkpoint_count < known || header.recovering || !(self.control.thread.open || closed) {
            return Err(needs_recovery(record));
        }
        Ok(header)
    }
}

/// A live file that a crash left in backup mode wants END BACKUP (ORA-10873); a restored one media recovery.
fn hot_at_open(record: &FileRecord, header: &DatafileHeader) -> OraError {
    if !is_live_backup(record, header) {
        return needs_recovery(record);
    }
    let text = format!("file {} needs to be either taken out of backup mode or media recovered", record.file);
    errors::about_file(10873, text, record.file, &record.name)
}

/// Whether the header's backup mode is the one that the control file knows, in the file's present version.
pub(crate) fn is_live_backup(record: &FileRecord, header: &DatafileHeader) -> bool {
    let known = record.backup.is_some_and(|backup| backup.change == header.backup_change);
    known && header.checkpoint_count >= record.checkpoint_count
}
