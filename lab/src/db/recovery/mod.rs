//! Crash recovery and media recovery.

mod advance;
mod apply;
mod crash;
mod events;
mod finish;
mod logs;
mod start;

use super::{
    api::{Done, OraError, Recover, RecoverScope, Until},
    engine::{Database, cache::Cache},
    errors::Ora,
    redo::Record,
};
use crate::db::engine::LiveFile;
use std::{collections::BTreeMap, path::PathBuf};

/// Which redo is wanted next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    /// Everything below is applied.
    pub scn: u64,
    pub sequence: u32,
    pub resetlogs_change: u64,
    pub resetlogs_time: i64,
    /// When the redo at `scn` was made, as far as known (seconds).
    pub generated: i64,
}

/// A media recovery under way.
#[derive(Debug)]
pub(crate) struct Session {
    pub scope: RecoverScope,
    pub until: Until,
    /// Only archived logs, asked for one by one: USING BACKUP CONTROLFILE and standby.
    pub archived_only: bool,
    pub automatic: bool,
    pub from: Option<PathBuf>,
    pub files: BTreeMap<u32, LiveFile>,
    pub cache: Cache,
    pub at: At,
    /// Changes whose commit has not come yet.
    pub pending: Vec<Record>,
    /// Logs used since the last question.
    pub applied: Vec<PathBuf>,
}

impl Database {
    /// RECOVER. An error ends the session, as sqlplus ends it: after UNTIL CANCEL with ORA-01547 where OPEN RESETLOGS would not
    /// work yet. Only after a file that cannot be opened (ORA-00308) another one may be named. ORA-01112 for an answer without a
    /// session.
    pub fn recover(&mut self, command: &Recover) -> Ora<Done> {
        match command {
            Recover::Start { scope, until, backup_controlfile, automatic, from } => {
                self.session = Some(self.start(scope, until, *backup_controlfile, *automatic, from.clone())?);
                self.guarded(None)
            }
            Recover::Apply { file, auto } => {
                let session = self.session.as_mut().ok_or_else(not_started)?;
                session.automatic |= *auto;
                let file = file.clone().unwrap_or_else(|| self.suggestion_now());
                self.guarded(Some(file))
            }
            Recover::Cancel => {
                let session = self.session.take().ok_or_else(not_started)?;
                self.cancel(session)
            }
        }
    }

    fn guarded(&mut self, file: Option<PathBuf>) -> Ora<Done> {
        let Some(mut session) = self.session.take() else { return Err(not_started()) };
        match self.advance(&mut session, file) {
            Ok(done) => {
                if matches!(done, Done::NeedsLog { .. }) {
                    self.session = Some(session);
                }
                Ok(done)
            }
            Err(error) if advance::unopened(&error) => {
                self.session = Some(session);
                Err(error)
            }
            Err(error) => Err(self.broke_off(session, error)),
        }
    }

    fn suggestion_now(&self) -> PathBuf {
        self.session.as_ref().map(|session| self.suggestion(session)).unwrap_or_default()
    }
}

fn not_started() -> OraError {
    OraError::new(1112, "media recovery not started")
}
