//! The daemon of an instance, and how it is spoken to.
//!
//! One process per instance, named `ora_pmon_<SID>`, keeps the engine behind a mutex and listens on
//! `<private>/db/<hash of ORACLE_HOME>_<SID>.sock`. Each connection is a session. Both sides write one JSON value per
//! line, the client asks and the daemon answers, strictly in turn:
//!
//! | request | answer |
//! |---|---|
//! | `{"identify":{program,role,client_info,…}}`, first of all | `{"session":{sid,serial,server_pid,status}}` |
//! | `{"sql":{text,binds}}` | `{"rows":…}`, `{"said":"Database altered."}`, `{"failed":{error,at}}` |
//! | `{"command":<api::Command>}` | `{"done":<api::Done>}` or `failed` |
//! | `{"shutdown":"immediate"}` | `{"done":"Ok"}`, then the connection ends when the instance has gone |
//! | `"facts"` | `{"facts":<api::Facts>}` |
//! | `"rows"` | `{"content":{scn,rows}}` or `failed`: the workload's rows and the SCN at which they are so |
//! | `{"describe":"V$LOG"}` | `{"columns":[…]}` or `failed` |
//! | `{"client_info":"…"}` | `{"done":"Ok"}` |
//! | `{"longops":{opname,context,sofar,totalwork}}` | `{"done":"Ok"}` |
//! | `{"job":<JobRow>}` (key 0: a new one) | `{"key":n}` |
//! | `"detach"` | `{"done":"Ok"}`, then the connection ends |
//!
//! A connection that ends without an answer is ORA-03113 for the client; its statement still runs to its end.

pub mod client;
mod daemon;
pub mod launch;
mod registry;
mod sabotage;
mod session;
mod socket;
mod statement;

pub use daemon::{Ended, serve};

use super::api::{Command, Done, Facts, OraError, Status};
use super::session::{JobRow, Nls};
use super::sql::{Binds, OutColumn, Rows, SqlError};
use crate::context::Oracle;
use crate::quirk::Quirks;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// What an instance is started with: written by STARTUP, read by the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// `ORACLE_SID`
    pub sid: String,
    /// `ORACLE_HOME`, exactly as the caller has it.
    pub home: String,
    /// The host's name.
    pub host: String,
    /// The parameter file.
    pub pfile: PathBuf,
    /// Whether that is an spfile.
    pub spfile: bool,
    /// The release.
    pub oracle: Oracle,
    /// The site's faults.
    pub faults: PathBuf,
    /// The lab's private folder.
    pub private: PathBuf,
    /// The switches, as text, since [`Quirks`] has no equality.
    pub quirks: serde_json::Value,
}

impl Boot {
    /// The switches in force.
    #[must_use]
    pub fn quirks(&self) -> Quirks {
        serde_json::from_value(self.quirks.clone()).unwrap_or_default()
    }
}

/// Whether an instance listens.
#[must_use]
pub fn is_up(private: &std::path::Path, home: &str, sid: &str) -> bool {
    socket::connect(private, home, sid).is_ok()
}

/// With which right a session is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// AS SYSDBA
    Sysdba,
    /// AS SYSOPER
    Sysoper,
    /// AS SYSBACKUP
    Sysbackup,
}

impl Role {
    /// The user of the session.
    #[must_use]
    pub const fn user(self) -> &'static str {
        match self {
            Self::Sysdba => "SYS",
            Self::Sysoper => "PUBLIC",
            Self::Sysbackup => "SYSBACKUP",
        }
    }
}

/// Who connects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// `sqlplus@slot021 (TNS V1-V3)`
    pub program: String,
    /// The right.
    pub role: Role,
    /// V$SESSION.CLIENT_INFO
    pub client_info: String,
    /// The client's process.
    pub pid: u32,
    /// Its language settings.
    pub nls: Nls,
}

/// SHUTDOWN's modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shutdown {
    /// Waits until other sessions have gone.
    Normal,
    /// Ends other sessions after their statements.
    Immediate,
    /// As IMMEDIATE here: transactions are single requests.
    Transactional,
    /// Writes nothing.
    Abort,
}

/// What a client asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Request {
    Identify(Identify),
    Sql { text: String, binds: Binds },
    Command(Command),
    Shutdown(Shutdown),
    Facts,
    Rows,
    Describe(String),
    ClientInfo(String),
    Longops { opname: String, context: u32, sofar: u64, totalwork: u64 },
    Job(JobRow),
    Detach,
}

/// What the daemon answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Answer {
    Session { sid: u32, serial: u32, server_pid: u32, status: Status },
    Rows(Rows),
    Said(String),
    Done(Done),
    Facts(Box<Facts>),
    Content { scn: u64, rows: BTreeMap<u32, String> },
    Columns(Vec<OutColumn>),
    Key(u32),
    Failed(SqlError),
}

impl From<Result<Done, OraError>> for Answer {
    fn from(result: Result<Done, OraError>) -> Self {
        result.map_or_else(|error| Self::Failed(error.into()), Self::Done)
    }
}
