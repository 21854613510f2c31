//! Containers of a CDB: opening and closing pluggable databases (Multitenant Administrator's Guide, "Administering a CDB with
//! SQL*Plus"; SQL Language Reference, ALTER PLUGGABLE DATABASE).
//!
//! While a pluggable database is closed no redo is for its files. In the control file its closing and opening are turns to
//! read only and back, so that recovery knows from where on a copy needs redo; V$DATAFILE shows them as READ WRITE all the same.

use super::{
    Database, Lineage,
    database::OpenPdb,
    identify, lineage,
    verify::{before_resetlogs, needs_recovery},
};
use crate::context::Oracle;
use crate::db::{
    api::{Container, ControlType, Done, OraError, PdbMode, Pdbs, Recover, RecoverScope, Until},
    control::{Enabled, FileRecord, FileStatus, Turn},
    errors::{self, Ora},
    header::DatafileHeader,
    params::now,
    redo::Event,
};
use std::path::PathBuf;

/// PDB$SEED.
pub(crate) const SEED: u32 = 2;

impl Database {
    /// The pluggable databases of a statement. ORA-65090 where there are none, ORA-65011 for an unknown one, ORA-65017 for the
    /// seed; ALL leaves the seed out.
    fn chosen_pdbs(&self, pdbs: &Pdbs) -> Ora<Vec<Container>> {
        if self.control.containers.is_empty() {
            return Err(OraError::new(65090, "operation only allowed in a container database"));
        }
        let (Pdbs::Named(names) | Pdbs::AllExcept(names)) = pdbs;
        let named = names.iter().map(|name| self.pdb(name)).collect::<Ora<Vec<_>>>()?;
        if named.iter().any(|pdb| pdb.con_id == SEED) {
            return Err(OraError::new(65017, "seed pluggable database may not be dropped or altered"));
        }
        Ok(match pdbs {
            Pdbs::Named(_) => named,
            Pdbs::AllExcept(_) => {
                let all = self.control.containers.iter().filter(|pdb| pdb.con_id != SEED && !named.contains(pdb));
                all.cloned().collect()
            }
        })
    }

    /// A pluggable database by its name; ORA-65011.
    pub fn pdb(&self, name: &str) -> Ora<Container> {
        let found = self.control.containers.iter().find(|pdb| pdb.name == name).cloned();
        found.ok_or_else(|| OraError::new(65011, format!("Pluggable database {name} does not exist.")))
    }

    /// ALTER PLUGGABLE DATABASE … OPEN. ORA-01109 while the CDB is not open, ORA-65019 if it is open, and the errors of
    /// `open_pdb`. ALL goes on with the others.
    pub fn open_pdbs(&mut self, pdbs: &Pdbs, mode: PdbMode) -> Ora<()> {
        let chosen = self.chosen_pdbs(pdbs)?;
        self.is_open().then_some(()).ok_or_else(errors::not_open)?;
        for_each(pdbs, &chosen, |pdb| match (self.pdbs.contains_key(&pdb.con_id), pdbs) {
            (true, Pdbs::Named(_)) => {
                Err(OraError::new(65019, format!("pluggable database {} already open", pdb.name)))
            }
            (true, Pdbs::AllExcept(_)) => Ok(()),
            (false, _) => self.open_pdb(pdb, mode),
        })
    }

    /// ORA-65054 for READ WRITE in a CDB that is open read only; ORA-01157, ORA-01113, ORA-01190 for its files. Without a mode
    /// it is READ WRITE, READ ONLY on a physical standby.
    fn open_pdb(&mut self, pdb: &Container, mode: PdbMode) -> Ora<()> {
        let read_only = mode.read_only.unwrap_or(self.control.kind == ControlType::Standby);
        if self.read_only && !read_only {
            return Err(self.not_in_this_mode());
        }
        self.recover_aborted(pdb)?;
        let files = self.pdb_files(pdb.con_id);
        let headers = self.verify_pdb(&files)?;
        self.temp_files(pdb.con_id);
        if !read_only {
            self.turn_pdb(pdb.con_id, &files, true)?;
        }
        self.note_open(pdb.con_id, OpenPdb { read_only, restricted: mode.restricted, since: now() });
        if self.live.is_some() { self.take_pdb(headers, read_only) } else { Ok(()) }
    }

    fn note_open(&mut self, con_id: u32, open: OpenPdb) {
        self.pdbs.insert(con_id, open);
    }

    /// From 23ai on the message names both modes.
    fn not_in_this_mode(&self) -> OraError {
        let more =
            if self.env.oracle < Oracle::V23 { "" } else { " PDB opening in READ WRITE, CDB opened in READ ONLY." };
        OraError::new(65054, format!("Cannot open a pluggable database in the desired mode.{more}"))
    }

    /// The records of a container's files.
    pub fn pdb_files(&self, con_id: u32) -> Vec<FileRecord> {
        self.control.datafiles.iter().filter(|f| f.con_id == con_id).cloned().collect()
    }

