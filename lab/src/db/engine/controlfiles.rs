//! Copies of the control file, and what RMAN writes into it.

use super::Database;
use crate::db::{
    api::{BackupRecord, ControlType},
    control::{self, ControlError},
    errors::{self, Ora},
    params::stamp,
};
use std::path::Path;

impl Database {
    /// ALTER DATABASE BACKUP CONTROLFILE TO 'file' [REUSE]. ORA-01580 with ORA-27038 if it is there, with ORA-27040 if it
    /// cannot be made. From a standby the copy is of type STANDBY again.
    pub fn backup_controlfile(&mut self, to: &Path, reuse: bool) -> Ora<()> {
        let kind = match self.control.kind {
            ControlType::Standby => ControlType::Standby,
            ControlType::Current | ControlType::Backup => ControlType::Backup,
        };
        self.copy_as(kind, to, reuse)
    }

    /// ALTER DATABASE CREATE STANDBY CONTROLFILE AS 'file' [REUSE].
    pub fn standby_controlfile(&mut self, to: &Path, reuse: bool) -> Ora<()> {
        self.copy_as(ControlType::Standby, to, reuse)
    }

    fn copy_as(&mut self, kind: ControlType, to: &Path, reuse: bool) -> Ora<()> {
        self.write_control()?;
        let mut content = self.control.clone();
        content.kind = kind;
        control::write_new(to, &content, reuse).map_err(|error| match error {
            ControlError::Io(error) => {
                errors::create_failed(1580, format!("error creating control backup file {}", to.display()), &error)
            }
            other => control::write_failed(&other),
        })
    }

    /// Adds what a backup made or catalogued. Rows without RECID get the next one.
    pub fn record_backup(&mut self, record: &BackupRecord) -> Ora<()> {
        let control = &mut self.control;
        for mut piece in record.pieces.iter().cloned() {
            piece.recid = if piece.recid == 0 { control.recid() } else { piece.recid };
            control.pieces.push(piece);
        }
        for mut row in record.datafiles.iter().cloned() {
            row.recid = if row.recid == 0 { control.recid() } else { row.recid };
            control.backup_datafiles.push(row);
        }
        for mut log in record.catalogued.iter().cloned() {
            control.archived.retain(|known| known.name.is_none() || known.name != log.name);
            log.recid = if log.recid == 0 { control.recid() } else { log.recid };
            log.stamp = if log.stamp == 0 { stamp(crate::db::params::now()) } else { log.stamp };
            control.archived.push(log);
        }
        control.controlfile_copies.retain(|known| !record.controlfile_copies.contains(known));
        control.controlfile_copies.extend(record.controlfile_copies.iter().cloned());
        control.backup_redologs.extend(record.redologs.iter().cloned());
        for (file, rows) in &record.scanned {
            control.corruption.retain(|row| row.0 != *file);
            control.corruption.extend(rows.iter().map(|(block, blocks, kind)| (*file, *block, *blocks, kind.clone())));
        }
        self.write_control()
    }

    /// A row of V$RMAN_CONFIGURATION; an empty value clears it.
    pub fn configure(&mut self, name: &str, value: &str) -> Ora<()> {
        let rows = &mut self.control.rman_configuration;
        rows.retain(|(known, _)| known != name);
        if !value.is_empty() {
            rows.push((name.into(), value.into()));
        }
        self.write_control()
    }
}
