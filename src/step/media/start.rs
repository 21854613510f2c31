//! STARTUP MOUNT of the clone, then law 6; under a prefix the datafiles get their names here, then law 6 again.

use super::{
    instance,
    stage::{Stage, Staged},
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::Bind,
    step::{World, params::CloneParams, preview::told, sql as ask},
    text::{sql, sqlplus},
};
use std::sync::Arc;

pub struct StartMount(pub Arc<CloneParams>);

/// STARTUP MOUNT with the run's own pfile, then law 6; under a prefix the datafiles get their names, then law 6 again.
pub fn up(world: &World, p: &CloneParams, staged: &Staged) -> Result<(), Fault> {
    instance::mount(world, p, staged)?;
    instance::law_six(world, p, &staged.folder)?;
    if p.media.prefix.is_some() {
        rename(world, p)?;
        instance::law_six(world, p, &staged.folder)?;
    }
    Ok(())
}

fn rename(world: &World, p: &CloneParams) -> Result<(), Fault> {
    let release = p.release()?;
    let statement = |old: &str| {
        let names = [("old", Bind::Text(old.to_owned())), ("new", Bind::Text(p.there(old)))];
        sql::CHANGE_RENAME_FILE.at(release, &names)
    };
    let batch = p.wanted_files().map(|file| statement(&file.name)).collect::<Result<Vec<_>, _>>()?;
    ask::ask(world, &p.target(), &batch).map(drop)
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
        up(cx.world, &self.0, &cx.out::<Stage>()?).map(Ran::Done)
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
