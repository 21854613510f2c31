//! A session with an instance, for SQL*Plus, RMAN and the workload.

use super::{Answer, Identify, Request, Shutdown, socket};
use crate::db::api::{Command, Done, Facts, OraError, Status};
use crate::db::sql::{Binds, SqlError};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A session.
#[derive(Debug)]
pub struct Client {
    writer: UnixStream,
    reader: BufReader<UnixStream>,
    /// SID
    pub sid: u32,
    /// SERIAL#
    pub serial: u32,
    /// The daemon.
    pub server_pid: u32,
    /// How far the instance was at the connection.
    pub status: Status,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No instance of this home and SID runs.
    #[error("ORA-01034: ORACLE not available")]
    Idle,
    /// It does not answer as an instance does.
    #[error("{0}")]
    Broken(OraError),
}

/// Waits until a process is gone or waits for its parent to notice: its connections end a moment before itself.
fn wait_process(pid: u32) {
    let alive = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')')
            .next()
            .and_then(|rest| rest.trim_start().chars().next())
            .is_some_and(|s| !matches!(s, 'Z' | 'X'))
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    let (_never, wait) = mpsc::channel::<()>();
    while pid != std::process::id() && alive() && Instant::now() < deadline {
        let _ = wait.recv_timeout(Duration::from_millis(1));
    }
}

/// ORA-03113, which a client sees when its server goes away.
#[must_use]
pub fn lost() -> OraError {
    OraError::new(3113, "end-of-file on communication channel")
}

impl Client {
    /// Begins a session. `private` is the host's private folder, `home` and `sid` exactly as the environment has them.
    pub fn connect(private: &Path, home: &str, sid: &str, who: Identify) -> Result<Self, ConnectError> {
        let writer = socket::connect(private, home, sid).map_err(|_| ConnectError::Idle)?;
        let reader = BufReader::new(writer.try_clone().map_err(|_| ConnectError::Broken(lost()))?);
        let mut client = Self { writer, reader, sid: 0, serial: 0, server_pid: 0, status: Status::Started };
        match client.request(&Request::Identify(who)) {
            Ok(Answer::Session { sid, serial, server_pid, status }) => {
                (client.sid, client.serial, client.server_pid, client.status) = (sid, serial, server_pid, status);
                Ok(client)
            }
            Ok(Answer::Failed(e)) => Err(ConnectError::Broken(e.error)),
            _ => Err(ConnectError::Broken(lost())),
        }
    }

    /// Asks and waits for the answer; ORA-03113 when none comes.
    pub fn request(&mut self, request: &Request) -> Result<Answer, OraError> {
        self.exchange(request).map_err(|_| lost())
    }

    fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.writer.write_all(&line)?;
        let mut answer = String::new();
        if self.reader.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&answer)?)
    }

    /// One engine command.
    pub fn command(&mut self, command: &Command) -> Result<Done, OraError> {
        match self.request(&Request::Command(command.clone()))? {
            Answer::Done(done) => Ok(done),
            Answer::Failed(e) => Err(e.error),
            _ => Err(lost()),
        }
    }

    /// What the views are made from.
    pub fn facts(&mut self) -> Result<Facts, OraError> {
        match self.request(&Request::Facts)? {
            Answer::Facts(facts) => Ok(*facts),
            Answer::Failed(e) => Err(e.error),
            _ => Err(lost()),
        }
    }

    /// The workload's rows and the SCN at which they are so.
    pub fn rows(&mut self) -> Result<(u64, BTreeMap<u32, String>), OraError> {
        match self.request(&Request::Rows)? {
            Answer::Content { scn, rows } => Ok((scn, rows)),
            Answer::Failed(e) => Err(e.error),
            _ => Err(lost()),
        }
    }

    /// One SQL statement: rows, or what is said.
    pub fn sql(&mut self, text: &str, binds: &Binds) -> Result<Answer, SqlError> {
        match self.request(&Request::Sql { text: text.to_owned(), binds: binds.clone() })? {
            Answer::Failed(e) => Err(e),
            answer => Ok(answer),
        }
    }

    /// Reports progress into V$SESSION_LONGOPS.
    pub fn longops(&mut self, opname: &str, context: u32, sofar: u64, totalwork: u64) -> Result<(), OraError> {
        self.request(&Request::Longops { opname: opname.to_owned(), context, sofar, totalwork }).map(|_| ())
    }

    /// Ends the instance, and comes back when its process is gone.
    pub fn shutdown(mut self, mode: Shutdown) -> Result<(), (Self, OraError)> {
        match self.request(&Request::Shutdown(mode)) {
            Ok(Answer::Done(_)) => {
                let mut rest = Vec::new();
                let _ = self.reader.read_to_end(&mut rest);
                wait_process(self.server_pid);
                Ok(())
            }
            Ok(Answer::Failed(e)) => Err((self, e.error)),
            Ok(_) => Err((self, lost())),
            Err(error) => Err((self, error)),
        }
    }

    /// Ends the session.
    pub fn detach(mut self) {
        let _ = self.request(&Request::Detach);
    }
}
