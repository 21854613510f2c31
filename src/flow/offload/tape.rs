//! RMAN puts datafiles and kept logs on tape. Fractured blocks are an output, not an end: the clone is then rolled
//! forward and goes to tape again under a tag of its own.

use super::roll_forward::RollForward;
use crate::{
    catalog::CatalogChange,
    driver::rman::{RmanError, RmanLog},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::rman_tag,
    step::{
        World,
        media::{accept::Accept, meter::Meter, rman_job::RmanJob, stage::Stage},
        names::run_id,
        params::CloneParams,
        sql as ask,
    },
    text::{self, rman, sql, sqlplus::role_word},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ToTape {
    pub p: Arc<CloneParams>,
    pub attempt: u32,
}

/// One attempt.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Taped {
    /// Its tag; every RESTORE says FROM TAG of the good one.
    pub tag: String,
    /// Handles as RMAN's log names them.
    pub handles: Vec<String>,
    /// Damaged blocks that RMAN reported.
    pub damage: Vec<String>,
    /// Blocks that V$BACKUP_DATAFILE counts as corrupt.
    pub corrupt_blocks: u64,
    /// Whether this attempt ran and is the one that counts.
    pub good: bool,
    /// What the catalog takes from it.
    #[serde(default)]
    pub catalog: Vec<CatalogChange>,
}

impl ToTape {
    fn job(&self) -> String {
        format!("tape{}", self.attempt)
    }

    fn text(&self, run: &str, tag: &str, logs: &str) -> Result<String, Fault> {
        let p = &self.p;
        let context = rman::Backup {
            role: role_word(p.site.role()),
            sbt: &p.sbt(),
            run,
            tag,
            autobackup: !p.media.standby,
            check_logical: true,
            datafiles: &p.named_files(),
            logs: if p.logs.is_empty() { "" } else { logs },
        };
        match &p.media.template {
            Some(own) => text::render_own(own, &context),
            None => text::render(&context),
        }
    }

    fn go(&self, cx: &Cx<'_, World>) -> Result<Taped, Fault> {
        let logs = cx.out::<Stage>()?.logs;
        let tag = rman_tag(&run_id(cx.run)?, self.attempt);
        let job = RmanJob::new(cx, &self.p, &self.job());
        job.start(&self.text(cx.run, &tag, &logs)?)?;
        self.wait(cx, &job, tag)
    }

    fn wait(&self, cx: &Cx<'_, World>, job: &RmanJob<'_, '_>, tag: String) -> Result<Taped, Fault> {
        let mut meter = Meter::new(cx, &self.p);
        match job.wait(&mut || meter.read()) {
            Ok(log) => self.judge(cx, tag, log),
            // The set with the damaged file failed, others may be on tape: all are void, and the clone is mended first.
            Err(RmanError::Stack { code, cause, .. }) if is_damage(&code) && self.attempt == 1 => {
                Ok(Taped { tag, damage: vec![cause], ..Taped::default() })
            }
            Err(error) => Err(job.fault(&error)),
        }
    }

    fn judge(&self, cx: &Cx<'_, World>, tag: String, log: RmanLog) -> Result<Taped, Fault> {
        alarm(&self.p, &log)?;
        let statement = sql::RMAN_DATAFILES.at(self.p.release()?, &[("tag", crate::port::Bind::Text(tag.clone()))])?;
        let rows = ask::ask(cx.world, &self.p.target(), &[statement])?;
        let mut corrupt_blocks = 0;
        for row in rows.iter().flat_map(crate::port::Rows::iter) {
            corrupt_blocks +=
                row.number("MARKED_CORRUPT")? + row.number("MEDIA_CORRUPT")? + row.number("LOGICALLY_CORRUPT")?;
        }
        let good = log.damage.is_empty() && corrupt_blocks == 0;
        let handles = log.pieces.into_iter().map(|piece| piece.handle).collect();
        Ok(Taped { tag, handles, damage: log.damage, corrupt_blocks, good, catalog: Vec::new() })
    }
}

