//! BEGIN BACKUP: one call that also asks for V$BACKUP, leaves its list to the guard, and copies the control file onto
//! the data mount, so that the golden copy carries it.

use super::guard::ArmGuard;
use super::run_folder::RunFolder;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::Scn,
    port::{Bind, Rows, Statement},
    step::{
        World,
        backup_mode::{self, Active, Ending, Ours, active_files},
        params::SnapshotParams,
        preview::told,
        shell, sql as ask, window,
    },
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub struct Begin(pub Arc<SnapshotParams>);

/// The window as BEGIN saw it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// ACTIVE files and their CHANGE#.
    pub active: Active,
    /// The lowest CHANGE#: recovery begins there.
    pub scn: Scn,
    /// The database's time, with offset.
    pub at: String,
    /// V$DATAFILE.CHECKPOINT_CHANGE# of files that take no part (read only, closed containers).
    pub quiet: BTreeMap<u64, Scn>,
    /// The control file copy on the data mount.
    pub controlfile: String,
}

impl Begin {
    pub(super) fn batch(&self, folders: &super::run_folder::Folders) -> Result<Vec<Statement>, Fault> {
        let release = self.0.release()?;
        let spool = format!("{}/begin.lst", folders.run);
        let copy = [("path", Bind::Text(folders.controlfile.clone()))];
        let mut batch = vec![sql::BACKUP_BEGIN.at(release, &[])?, sql::DATABASE_NOW.at(release, &[])?];
        // Only SQL*Plus can spool; without the list the guard knows its own by file and SCN.
        if self.0.site.connect.is_none() {
            batch.extend([sql::spool_on(&spool)?, sql::BACKUP_OURS.at(release, &[])?, sql::spool_off()]);
        }
        batch.push(sql::BACKUP_CONTROLFILE.at(release, &copy)?);
        if self.0.standby {
            let copy = [("path", Bind::Text(standby(&folders.controlfile)))];
            batch.push(sql::BACKUP_STANDBY_CONTROLFILE.at(release, &copy)?);
        }
        batch.push(sql::BACKUP_ACTIVE.at(release, &[])?);
        batch.push(sql::FILES_DATA.at(release, &[])?);
        Ok(batch)
    }

    fn read(&self, rows: &[Rows], controlfile: String) -> Result<Begun, Fault> {
        let [_, now, .., active, files] = rows else {
            return Err(Fault::new(Kind::Bug, "SNP-004", "the BEGIN call has at least five answers"));
        };
        let active = active_files(active)?;
        let missing: Vec<_> = self.0.surveyed.planned.iter().filter(|file| !active.contains_key(file)).collect();
        if let Some(file) = missing.first() {
            let text = format!("datafile {file} is not ACTIVE after BEGIN BACKUP ({} in all)", missing.len());
            return Err(Fault::new(Kind::External, "BKP-001", text)
                .hint("a file changed its state since the survey; try again"));
        }
        let scn = active.values().min().copied().unwrap_or_default();
        let quiet = files.iter().map(|row| Ok((row.number("FILE#")?, row.scn("CHECKPOINT_CHANGE#")?)));
        let quiet = quiet.collect::<Result<BTreeMap<_, _>, Fault>>()?;
        let quiet = quiet.into_iter().filter(|(file, _)| !active.contains_key(file)).collect();
        Ok(Begun { scn, at: now.one()?.text("NOW")?.to_owned(), quiet, active, controlfile })
    }
}

/// The STANDBY control file beside the BACKUP one.
pub fn standby(controlfile: &str) -> String {
    format!("{}.stb.ctl", controlfile.strip_suffix(".ctl").unwrap_or(controlfile))
}

impl Step<World> for Begin {
    const KIND: &'static str = "begin";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Begun;

    fn urgent(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        format!("begin backup mode of {}", self.0.site.database)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::begin(self))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Begun>, Fault> {
        let folders = cx.out::<RunFolder>()?;
        let batch = self.batch(&folders)?;
        let target = ask::production(&self.0.site);
        let rows = window::with(cx.world, |window| {
            window.begun = Some(cx.clock.elapsed());
            ask::batch_on(cx.world, window.session.as_mut(), &target, &batch)
        })?;
        Ok(Ran::Done(self.read(&rows, folders.controlfile)?))
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Begun>, Fault> {
        let batch = [sql::BACKUP_ACTIVE.at(self.0.release()?, &[])?];
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &batch)?;
        let active = rows.iter().map(|rows| rows.rows.len()).sum::<usize>();
        // A session that may still be at work is ended by the undo before anything is said about it.
        Ok(Probe::Partial(format!("{active} files are in backup mode, and the BEGIN call may still be at work")))
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&Begun>) -> Result<(), Fault> {
        window::close(cx.world);
        let armed = cx.out::<ArmGuard>()?;
        let ours = match out {
            Some(begun) => Ours::Exactly(begun.active.clone()),
            None => Ours::InDoubt { before: armed.before.clone(), floor: armed.floor },
        };
        let ending = Ending {
            site: &self.0.site,
            dbid: self.0.surveyed.identity.dbid,
            release: self.0.release()?,
            run: cx.run,
            ours,
            sender: out.is_none().then_some(&armed.sender),
            startup_time: &armed.startup_time,
        };
        backup_mode::end(cx.world, cx.clock, &ending)?;
        let copy = cx.out::<RunFolder>()?.controlfile;
        shell::words(cx.world, &self.0.site.host, &["rm", "-f", &copy, &standby(&copy)]).map(drop)
    }
}
