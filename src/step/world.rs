//! The world that steps act on: drivers and ports, and what stays open during the window.

use super::window::Window;
use crate::{
    driver::{dom0::Server, ovm::Manager, sqlplus::SqlPlus},
    model::{HostName, RunId},
    port::{Ask, Remote, Sql, SqlTarget},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Deadlines by kind of call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A short command.
    pub command: Duration,
    /// A statement.
    pub sql: Duration,
    /// A clone job outside the window.
    pub clone: Duration,
    /// RMAN without any progress.
    pub rman_stall: Duration,
    /// STARTUP or SHUTDOWN: those of a large instance take their time.
    pub start_stop: Duration,
}

/// Everything outside.
pub struct World {
    /// Commands on hosts.
    pub remote: Arc<dyn Remote>,
    /// SQL over OCI, for databases with a connect string.
    pub oci: Arc<dyn Sql>,
    /// SQL*Plus: SQL elsewhere, and STARTUP, SHUTDOWN and RECOVER, which are its own commands.
    pub sqlplus: Arc<SqlPlus>,
    /// Oracle VM Manager.
    pub manager: Arc<Manager>,
    /// The server, for way = server.
    pub dom0: Option<Arc<Server>>,
    /// The words before privileged commands on the database's host (`sudo -n`), for the guard.
    pub become_words: Vec<String>,
    /// Root of the artifacts.
    pub artifacts: PathBuf,
    /// Deadlines.
    pub limits: Limits,
    /// Questions to the person at the terminal.
    pub ask: Arc<dyn Ask>,
    /// What stays open while the database is in backup mode.
    pub window: Mutex<Option<Window>>,
}

impl World {
    /// The way to an instance.
    #[must_use]
    pub fn sql(&self, target: &SqlTarget) -> &dyn Sql {
        if target.connect.is_some() { self.oci.as_ref() } else { self.sqlplus.as_ref() }
    }

    /// Connects to the manager ahead of the next command. A failure shows when that command is sent.
    pub fn warm_manager(&self) {
        if let Ok(manager) = HostName::new("manager") {
            let _ = self.remote.warm(&manager);
        }
    }

    /// `<artifacts>/<DB>/<run>`
    #[must_use]
    pub fn artifacts_of(&self, run: &RunId) -> PathBuf {
        self.artifacts.join(run.database()).join(run.as_str())
    }
}
