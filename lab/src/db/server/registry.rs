//! The sessions of an instance.

use super::Identify;
use crate::db::session::{JobRow, Longop, SessionRow, background};
use std::os::unix::net::UnixStream;

/// One session of a client.
struct Entry {
    row: SessionRow,
    stream: UnixStream,
    killed: bool,
}

/// All that the engine does not know.
#[derive(Default)]
pub struct Registry {
    entries: Vec<Entry>,
    background: Vec<SessionRow>,
    next_sid: u32,
    next_serial: u32,
    /// V$SESSION_LONGOPS
    pub longops: Vec<Longop>,
    /// RMAN sessions.
    pub jobs: Vec<JobRow>,
    /// Parameters changed since startup.
    pub changed: Vec<(String, String)>,
}

impl Registry {
    /// With the background processes.
    pub fn new(host: &str, now: i64) -> Self {
        Self { background: background(host, now), next_sid: 20, next_serial: 100, ..Self::default() }
    }

    /// Enters a session; gives SID and SERIAL#.
    pub fn enter(&mut self, who: &Identify, host: &str, stream: UnixStream, now: i64) -> (u32, u32) {
        let used: Vec<_> = self.entries.iter().map(|e| e.row.sid).collect();
        let sid = (self.next_sid..).find(|n| !used.contains(n)).unwrap_or(self.next_sid);
        self.next_serial += 2;
        let row = SessionRow {
            sid,
            serial: self.next_serial,
            user: who.role.user().to_owned(),
            os_user: std::env::var("USER").unwrap_or_else(|_| "oracle".to_owned()),
            machine: host.to_owned(),
            program: who.program.clone(),
            client_info: who.client_info.clone(),
            status: "INACTIVE".to_owned(),
            pid: who.pid,
            server_pid: std::process::id(),
            logon_time: now,
            ..SessionRow::default()
        };
        self.entries.push(Entry { row, stream, killed: false });
        (sid, self.next_serial)
    }

    /// Forgets a session.
    pub fn leave(&mut self, sid: u32, serial: u32) {
        self.entries.retain(|e| (e.row.sid, e.row.serial) != (sid, serial));
    }

    fn entry(&mut self, sid: u32, serial: u32) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| (e.row.sid, e.row.serial) == (sid, serial))
    }

    /// Marks a session as killed; false when there is none.
    pub fn kill(&mut self, sid: u32, serial: u32) -> bool {
        let Some(entry) = self.entry(sid, serial) else { return false };
        entry.killed = true;
        "KILLED".clone_into(&mut entry.row.status);
        true
    }

    /// Whether a session was killed.
    pub fn killed(&mut self, sid: u32, serial: u32) -> bool {
        self.entry(sid, serial).is_some_and(|e| e.killed)
    }

    /// Shows a session at work or at rest.
    pub fn active(&mut self, sid: u32, serial: u32, active: bool) {
        if let Some(entry) = self.entry(sid, serial).filter(|e| !e.killed) {
            entry.row.status = if active { "ACTIVE" } else { "INACTIVE" }.to_owned();
        }
    }

    /// V$SESSION.CLIENT_INFO
    pub fn client_info(&mut self, sid: u32, serial: u32, text: &str) {
        if let Some(entry) = self.entry(sid, serial) {
            text.clone_into(&mut entry.row.client_info);
        }
    }

    /// All rows.
    pub fn rows(&self) -> Vec<SessionRow> {
        self.background.iter().chain(self.entries.iter().map(|e| &e.row)).cloned().collect()
    }

    /// How many client sessions there are besides one.
    pub fn others(&self, sid: u32) -> usize {
        self.entries.iter().filter(|e| e.row.sid != sid).count()
    }

    /// Cuts all client sessions but one.
    pub fn cut_others(&self, sid: u32) {
        for entry in self.entries.iter().filter(|e| e.row.sid != sid) {
            let _ = entry.stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Notes progress of an operation.
    pub fn longop(&mut self, op: Longop) {
        let same =
            |l: &&mut Longop| (l.sid, l.serial, &l.opname, l.context) == (op.sid, op.serial, &op.opname, op.context);
        match self.longops.iter_mut().find(same) {
            Some(known) => (known.sofar, known.totalwork, known.last_time) = (op.sofar, op.totalwork, op.last_time),
            None => self.longops.push(op),
        }
    }

    /// Notes an RMAN session; key 0 asks for a new one.
    pub fn job(&mut self, mut job: JobRow) -> u32 {
        if job.key == 0 {
            job.key = self.jobs.iter().map(|j| j.key).max().unwrap_or(0) + 1;
        }
        let key = job.key;
        self.jobs.retain(|j| j.key != key);
        self.jobs.push(job);
        key
    }
}
