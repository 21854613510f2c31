//! How a media recovery ends.

use super::{Session, apply::write_header};
use crate::db::{
    api::{ControlType, Done, OraError, RecoverScope, Until},
    control::{Enabled, FileStatus, Turn},
    engine::Database,
    errors::{self, Ora},
};

impl Database {
    /// All redo is applied. Under the current control file the files are now as it wants them; else, and after any UNTIL, only
    /// RESETLOGS opens.
    pub(super) fn finish(&mut self, session: &mut Session) -> Ora<Done> {
        session.flush(&self.control)?;
        // The end of all redo is a point where nothing was lost: nothing newer can be in any file.
        for file in session.files.values_mut() {
            file.header.fuzzy = false;
            file.header.hot &= session.archived_only;
            write_header(file)?;
        }
        if session.archived_only || session.until != Until::Complete {
            return self.finish_until(session);
        }
        for number in session.files.keys().copied().collect::<Vec<_>>() {
            self.settle(session, number)?;
        }
        if session.scope == RecoverScope::Database {
            self.control.recovered_to = None;
        }
        self.control.thread.scn = self.control.thread.scn.max(session.at.scn);
        // What happens next happens behind what was recovered.
        self.live.iter_mut().for_each(|live| live.scn = live.scn.max(session.at.scn));
        self.advance_control(session.at.scn);
        self.write_control()?;
        Ok(Done::RecoveryComplete)
    }

    /// V$DATABASE.CONTROLFILE_CHANGE# of a control file that is not current: no source read says whether media recovery
    /// moves it on, so that is a switch. Where it does not, the recovered files are newer than the control file.
    fn advance_control(&mut self, scn: u64) {
        if self.control.kind != ControlType::Current && self.env.quirks.is("recovery-advances-controlfile", "yes") {
            self.control.change = self.control.change.max(scn);
        }
    }

    /// Header and control file agree on a file again.
    fn settle(&mut self, session: &mut Session, number: u32) -> Ora<()> {
        let (Some(record), Some(file)) = (self.control.datafile_mut(number), session.files.get_mut(&number)) else {
            return Ok(());
        };
        let header = &mut file.header;
        header.hot = false;
        if record.enabled == Enabled::ReadOnly {
            header.checkpoint_change = record.checkpoint_change;
        } else {
            record.checkpoint_count += 1;
            record.checkpoint_change = header.checkpoint_change;
            record.checkpoint_time = header.checkpoint_time;
        }
        header.checkpoint_count = record.checkpoint_count;
        record.backup = None;
        match record.status {
            // A pluggable database that was closed by ABORT is closed cleanly now.
            FileStatus::Recover if record.con_id > 1 => {
                record.status = FileStatus::Online;
                let (scn, sequence) = (header.checkpoint_change, header.checkpoint_sequence);
                record.turn(Turn { scn, read_only: true, sequence });
            }
            FileStatus::Recover => record.status = FileStatus::Offline,
            FileStatus::Online | FileStatus::Offline => {}
        }
        write_header(file)
    }

    /// Ends at the point that was asked for. ORA-01547 with what OPEN RESETLOGS would say, where it would refuse.
    pub(super) fn finish_until(&mut self, session: &mut Session) -> Ora<Done> {
        session.flush(&self.control)?;
        self.control.recovered_to = Some(session.at.scn);
        self.advance_control(session.at.scn);
        self.write_control()?;
        self.would_open(session.at.scn)?;
        Ok(Done::RecoveryComplete)
    }

    fn would_open(&self, scn: u64) -> Ora<()> {
        let warning = "warning: RECOVER succeeded but OPEN RESETLOGS would get error below";
        self.check_consistent(scn).map_err(|below| errors::over(1547, warning, below))
    }

    /// CANCEL. After UNTIL CANCEL the point is where it stopped.
    pub(super) fn cancel(&mut self, mut session: Session) -> Ora<Done> {
        session.flush(&self.control)?;
        if session.until == Until::Cancel && session.scope == RecoverScope::Database {
            self.finish_until(&mut session)?;
        }
        Ok(Done::RecoveryCancelled)
    }

    /// An error ended the session. What whole logs gave is kept; UNTIL CANCEL ends like CANCEL.
    pub(super) fn broke_off(&mut self, session: Session, error: OraError) -> OraError {
        if session.until != Until::Cancel || session.scope != RecoverScope::Database {
            return error;
        }
        // The session may hold blocks of a log that was only read in part: they are not written.
        let mut session = Session { cache: Default::default(), ..session };
        match self.finish_until(&mut session) {
            Ok(_) => error,
            Err(below) => below.lines.into_iter().fold(error, |stack, (code, text)| stack.and(code, text)),
        }
    }
}
