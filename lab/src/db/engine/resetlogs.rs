//! OPEN RESETLOGS: a new incarnation.

use super::{Database, Live, identify};
use crate::db::{
    api::{ControlType, Incarnation, OraError},
    control::{FileRecord, Group, GroupStatus, Resetting, Thread},
    errors::{self, Ora},
    header::DatafileHeader,
    params::now,
    redo::{self, LogWriter},
};

impl Database {
    /// ORA-01139 if no incomplete recovery went before; ORA-01194/01195/01196/01152/01190 with the file that is not at the
    /// recovered SCN; ORA-00344 if a log cannot be made anew.
    pub fn open_resetlogs(&mut self) -> Ora<()> {
        if !self.must_reset() {
            return Err(OraError::new(1139, "RESETLOGS option only valid after an incomplete database recovery"));
        }
        let (removed, missing) = match self.control.resetting {
            Some(Resetting::Incarnation) => (Vec::new(), Vec::new()),
            before => self.begin_incarnation(before.is_none())?,
        };
        self.end_resetlogs()?;
        self.dictionary_check(&removed, &missing);
        Ok(())
    }

    /// The first half: the old redo goes, the new incarnation stands in the control file. From the first step on nothing but
    /// another OPEN RESETLOGS opens the database (ORA-01588).
    fn begin_incarnation(&mut self, first: bool) -> Ora<(Vec<FileRecord>, Vec<FileRecord>)> {
        let scn = self.recovered_scn();
        self.check_consistent(scn)?;
        self.tell_resetlogs(scn);
        if first {
            self.archive_rest();
        }
        self.control.resetting = Some(Resetting::Begun);
        self.write_control()?;
        self.recreate_logs()?;
        let headers = self.writable_headers()?;
        let removed = self.turn_back(scn);
        let mut missing = self.bring_back_dropped(scn);
        missing.extend(self.missing_files()?);
        self.new_incarnation(scn, &headers);
        self.control.resetting = Some(Resetting::Incarnation);
        self.write_control()?;
        Ok((removed, missing))
    }

    /// The second half, which can be done again: logs and headers of the new incarnation.
    fn end_resetlogs(&mut self) -> Ora<()> {
        self.recreate_logs()?;
        let headers = self.writable_headers()?;
        let log = self.first_log()?;
        let change = self.control.resetlogs_change;
        let headers = headers.into_iter().map(|header| self.reset_header(header)).collect::<Ora<Vec<_>>>()?;
        self.control.thread = Thread { open: true, sequence: 1, offset: redo::HEADER_BYTES, scn: change };
        let files = self.handles(headers)?;
        let live = Live::new(&self.env, change, log, files);
        self.control.resetting = None;
        self.begin_live(live, false)
    }

    fn writable_headers(&self) -> Ora<Vec<DatafileHeader>> {
        self.control.datafiles.iter().filter(|f| f.writable()).map(|f| identify(&self.control, f)).collect()
    }

    /// What the online logs hold and is not archived is archived first (Backup and Recovery User's Guide, OPEN RESETLOGS).
    /// Under a BACKUP control file the groups may be others than it knows: they are left alone. What cannot be read is lost.
    fn archive_rest(&mut self) {
        if self.control.kind != ControlType::Current || !self.control.archivelog {
            return;
        }
        let waiting = |g: &&Group| g.status != GroupStatus::Unused && !g.archived;
        let mut groups: Vec<Group> = self.control.groups.iter().filter(waiting).cloned().collect();
        groups.sort_by_key(|group| group.sequence);
        for group in groups {
            if group.status == GroupStatus::Current {
                self.finish_group(&group);
            }
            let _ = self.archive_group(&group);
        }
    }

    fn finish_group(&self, group: &Group) {
        let Ok(mut log) = LogWriter::resume(&group.members, group.bytes) else { return };
        if log.header.sequence == group.sequence && log.header.dbid == self.control.dbid {
            let highest = self.highest_scn(group).max(self.control.thread.scn);
            let _ = log.finish(highest + 1, now());
        }
    }

