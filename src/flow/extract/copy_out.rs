//! A file or folder of the snapshot, copied at the database's machine. Nothing there is overwritten (law 4).

use super::{ExtractParams, list_files::absent, mount_read_only::MountReadOnly};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::HostName,
    step::{World, folder, preview::told, shell},
    text::{render, sh},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct CopyOut {
    pub p: Arc<ExtractParams>,
    pub path: String,
    pub to: String,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The copy.
    pub path: String,
    /// KiB that it takes.
    pub kib: u64,
}

/// Where the copy of a path goes.
#[must_use]
pub fn goal(path: &str, to: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    format!("{}/{name}", to.trim_end_matches('/'))
}

/// The fault of a place that is taken.
pub fn exists(goal: &str, host: &HostName) -> Fault {
    let text = format!("{goal} is there already on {host}");
    Fault::new(Kind::User, "EXT-007", text).hint("nothing is overwritten: choose another folder with --to").on(host)
}

/// The fault of a folder that takes no copy.
pub fn no_folder(to: &str, host: &HostName) -> Fault {
    let text = format!("{to} is no folder on {host} that can be written");
    Fault::new(Kind::User, "EXT-008", text).hint("make it first, or choose another one with --to").on(host)
}

fn no_room(to: &str, sizes: &str, host: &HostName) -> Fault {
    let text = format!("there is no room in {to}: {sizes} KiB (needed, free)");
    Fault::new(Kind::User, "EXT-009", text).hint("choose a larger file system with --to").on(host)
}

impl CopyOut {
    fn goal(&self) -> String {
        goal(&self.path, &self.to)
    }

    fn script<'a>(&'a self, from: &'a str, goal: &'a str, part: &'a str) -> sh::CopyOut<'a> {
        sh::CopyOut { from, to: &self.to, goal, part }
    }

    fn understood(&self, printed: &str) -> Result<Ran<Copied>, Fault> {
        let last = printed.lines().last().unwrap_or_default();
        let host = &self.p.guest.host;
        match last.split_once(' ').unwrap_or((last, "")) {
            ("absent", _) => Err(absent(&self.p, &self.path)),
            ("exists", goal) => Err(exists(goal, host)),
            ("folder", to) => Err(no_folder(to, host)),
            ("space", sizes) => Err(no_room(&self.to, sizes, host)),
            ("copied", kib) => self.copied(kib, printed),
            _ => Err(folder::not_understood(host, printed)),
        }
    }

    fn copied(&self, kib: &str, printed: &str) -> Result<Ran<Copied>, Fault> {
        let kib = kib.parse().map_err(|_| folder::not_understood(&self.p.guest.host, printed))?;
        let copied = Copied { path: self.goal(), kib };
        match printed.lines().find(|line| line.starts_with("owner ")) {
            Some(_) => {
                Ok(Ran::Warned(copied, "the user may not keep the owner: see to it yourself (chown)".to_owned()))
            }
            None => Ok(Ran::Done(copied)),
        }
    }
}

/// The folder that holds the copy until it is whole.
fn part(to: &str, run: &str) -> String {
    format!("{}/.ovm.{run}", to.trim_end_matches('/'))
}

impl Step<World> for CopyOut {
    const KIND: &'static str = "copy_out";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Copied;

    fn describe(&self) -> String {
        format!("copy {} of the snapshot to {}", self.path, self.goal())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let from = self.p.below("/HOME/.ovmirror/RUN/at", &self.path);
        told(render(&self.script(&from, &self.goal(), &part(&self.to, "RUN"))).map(|text| vec![text]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Copied>, Fault> {
        let from = self.p.below(&cx.out::<MountReadOnly>()?, &self.path);
        let (goal, part) = (self.goal(), part(&self.to, cx.run));
        let script = self.script(&from, &goal, &part);
        let printed = shell::script_within(cx.world, &self.p.guest.host, &script, cx.world.limits.clone)?;
        self.understood(&printed)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Copied>, Fault> {
        Ok(Probe::Partial("a part of the copy may be there".to_owned()))
    }

    /// What is not whole goes. A copy that is whole is the user's from then on.
    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Copied>) -> Result<(), Fault> {
        shell::words(cx.world, &self.p.guest.host, &["rm", "-rf", &part(&self.to, cx.run)]).map(drop)
    }
}
