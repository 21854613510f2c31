//! RECOVER begins: what is recovered, whether it may be, and from where.

use super::{At, Session};
use crate::db::{
    api::{ControlType, OraError, RecoverScope, Until},
    control::{Enabled, FileRecord, FileStatus},
    engine::{Database, Lineage, SEED, cache::Cache, failed, identify, lineage},
    errors::{self, Ora, recovery_ended},
    header::DatafileHeader,
};
use std::path::PathBuf;

type Known = (FileRecord, DatafileHeader);

impl Database {
    /// Checks and opens a session. Refusals stand below ORA-00283: ORA-01124 file in use, ORA-01610/01665/01666 for the kind of
    /// control file, ORA-01233 read-only file under a BACKUP control file, ORA-19755 change tracking file gone, ORA-00264
    /// nothing to do, and those of [`identify`].
    pub(super) fn start(
        &self,
        scope: &RecoverScope,
        until: &Until,
        backup: bool,
        automatic: bool,
        from: Option<PathBuf>,
    ) -> Ora<Session> {
        if matches!(scope, RecoverScope::Pdbs(_)) && self.env.quirks.is("sqlplus-recover-pluggable", "refused") {
            return Err(OraError::new(905, "missing keyword"));
        }
        let archived_only = backup || self.control.kind == ControlType::Standby;
        let ready = || {
            self.check_kind(scope, until, backup)?;
            self.check_tracking()?;
            let files = self.scope_files(scope, archived_only)?;
            self.check_headers(&files)?;
            let files = self.needing(files, scope, until, archived_only)?;
            Ok((self.beginning(&files)?, files))
        };
        let (at, files) = ready().map_err(recovery_ended)?;
        Ok(Session {
            scope: scope.clone(),
            until: until.clone(),
            archived_only,
            automatic,
            from,
            files: self.recovery_handles(files.into_iter().map(|(_, header)| header).collect())?,
            cache: Cache::default(),
            at,
            pending: Vec::new(),
            applied: Vec::new(),
        })
    }

    fn check_kind(&self, scope: &RecoverScope, until: &Until, backup: bool) -> Ora<()> {
        let whole = matches!(scope, RecoverScope::Database | RecoverScope::StandbyDatabase);
        if !whole && *until != Until::Complete {
            return Err(OraError::new(274, "illegal recovery option UNTIL"));
        }
        match (self.control.kind, scope) {
            (ControlType::Standby, RecoverScope::StandbyDatabase) => Ok(()),
            (ControlType::Standby, _) => Err(OraError::new(1666, "control file is for a standby database")),
            (_, RecoverScope::StandbyDatabase) => {
                Err(OraError::new(1665, "control file is not a standby control file"))
            }
            (ControlType::Backup, _) if !backup => {
                Err(OraError::new(1610, "recovery using the BACKUP CONTROLFILE option must be done"))
            }
            _ => Ok(()),
        }
    }

    /// Recovery writes the change tracking file: ORA-19755 with ORA-19750 where it is gone.
    fn check_tracking(&self) -> Ora<()> {
        match &self.control.tracking {
            Some(file) if !file.exists() => {
                let (code, words) = errors::no_such_file();
                Err(OraError::new(19755, "could not open change tracking file")
                    .and(19750, format!("change tracking file: '{}'", file.display()))
                    .and(code, words))
            }
            _ => Ok(()),
        }
    }

