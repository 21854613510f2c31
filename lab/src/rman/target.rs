//! RMAN's sessions with the target instance.

use crate::{
    context::{HostContext, Oracle},
    db::{
        api::{Command, Done, Facts, Instance, OraError},
        pfile,
        server::{
            Answer, Boot, Identify, Request, Role, Shutdown,
            client::{Client, ConnectError, lost},
            launch,
        },
        session::{JobRow, Nls},
        sql::Binds,
    },
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A session with an instance: a channel, or RMAN's default one.
pub trait Target: Send + Sync {
    /// V$SESSION.SID
    fn sid(&self) -> u32;
    /// What the views show.
    fn facts(&self) -> Result<Facts, OraError>;
    /// An engine command.
    fn execute(&self, command: &Command) -> Result<Done, OraError>;
    /// A SQL statement.
    fn sql(&self, text: &str) -> Result<(), OraError>;
    /// V$SESSION_LONGOPS.
    fn progress(&self, opname: &str, context: u32, sofar: u64, totalwork: u64);
    /// V$SESSION.CLIENT_INFO.
    fn client_info(&self, text: &str);
    /// V$RMAN_STATUS; the key of the row (give it back with later states).
    fn job(&self, job: &JobRow) -> u32;
    /// SHUTDOWN; the session is of no use afterwards.
    fn shutdown(&self, mode: Shutdown) -> Result<(), OraError>;
}

/// How to get sessions.
pub trait Door: Send + Sync {
    /// A session; `None` if no instance runs.
    fn connect(&self, client_info: &str) -> Result<Option<Arc<dyn Target>>, OraError>;
    /// STARTUP NOMOUNT.
    fn startup(&self, pfile: Option<&Path>) -> Result<(), OraError>;
}

/// The daemon of ORACLE_HOME and ORACLE_SID.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// The host.
    pub host: HostContext,
    /// ORACLE_HOME
    pub home: String,
    /// ORACLE_SID
    pub sid: String,
    /// The client's NLS settings.
    pub nls: Nls,
    /// As whom.
    pub role: Role,
    /// `rman`, or another client's name.
    pub program: String,
}

impl Door for Daemon {
    fn connect(&self, client_info: &str) -> Result<Option<Arc<dyn Target>>, OraError> {
        let who = Identify {
            program: format!("{}@{} (TNS V1-V3)", self.program, self.host.name),
            role: self.role,
            client_info: client_info.to_owned(),
            pid: std::process::id(),
            nls: self.nls.clone(),
        };
        match Client::connect(&self.host.private, &self.home, &self.sid, who) {
            Ok(client) => Ok(Some(Arc::new(Remote { sid: client.sid, client: Mutex::new(Some(client)) }))),
            Err(ConnectError::Idle) => Ok(None),
            Err(ConnectError::Broken(error)) => Err(error),
        }
    }

    fn startup(&self, pfile: Option<&Path>) -> Result<(), OraError> {
        let path =
            pfile.map_or_else(|| pfile::default_path(Path::new(&self.home), &self.sid), |path| Ok(path.into()))?;
        let spfile = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("spfile"));
        let quirks = serde_json::to_value(&self.host.quirks).unwrap_or_default();
        launch::launch(&Boot {
            sid: self.sid.clone(),
            home: self.home.clone(),
            host: self.host.name.clone(),
            pfile: path,
            spfile,
            oracle: self.host.oracle,
            faults: self.host.faults.clone(),
            private: self.host.private.clone(),
            quirks,
        })
    }
}

struct Remote {
    sid: u32,
    client: Mutex<Option<Client>>,
}

impl Remote {
    fn with<T>(&self, ask: impl FnOnce(&mut Client) -> Result<T, OraError>) -> Result<T, OraError> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.as_mut().map_or_else(|| Err(lost()), ask)
    }
}

impl Target for Remote {
    fn sid(&self) -> u32 {
        self.sid
    }

    fn facts(&self) -> Result<Facts, OraError> {
        self.with(Client::facts)
    }

    fn execute(&self, command: &Command) -> Result<Done, OraError> {
        self.with(|client| client.command(command))
    }

    fn sql(&self, text: &str) -> Result<(), OraError> {
        self.with(|client| client.sql(text, &Binds::default()).map(drop).map_err(|failed| failed.error))
    }

    fn progress(&self, opname: &str, context: u32, sofar: u64, totalwork: u64) {
        // Progress is a courtesy: a lost session shows itself at the next command.
        let _ = self.with(|client| client.longops(opname, context, sofar, totalwork));
    }

    fn client_info(&self, text: &str) {
        let _ = self.with(|client| client.request(&Request::ClientInfo(text.to_owned())));
    }

    fn job(&self, job: &JobRow) -> u32 {
        match self.with(|client| client.request(&Request::Job(job.clone()))) {
            Ok(Answer::Key(key)) => key,
            _ => job.key,
        }
    }

    fn shutdown(&self, mode: Shutdown) -> Result<(), OraError> {
        let mut held = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(client) = held.take() else { return Err(lost()) };
        client.shutdown(mode).map_err(|(client, error)| {
            *held = Some(client);
            error
        })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(client) = self.client.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            client.detach();
        }
    }
}

/// An instance within this process: for `verify` from tape, and for tests.
#[derive(Clone)]
pub struct Inside {
    instance: Arc<Mutex<dyn Instance>>,
    sid: u32,
    /// The longest operations seen, name and work.
    pub operations: Arc<Mutex<Vec<(String, u64, u64)>>>,
}

impl Inside {
    /// Around an instance.
    pub fn new(instance: Arc<Mutex<dyn Instance>>) -> Self {
        Self { instance, sid: 78, operations: Arc::default() }
    }

    fn instance(&self) -> MutexGuard<'_, dyn Instance + 'static> {
        self.instance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door for Inside {
    fn connect(&self, _: &str) -> Result<Option<Arc<dyn Target>>, OraError> {
        Ok(Some(Arc::new(self.clone())))
    }

    fn startup(&self, _: Option<&Path>) -> Result<(), OraError> {
        Err(OraError::new(1081, "cannot start already-running ORACLE - shut it down first"))
    }
}

impl Target for Inside {
    fn sid(&self) -> u32 {
        self.sid
    }

    fn facts(&self) -> Result<Facts, OraError> {
        Ok(self.instance().facts())
    }

    fn execute(&self, command: &Command) -> Result<Done, OraError> {
        self.instance().execute(command)
    }

    fn sql(&self, text: &str) -> Result<(), OraError> {
        Err(OraError::new(900, format!("invalid SQL statement: {text}")))
    }

    fn progress(&self, opname: &str, _: u32, sofar: u64, totalwork: u64) {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push((opname.into(), sofar, totalwork));
    }

    fn client_info(&self, _: &str) {}

    fn job(&self, job: &JobRow) -> u32 {
        job.key.max(1)
    }

    fn shutdown(&self, mode: Shutdown) -> Result<(), OraError> {
        self.instance().execute(&Command::Shutdown { abort: mode == Shutdown::Abort }).map(drop)
    }
}

/// What of the host an RMAN session depends on.
#[derive(Debug, Clone)]
pub struct Site {
    /// The release.
    pub oracle: Oracle,
    /// The switches.
    pub quirks: crate::quirk::Quirks,
    /// The file of faults.
    pub faults: PathBuf,
    /// ORACLE_HOME
    pub home: PathBuf,
    /// ORACLE_SID
    pub sid: String,
}
