//! Files that the snapshot does not have: those from before the target are made again and recovered from redo, those
//! from behind it are left out. A file on a disk that is not swapped is moved aside first, never overwritten (law 4).

use super::{beside, params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Bind, Statement},
    step::{World, preview::told, production, sql as ask},
    text::{Release, sql},
};
use std::sync::Arc;

pub struct AddedFiles(pub Arc<RecoverParams>);

/// Whether Oracle chose the name, so that it must choose it again.
#[must_use]
pub fn is_managed(name: &str) -> bool {
    name.contains("/o1_mf_")
}

/// Makes a file again, empty.
pub fn again(release: Release, name: &str, managed: bool) -> Result<Statement, Fault> {
    named(release, name, if managed { None } else { Some(name) })
}

/// Makes a file that the control file has under a name, empty: under this one, or one that Oracle chooses.
pub fn named(release: Release, known_as: &str, name: Option<&str>) -> Result<Statement, Fault> {
    let old = ("old", Bind::Text(known_as.to_owned()));
    match name {
        None => sql::CHANGE_CREATE_DATAFILE_MANAGED.at(release, &[old]),
        Some(name) => sql::CHANGE_CREATE_DATAFILE.at(release, &[old, ("new", Bind::Text(name.to_owned()))]),
    }
}

impl AddedFiles {
    /// The statements, in order.
    pub fn batch(&self) -> Result<Vec<Statement>, Fault> {
        if self.0.controlfile.is_some() {
            return Ok(Vec::new());
        }
        let release = self.0.release()?;
        let later = self
            .0
            .later
            .iter()
            .map(|file| sql::CHANGE_DATAFILE_OFFLINE_DROP.at(release, &[("file", Bind::Number(file.number))]));
        let added = self.0.added.iter().map(|file| again(release, &file.name, file.managed));
        later.chain(added).collect()
    }

    /// Files that stay on their disk.
    fn staying(&self) -> Vec<String> {
        self.0.added.iter().filter(|file| !file.swapped).map(|file| file.name.clone()).collect()
    }
}

impl Step<World> for AddedFiles {
    const KIND: &'static str = "added_files";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        if self.0.controlfile.is_some() {
            return format!("move {} files aside that were added since and are made again", self.staying().len());
        }
        format!(
            "make {} files again that were added since, leave {} out that are from behind the target",
            self.0.added.len(),
            self.0.later.len()
        )
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::added(self))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let batch = self.batch()?;
        if self.0.controlfile.is_some() && self.staying().is_empty() {
            return Ok(Ran::Skipped((), "redo adds files that the snapshot's control file does not know".to_owned()));
        }
        beside::set_aside(cx.world, &self.0.site.host, cx.run, &self.staying())?;
        if self.0.controlfile.is_some() {
            return Ok(Ran::Done(()));
        }
        if batch.is_empty() {
            return Ok(Ran::Skipped((), "no file was added since the snapshot".to_owned()));
        }
        ask::ask(cx.world, &ask::production(&self.0.site), &batch)?;
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        match self.0.added.is_empty() && self.0.later.is_empty() {
            true => Ok(Probe::Absent),
            false => Ok(Probe::Unknown("which of the files were made is not known".to_owned())),
        }
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        let staying = self.staying();
        if !staying.is_empty() {
            // Nothing is renamed under an instance that has it open.
            production::stop(cx.world, &self.0.site, self.0.release()?)?;
        }
        beside::put_back(cx.world, &self.0.site.host, cx.run, &staying)
    }
}
