//! The snapshot's control file takes the places of the control files. What stands there is moved aside; what stood there
//! and could be mounted was kept before. Its undo takes ours away, and `keep` puts back what was kept.

use super::{
    aside,
    media_recovery::Recover,
    params::{RecoverParams, SnapshotControl},
    preview,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{
        World, files,
        folder::not_understood,
        gather,
        preview::told,
        production::{self, State},
        shell,
    },
    text::sh,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct PutControl(pub Arc<RecoverParams>);

/// What was there when it was put.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Put {
    /// Files in the folder of archived logs.
    pub archived: Vec<String>,
}

/// More than a folder of archived logs holds.
const MOST: u64 = 100_000;

impl PutControl {
    fn control(&self) -> Result<&SnapshotControl, Fault> {
        let missing = || Fault::new(Kind::Bug, "REC-098", "the run takes no control file of the snapshot");
        self.0.controlfile.as_ref().ok_or_else(missing)
    }

    /// What leaves the places goes here while nothing was recovered with it; it goes with the kept set.
    fn put_folder(&self, run: &str) -> String {
        format!("{}/put", self.0.kept_set(run))
    }

    /// The copy on the database's VM, from which it is put.
    fn send(&self, cx: &Cx<'_, World>, control: &SnapshotControl) -> Result<String, Fault> {
        let (host, folder) = (&self.0.site.host, self.put_folder(cx.run));
        let copy = format!("{folder}/snapshot.ctl");
        shell::words(cx.world, host, &["mkdir", "-p", "-m", "700", &folder])?;
        let kept = cx.world.artifacts_of(&self.0.snapshot).join("control.ctl");
        if files::send(cx.world, host, &kept, &copy)? != control.copy {
            return Err(not_what_was_kept(&self.0.snapshot));
        }
        Ok(copy)
    }

    fn occupied(&self, cx: &Cx<'_, World>, control: &SnapshotControl) -> Result<Vec<String>, Fault> {
        let places = gather::places(cx.world, &self.0.site.host, &control.places)?;
        Ok(control
            .places
            .iter()
            .zip(places)
            .filter(|(_, there)| there.is_some())
            .map(|(path, _)| path.clone())
            .collect())
    }

    /// Files that are not byte for byte what was kept of them.
    fn ours(&self, cx: &Cx<'_, World>, control: &SnapshotControl) -> Result<Vec<String>, Fault> {
        let kept = &self.0.keep[..self.0.control_files.min(self.0.keep.len())];
        let originals = super::keep::unchanged(cx, &self.0, kept)?;
        let there = self.occupied(cx, control)?;
        Ok(there.into_iter().filter(|path| !originals.contains(path)).collect())
    }
}

/// The artifacts folder does not hold what the snapshot kept.
pub fn not_what_was_kept(snapshot: &crate::model::RunId) -> Fault {
    Fault::new(Kind::User, "REC-091", format!("control.ctl of snapshot {snapshot} is not what was kept"))
        .hint("restore the artifacts folder from a copy, or choose another snapshot: --to snapshot=ID")
}

impl Step<World> for PutControl {
    const KIND: &'static str = "put_control";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Put;

    fn describe(&self) -> String {
        let places = self.0.controlfile.as_ref().map_or(0, |control| control.places.len());
        format!("put the snapshot's control file in its {places} places")
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(self.control().and_then(|control| preview::put_control(&self.0, control)))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Put>, Fault> {
        let (host, control) = (&self.0.site.host, self.control()?);
        let archived = gather::other_files(cx.world, host, std::slice::from_ref(&control.archive), MOST)?;
        let copy = self.send(cx, control)?;
        aside::move_there(cx.world, host, &self.put_folder(cx.run), &self.occupied(cx, control)?)?;
        let printed = shell::script(cx.world, host, &sh::PutControl { copy: &copy, places: &control.places })?;
        match printed.trim() {
            "put" => Ok(Ran::Done(Put { archived })),
            _ => Err(not_understood(host, &printed)),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Put>, Fault> {
        Ok(Probe::Partial("some of the control files may be in their places".to_owned()))
    }

    /// Once recovery was done the database may have been opened with it: then it is kept until `commit` (law 4).
    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Put>) -> Result<(), Fault> {
        let ours = self.ours(cx, self.control()?)?;
        if ours.is_empty() {
            return Ok(());
        }
        if production::state(cx.world, &self.0.site, self.0.release()?)? != State::Down {
            return Err(super::keep::in_use(&self.0));
        }
        let used = cx.maybe::<Recover>()?.is_some();
        let folder = if used { self.0.kept_set(cx.run) } else { self.put_folder(cx.run) };
        aside::move_there(cx.world, &self.0.site.host, &folder, &ours)
    }
}
