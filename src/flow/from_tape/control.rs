//! The control file that knows the pieces: from tape by its handle, unless the kept one is there.

use super::{params::TapeParams, preview, stage::TapeStage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, files, media::rman_job::RmanJob, preview::told, shell},
    text::{self, rman, sqlplus::role_word},
};
use std::sync::Arc;

pub struct ControlFile(pub Arc<TapeParams>);

const JOB: &str = "control";

impl ControlFile {
    /// What RMAN is told.
    pub fn text(&self, path: &str) -> Result<String, Fault> {
        let clone = &self.0.clone;
        text::render(&rman::RestoreControlfile {
            role: role_word(clone.site.role()),
            sbt: &clone.sbt(),
            dbid: self.0.dbid,
            handle: &self.0.handle(),
            path,
        })
    }

    /// Beside the evidence of the offload that wrote it, as that offload did.
    fn keep(&self, cx: &Cx<'_, World>, control: &str) -> Result<(), Fault> {
        let folder = cx.world.artifacts_of(&self.0.writer);
        files::make_folder(&folder)?;
        files::fetch(cx.world, &self.0.clone.media.host, control, &folder.join("clone.ctl")).map(drop)
    }

    fn absent(&self, fault: Fault) -> Fault {
        fault
            .hint(format!("the control file's handle is {}: is it in the media manager's listing?", self.0.handle()))
            .hint("docs/from-tape.md says how it is listed, and which other handles there are")
    }
}

impl Step<World> for ControlFile {
    const KIND: &'static str = "tape_control";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("restore the control file {} from tape, unless it was kept", self.0.handle())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let text = preview::folder(&self.0).and_then(|folder| self.text(&format!("{folder}/clone.ctl")));
        told(text.map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let staged = cx.out::<TapeStage>()?;
        if staged.kept {
            return Ok(Ran::Skipped((), "the offload kept it".to_owned()));
        }
        let control = staged.staged.control;
        let job = RmanJob::new(cx, &self.0.clone, JOB);
        job.start(&self.text(&control)?)?;
        job.wait(&mut || 0).map_err(|error| self.absent(job.fault(&error)))?;
        let there = shell::words(cx.world, &self.0.clone.media.host, &["ls", "-l", &control]);
        there.map_err(|fault| {
            let text = "RMAN said that it restored the control file, and it is not there";
            Fault::new(Kind::External, "TAP-001", text).cause(fault.to_string()).hint("look at RMAN's log")
        })?;
        self.keep(cx, &control).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Partial("RMAN may be at it still".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.0.clone, JOB).stop()
    }
}