    fn scope_files(&self, scope: &RecoverScope, archived_only: bool) -> Ora<Vec<FileRecord>> {
        let files = self.control.datafiles.iter();
        let chosen: Vec<FileRecord> = match scope {
            RecoverScope::Tablespaces(names) => {
                if let Some(unknown) = names.iter().find(|name| files.clone().all(|f| !f.of_root(name))) {
                    return Err(errors::no_tablespace(unknown));
                }
                files.filter(|f| names.iter().any(|name| f.of_root(name))).cloned().collect()
            }
            RecoverScope::Datafiles(names) => {
                names.iter().map(|name| self.for_recovery(name)).collect::<Ora<Vec<_>>>()?
            }
            RecoverScope::Pdbs(names) => {
                let pdbs = names.iter().map(|name| self.pdb(name)).collect::<Ora<Vec<_>>>()?;
                pdbs.iter().flat_map(|pdb| self.pdb_files(pdb.con_id)).collect()
            }
            _ => files.filter(|f| f.status == FileStatus::Online).cloned().collect(),
        };
        self.refuse_in_use(&chosen)?;
        match chosen.iter().find(|f| archived_only && f.con_id <= 1 && f.enabled == Enabled::ReadOnly) {
            Some(record) if self.control.kind != ControlType::Standby => {
                let text = format!("file {} is read only - cannot recover using backup control file", record.file);
                Err(errors::about_file(1233, text, record.file, &record.name))
            }
            _ => Ok(chosen),
        }
    }

    /// RMAN recovers files of a pluggable database out of the root by their numbers; whether SQL*Plus may is not settled by the
    /// sources: quirk `pdb-files-from-root`.
    fn for_recovery(&self, name: &std::path::Path) -> Ora<FileRecord> {
        let record = self.named(name)?;
        let refused = record.con_id > 1 && self.is_open() && self.env.quirks.is("pdb-files-from-root", "none");
        if refused { Err(self.nonexistent(&name.display().to_string())) } else { Ok(record.clone()) }
    }

    fn refuse_in_use(&self, chosen: &[FileRecord]) -> Ora<()> {
        let open = |f: &FileRecord| f.con_id <= 1 || self.pdbs.contains_key(&f.con_id);
        let used = chosen.iter().find(|f| self.is_open() && f.status == FileStatus::Online && open(f));
        match used {
            None => Ok(()),
            Some(record) => {
                let text = format!("cannot recover data file {} - file is in use or recovery", record.file);
                Err(errors::about_file(1124, text, record.file, &record.name))
            }
        }
    }

    fn check_headers(&self, files: &[FileRecord]) -> Ora<()> {
        for record in files {
            let (code, line) = errors::data_file(record.file, &record.name);
            let header = identify(&self.control, record).map_err(|below| errors::over(code, line, below))?;
            self.check_header(record, &header)?;
        }
        Ok(())
    }

    fn check_header(&self, record: &FileRecord, header: &DatafileHeader) -> Ora<()> {
        let about = |code, text| Err(errors::about_file(code, text, record.file, &record.name));
        match lineage(&self.control, header) {
            Lineage::Orphan => {
                return about(19909, format!("datafile {} belongs to an orphan incarnation", record.file));
            }
            Lineage::Unknown => {
                let text = format!("control file or data file {} is from before the last RESETLOGS", record.file);
                return about(1190, text);
            }
            Lineage::Current | Lineage::Ancestor => {}
        }
        if self.control.kind == ControlType::Current && header.checkpoint_count > record.checkpoint_count + 1 {
            return Err(failed(record, 1207, "file is more recent than control file - old control file".into()));
        }
        if header.hot && self.control.kind == ControlType::Standby && self.env.quirks.is("standby-hot-files", "refused")
        {
            return about(1113, format!("file {} needs media recovery", record.file));
        }
        Ok(())
    }

    /// The files that take part. Complete recovery leaves out those that are as the control file wants them.
    fn needing(
        &self,
        files: Vec<FileRecord>,
        scope: &RecoverScope,
        until: &Until,
        archived_only: bool,
    ) -> Ora<Vec<Known>> {
        let known = files.into_iter().map(|f| identify(&self.control, &f).map(|header| (f, header)));
        let known = known.collect::<Ora<Vec<Known>>>()?;
        let complete = *until == Until::Complete && !archived_only;
        let whole = *scope == RecoverScope::Database;
        let takes_part = |(record, header): &Known| {
            let writable = record.enabled == Enabled::ReadWrite;
            let behind = writable && (!complete || (whole && self.control.thread.open)) || self.stale(record, header);
            // A pluggable database that this control file knows as closed may have been opened since.
            let unknown = archived_only && record.con_id > SEED;
            unknown || behind && !untouched(record, header, until)
        };
        let files: Vec<Known> = known.into_iter().filter(takes_part).collect();
        if files.is_empty() { Err(OraError::new(264, "no recovery required")) } else { Ok(files) }
    }

