//! What the instance knows of its sessions, besides what the engine knows: rows of V$SESSION, long operations, RMAN jobs.

mod nls;

pub use nls::Nls;

use serde::{Deserialize, Serialize};

/// A row of V$SESSION and of V$PROCESS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SessionRow {
    pub sid: u32,
    pub serial: u32,
    /// Empty for a background process.
    pub user: String,
    pub os_user: String,
    pub machine: String,
    pub program: String,
    pub client_info: String,
    pub action: String,
    /// `ACTIVE`, `INACTIVE`, `KILLED`.
    pub status: String,
    /// Of the client.
    pub pid: u32,
    /// Of the server process.
    pub server_pid: u32,
    pub logon_time: i64,
    pub background: bool,
}

/// A row of V$SESSION_LONGOPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Longop {
    pub sid: u32,
    pub serial: u32,
    pub user: String,
    pub opname: String,
    pub context: u32,
    pub sofar: u64,
    pub totalwork: u64,
    pub start_time: i64,
    pub last_time: i64,
}

/// An RMAN session: V$RMAN_BACKUP_JOB_DETAILS, V$RMAN_STATUS and V$RMAN_OUTPUT.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct JobRow {
    /// SESSION_KEY
    pub key: u32,
    pub sid: u32,
    pub serial: u32,
    pub command_id: String,
    pub start_time: i64,
    pub end_time: Option<i64>,
    pub input_bytes: u64,
    pub output_bytes: u64,
    pub device_type: String,
    pub autobackup: bool,
    /// `RUNNING`, `COMPLETED`, `COMPLETED WITH WARNINGS`, `FAILED` …
    pub status: String,
    /// `DB FULL`, `ARCHIVELOG`, `CONTROLFILE` …
    pub input_type: String,
    pub output: Vec<String>,
}

/// The background processes that V$SESSION lists for every instance.
#[must_use]
pub fn background(host: &str, now: i64) -> Vec<SessionRow> {
    let names = ["PMON", "DBW0", "LGWR", "CKPT", "SMON", "ARC0"];
    let row = |(n, name): (u32, &str)| SessionRow {
        sid: n + 2,
        serial: 1,
        os_user: "oracle".into(),
        machine: host.into(),
        program: format!("oracle@{host} ({name})"),
        status: "ACTIVE".into(),
        pid: std::process::id(),
        server_pid: std::process::id(),
        logon_time: now,
        background: true,
        ..SessionRow::default()
    };
    (0..).zip(names).map(row).collect()
}
