//! What the V$ views show.

use super::{
    Database,
    verify::{is_live_backup, mismatch},
};
use crate::db::{
    api::{self, ControlType, Facts, LogGroup, Status},
    block::BLOCK_SIZE,
    control::{ControlFile, Enabled, FileRecord, FileStatus, Group},
    header::{self, DatafileHeader, HeaderError},
    params::Env,
};

/// Everything that can be seen now.
pub(crate) fn facts(env: &Env, startup_time: i64, database: Option<&mut Database>) -> Facts {
    let status = match &database {
        None => Status::Started,
        Some(database) if database.is_open() => Status::Open,
        Some(_) => Status::Mounted,
    };
    Facts {
        instance: env.sid.clone(),
        host: env.host.clone(),
        status,
        startup_time,
        parameters: env.parameters.clone(),
        database: database.map(|database| database.seen()),
    }
}

impl Database {
    fn seen(&mut self) -> api::Database {
        let control = &self.control;
        api::Database {
            dbid: control.dbid,
            name: control.name.clone(),
            db_unique_name: self.env.unique_name(),
            created: control.created,
            archivelog: control.archivelog,
            open_mode: self.open_mode().into(),
            role: if control.kind == ControlType::Standby { "PHYSICAL STANDBY" } else { "PRIMARY" }.into(),
            control_type: control.kind,
            controlfile_change: control.change,
            controlfile_time: control.time,
            resetlogs_change: control.resetlogs_change,
            resetlogs_time: control.resetlogs_time,
            prior_resetlogs_change: control.prior_resetlogs_change,
            prior_resetlogs_time: control.prior_resetlogs_time,
            checkpoint_change: control.checkpoint_change,
            current_scn: self.current_scn(),
            archive_change: control.archived.iter().map(|log| log.next_change).max().unwrap_or(0),
            force_logging: false,
            flashback_on: false,
            datafiles: control.datafiles.iter().map(|record| self.datafile(record)).collect(),
            tempfiles: control.tempfiles.clone(),
            containers: control.containers.iter().map(|pdb| self.pdb_row(pdb)).collect(),
            controlfiles: self.env.control_files(),
            logs: control.groups.iter().map(log_group).collect(),
            archived: control.archived.clone(),
            incarnations: control.incarnations.clone(),
            pieces: control.pieces.clone(),
            backup_datafiles: control.backup_datafiles.clone(),
            backup_redologs: control.backup_redologs.clone(),
            controlfile_copies: control.controlfile_copies.clone(),
            rman_configuration: control.rman_configuration.clone(),
            scn_times: control.scn_times.clone(),
            tracking: control.tracking.clone(),
            corruption: control.corruption.clone(),
        }
    }