    fn highest_scn(&self, group: &Group) -> u64 {
        let Some(mut reader) = group.members.iter().find_map(|m| redo::LogReader::open(m).ok()) else { return 0 };
        let mut highest = reader.header.first_change;
        while let Ok(Some(record)) = reader.next_record() {
            highest = record.scn;
        }
        highest
    }

    fn recreate_logs(&mut self) -> Ora<()> {
        for group in &self.control.groups {
            for member in &group.members {
                redo::create_online(member, group.bytes).map_err(|error| {
                    let text = format!("unable to re-create online log '{}'", member.display());
                    errors::create_failed(344, text, &error)
                })?;
            }
        }
        Ok(())
    }

    fn new_incarnation(&mut self, scn: u64, headers: &[DatafileHeader]) {
        let control = &mut self.control;
        let base = headers.first().map_or((control.resetlogs_change, control.resetlogs_time), |header| {
            (header.resetlogs_change, header.resetlogs_time)
        });
        let is = |i: &Incarnation| (i.resetlogs_change, i.resetlogs_time) == base;
        let prior = control.incarnations.iter().find(|i| is(i)).map_or(0, |i| i.incarnation);
        let number = control.incarnations.iter().map(|i| i.incarnation).max().unwrap_or(0) + 1;
        let youngest = control.incarnations.iter().map(|i| i.resetlogs_time).max().unwrap_or(base.1);
        let (change, time) = (scn.max(base.0 + 1), now().max(youngest + 1));
        control.incarnations.push(Incarnation {
            incarnation: number,
            resetlogs_change: change,
            resetlogs_time: time,
            prior_resetlogs_change: base.0,
            prior_resetlogs_time: base.1,
            status: "CURRENT".into(),
            prior_incarnation: prior,
        });
        (control.prior_resetlogs_change, control.prior_resetlogs_time) = base;
        (control.resetlogs_change, control.resetlogs_time) = (change, time);
        let ancestors: Vec<u32> = control.path().iter().map(|i| i.incarnation).collect();
        for incarnation in control.incarnations.iter_mut().filter(|i| i.incarnation != number) {
            incarnation.status = if ancestors.contains(&incarnation.incarnation) { "PARENT" } else { "ORPHAN" }.into();
        }
        control.kind = ControlType::Current;
        control.recovered_to = None;
        control.datafiles.iter_mut().for_each(|record| record.backup = None);
    }

    fn first_log(&mut self) -> Ora<LogWriter> {
        let (change, time) = (self.control.resetlogs_change, self.control.resetlogs_time);
        for (index, group) in self.control.groups.iter_mut().enumerate() {
            let first = index == 0;
            group.status = if first { GroupStatus::Current } else { GroupStatus::Unused };
            group.sequence = u32::from(first);
            group.archived = !first;
            (group.first_change, group.first_time) = if first { (change, time) } else { (0, 0) };
        }
        let header = self.new_log(1, change, time);
        let group = self.control.groups.first().ok_or_else(|| errors::internal("no log group"))?;
        LogWriter::begin(&group.members, group.bytes, header)
            .map_err(|error| self.group_failed(group.group, &redo::LogError::Io(error)))
    }

    fn reset_header(&mut self, mut header: DatafileHeader) -> Ora<DatafileHeader> {
        let record = self.record(header.file)?.clone();
        (header.resetlogs_change, header.resetlogs_time) = (self.control.resetlogs_change, self.control.resetlogs_time);
        header.checkpoint_change = self.control.resetlogs_change;
        header.checkpoint_sequence = 1;
        header.checkpoint_count = header.checkpoint_count.max(record.checkpoint_count);
        header.hot = false;
        super::files::rewrite_header(&record, &header)?;
        if let Some(known) = self.control.datafile_mut(header.file) {
            known.checkpoint_count = header.checkpoint_count;
            known.checkpoint_change = header.checkpoint_change;
        }
        Ok(header)
    }
}
