//! What an extract is started with.

use crate::{
    fault::Fault,
    model::{DbName, RunId},
    step::{
        media::places,
        params::{Guest, Way, WorkDisk},
    },
    survey::Unit,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the snapshot's file system is wanted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// It stays mounted until the run is taken back.
    Open,
    /// Its files are listed.
    List {
        /// File or folder, as the snapshot has it.
        path: String,
    },
    /// A file or folder is copied.
    Copy {
        /// As the snapshot has it.
        path: String,
        /// The folder that the copy goes into.
        to: String,
    },
}

/// Where the file system is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// Mount point.
    pub dir: String,
    /// It is not there: the run makes it and removes it.
    pub make: bool,
}

/// The copy gets ids of its own before its twin's machine sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewIds {
    /// Where that is done: the media host.
    pub guest: Guest,
    /// Its free slots, by slot at production.
    pub slots: BTreeMap<u32, u32>,
    /// The label goes, too: /etc/fstab looks for it.
    pub label: bool,
}

/// Parameters of an extract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractParams {
    /// The snapshot.
    pub snapshot: RunId,
    /// The database.
    pub database: DbName,
    /// The database's own machine.
    pub guest: Guest,
    /// Who makes the work copies.
    pub way: Way,
    /// The disks of the file system, with free slots of the guest.
    pub disks: Vec<WorkDisk>,
    /// The file system.
    pub unit: Unit,
    /// Where; none: in the run's folder.
    pub at: Option<At>,
    /// What for.
    pub wish: Wish,
    /// None where nothing looks for the file system by its id.
    pub new_ids: Option<NewIds>,
}

impl ExtractParams {
    /// The copy's device at the database's machine.
    pub fn device(&self) -> Result<String, Fault> {
        places::device(&self.disks, &self.unit)
    }

    /// Options of a mount there, `rw` or `ro` first.
    pub fn options(&self, access: &str) -> Result<String, Fault> {
        places::mount_options(&self.disks, &self.unit, access, self.new_ids.is_none())
    }

    /// The volume group of the copy, under the name that it gets.
    pub fn group(&self) -> Result<Option<String>, Fault> {
        let group = self.unit.group.as_ref();
        group.map(|group| places::group_here(&self.disks, group).map(|here| here.name)).transpose()
    }

    /// A path of the snapshot below another mount point.
    #[must_use]
    pub fn below(&self, point: &str, path: &str) -> String {
        let inside = path.strip_prefix(self.unit.target.trim_end_matches('/')).unwrap_or(path);
        format!("{}{inside}", point.trim_end_matches('/'))
    }
}

impl NewIds {
    /// The disks by which devices at the media host are named: a volume group has there already the name that it will have
    /// at the database's machine.
    #[must_use]
    pub fn naming(&self, p: &ExtractParams) -> Vec<WorkDisk> {
        if p.unit.group.is_some() { p.disks.clone() } else { self.disks(p) }
    }

    /// The disks with their slots at the media host.
    #[must_use]
    pub fn disks(&self, p: &ExtractParams) -> Vec<WorkDisk> {
        let there = |disk: &WorkDisk| {
            let media_slot = self.slots.get(&disk.slot).copied().unwrap_or(disk.media_slot);
            WorkDisk { media_slot, ..disk.clone() }
        };
        p.disks.iter().map(there).collect()
    }
}
