//! What is found with our mark, and in which order it goes.

use crate::{
    driver::dom0::RepoPath,
    model::{HostName, ObjectId, RunId},
    port::SqlTarget,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something with our mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// The run that made it.
    pub run: RunId,
    /// `manager`, or the host.
    pub place: HostName,
    /// As it is called there.
    pub name: String,
    /// Its size, where that is known.
    pub bytes: Option<u64>,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
}

/// What it is, with what taking it away needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// A job of the manager that is at work.
    Job {
        /// Its id.
        id: ObjectId,
    },
    /// An instance whose control file lies in the run's folder.
    Instance {
        /// How it is reached.
        sid: String,
        /// Its home.
        oracle_home: String,
        /// SYSBACKUP, or SYSDBA on 11.2.
        sysbackup: bool,
        /// Release of the home.
        release: String,
        /// `~/.ovmirror`
        base: String,
    },
    /// A file system of a disk that is mapped under our mark.
    Mount {
        /// Its device.
        device: String,
        /// Its mount point.
        point: String,
    },
    /// A disk at a slot of a guest.
    Mapping {
        /// Its id.
        id: ObjectId,
        /// The Vm.
        vm: ObjectId,
        /// The guest, where it is one that is configured.
        guest: Option<HostName>,
        /// The slot.
        slot: u32,
        /// The disk.
        disk: Option<ObjectId>,
    },
    /// A clone customizer.
    Customizer {
        /// Its id.
        id: ObjectId,
    },
    /// The template or Vm that a snapshot's run made, with its disks.
    Clone {
        /// Its id.
        id: ObjectId,
    },
    /// A virtual disk.
    Disk {
        /// Its id.
        id: ObjectId,
        /// Its repository.
        repository: Option<ObjectId>,
    },
    /// A file in a repository that the manager does not know.
    File {
        /// Where.
        path: RepoPath,
    },
    /// A copy of a control file on a live disk.
    Control {
        /// Where.
        path: String,
    },
    /// A file that left its name for a while.
    Beside {
        /// Where.
        path: String,
        /// The name that it lies beside.
        of: String,
    },
    /// The kept set of a recovery.
    Kept {
        /// Where.
        path: String,
    },
    /// The folder of a run.
    Folder {
        /// A guard lives in it.
        guard: bool,
    },
}

impl What {
    /// In one word, as JSON has it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Job { .. } => "job",
            Self::Instance { .. } => "instance",
            Self::Mount { .. } => "mount",
            Self::Mapping { .. } => "mapping",
            Self::Customizer { .. } => "customizer",
            Self::Clone { .. } => "clone",
            Self::Disk { .. } => "disk",
            Self::File { .. } => "file",
            Self::Control { .. } => "control",
            Self::Beside { .. } => "beside",
            Self::Kept { .. } => "kept",
            Self::Folder { .. } => "folder",
        }
    }

    /// What uses goes before what is used: instance, mount, mapping, disk, folder.
    const fn rank(&self) -> u8 {
        match self {
            Self::Job { .. } => 0,
            Self::Instance { .. } => 1,
            Self::Mount { .. } => 2,
            Self::Mapping { .. } => 3,
            Self::Customizer { .. } => 4,
            Self::Clone { .. } => 5,
            Self::Disk { .. } | Self::File { .. } => 6,
            Self::Control { .. } | Self::Beside { .. } | Self::Kept { .. } => 7,
            Self::Folder { .. } => 8,
        }
    }
}

impl Thing {
    /// When its run began: the id says so.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        NaiveDateTime::parse_from_str(&self.run.stamp().0, "%Y%m%d%H%M%S").ok().map(|at| at.and_utc())
    }

    /// Where an instance is asked.
    #[must_use]
    pub fn target(&self) -> Option<SqlTarget> {
        let What::Instance { sid, oracle_home, sysbackup, .. } = &self.what else { return None };
        Some(SqlTarget {
            host: self.place.clone(),
            oracle_home: oracle_home.clone(),
            sid: sid.clone(),
            role: if *sysbackup { crate::port::Role::Sysbackup } else { crate::port::Role::Sysdba },
            connect: None,
            tz: None,
        })
    }
}

/// Puts things into the order in which they can go. Of mounts the deepest goes first.
pub fn in_order(things: &mut [Thing]) {
    let depth = |thing: &Thing| match &thing.what {
        What::Mount { point, .. } => usize::MAX - point.len(),
        _ => 0,
    };
    things.sort_by_key(|thing| (thing.what.rank(), depth(thing)));
}

#[cfg(test)]
mod tests {
    use super::*;

    pub const RUN: &str = "ORCL-20261121T204512-4f2a";

    fn thing(what: What) -> Thing {
        let place = HostName::new("manager").unwrap();
        Thing { run: RunId::new(RUN).unwrap(), place, name: "x".into(), bytes: None, what }
    }

    fn id() -> ObjectId {
        ObjectId::new("0004fb0000120000aa.img").unwrap()
    }

    #[test]
    fn what_uses_goes_before_what_is_used() {
        let mount = |point: &str| thing(What::Mount { device: "/dev/xvdu".into(), point: point.into() });
        let mut all = [
            thing(What::Folder { guard: false }),
            thing(What::Disk { id: id(), repository: None }),
            mount("/u02"),
            thing(What::Mapping { id: id(), vm: id(), guest: None, slot: 20, disk: None }),
            mount("/u02/more"),
            thing(What::Job { id: id() }),
        ];
        in_order(&mut all);
        let words: Vec<&str> = all.iter().map(|thing| thing.what.word()).collect();
        assert_eq!(words, ["job", "mount", "mount", "mapping", "disk", "folder"]);
        assert_eq!(all[1], mount("/u02/more"));
    }

    #[test]
    fn a_thing_is_as_old_as_its_run_and_survives_the_journal() {
        let one = thing(What::Folder { guard: true });
        assert_eq!(one.since().unwrap().to_rfc3339(), "2026-11-21T20:45:12+00:00");
        let text = serde_json::to_value(&one).unwrap();
        assert_eq!((&text["kind"], &text["run"]), (&"folder".into(), &RUN.into()));
        assert_eq!(serde_json::from_value::<Thing>(text).unwrap(), one);
    }
}