    /// The headers of its online files. ORA-01147 for SYSTEM offline, ORA-01113 for a file that is not as it was left.
    fn verify_pdb(&self, files: &[FileRecord]) -> Ora<Vec<DatafileHeader>> {
        if let Some(record) = files.iter().find(|f| f.ts == 0 && f.status != FileStatus::Online) {
            let text = format!("SYSTEM tablespace file {} is offline", record.file);
            return Err(errors::about_file(1147, text, record.file, &record.name));
        }
        files.iter().filter(|f| f.status == FileStatus::Online).map(|record| self.verify_pdb_file(record)).collect()
    }

    fn verify_pdb_file(&self, record: &FileRecord) -> Ora<DatafileHeader> {
        let header = identify(&self.control, record)?;
        if matches!(lineage(&self.control, &header), Lineage::Orphan | Lineage::Unknown) {
            return Err(before_resetlogs(record));
        }
        // Under a CDB that was recovered and opened read only a file may be one of an open database.
        let left = record.enabled == Enabled::ReadOnly;
        let as_left = header.checkpoint_change == record.checkpoint_change && !header.hot && !header.fuzzy;
        match () {
            () if header.recovering || (left && !as_left) => Err(needs_recovery(record)),
            () if left => Ok(header),
            () => self.is_whole(record, self.recovered_scn()).map(|()| header),
        }
    }

    /// Logs that it opens or closes and notes the turn of its files.
    fn turn_pdb(&mut self, con_id: u32, files: &[FileRecord], open: bool) -> Ora<u64> {
        let scn = self.log_events(vec![Event::Container { con_id, open }])?;
        if !open {
            self.close_files(files, Some(scn))?;
        }
        let turn = Turn { scn, read_only: !open, sequence: self.live()?.log.header.sequence };
        self.set_turn(files, turn);
        Ok(scn)
    }

    fn take_pdb(&mut self, headers: Vec<DatafileHeader>, read_only: bool) -> Ora<()> {
        for mut header in headers {
            let file = header.file;
            if !read_only {
                (header.resetlogs_change, header.resetlogs_time) =
                    (self.control.resetlogs_change, self.control.resetlogs_time);
            }
            let open = self.handle(header)?;
            self.live()?.files.insert(file, open);
        }
        if read_only { Ok(()) } else { self.checkpoint().map(drop) }
    }

    /// After CLOSE ABORT the files are as a crash left them. Whether OPEN recovers them by itself is not settled by the sources:
    /// quirk `pdb-open-after-abort`. Files that were put back always want media recovery.
    fn recover_aborted(&mut self, pdb: &Container) -> Ora<()> {
        let files = self.pdb_files(pdb.con_id);
        let aborted: Vec<_> = files.iter().filter(|f| f.status == FileStatus::Recover).collect();
        let Some(first) = aborted.first() else { return Ok(()) };
        let live = |f: &&&FileRecord| {
            identify(&self.control, f).is_ok_and(|header| header.checkpoint_count >= f.checkpoint_count && !header.hot)
        };
        let old = aborted.iter().find(|f| !live(f));
        if let Some(record) = old.or_else(|| self.env.quirks.is("pdb-open-after-abort", "refused").then_some(first)) {
            identify(&self.control, record)?;
            return Err(needs_recovery(record));
        }
        let names = aborted.iter().map(|f| PathBuf::from(f.file.to_string())).collect();
        self.recover_by_itself(names, first)
    }

    fn recover_by_itself(&mut self, files: Vec<PathBuf>, first: &FileRecord) -> Ora<()> {
        let scope = RecoverScope::Datafiles(files);
        let (until, from) = (Until::Complete, None);
        let start = Recover::Start { scope, until, backup_controlfile: false, automatic: true, from };
        match self.recover(&start)? {
            Done::NeedsLog { .. } => {
                self.recover(&Recover::Cancel)?;
                Err(needs_recovery(first))
            }
            _ => Ok(()),
        }
    }

    /// ALTER PLUGGABLE DATABASE … CLOSE [IMMEDIATE | ABORT]. ORA-01109 while the CDB is not open, ORA-65020 if it is closed,
    /// ORA-01149 while one of its files is in backup mode.
    pub fn close_pdbs(&mut self, pdbs: &Pdbs, abort: bool) -> Ora<()> {
        let chosen = self.chosen_pdbs(pdbs)?;
        self.is_open().then_some(()).ok_or_else(errors::not_open)?;
        for_each(pdbs, &chosen, |pdb| match (self.pdbs.contains_key(&pdb.con_id), pdbs) {
            (false, Pdbs::Named(_)) => {
                Err(OraError::new(65020, format!("pluggable database {} already closed", pdb.name)))
            }
            (false, Pdbs::AllExcept(_)) => Ok(()),
            (true, _) if abort => self.abort_pdb(pdb.con_id),
            (true, _) => self.close_pdb(pdb.con_id),
        })
    }

