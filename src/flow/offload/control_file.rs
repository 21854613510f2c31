//! The clone's own control file knows its pieces: after a clean shutdown a copy is kept and goes to tape under a handle
//! that can be guessed, so that the tape alone is enough.

use super::evidence::Evidence;
use crate::{
    catalog::Piece,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::Bind,
    step::{
        World, files,
        media::{instance, rman_job::RmanJob, stage::Stage},
        names::run_id,
        params::CloneParams,
        preview::told,
        shell, sql as ask,
    },
    text::{self, rman, sql, sqlplus::role_word},
};
use std::sync::Arc;

pub struct ControlFileToTape(pub Arc<CloneParams>);

const JOB: &str = "control";

impl ControlFileToTape {
    fn copy(&self, cx: &Cx<'_, World>) -> Result<String, Fault> {
        let (p, staged) = (&self.0, cx.out::<Stage>()?);
        let copy = format!("{}/taped.ctl", staged.folder);
        instance::shut_down(cx.world, p)?;
        shell::words(cx.world, &p.media.host, &["cp", &staged.control, &copy])?;
        let folder = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&folder)?;
        files::fetch(cx.world, &p.media.host, &copy, &folder.join("clone.ctl"))?;
        instance::mount(cx.world, p, &staged)?;
        instance::law_six(cx.world, p, &staged.folder)?;
        Ok(copy)
    }

    fn to_tape(&self, cx: &Cx<'_, World>, copy: &str) -> Result<Piece, Fault> {
        let p = &self.0;
        let handle = format!("ovm_{}_{}_cf_1", p.surveyed.identity.dbid, cx.run);
        let tag = cx.out::<Evidence>()?.tag;
        let context =
            rman::Controlfile { role: role_word(p.site.role()), sbt: &p.sbt(), handle: &handle, tag: &tag, path: copy };
        let job = RmanJob::new(cx, p, JOB);
        job.start(&text::render(&context)?)?;
        job.wait(&mut || 0).map_err(|error| job.fault(&error))?;
        let pieces = sql::RMAN_PIECES.at(p.release()?, &[("tag", Bind::Text(tag.clone()))])?;
        let rows = ask::ask(cx.world, &p.target(), &[pieces])?;
        let row = rows.iter().flat_map(crate::port::Rows::iter).find(|row| row.get("HANDLE") == Ok(Some(&handle)));
        match row {
            Some(row) if row.text("STATUS")? == "A" => Ok(Piece { handle, tag, bytes: row.number("BYTES")? }),
            _ => Err(Fault::new(
                Kind::External,
                "OFF-016",
                format!("V$BACKUP_PIECE does not show {handle} as AVAILABLE"),
            )),
        }
    }
}

impl Step<World> for ControlFileToTape {
    const KIND: &'static str = "control_file_to_tape";
    const UNDO: UndoPolicy = UndoPolicy::Nothing {
        because: "pieces stay on tape under a tag that nothing asks for; the media manager expires them",
    };
    type Out = Piece;

    fn describe(&self) -> String {
        "put the clone's control file, which knows the pieces, on tape".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::control_file(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Piece>, Fault> {
        let copy = self.copy(cx)?;
        Ok(Ran::Done(self.to_tape(cx, &copy)?))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Piece>, Fault> {
        Ok(Probe::Unknown("how far the copy of the control file went is not known".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Piece>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.0, JOB).stop()
    }
}
