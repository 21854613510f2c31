//! The archiver: copies full logs to every destination.

use super::Database;
use crate::db::{
    api::{ArchivedLog, OraError},
    control::{Group, GroupStatus},
    errors::Ora,
    params::{now, stamp},
    redo::{LOG_BLOCK, LogHeader, read_header},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

impl Database {
    /// Archives the oldest log that waits for it. `false` if none does. ORA-16014 if no destination takes it.
    pub fn archive_one(&mut self) -> Ora<bool> {
        let waits =
            |group: &&Group| !group.archived && matches!(group.status, GroupStatus::Active | GroupStatus::Inactive);
        let oldest = self.control.groups.iter().filter(waits).min_by_key(|group| group.sequence).cloned();
        let Some(group) = oldest.filter(|_| self.control.archivelog) else { return Ok(false) };
        self.archive_group(&group)?;
        self.write_control()?;
        Ok(true)
    }

    /// Archives one group and remembers it (the control file is not written yet).
    pub fn archive_group(&mut self, group: &Group) -> Ora<()> {
        let mut taken = 0;
        for (number, place) in self.env.destinations() {
            let Some(header) = self.readable(group) else { break };
            let name = self.env.log_name(&place, header.thread, header.sequence, header.resetlogs_time, header.dbid);
            let copied = group.members.iter().any(|member| copy(member, &name, &header).is_ok());
            if copied {
                taken += 1;
                self.remember(&header, number, &name);
            }
        }
        if taken == 0 {
            return Err(not_archived(group));
        }
        self.control.groups.iter_mut().filter(|g| g.group == group.group).for_each(|g| g.archived = true);
        Ok(())
    }

    fn readable(&self, group: &Group) -> Option<LogHeader> {
        let headers = group.members.iter().filter_map(|member| read_header(member).ok());
        let ours = |header: &LogHeader| header.sequence == group.sequence && header.dbid == self.control.dbid;
        headers.into_iter().find(|header| ours(header) && header.finished())
    }

    fn remember(&mut self, header: &LogHeader, dest_id: u32, name: &Path) {
        let recid = self.control.recid();
        let mut row = archived_row(header, name);
        (row.recid, row.dest_id) = (recid, dest_id);
        self.control.archived.push(row);
    }
}

/// The row of V$ARCHIVED_LOG for a log with this header; RECID is still 0, DEST_ID 1.
#[must_use]
pub fn archived_row(header: &LogHeader, name: &Path) -> ArchivedLog {
    ArchivedLog {
        recid: 0,
        stamp: stamp(now()),
        name: Some(name.to_owned()),
        dest_id: 1,
        thread: header.thread,
        sequence: header.sequence,
        resetlogs_change: header.resetlogs_change,
        resetlogs_time: header.resetlogs_time,
        first_change: header.first_change,
        first_time: header.first_time,
        next_change: header.next_change,
        next_time: header.next_time,
        blocks: header.blocks(),
        block_size: LOG_BLOCK,
        archived: true,
        deleted: false,
        status: 'A',
        completion_time: now(),
    }
}

fn copy(from: &Path, to: &Path, header: &LogHeader) -> io::Result<()> {
    let bytes = (header.blocks() + 1) * u64::from(LOG_BLOCK);
    // The destination's folder must be there; a missing one is a full or unmounted destination to Oracle too.
    let mut target = fs::OpenOptions::new().create(true).truncate(true).write(true).open(to)?;
    let copied = io::copy(&mut File::open(from)?.take(bytes), &mut target)?;
    target.sync_all()?;
    if copied == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn not_archived(group: &Group) -> OraError {
    let text = format!("log {} sequence# {} not archived, no available destinations", group.group, group.sequence);
    group.members.iter().fold(OraError::new(16014, text), |stack, member| {
        stack.and(312, format!("online log {} thread 1: '{}'", group.group, member.display()))
    })
}
