//! The way back is kept before anything moves: control files, online logs and parameter file. Its undo puts back what
//! the run changed, moving aside what is there.

use super::{media_recovery::Recover, params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::HostName,
    step::{
        World,
        folder::not_understood,
        preview::told,
        production::{self, State},
        shell,
    },
    text::sh::{self, KeptFile},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

pub struct Keep(pub Arc<RecoverParams>);

/// Where it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// The folder on the database's VM.
    pub folder: String,
}

/// Copying online logs of several GiB.
const COPY: Duration = Duration::from_secs(3600);

/// How a live file stands beside its kept copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Same,
    Differs,
    Missing,
    Lost,
}

/// Of these files the names of those that are as they were kept.
pub fn unchanged(cx: &Cx<'_, World>, p: &RecoverParams, files: &[KeptFile]) -> Result<Vec<String>, Fault> {
    let stands = compare(cx, p, files)?;
    let same = files.iter().zip(stands).filter(|(_, stands)| *stands == Stands::Same);
    Ok(same.map(|(file, _)| file.from.clone()).collect())
}

fn compare(cx: &Cx<'_, World>, p: &RecoverParams, files: &[KeptFile]) -> Result<Vec<Stands>, Fault> {
    let (host, folder) = (&p.site.host, p.kept_set(cx.run));
    let printed = shell::script_within(cx.world, host, &sh::KeptCompare { folder: &folder, files }, COPY)?;
    let word = |line: &str| match line {
        "same" => Some(Stands::Same),
        "differs" => Some(Stands::Differs),
        "missing" => Some(Stands::Missing),
        "lost" => Some(Stands::Lost),
        _ => None,
    };
    let all: Vec<Stands> = printed.lines().filter_map(word).collect();
    if all.len() == files.len() { Ok(all) } else { Err(not_understood(host, &printed)) }
}

impl Keep {
    /// Puts control files and online logs back where the run changed them. After a plain OPEN the database has gone on
    /// in the same incarnation: its present control files and logs are what RECOVER needs.
    fn put_back(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let p = &self.0;
        let stands = compare(cx, p, p.control_and_logs())?;
        if let Some(at) = stands.iter().position(|one| *one == Stands::Lost) {
            return Err(lost(&p.kept_set(cx.run), &p.keep[at]));
        }
        let logs = &stands[p.control_files.min(stands.len())..];
        // Before RECOVER was done this run did not open it: what went on then was somebody else's start.
        let opened_anew = p.resetlogs() && cx.maybe::<Recover>()?.is_some();
        let went_on = logs.iter().any(|one| *one != Stands::Same) && !opened_anew;
        if went_on || stands.iter().all(|one| *one == Stands::Same) {
            return Ok(());
        }
        if production::state(cx.world, &p.site, p.release()?)? != State::Down {
            return Err(in_use(p));
        }
        let folder = p.kept_set(cx.run);
        let context = sh::KeptRestore { folder: &folder, files: p.control_and_logs() };
        let printed = shell::script_within(cx.world, &p.site.host, &context, COPY)?;
        match printed.trim() {
            "restored" => Ok(()),
            _ => Err(not_understood(&p.site.host, &printed)),
        }
    }

    /// The copies go when they are byte for byte in their places again and nothing was moved aside; else they wait for
    /// `commit`.
    fn remove_if_idle(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let p = &self.0;
        let folder = p.kept_set(cx.run);
        let idle = compare(cx, p, p.control_and_logs())?.iter().all(|one| *one == Stands::Same);
        let aside = super::aside::there(cx.world, &p.site.host, &folder)?;
        if idle && !aside { remove(cx.world, p, cx.run) } else { Ok(()) }
    }
}

/// Deletes the kept set.
pub fn remove(world: &World, p: &RecoverParams, run: &str) -> Result<(), Fault> {
    remove_set(world, &p.site.host, &p.kept_set(run), run)
}

/// The same by its folder, whose own name is the run's.
pub fn remove_set(world: &World, host: &HostName, folder: &str, run: &str) -> Result<(), Fault> {
    let printed = shell::script(world, host, &sh::KeptRemove { folder, run })?;
    if printed.trim() == "removed" { Ok(()) } else { Err(not_understood(host, &printed)) }
}

/// Files of an instance that runs are never replaced (law 4).
pub fn in_use(p: &RecoverParams) -> Fault {
    let text = format!("{} is up: its control files and online logs are not put back", p.site.database);
    Fault::new(Kind::Stuck, "REC-033", text)
        .hint("somebody started it meanwhile; look at its alert log, and shut it down to go back")
        .on(&p.site.host)
}

fn lost(folder: &str, file: &KeptFile) -> Fault {
    Fault::new(Kind::Stuck, "REC-023", format!("the kept copy of {} is gone from {folder}", file.from))
        .hint("nothing was put back; look who removed it, and restore it from a copy of that folder")
}

impl Step<World> for Keep {
    const KIND: &'static str = "keep";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Kept;

    fn describe(&self) -> String {
        format!("keep the way back: {} control files, online logs and parameter files", self.0.keep.len())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::keep(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Kept>, Fault> {
        let folder = self.0.kept_set(cx.run);
        let context = sh::Keep { folder: &folder, files: &self.0.keep };
        let printed = shell::script_within(cx.world, &self.0.site.host, &context, COPY)
            .map_err(|fault| fault.hint("choose another folder for the way back: kept under [databases.NAME]"))?;
        match printed.trim() {
            "kept" => Ok(Ran::Done(Kept { folder })),
            _ => Err(not_understood(&self.0.site.host, &printed)),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Kept>, Fault> {
        // Copies that are there are compared and not made again.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&Kept>) -> Result<(), Fault> {
        if out.is_none() {
            // It never was whole, so nothing behind it has begun.
            return remove(cx.world, &self.0, cx.run);
        }
        self.put_back(cx)?;
        self.remove_if_idle(cx)
    }
}
