//! The instance goes down, and the restored files get production's names below their mounts.

use super::{params::FromTapeParams, preview, stage::TapeStage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, folder::not_understood, media::instance, preview::told, shell},
    text::{
        sh::{self, Restored},
        sqlplus,
    },
};
use std::sync::Arc;

pub struct PlaceFiles(pub Arc<FromTapeParams>);

impl PlaceFiles {
    fn files(&self) -> Vec<Restored> {
        self.0.files().into_iter().map(|(_, file)| file).collect()
    }
}

impl Step<World> for PlaceFiles {
    const KIND: &'static str = "place_files";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "the disks themselves are taken back" };
    type Out = ();

    fn describe(&self) -> String {
        format!("shut the instance on {} down, give the files production's names", self.0.tape.clone.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let texts = preview::script(&sqlplus::ShutdownAbort {})
            .and_then(|down| Ok([down, preview::script(&sh::PlaceRestored { files: &self.files() })?].concat()));
        told(texts)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let clone = &self.0.tape.clone;
        // Nothing of the instance is needed any more; RMAN has closed the files.
        instance::abort(cx.world, clone, &cx.out::<TapeStage>()?.staged.folder)?;
        let (host, files) = (&clone.media.host, self.files());
        let printed = shell::script(cx.world, host, &sh::PlaceRestored { files: &files })?;
        if printed.trim() == "placed" { Ok(Ran::Done(())) } else { Err(not_understood(host, &printed)) }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // A file that has its name already is left alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
