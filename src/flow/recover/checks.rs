//! Whether the database is what was asked for: open read write, no file in need of recovery, every file online that was.

use super::{open::Open, params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::Rows,
    step::{World, folder, preview::told, sql as ask},
    text::sql,
};
use std::sync::Arc;

pub struct Checks(pub Arc<RecoverParams>);

impl Checks {
    fn judge(&self, identity: &Rows, recover: &Rows, files: &Rows) -> Result<(), Fault> {
        let mode = identity.one()?.text("OPEN_MODE")?;
        if mode != "READ WRITE" {
            return Err(self.wrong(format!("OPEN_MODE is {mode}")));
        }
        for row in recover.iter() {
            if row.text("ONLINE_STATUS")? == "ONLINE" {
                return Err(self.wrong(format!("datafile {} needs recovery", row.number("FILE#")?)));
            }
        }
        for row in files.iter() {
            let (file, status) = (row.number("FILE#")?, row.text("STATUS")?);
            let was_online = self.0.surveyed.datafiles.iter().any(|known| known.number == file && known.is_online());
            if was_online && !matches!(status, "ONLINE" | "SYSTEM") {
                return Err(self.wrong(format!("datafile {file} is {status}")));
            }
        }
        Ok(())
    }

    /// Temp files are in no backup: OPEN makes those again that the control file knows.
    fn temp(&self, rows: &Rows) -> Result<(), Fault> {
        if self.0.controlfile.is_none() || rows.iter().next().is_some() {
            return Ok(());
        }
        Err(self
            .wrong("it has no temp file".to_owned())
            .hint("add one to each temporary tablespace: ALTER TABLESPACE TEMP ADD TEMPFILE 'name' SIZE 100M REUSE"))
    }

    fn wrong(&self, why: String) -> Fault {
        let text = format!("{} is not as it should be after the recovery: {why}", self.0.site.database);
        Fault::new(Kind::External, "REC-029", text).on(&self.0.site.host)
    }
}

impl Step<World> for Checks {
    const KIND: &'static str = "checks";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "see that every file is online and whole".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::DATABASE_IDENTITY, sql::FILES_RECOVER, sql::FILES_DATA]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        if self.0.part.is_none() {
            cx.out::<Open>()?;
        }
        let release = self.0.release()?;
        let batch = [
            sql::DATABASE_IDENTITY.at(release, &[])?,
            sql::FILES_RECOVER.at(release, &[])?,
            sql::FILES_DATA.at(release, &[])?,
            sql::FILES_TEMP.at(release, &[])?,
        ];
        let seen = ask::ask(cx.world, &ask::production(&self.0.site), &batch).and_then(|rows| match rows.as_slice() {
            [identity, recover, files, temp] => self.judge(identity, recover, files).and_then(|()| self.temp(temp)),
            _ => Err(super::no_answer(&self.0)),
        });
        let cleaned = folder::remove(cx.world, &self.0.site.host, cx.run);
        // It is open, and work is done on it: what is not as it should be is told, not taken back.
        Ok(match seen.and(cleaned) {
            Ok(()) => Ran::Done(()),
            Err(fault) => Ran::Warned((), fault.to_string()),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
