//! The loop of media recovery: find the log, apply it, ask for the next.

use super::{Session, apply, logs::log_error};
use crate::db::{
    api::{Done, OraError, Until},
    engine::Database,
    errors::{Ora, recovery_ended},
    redo::{LogReader, Record, Redo},
};
use std::path::{Path, PathBuf};

/// How a log ended.
enum Ended {
    /// The point was met.
    Reached,
    /// The next log is needed.
    Next,
    /// There is no redo behind it.
    AllThereIs,
}

impl Database {
    /// Goes on as far as possible without a question; `file` answers the last one.
    pub(super) fn advance(&mut self, session: &mut Session, mut file: Option<PathBuf>) -> Ora<Done> {
        loop {
            if reached(session) {
                return self.finish_until(session);
            }
            let online = if file.is_some() { None } else { self.online_log(session) };
            let named = file.is_some() || online.is_some();
            let path = match (file.take(), online) {
                (Some(path), _) | (None, Some(path)) => path,
                (None, None) if self.beyond_all(session) => return self.finish(session),
                (None, None) if session.automatic => self.suggestion(session),
                (None, None) => return Ok(self.question(session)),
            };
            match self.apply_log(session, &path) {
                Ok(Ended::Next) => {}
                Ok(Ended::Reached) => return self.finish_until(session),
                Ok(Ended::AllThereIs) => return self.finish(session),
                Err(error) if unopened(&error) && !named => return Ok(self.not_found(session, error)),
                Err(error) => return Err(error),
            }
        }
    }

    fn apply_log(&mut self, session: &mut Session, path: &Path) -> Ora<Ended> {
        let mut reader = self.open_log(path, &session.at)?;
        let limit = self.next_incarnation(&session.at);
        session.mark()?;
        while let Some(record) = reader.next_record().map_err(|error| log_error(path, &error))? {
            if limit.is_some_and(|(change, _)| record.scn >= change) {
                break;
            }
            if record.scn < session.at.scn {
                continue;
            }
            if passes(&session.until, &record) {
                session.at.scn = stop(&session.until, &record);
                session.applied.push(path.to_owned());
                session.flush(&self.control)?;
                return Ok(Ended::Reached);
            }
            self.take(session, record)?;
        }
        session.applied.push(path.to_owned());
        let ended = next_log(session, &reader, limit);
        session.flush(&self.control)?;
        Ok(ended)
    }

    fn take(&mut self, session: &mut Session, record: Record) -> Ora<()> {
        let (scn, generated) = (record.scn, record.time_us / 1_000_000);
        let committed = matches!(record.redo, Redo::Commit | Redo::Event(_));
        for record in apply::take(&mut session.pending, record) {
            match &record.redo {
                Redo::Event(event) => {
                    session.at.generated = generated;
                    self.event(session, scn, event)?;
                }
                _ => session.apply(&record).map_err(recovery_ended)?,
            }
        }
        if committed {
            (session.at.scn, session.at.generated) = (scn + 1, generated);
        }
        Ok(())
    }
}

/// ORA-00308: nothing of the log was applied, another one may be named.
pub(super) fn unopened(error: &OraError) -> bool {
    error.lines.first().is_some_and(|line| line.0 == 308)
}

/// Whether the point lies at or before what is applied.
fn reached(session: &Session) -> bool {
    match session.until {
        Until::Change(change) => session.at.scn >= change,
        _ => false,
    }
}

/// UNTIL CHANGE n goes through n - 1; UNTIL TIME t stops at the first record from t on.
fn passes(until: &Until, record: &Record) -> bool {
    match until {
        Until::Change(change) => record.scn >= *change,
        Until::Time(time) => record.time_us >= time.saturating_mul(1_000_000),
        Until::Complete | Until::Cancel => false,
    }
}

fn stop(until: &Until, record: &Record) -> u64 {
    match until {
        Until::Change(change) => *change,
        _ => record.scn,
    }
}

/// Moves on behind a log that is read to its end.
fn next_log(session: &mut Session, reader: &LogReader, limit: Option<(u64, i64)>) -> Ended {
    let header = &reader.header;
    session.pending.clear();
    if let Some((change, time)) = limit.filter(|(change, _)| !header.finished() || header.next_change >= *change) {
        // A point at the RESETLOGS itself still lies on the old branch.
        if let Until::Change(until) = session.until
            && until <= change
        {
            session.at.scn = until;
            return Ended::Reached;
        }
        session.at.scn = change;
        session.at.sequence = 1;
        (session.at.resetlogs_change, session.at.resetlogs_time) = (change, time);
        return Ended::Next;
    }
    if !header.finished() {
        return Ended::AllThereIs;
    }
    session.at.scn = header.next_change;
    session.at.sequence = header.sequence + 1;
    session.at.generated = header.next_time;
    if let Until::Change(change) = session.until
        && header.next_change > change
    {
        session.at.scn = change;
        session.at.sequence = header.sequence;
        return Ended::Reached;
    }
    match session.until {
        // Every later record is younger still.
        Until::Time(time) if header.next_time >= time => Ended::Reached,
        _ => Ended::Next,
    }
}
