//! Which log holds the redo that is needed, and whether a file is that log.

use super::{At, Session};
use crate::db::{
    api::{Done, OraError},
    engine::Database,
    errors::{self, Ora},
    redo::{LogError, LogReader, read_header},
};
use std::path::{Path, PathBuf};

impl Database {
    /// The member of an online group that holds the needed redo. Not with a BACKUP or STANDBY control file: recovery then knows
    /// nothing of the online logs.
    pub(super) fn online_log(&self, session: &Session) -> Option<PathBuf> {
        if session.archived_only || !self.is_present(&session.at) {
            return None;
        }
        let group = self.control.group_of(session.at.sequence)?;
        let fits = |member: &&PathBuf| {
            read_header(member).is_ok_and(|header| {
                header.sequence == session.at.sequence
                    && header.dbid == self.control.dbid
                    && header.resetlogs_change == session.at.resetlogs_change
            })
        };
        group.members.iter().find(fits).cloned()
    }

    /// Whether a place lies in the present incarnation.
    pub(super) fn is_present(&self, at: &At) -> bool {
        (at.resetlogs_change, at.resetlogs_time) == (self.control.resetlogs_change, self.control.resetlogs_time)
    }

    /// Whether the place lies behind all redo there is.
    pub(super) fn beyond_all(&self, session: &Session) -> bool {
        let current = self.control.current().map_or(0, |group| group.sequence);
        !session.archived_only && self.is_present(&session.at) && session.at.sequence > current
    }

    /// The next incarnation on the path, if the place lies in an ancestor.
    pub(super) fn next_incarnation(&self, at: &At) -> Option<(u64, i64)> {
        let path = self.control.path();
        let here = path
            .iter()
            .position(|i| (i.resetlogs_change, i.resetlogs_time) == (at.resetlogs_change, at.resetlogs_time))?;
        path.get(here + 1).map(|next| (next.resetlogs_change, next.resetlogs_time))
    }

    /// ORA-00289: made of the destination (or FROM) and the format, whether it is there or not.
    pub(super) fn suggestion(&self, session: &Session) -> PathBuf {
        let place = session.from.clone().unwrap_or_else(|| self.env.suggestion_place());
        self.env.log_name(&place, 1, session.at.sequence, session.at.resetlogs_time, self.control.dbid)
    }

    /// The question.
    pub(super) fn question(&self, session: &mut Session) -> Done {
        Done::NeedsLog {
            change: session.at.scn,
            generated: session.at.generated,
            thread: 1,
            sequence: session.at.sequence,
            suggestion: self.suggestion(session),
            applied: std::mem::take(&mut session.applied),
            failed: None,
        }
    }

    /// The question of an AUTOMATIC recovery that does not find the suggested file: it asks from now on.
    pub(super) fn not_found(&self, session: &mut Session, error: OraError) -> Done {
        session.automatic = false;
        match self.question(session) {
            Done::NeedsLog { change, generated, thread, sequence, suggestion, applied, .. } => {
                Done::NeedsLog { change, generated, thread, sequence, suggestion, applied, failed: Some(error) }
            }
            other => other,
        }
    }

    /// Opens a log and checks that it is the needed one: ORA-00308 not there, ORA-00339 never written, ORA-00317/00367 no log, ORA-00342 another
    /// RESETLOGS, ORA-00310 another sequence, ORA-00326 begins too late; each with ORA-00334.
    pub(super) fn open_log(&self, path: &Path, at: &At) -> Ora<LogReader> {
        let reader = LogReader::open(path).map_err(|error| log_error(path, &error))?;
        let header = &reader.header;
        let refuse = |code, text: String| Err(name(OraError::new(code, text), path));
        let resetlogs = (header.resetlogs_change, header.resetlogs_time);
        if header.dbid != self.control.dbid || resetlogs != (at.resetlogs_change, at.resetlogs_time) {
            return refuse(342, format!("archived log does not have expected resetlogs SCN {}", at.resetlogs_change));
        }
        if header.sequence != at.sequence {
            let text = format!("archived log contains sequence {}; sequence {} required", header.sequence, at.sequence);
            return refuse(310, text);
        }
        if header.first_change > at.scn {
            let text = format!("log begins at change {}, need earlier change {}", header.first_change, at.scn);
            return refuse(326, text);
        }
        Ok(reader)
    }
}

fn name(error: OraError, path: &Path) -> OraError {
    error.and(334, format!("archived log: '{}'", path.display()))
}

/// A log that cannot be read, in Oracle's words.
pub(super) fn log_error(path: &Path, error: &LogError) -> OraError {
    match error {
        LogError::Io(error) => {
            errors::with_system(308, format!("cannot open archived log '{}'", path.display()), error)
        }
        LogError::NotALog => name(OraError::new(317, "file type 0 in header is not log file"), path),
        LogError::Empty => name(OraError::new(339, "archived log does not contain any redo"), path),
        LogError::Header => name(OraError::new(367, "checksum error in log file header"), path),
        LogError::Record { block, change } => {
            let text = format!("log corruption near block {block} change {change} time unknown");
            name(OraError::new(353, text), path)
        }
    }
}
