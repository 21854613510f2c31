//! An instance: from STARTUP NOMOUNT to SHUTDOWN. Each part of an open database has its module; this one only dispatches.

mod archive;
mod backup_mode;
pub(crate) mod cache;
mod checkpoint;
mod commit;
mod consistent;
mod containers;
mod controlfiles;
mod database;
mod dbwr;
mod dictionary;
mod drop;
mod facts;
mod files;
mod inflight;
mod mount;
mod open;
mod rename;
mod resetlogs;
mod scn_times;
mod shutdown;
mod switch;
mod tablespaces;
mod verify;

pub use archive::archived_row;
pub(crate) use containers::SEED;
pub(crate) use database::{Database, Live, LiveFile};
pub(crate) use files::new_record;
pub(crate) use verify::{Lineage, failed, identify, lineage};

use super::{
    api::{Command, Done, Facts, Instance, OraError},
    content,
    errors::{self, Ora},
    params::{Env, now},
};
use crate::{context::Oracle, quirk::Quirks};
use rand::SeedableRng;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// What an instance is started with (STARTUP NOMOUNT).
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// ORACLE_HOME.
    pub home: PathBuf,
    /// ORACLE_SID.
    pub sid: String,
    /// The host's name (V$INSTANCE.HOST_NAME).
    pub host: String,
    /// The parameters of the parameter file.
    pub parameters: Vec<(String, String)>,
    /// The release.
    pub oracle: Oracle,
    /// The switches in force.
    pub quirks: Quirks,
}

/// A running instance.
#[derive(Debug)]
pub struct Engine {
    env: Arc<Env>,
    startup_time: i64,
    database: Option<Database>,
    seed: Option<u64>,
}

impl Engine {
    /// STARTUP NOMOUNT. ORA-01506 without DB_NAME, ORA-19905 for a LOG_ARCHIVE_FORMAT without %t, %s and %r.
    pub fn start(options: EngineOptions) -> Result<Self, OraError> {
        let env = Arc::new(Env::new(options)?);
        Ok(Self { env, startup_time: now(), database: None, seed: None })
    }

    /// Makes the order of background writes repeatable: for tests that print their seed.
    pub fn seed(&mut self, seed: u64) {
        self.seed = Some(seed);
        if let Some(database) = &mut self.database {
            database.random = rand::rngs::StdRng::seed_from_u64(seed);
        }
    }

    fn mounted(&mut self) -> Ora<&mut Database> {
        self.database.as_mut().ok_or_else(errors::not_mounted)
    }

    fn mount(&mut self) -> Ora<Done> {
        if self.database.is_some() {
            return Err(OraError::new(1100, "database already mounted"));
        }
        let mut database = Database::mount(Arc::clone(&self.env))?;
        if let Some(seed) = self.seed {
            database.random = rand::rngs::StdRng::seed_from_u64(seed);
        }
        self.database = Some(database);
        Ok(Done::Ok)
    }

    fn shutdown(&mut self, abort: bool) -> Ora<Done> {
        if let Some(database) = &mut self.database {
            if abort { database.abort() } else { database.close()? }
        }
        self.database = None;
        Ok(Done::Ok)
    }

    /// Writes every dirty block, so that the files show what the instance knows.
    pub(crate) fn write_buffers(&mut self) -> Ora<()> {
        let database = self.mounted()?;
        if database.live.is_some() { database.write_buffers() } else { Ok(()) }
    }

    /// The names of the data files that are online, or offline and there.
    pub(crate) fn datafiles(&mut self) -> Ora<Vec<PathBuf>> {
        let online = super::control::FileStatus::Online;
        let files = self.mounted()?.control.datafiles.iter();
        Ok(files.filter(|f| f.status == online || f.name.is_file()).map(|f| f.name.clone()).collect())
    }
}

impl Instance for Engine {
    fn facts(&mut self) -> Facts {
        facts::facts(&self.env, self.startup_time, self.database.as_mut())
    }

    fn execute(&mut self, command: &Command) -> Result<Done, OraError> {
        match command {
            Command::Mount => self.mount(),
            Command::Shutdown { abort } => self.shutdown(*abort),
            other => self.mounted()?.execute(other),
        }
    }

    fn rows(&mut self) -> Result<(u64, BTreeMap<u32, String>), OraError> {
        let content = content::read_all(self)?;
        let current = self.database.as_ref().and_then(|database| database.live.as_ref()).map_or(0, |live| live.scn);
        Ok((current.max(content.last_commit), content.rows))
    }

    fn tick(&mut self) {
        if let Some(database) = &mut self.database {
            database.tick();
        }
    }
}

impl Drop for Engine {
    /// The process ends like an abort: what the kernel has begun to write it writes to the end.
    fn drop(&mut self) {
        if let Some(database) = &mut self.database {
            database.abort();
        }
    }
}
