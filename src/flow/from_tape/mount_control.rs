//! MOUNT with the control file that knows the pieces, then law 6, and whose it is (law 10).

use super::{params::TapeParams, preview, stage::TapeStage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::Row,
    step::{World, media::instance, preview::told, sql as ask},
    text::sql,
};
use std::sync::Arc;

pub struct MountControl(pub Arc<TapeParams>);

impl MountControl {
    /// The database's own, and never the CURRENT control file of one.
    fn judge(&self, row: Row<'_>) -> Result<(), Fault> {
        let found = row.number("DBID")?;
        if found != self.0.dbid {
            return Err(self.wrong(format!("its DBID is {found}, not {}", self.0.dbid)));
        }
        let kind = row.text("CONTROLFILE_TYPE")?;
        if !matches!(kind, "BACKUP" | "STANDBY") {
            return Err(self.wrong(format!("it is of type {kind}")));
        }
        match row.text("OPEN_MODE")? {
            "MOUNTED" => Ok(()),
            mode => Err(self.wrong(format!("OPEN_MODE is {mode}"))),
        }
    }

    fn wrong(&self, why: String) -> Fault {
        Fault::new(Kind::External, "TAP-002", format!("the control file {} is not what it should be: {why}", self.0.handle()))
            .hint("where it was kept: is artifacts/…/clone.ctl the one that the offload wrote? Move it away: it then comes from tape")
            .on(&self.0.clone.media.host)
    }
}

impl Step<World> for MountControl {
    const KIND: &'static str = "tape_mount";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the instance goes with the step that started it" };
    type Out = ();

    fn describe(&self) -> String {
        "mount that control file, and see that it names nothing of others".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::CHANGE_MOUNT, sql::DATABASE_IDENTITY]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let (clone, release) = (&self.0.clone, self.0.clone.release()?);
        match ask::ask(cx.world, &clone.target(), &[sql::CHANGE_MOUNT.at(release, &[])?]) {
            // Already mounted: by this step, before it was interrupted.
            Err(fault) if fault.code != "ORA-01100" => return Err(fault),
            _ => {}
        }
        instance::law_six(cx.world, clone, &cx.out::<TapeStage>()?.staged.folder)?;
        let rows = ask::ask(cx.world, &clone.target(), &[sql::DATABASE_IDENTITY.at(release, &[])?])?;
        let identity = rows.first().map(|rows| rows.one()).transpose()?;
        let identity = identity.ok_or_else(|| self.wrong("it did not answer".to_owned()))?;
        self.judge(identity).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Mounting what is mounted changes nothing, and the looks are made again.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