/// What RMAN may say of no clone: each means that it worked on another database, or on a control file that is not the
/// private copy.
fn alarm(p: &CloneParams, log: &RmanLog) -> Result<(), Fault> {
    let wanted = p.surveyed.identity.dbid;
    let what = match log.dbid() {
        Some(dbid) if dbid != wanted => format!("RMAN was connected to the database with DBID {dbid}, not {wanted}"),
        _ if log.switched_log => "RMAN made the instance switch logs, which a mounted clone cannot".to_owned(),
        // A BACKUP control file is never taken: RMAN skips its autobackup (Error Messages: RMAN-06497).
        _ if log.controlfile_written && !p.media.standby => {
            "RMAN put a control file on tape, which it does not do with a BACKUP control file".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Fault::new(Kind::External, "OFF-022", what)
        .hint("the pieces of this run count as void; look at rman.log in the artifacts")
        .hint("look at the RMAN template of the site, and which instance runs under this SID on the media host")
        .on(&p.media.host))
}

/// Nothing goes to tape from a snapshot that was judged.
fn refuse(rejected: Option<String>) -> Result<(), Fault> {
    let Some(why) = rejected else { return Ok(()) };
    Err(Fault::new(Kind::External, "OFF-012", format!("the snapshot is rejected: {why}"))
        .hint("it will not be used; make a new one: ovmirror backup"))
}

/// Codes that name damaged blocks (Error Messages: ORA-19566 exceeded limit of corrupt blocks, ORA-01578).
fn is_damage(code: &str) -> bool {
    matches!(code, "ORA-19566" | "ORA-01578" | "ORA-19563")
}

impl CloneParams {
    /// The media manager.
    #[must_use]
    pub fn sbt(&self) -> rman::Sbt {
        rman::Sbt::new(self.media.channels, &self.media.library, self.media.env.clone())
    }

    /// The datafiles as RMAN is told them, to back up and to read back; empty: the whole database. SKIP OFFLINE is
    /// refused with a BACKUP control file (RMAN-06131), so the files that are wanted are named instead.
    #[must_use]
    pub fn named_files(&self) -> Vec<u32> {
        let named: Vec<u32> = self.wanted_files().filter_map(|file| u32::try_from(file.number).ok()).collect();
        if named.len() == self.surveyed.datafiles.len() { Vec::new() } else { named }
    }
}

impl Step<World> for ToTape {
    const KIND: &'static str = "tape";
    const UNDO: UndoPolicy = UndoPolicy::Nothing {
        because: "pieces stay on tape under a tag that nothing asks for; the media manager expires them",
    };
    type Out = Taped;

    fn key(&self) -> Option<String> {
        Some(self.attempt.to_string())
    }

    fn describe(&self) -> String {
        match self.attempt {
            1 => format!("back the clone up to tape with {} channels", self.p.media.channels),
            _ => "back the rolled-forward clone up to tape".to_owned(),
        }
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let text = self.text("RUN", "SM_TAG", "/home/oracle/.ovmirror/RUN/logs");
        text.map_or_else(|fault| vec![fault.to_string()], |text| vec![text])
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Taped>, Fault> {
        refuse(cx.out::<Accept>()?.rejected)?;
        if self.attempt > 1 {
            let rolled = cx.out::<RollForward>()?;
            refuse(rolled.rejected)?;
            if rolled.through.is_none() {
                return Ok(Ran::Skipped(Taped::default(), "the first attempt is good".to_owned()));
            }
        }
        let taped = self.go(cx)?;
        if taped.good {
            return Ok(Ran::Done(taped));
        }
        let damage = taped.damage.join("; ");
        Ok(match self.attempt {
            1 => Ran::Warned(taped, format!("blocks were cut while they were written: {damage}")),
            _ => {
                let catalog = vec![self.p.rejected()];
                Ran::Warned(Taped { catalog, ..taped }, format!("blocks are damaged after the roll forward: {damage}"))
            }
        })
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Taped>, Fault> {
        use crate::driver::rman::State;
        // RMAN outlives the session: what was started is waited for, never started twice.
        let job = RmanJob::new(cx, &self.p, &self.job());
        Ok(match job.driver().poll(&self.job(), 0).map_err(|error| job.fault(&error))?.state {
            State::Absent => Probe::Absent,
            State::Running | State::Ended(_) => {
                let tag = rman_tag(&run_id(cx.run)?, self.attempt);
                Probe::Present(self.wait(cx, &job, tag)?)
            }
            State::Gone => Probe::Unknown("RMAN is gone and left no status: was the media host restarted?".to_owned()),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Taped>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.p, &self.job()).stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        driver::rman::parse,
        step::params::testing::{offload, with_offline_file},
    };
    use rstest::rstest;

    const CONNECTED: &str = "connected to target database: ORCL (DBID=1234567890, not open)";

    #[rstest]
    #[case::good(CONNECTED, false, "")]
    #[case::other_database("connected to target database: ORCL (DBID=7)", false, "with DBID 7, not 1234567890")]
    #[case::switched("current log archived", false, "switch logs")]
    #[case::autobackup("Starting Control File and SPFILE Autobackup at 09/10/2025 19:23", false, "a control file")]
    #[case::in_a_set("including current control file in backup set", false, "a control file")]
    #[case::in_a_set_with_standby("including standby control file in backup set", true, "")]
    #[case::skipped("RMAN-06497: WARNING: control file is not current, control file AUTOBACKUP skipped", false, "")]
    fn what_no_clone_does_is_an_alarm(#[case] line: &str, #[case] standby: bool, #[case] why: &str) {
        let mut p = offload();
        p.media.standby = standby;
        let said = alarm(&p, &parse(&format!("{line}\nRecovery Manager complete.\n"))).err();
        assert_eq!(said.is_none(), why.is_empty(), "{said:?}");
        assert!(said.is_none_or(|fault| fault.message.contains(why)));
    }

    #[test]
    fn only_an_offline_file_that_skip_names_is_left_out() {
        let mut p = with_offline_file();
        assert_eq!(p.named_files(), [1]);
        p.surveyed.datafiles[1].status = "ONLINE".to_owned();
        assert!(p.named_files().is_empty(), "it came back online, so the whole database is meant");
        assert!(offload().named_files().is_empty());
    }
}
