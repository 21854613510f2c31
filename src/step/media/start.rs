//! STARTUP MOUNT of the clone, then law 6; under a prefix the datafiles get their names here, then law 6 again.

use super::{instance, stage::Stage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::Bind,
    step::{World, params::CloneParams, preview::told, sql as ask},
    text::{sql, sqlplus},
};
use std::sync::Arc;

pub struct StartMount(pub Arc<CloneParams>);

impl StartMount {
    fn rename(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let release = self.0.release()?;
        let statement = |old: &str| {
            let names = [("old", Bind::Text(old.to_owned())), ("new", Bind::Text(self.0.there(old)))];
            sql::CHANGE_RENAME_FILE.at(release, &names)
        };
        let batch = self.0.wanted_files().map(|file| statement(&file.name)).collect::<Result<Vec<_>, _>>()?;
        ask::ask(cx.world, &self.0.target(), &batch).map(drop)
    }

    fn start(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let staged = cx.out::<Stage>()?;
        instance::mount(cx.world, &self.0, &staged)?;
        instance::law_six(cx.world, &self.0, &staged.folder)?;
        if self.0.media.prefix.is_some() {
            self.rename(cx)?;
            instance::law_six(cx.world, &self.0, &staged.folder)?;
        }
        Ok(())
    }
}

impl Step<World> for StartMount {
    const KIND: &'static str = "start";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("start the clone in MOUNT on {} and see that it names nothing of others", self.0.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::script(&sqlplus::StartupMount { pfile: "PFILE" }))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        self.start(cx).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Partial("the instance may be up, in part or whole".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        match cx.maybe::<Stage>()? {
            Some(staged) => instance::abort(cx.world, &self.0, &staged.folder),
            None => Ok(()),
        }
    }
}
