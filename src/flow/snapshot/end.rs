//! END BACKUP, with the checks of law 2 in the same call: the guard statement divides by zero (ORA-01476) unless the
//! ACTIVE files carry exactly the CHANGE# of BEGIN, and nothing after a failed statement is sent.

use super::begin::{Begin, Begun};
use super::guard::ArmGuard;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::Scn,
    port::{Rows, Statement},
    step::{World, backup_mode::guarded_end, gather, params::SnapshotParams, sql as ask, window},
    text::{render, sh, sql},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct EndBackup(pub Arc<SnapshotParams>);

/// The window is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ended {
    /// An SCN not below that of END BACKUP: the lowest recovery target.
    pub scn: Scn,
    /// The database's time, with offset.
    pub at: String,
    /// From sending BEGIN to the answer of END, in ms.
    pub window_ms: u64,
}

impl EndBackup {
    fn batch(&self, begun: &Begun, startup: &str) -> Result<Vec<Statement>, Fault> {
        let release = self.0.release()?;
        let mut batch = guarded_end(release, self.0.surveyed.identity.dbid, startup, &begun.active)?;
        // Whether files or containers changed only decides if the snapshot is used, so it is asked after END: what
        // changed inside the window is still seen, and what changes a moment later rejects for nothing.
        batch.push(sql::DATABASE_NOW.at(release, &[])?);
        batch.push(sql::FILES_DATA.at(release, &[])?);
        batch.push(sql::DATABASE_PDBS.at(release, &[])?);
        Ok(batch)
    }

    fn thaw(&self, cx: &Cx<'_, World>) -> Result<Option<String>, Fault> {
        if self.0.freeze.is_empty() {
            return Ok(None);
        }
        let context = sh::Thaw { points: &self.0.freeze, become_words: &cx.world.become_words };
        let text = render(&context)?;
        let printed = window::with(cx.world, |window| window.shell.ask(&text, cx.world.limits.command))?;
        Ok(printed.lines().find_map(|line| line.strip_prefix("not-frozen ")).map(str::to_owned))
    }

    /// What is different from the survey: a snapshot of such a window is not used.
    fn changed(&self, files: &Rows, pdbs: &Rows) -> Result<Option<String>, Fault> {
        let now: Vec<(u64, String)> = files
            .iter()
            .map(|row| Ok((row.number("FILE#")?, row.text("ENABLED")?.to_owned())))
            .collect::<Result<_, Fault>>()?;
        let then: Vec<(u64, String)> =
            self.0.surveyed.datafiles.iter().map(|file| (file.number, file.enabled.clone())).collect();
        if let Some((file, _)) = now.iter().find(|file| !then.contains(file)) {
            return Ok(Some(format!("datafile {file} was added or changed during the window")));
        }
        if let Some((file, _)) = then.iter().find(|file| !now.contains(file)) {
            return Ok(Some(format!("datafile {file} was dropped or changed during the window")));
        }
        let closed = gather::closed_containers(pdbs)?;
        let same = closed == self.0.surveyed.closed_containers;
        Ok((!same).then(|| "a pluggable database was opened or closed during the window".to_owned()))
    }
}

fn rejected(why: String) -> Fault {
    Fault::new(Kind::External, "SNP-007", format!("the snapshot is not usable: {why}"))
        .hint("backup mode has been ended; try again when nobody changes the structure of the database")
}

impl Step<World> for EndBackup {
    const KIND: &'static str = "end";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the window is over" };
    type Out = Ended;

    fn ends_window(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        format!("end backup mode of {}", self.0.site.database)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        self.0.preview(&[sql::BACKUP_END])
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Ended>, Fault> {
        let begun = cx.out::<Begin>()?;
        let batch = self.batch(&begun, &cx.out::<ArmGuard>()?.startup_time)?;
        let target = ask::production(&self.0.site);
        let unfrozen = self.thaw(cx)?;
        let (rows, window_ms) = window::with(cx.world, |window| {
            let rows = ask::batch_on(cx.world, window.session.as_mut(), &target, &batch)?;
            let begun = window.begun.unwrap_or_default();
            Ok((rows, u64::try_from(cx.clock.elapsed().saturating_sub(begun).as_millis()).unwrap_or(u64::MAX)))
        })?;
        window::close(cx.world);
        let [_, _, now, files, pdbs] = rows.as_slice() else {
            return Err(Fault::new(Kind::Bug, "SNP-008", "END has five answers"));
        };
        if let Some(why) = self.changed(files, pdbs)? {
            return Err(rejected(why));
        }
        if let Some(point) = unfrozen {
            return Err(rejected(format!("{point} was thawed by somebody else before the clone was finished")));
        }
        let now = now.one()?;
        Ok(Ran::Done(Ended { scn: now.scn("CURRENT_SCN")?, at: now.text("NOW")?.to_owned(), window_ms }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Ended>, Fault> {
        Ok(Probe::Unknown("whether END BACKUP was answered, and with which checks, is not known".to_owned()))
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Ended>) -> Result<(), Fault> {
        Ok(())
    }
}