    fn open_mode(&self) -> &'static str {
        match (&self.live, self.read_only) {
            (Some(_), _) => "READ WRITE",
            (None, true) => "READ ONLY",
            (None, false) => "MOUNTED",
        }
    }

    /// 0 in MOUNT.
    fn current_scn(&self) -> u64 {
        match &self.live {
            Some(live) => live.scn,
            // The SCN that the files are at.
            None if self.read_only => self.control.recovered_to.map_or(self.control.checkpoint_change, |end| end - 1),
            None => 0,
        }
    }

    fn datafile(&self, record: &FileRecord) -> api::Datafile {
        let found = header::read(&record.name);
        let (backup_status, backup_change, backup_time) = self.backup_row(record, &found);
        api::Datafile {
            file: record.file,
            ts: record.ts,
            tablespace: record.tablespace.clone(),
            rfile: record.rfile,
            name: record.name.clone(),
            status: status(record).into(),
            enabled: enabled(record).into(),
            creation_change: record.creation_change,
            creation_time: record.creation_time,
            checkpoint_change: record.checkpoint_change,
            checkpoint_time: record.checkpoint_time,
            unrecoverable_change: 0,
            offline_change: record.offline_change,
            online_change: record.online_change,
            bytes: record.blocks * BLOCK_SIZE as u64,
            blocks: record.blocks,
            block_size: BLOCK_SIZE as u32,
            backup_status,
            backup_change,
            backup_time,
            header: self.header(record, found),
            con_id: record.con_id,
        }
    }

    fn pdb_row(&self, pdb: &api::Container) -> api::PdbRow {
        let open = self.pdbs.get(&pdb.con_id);
        let mode = open.map_or("MOUNTED", |open| if open.read_only { "READ ONLY" } else { "READ WRITE" });
        api::PdbRow {
            container: pdb.clone(),
            open_mode: mode.into(),
            restricted: open.map(|open| open.restricted),
            open_time: open.map(|open| open.since),
        }
    }

    fn header(&self, record: &FileRecord, found: Result<DatafileHeader, HeaderError>) -> Result<api::Header, String> {
        if record.unnamed() {
            return Err("FILE MISSING".into());
        }
        let header = found.map_err(|error| error.text().to_owned())?;
        if let Some(error) = mismatch(&self.control, record, &header) {
            return Err(error.into());
        }
        if record.status == FileStatus::Offline {
            return Err("OFFLINE NORMAL".into());
        }
        let recover = needs_recovery(&self.control, record, &header);
        Ok(api::Header {
            dbid: header.dbid,
            db_name: header.db_name,
            fuzzy: header.fuzzy || header.hot || header.recovering,
            recover,
            creation_change: header.creation_change,
            resetlogs_change: header.resetlogs_change,
            resetlogs_time: header.resetlogs_time,
            checkpoint_change: header.checkpoint_change,
            checkpoint_time: header.checkpoint_time,
            checkpoint_count: header.checkpoint_count,
            blocks: header.blocks,
        })
    }

    /// Whether V$BACKUP has no row for a file: of a closed pluggable database and of the seed it lists them as NOT ACTIVE, or not
    /// at all. The one public listing (reference 1.2) shows no ACTIVE ones: quirk `v-backup-of-closed-pdbs`.
    fn left_out_of_backup(&self, record: &FileRecord) -> bool {
        let written = self.pdbs.get(&record.con_id).is_some_and(|open| !open.read_only);
        record.con_id > 1 && self.is_open() && !written && self.env.quirks.is("v-backup-of-closed-pdbs", "no-row")
    }

    /// V$BACKUP reads the headers. What it shows under a BACKUP control file is not settled by the sources: quirk
    /// `v-backup-on-backup-controlfile`.
    fn backup_row(&self, record: &FileRecord, found: &Result<DatafileHeader, HeaderError>) -> (String, u64, i64) {
        let header = match found {
            _ if record.status == FileStatus::Offline => return ("OFFLINE NORMAL".into(), 0, 0),
            _ if self.left_out_of_backup(record) => return (String::new(), 0, 0),
            Err(error) => return (error.text().into(), 0, 0),
            Ok(header) => header,
        };
        if let Some(error) = mismatch(&self.control, record, header) {
            return (error.into(), 0, 0);
        }
        let hidden = self.control.kind == ControlType::Backup
            && self.env.quirks.is("v-backup-on-backup-controlfile", "not-active");
        let status = if header.hot && !hidden { "ACTIVE" } else { "NOT ACTIVE" };
        (status.into(), header.backup_change, header.backup_time)
    }
}

/// V$DATAFILE_HEADER.RECOVER, V$RECOVER_FILE: known for certain under a current control file alone.
fn needs_recovery(control: &ControlFile, record: &FileRecord, header: &DatafileHeader) -> bool {
    let old = header.checkpoint_count < record.checkpoint_count && record.enabled == Enabled::ReadWrite;
    let copied = header.hot && !is_live_backup(record, header);
    let moved = record.enabled == Enabled::ReadOnly && header.checkpoint_change != record.checkpoint_change;
    let elsewhere = control.kind != ControlType::Current && (header.hot || header.fuzzy);
    record.status == FileStatus::Recover || old || copied || moved || elsewhere || header.recovering
}

fn status(record: &FileRecord) -> &'static str {
    match (record.status, record.ts) {
        (FileStatus::Online, 0) => "SYSTEM",
        (FileStatus::Online, _) => "ONLINE",
        (FileStatus::Offline | FileStatus::Recover, 0) => "SYSOFF",
        (FileStatus::Offline, _) => "OFFLINE",
        (FileStatus::Recover, _) => "RECOVER",
    }
}

fn enabled(record: &FileRecord) -> &'static str {
    match (record.enabled, record.status) {
        // A closed pluggable database is not one with read-only tablespaces.
        (Enabled::ReadOnly, _) if record.con_id > 1 => "READ WRITE",
        (Enabled::ReadOnly, _) => "READ ONLY",
        (Enabled::ReadWrite, FileStatus::Offline) => "DISABLED",
        (Enabled::ReadWrite, _) => "READ WRITE",
    }
}

fn log_group(group: &Group) -> LogGroup {
    LogGroup {
        group: group.group,
        thread: 1,
        sequence: group.sequence,
        bytes: group.bytes,
        status: group.status.text().into(),
        archived: group.archived,
        first_change: group.first_change,
        first_time: group.first_time,
        members: group.members.clone(),
    }
}
