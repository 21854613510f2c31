//! Log switches.

use super::Database;
use crate::context::Oracle;
use crate::db::{
    api::OraError,
    control::{Group, GroupStatus},
    errors::{self, Ora},
    params::now,
    redo::{LogHeader, LogWriter, OPEN_END},
};

impl Database {
    /// ALTER SYSTEM SWITCH LOGFILE, and what a full log does. Waits for the next group to be free: its changes written, its
    /// redo archived; ORA-00257 if it cannot be archived.
    pub fn switch_log(&mut self) -> Ora<()> {
        self.live()?;
        if self.free_group().is_none() {
            self.advance_past_active()?;
        }
        let next = match self.free_group() {
            Some(group) => group,
            None => return Err(OraError::new(257, "Archiver error. Connect AS SYSDBA only until resolved.")),
        };
        self.switch_to(next)
    }

    fn advance_past_active(&mut self) -> Ora<()> {
        self.write_buffers()?;
        self.incremental_checkpoint()?;
        while self.archive_one()? {}
        Ok(())
    }

    fn free_group(&self) -> Option<u32> {
        let archivelog = self.control.archivelog;
        let free = |group: &&Group| match group.status {
            GroupStatus::Unused => true,
            GroupStatus::Inactive => group.archived || !archivelog,
            GroupStatus::Current | GroupStatus::Active => false,
        };
        self.control.groups.iter().filter(free).min_by_key(|group| (group.sequence, group.group)).map(|g| g.group)
    }

    fn switch_to(&mut self, number: u32) -> Ora<()> {
        let live = self.live()?;
        live.scn += 1;
        let (scn, time, sequence) = (live.scn, now(), live.log.header.sequence + 1);
        live.log.finish(scn, time).map_err(|error| log_failed(number, &error))?;
        let header = self.new_log(sequence, scn, time);
        let Some(group) = self.control.groups.iter_mut().find(|group| group.group == number) else { return Ok(()) };
        (group.sequence, group.first_change, group.first_time) = (sequence, scn, time);
        let log = LogWriter::begin(&group.members, group.bytes, header).map_err(|error| log_failed(number, &error))?;
        for group in &mut self.control.groups {
            if group.status == GroupStatus::Current {
                (group.status, group.archived) = (GroupStatus::Active, false);
            }
            if group.group == number {
                (group.status, group.archived) = (GroupStatus::Current, false);
            }
        }
        self.live()?.log = log;
        self.tell_switch(number, sequence, scn);
        self.write_control()
    }

    fn tell_switch(&self, number: u32, sequence: u32, scn: u64) {
        let release = self.env.oracle;
        let tail = if release < Oracle::V19 { String::new() } else { format!(",  current SCN: {scn}") };
        let mut text = format!("Thread 1 advanced to log sequence {sequence} (LGWR switch){tail}");
        let members = self.control.groups.iter().filter(|group| group.group == number).flat_map(|g| &g.members);
        for (at, member) in members.enumerate() {
            text.push_str(&format!("\n  Current log# {number} seq# {sequence} mem# {at}: {}", member.display()));
        }
        self.say(&text);
    }

    /// The header of a log that begins now.
    pub fn new_log(&self, sequence: u32, first_change: u64, first_time: i64) -> LogHeader {
        LogHeader {
            dbid: self.control.dbid,
            db_name: self.control.name.clone(),
            thread: 1,
            sequence,
            resetlogs_change: self.control.resetlogs_change,
            resetlogs_time: self.control.resetlogs_time,
            first_change,
            first_time,
            next_change: OPEN_END,
            next_time: 0,
            end: 0,
            digest: 0,
        }
    }

    /// ALTER SYSTEM ARCHIVE LOG CURRENT: switches and waits until every log is archived. ORA-00258 in NOARCHIVELOG.
    pub fn archive_log_current(&mut self) -> Ora<()> {
        self.live()?;
        if !self.control.archivelog {
            return Err(OraError::new(258, "manual archiving in NOARCHIVELOG mode must identify log"));
        }
        self.switch_log()?;
        while self.archive_one()? {}
        Ok(())
    }
}

fn log_failed(group: u32, error: &std::io::Error) -> OraError {
    errors::with_system(340, format!("IO error processing online log {group} of thread 1"), error)
}
