//! Whether the files are whole at a point: what OPEN RESETLOGS wants, and what RECOVER warns of with ORA-01547.

use super::{
    Database, Lineage, identify, lineage,
    verify::{before_resetlogs, needs_recovery},
};
use crate::db::{
    control::{FileRecord, FileStatus},
    errors::{self, Ora},
    header::DatafileHeader,
};

impl Database {
    /// Every online file is whole at `scn`: ORA-01195 (backup mode not ended), ORA-01194 (fuzzy), ORA-01196 (a recovery
    /// broke off), ORA-01152 (newer than `scn`), ORA-01190 (before another RESETLOGS), ORA-01113 (read only at `scn`, but not
    /// in the state of then); ORA-01147 for SYSTEM offline.
    pub fn check_consistent(&self, scn: u64) -> Ora<()> {
        self.system_is_online()?;
        let online = self.control.datafiles.iter().filter(|f| f.status == FileStatus::Online);
        online.into_iter().try_for_each(|record| self.is_whole(record, scn))
    }

    pub fn is_whole(&self, record: &FileRecord, scn: u64) -> Ora<()> {
        let header = identify(&self.control, record)?;
        if let Some((code, text)) = inconsistency(record, &header, scn) {
            return Err(errors::about_file(code, text, record.file, &record.name));
        }
        match record.read_only_at(scn) {
            Some(since) if header.checkpoint_change != since => Err(needs_recovery(record)),
            Some(_) => Ok(()),
            None => match lineage(&self.control, &header) {
                Lineage::Orphan | Lineage::Unknown => Err(before_resetlogs(record)),
                Lineage::Current | Lineage::Ancestor => Ok(()),
            },
        }
    }
}

fn inconsistency(record: &FileRecord, header: &DatafileHeader, scn: u64) -> Option<(u32, String)> {
    let file = record.file;
    if header.hot {
        Some((1195, format!("online backup of file {file} needs more recovery to be consistent")))
    } else if header.recovering {
        Some((1196, format!("file {file} is inconsistent due to a failed media recovery session")))
    } else if header.checkpoint_change > scn || record.creation_change >= scn {
        Some((1152, format!("file {file} was not restored from a sufficiently old backup")))
    } else if header.fuzzy {
        Some((1194, format!("file {file} needs more recovery to be consistent")))
    } else {
        None
    }
}