    /// Everything is written, every header clean at the SCN of the closing, no descriptor is left.
    pub fn close_pdb(&mut self, con_id: u32) -> Ora<()> {
        let files = self.pdb_files(con_id);
        if let Some(live) = &self.live {
            refuse_hot_close(live, &files)?;
        }
        let writing: Vec<_> = files.iter().filter(|f| f.writable()).cloned().collect();
        if self.live.is_some() && !writing.is_empty() {
            self.write_buffers()?;
            self.turn_pdb(con_id, &writing, false)?;
        }
        self.pdbs.remove(&con_id);
        files.iter().for_each(|record| self.drop_handle(record.file));
        self.write_control()
    }

    /// Nothing is written: the files need recovery. ORA-01145 in NOARCHIVELOG.
    fn abort_pdb(&mut self, con_id: u32) -> Ora<()> {
        let files = self.pdb_files(con_id);
        if files.iter().any(FileRecord::writable) && !self.control.archivelog {
            return Err(OraError::new(1145, "offline immediate disallowed unless media recovery enabled"));
        }
        self.pdbs.remove(&con_id);
        for record in files {
            match record.writable() {
                true => self.leave(record.file, FileStatus::Recover)?,
                false => self.drop_handle(record.file),
            }
        }
        self.write_control()
    }

    /// ALTER PLUGGABLE DATABASE … SAVE STATE | DISCARD STATE. A closed one has no state to save: nothing is kept of it.
    pub fn save_pdbs(&mut self, pdbs: &Pdbs, save: bool) -> Ora<()> {
        let chosen = self.chosen_pdbs(pdbs)?;
        self.live()?;
        for pdb in chosen {
            let open = self.pdbs.get(&pdb.con_id);
            let state = open.map(|o| PdbMode { read_only: Some(o.read_only), restricted: o.restricted });
            let known = self.control.containers.iter_mut().find(|known| known.con_id == pdb.con_id);
            known.into_iter().for_each(|known| known.saved = state.filter(|_| save));
        }
        self.write_control()
    }

    /// What follows the opening of the root: what a crash or a recovery left open is closed, the seed opens read only, and
    /// those with a saved state open. What goes wrong there only the alert log says.
    pub fn after_root_open(&mut self) -> Ora<()> {
        let containers = self.control.containers.clone();
        let left_open = |con_id: u32| self.control.datafiles.iter().any(|f| f.con_id == con_id && f.writable());
        let writing = self.live.is_some();
        let left: Vec<u32> = containers.iter().map(|pdb| pdb.con_id).filter(|id| writing && left_open(*id)).collect();
        left.into_iter().try_for_each(|con_id| self.close_pdb(con_id))?;
        for pdb in &containers {
            let seed = PdbMode { read_only: Some(true), restricted: false };
            let mode = if pdb.con_id == SEED { Some(seed) } else { pdb.saved.filter(|_| writing) };
            if let Some(Err(error)) = mode.map(|mode| self.open_pdb(pdb, mode)) {
                self.say(&format!("Pluggable database {} cannot be opened\n{error}", pdb.name));
            }
        }
        Ok(())
    }

    /// After a crash: the headers of the files of pluggable databases that were open then. One that is not there or not the
    /// present one does not hold up the root; it needs media recovery. ORA-10873 for one left in backup mode.
    pub fn left_open(&mut self) -> Ora<Vec<DatafileHeader>> {
        let open = self.control.datafiles.iter().filter(|f| f.con_id > 1 && f.writable());
        let looked: Vec<_> = open.map(|record| (record.file, self.verify_left_open(record))).collect();
        let mut headers = Vec::new();
        for (file, found) in looked {
            match found {
                Ok(header) => headers.push(header),
                Err(error) if error.lines[0].0 == 10873 => return Err(error),
                Err(_) => self.set_status(file, FileStatus::Recover),
            }
        }
        Ok(headers)
    }
}

/// Does it for each; with ALL the first error is told after all were tried.
fn for_each(pdbs: &Pdbs, chosen: &[Container], mut act: impl FnMut(&Container) -> Ora<()>) -> Ora<()> {
    match pdbs {
        Pdbs::Named(_) => chosen.iter().try_for_each(act),
        Pdbs::AllExcept(_) => {
            let done: Vec<_> = chosen.iter().map(&mut act).collect();
            done.into_iter().collect()
        }
    }
}

fn refuse_hot_close(live: &super::Live, files: &[FileRecord]) -> Ora<()> {
    let hot = files.iter().find(|f| live.files.get(&f.file).is_some_and(|open| open.header.hot));
    hot.map_or(Ok(()), |record| {
        let text = format!("cannot shutdown - file {} has online backup set", record.file);
        Err(errors::about_file(1149, text, record.file, &record.name))
    })
}