    fn stale(&self, record: &FileRecord, header: &DatafileHeader) -> bool {
        let behind =
            header.checkpoint_change != record.checkpoint_change || header.checkpoint_count < record.checkpoint_count;
        let read_only = record.enabled == Enabled::ReadOnly;
        if read_only {
            return header.checkpoint_change != record.checkpoint_change || header.hot;
        }
        behind
            || header.hot
            || header.recovering
            || record.status == FileStatus::Recover
            || (header.fuzzy && !self.control.thread.open)
    }

    /// The lowest header checkpoint. A file that was read only when it was copied needs redo only from its READ WRITE on.
    fn beginning(&self, files: &[Known]) -> Ora<At> {
        let lowest = files.iter().map(|(record, header)| self.needs_from(record, header)).min_by_key(|at| at.scn);
        let lowest = lowest.ok_or_else(|| OraError::new(264, "no recovery required"))?;
        Ok(self.not_behind_controlfile(lowest))
    }

    /// Whether recovery under a BACKUP control file that is older than every data file begins where the control file was made (so
    /// that it meets the files added since) is not settled by the sources: quirk `recovery-with-older-controlfile`.
    fn not_behind_controlfile(&self, lowest: At) -> At {
        let wanted = self.env.quirks.is("recovery-with-older-controlfile", "from-controlfile");
        let older = self.control.kind == ControlType::Backup && self.control.change < lowest.scn;
        let Some(group) = self.control.current().filter(|_| wanted && older) else { return lowest };
        let (resetlogs_change, resetlogs_time) = (self.control.resetlogs_change, self.control.resetlogs_time);
        At { scn: self.control.change, sequence: group.sequence, resetlogs_change, resetlogs_time, ..lowest }
    }

    fn needs_from(&self, record: &FileRecord, header: &DatafileHeader) -> At {
        let at = At {
            scn: header.checkpoint_change,
            sequence: header.checkpoint_sequence,
            resetlogs_change: header.resetlogs_change,
            resetlogs_time: header.resetlogs_time,
            generated: header.checkpoint_time,
        };
        if let Some(at) = self.closed_since(record, &at) {
            return at;
        }
        let Some(turn) = record.thawed_after(header.checkpoint_change).filter(|_| !header.hot) else { return at };
        let (resetlogs_change, resetlogs_time) = self.incarnation_of(turn.scn);
        At { scn: turn.scn, sequence: turn.sequence, resetlogs_change, resetlogs_time, ..at }
    }

    /// A file of a pluggable database that was closed when a BACKUP control file was made, and that is as it was then, needs
    /// redo only from the control file on. (Else the seed would want every log since the CDB's creation.) That this holds for
    /// pluggable databases too is not settled by the sources: quirk `closed-pdb-under-backup-controlfile`.
    fn closed_since(&self, record: &FileRecord, at: &At) -> Option<At> {
        let closed = record.con_id > SEED && record.enabled == Enabled::ReadOnly;
        let as_left = closed && record.checkpoint_change == at.scn && self.control.kind != ControlType::Current;
        let since_close = self.env.quirks.is("closed-pdb-under-backup-controlfile", "since-close");
        let sequence = self.control.current()?.sequence;
        let present = (self.control.resetlogs_change, self.control.resetlogs_time);
        let from =
            At { scn: self.control.change, sequence, resetlogs_change: present.0, resetlogs_time: present.1, ..*at };
        (as_left && !since_close && from.scn > at.scn).then_some(from)
    }
}

/// A file that is read only at the point and as it was then: no redo is for it.
fn untouched(record: &FileRecord, header: &DatafileHeader, until: &Until) -> bool {
    let Until::Change(change) = until else { return false };
    record.read_only_at(*change) == Some(header.checkpoint_change) && !header.hot
}
