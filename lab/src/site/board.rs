//! Which disks a machine has: kept for its next start, and shown to the server's tools.

use super::{
    error::{During, SiteError},
    paths::Paths,
    plan::Machine,
};
use crate::guest::xm;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, io, path::PathBuf};

/// A disk at a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugged {
    /// The repository's id.
    pub repository: String,
    /// The name of its file when it was plugged.
    pub disk: String,
    /// The file itself, whatever its name became.
    pub inode: u64,
}

/// All of a machine.
pub type Slots = BTreeMap<u32, Plugged>;

/// A machine's disks on file.
#[derive(Debug, Clone)]
pub struct Board {
    own: PathBuf,
    shown: PathBuf,
}

impl Board {
    /// Of this machine.
    #[must_use]
    pub fn of(paths: &Paths, machine: &Machine) -> Self {
        let shown = paths.shared().join(xm::DISKS).join(format!("{}.json", machine.id));
        Self { own: paths.host(&machine.name).join("disks.json"), shown }
    }

    /// What it had last; `None` before its first start.
    pub fn read(&self) -> Result<Option<Slots>, SiteError> {
        match fs::read(&self.own) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(io::Error::from).at(&self.own),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).at(&self.own),
        }
    }

    /// Writes both.
    pub fn write(&self, slots: &Slots) -> Result<(), SiteError> {
        let text = serde_json::to_vec(slots).map_err(io::Error::from).at(&self.own)?;
        fs::write(&self.own, &text).at(&self.own)?;
        let folder = self.shown.parent().unwrap_or(&self.shown);
        fs::create_dir_all(folder).at(folder)?;
        // The server's tools look at any time: they find the old list or the new one.
        let next = self.shown.with_extension("new");
        fs::write(&next, &text).and_then(|()| fs::rename(&next, &self.shown)).at(&self.shown)
    }

    /// Changes both.
    pub fn change(&self, change: impl FnOnce(&mut Slots)) -> Result<(), SiteError> {
        let mut slots = self.read()?.unwrap_or_default();
        change(&mut slots);
        self.write(&slots)
    }

    /// The machine is off: it holds nothing.
    pub fn hide(&self) {
        // It may never have been on.
        fs::remove_file(&self.shown).ok();
    }
}
