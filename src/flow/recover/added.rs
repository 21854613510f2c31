//! Files that the snapshot does not have: those from before the target are made again and recovered from redo, those
//! from behind it are left out. A file on a disk that is not swapped is moved aside first, never overwritten (law 4).

use super::{
    params::{AddedFile, RecoverParams},
    preview,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Bind, Statement},
    step::{World, gather, preview::told, production, shell, sql as ask},
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

    /// Files that stay on their disk, under the name that is wanted.
    fn in_the_way(&self) -> impl Iterator<Item = &AddedFile> {
        self.0.added.iter().filter(|file| !file.swapped)
    }

    fn exists(&self, cx: &Cx<'_, World>, path: &str) -> Result<bool, Fault> {
        let places = gather::places(cx.world, &self.0.site.host, &[path.to_owned()])?;
        Ok(places.iter().any(Option::is_some))
    }

    /// Files that stay on their disk: from the name to the name aside, or back.
    fn move_aside(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        for file in self.in_the_way() {
            let aside = file.aside(cx.run);
            if !self.exists(cx, &aside)? && self.exists(cx, &file.name)? {
                shell::words(cx.world, &self.0.site.host, &["mv", &file.name, &aside])?;
            }
        }
        Ok(())
    }

    fn move_back(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        for file in self.in_the_way() {
            let aside = file.aside(cx.run);
            if !self.exists(cx, &aside)? {
                continue;
            }
            // What this run made may have been worked on since.
            let new = format!("{aside}.new");
            if self.exists(cx, &file.name)? {
                if self.exists(cx, &new)? {
                    return Err(both_there(file, &new));
                }
                shell::words(cx.world, &self.0.site.host, &["mv", &file.name, &new])?;
            }
            shell::words(cx.world, &self.0.site.host, &["mv", &aside, &file.name])?;
        }
        Ok(())
    }
}

fn both_there(file: &AddedFile, new: &str) -> Fault {
    Fault::new(Kind::Stuck, "REC-034", format!("both {} and {new} are there: neither is overwritten", file.name))
        .hint("look which of them is wanted, and move the other one away")
}

impl Step<World> for AddedFiles {
    const KIND: &'static str = "added_files";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        if self.0.controlfile.is_some() {
            return format!("move {} files aside that were added since and are made again", self.in_the_way().count());
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
        if self.0.controlfile.is_some() && self.in_the_way().next().is_none() {
            return Ok(Ran::Skipped((), "redo adds files that the snapshot's control file does not know".to_owned()));
        }
        self.move_aside(cx)?;
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
        if self.in_the_way().next().is_some() {
            // Nothing is renamed under an instance that has it open.
            production::stop(cx.world, &self.0.site, self.0.release()?)?;
        }
        self.move_back(cx)
    }
}
