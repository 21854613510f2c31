//! The run's folder on the media host: a pfile of its own, and the control file that the offload kept, where it is there.

use super::{params::TapeParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{
        World, files, folder,
        media::stage::{Purpose, Stage, Staged},
        names::run_id,
        preview::told,
        shell,
    },
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct TapeStage(pub Arc<TapeParams>);

/// Where things are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TapeStaged {
    /// Places in the run's folder.
    pub staged: Staged,
    /// Whether the kept control file is there; else it comes from tape.
    pub kept: bool,
}

impl TapeStage {
    fn stage(&self) -> Stage {
        Stage { p: Arc::new(self.0.clone.clone()), purpose: Purpose::Tape }
    }

    /// The offload kept the clone's control file beside its evidence.
    fn kept(&self, cx: &Cx<'_, World>, staged: &Staged) -> Result<bool, Fault> {
        let kept = cx.world.artifacts_of(&self.0.writer).join("clone.ctl");
        if !kept.exists() {
            return Ok(false);
        }
        files::send(cx.world, &self.0.clone.media.host, &kept, &staged.control).map(|_| true)
    }

    fn pfile(&self, cx: &Cx<'_, World>, staged: &Staged) -> Result<(), Fault> {
        let text = self.stage().pfile(cx.run, staged)?;
        let own = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&own)?;
        files::write(&own.join("pfile.ora"), &text)?;
        files::send_text(cx.world, &self.0.clone.media.host, &text, &staged.pfile).map(drop)
    }
}

impl Step<World> for TapeStage {
    const KIND: &'static str = "tape_stage";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = TapeStaged;

    fn describe(&self) -> String {
        format!("bring a pfile and the kept control file to {}", self.0.clone.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let text = preview::folder(&self.0).and_then(|folder| {
            let stage = self.stage();
            stage.pfile("RUN", &stage.places(folder))
        });
        told(text.map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<TapeStaged>, Fault> {
        let host = &self.0.clone.media.host;
        let mut staged = self.stage().places(folder::make(cx.world, host, cx.run)?);
        // No tape half of the snapshot is under way.
        staged.catalog.clear();
        for name in ["logs", "arch", "audit", "diag"] {
            shell::words(cx.world, host, &["mkdir", "-p", "-m", "700", &format!("{}/{name}", staged.folder)])?;
        }
        self.pfile(cx, &staged)?;
        let kept = self.kept(cx, &staged)?;
        Ok(Ran::Done(TapeStaged { staged, kept }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<TapeStaged>, Fault> {
        Ok(Probe::Partial("files may be there in part".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&TapeStaged>) -> Result<(), Fault> {
        folder::remove(cx.world, &self.0.clone.media.host, cx.run)
    }
}
