//! What a restore from tape is started with. It goes into the journal, so that the plan can be built from it again.

use crate::{
    flow::snapshot::GoldenDisk,
    model::{ObjectId, RunId, Scn},
    step::params::CloneParams,
    survey::Unit,
    text::sh::Restored,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The handle of the control file that an offload leaves on tape.
#[must_use]
pub fn control_handle(dbid: u64, writer: &RunId) -> String {
    format!("ovm_{dbid}_{writer}_cf_1")
}

/// DBID and run of such a handle.
#[must_use]
pub fn parse_handle(text: &str) -> Option<(u64, RunId)> {
    let (dbid, run) = text.strip_prefix("ovm_")?.strip_suffix("_cf_1")?.split_once('_')?;
    Some((dbid.parse().ok()?, RunId::new(run).ok()?))
}

/// What is known of the tape, and the media host that reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeParams {
    /// The clone's parameters: site, media host, layout. Its `disks` say which slot of the media Vm each disk takes.
    pub clone: CloneParams,
    /// The database's DBID.
    pub dbid: u64,
    /// The offload run that wrote the pieces.
    pub writer: RunId,
    /// Tag of the good attempt, where the store knows it.
    pub tag: Option<String>,
}

impl TapeParams {
    /// The control file's handle.
    #[must_use]
    pub fn handle(&self) -> String {
        control_handle(self.dbid, &self.writer)
    }
}

/// A disk that is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshDisk {
    /// Slot at production.
    pub slot: u32,
    /// The repository it is made in.
    pub repository: ObjectId,
    /// Its size.
    pub bytes: u64,
    /// The free slot of the database's Vm where its file system is made.
    pub db_slot: u32,
    /// The free slot of the media Vm where it is restored to.
    pub media_slot: u32,
}

/// A file system that is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFileSystem {
    /// As it was.
    pub unit: Unit,
    /// Its device while it is made.
    pub device: String,
    /// Where it is mounted for a moment, to be given its owner and folders.
    pub point: String,
    /// mkfs and what belongs to it.
    pub mkfs: Vec<Vec<String>>,
    /// Options of that mount.
    pub options: String,
    /// `uid:gid` and mode of its root, where known.
    pub owner: Option<(String, String)>,
    /// Folders below it, parents first, which get the Oracle user.
    pub folders: Vec<String>,
    /// What the reader should know.
    pub warning: Option<String>,
}

/// Parameters of a restore onto fresh disks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromTapeParams {
    /// The tape.
    pub tape: TapeParams,
    /// Disks by slot.
    pub disks: Vec<FreshDisk>,
    /// File systems, parents first.
    pub file_systems: Vec<NewFileSystem>,
}

impl FromTapeParams {
    /// The restored files with the names that they get, as they lie on the media host. RMAN restores to neutral names: an
    /// Oracle-managed name would not come back as it was.
    #[must_use]
    pub fn files(&self) -> Vec<(u64, Restored)> {
        let clone = &self.tape.clone;
        let pair = |number: u64, name: &str| {
            let to = clone.there(name);
            let folder = to.rsplit_once('/').map_or("", |(folder, _)| folder);
            (number, Restored { from: format!("{folder}/ovm_datafile_{number}"), to: to.clone() })
        };
        clone.wanted_files().map(|file| pair(file.number, &file.name)).collect()
    }
}

/// Parameters of making a record of what is on tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeRecordParams {
    /// The tape; its layout is that of today.
    pub tape: TapeParams,
    /// The disks of today, by slot, with no golden disk behind them.
    pub disks: Vec<GoldenDisk>,
}

/// What the control file on tape knows of its run's pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapedFile {
    /// V$BACKUP_DATAFILE.CHECKPOINT_CHANGE#: the header's checkpoint after a RESTORE.
    pub checkpoint: Scn,
    /// RESETLOGS_CHANGE#
    pub resetlogs: Scn,
    /// Bytes of the file.
    pub bytes: u64,
}

/// By file number.
pub type TapedFiles = BTreeMap<u64, TapedFile>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_tells_database_and_run() {
        let run = RunId::new("ORCL-20261121T204512-4f2a").unwrap();
        let handle = control_handle(1_234_567_890, &run);
        assert_eq!(handle, "ovm_1234567890_ORCL-20261121T204512-4f2a_cf_1");
        assert_eq!(parse_handle(&handle), Some((1_234_567_890, run)));
        for other in ["ovm_1_x_cf_1", "c-1234567890-20261121-00", "ovm_1234567890_ORCL-20261121T204512-4f2a_0a_1_1"] {
            assert_eq!(parse_handle(other), None, "{other}");
        }
    }
}

#[cfg(test)]
pub mod tests_support {
    //! A file system for unit tests.
    use super::*;

    /// `/u02` on XFS at slot 50.
    pub fn made() -> NewFileSystem {
        NewFileSystem {
            unit: crate::step::params::testing::offload().surveyed.layout.units[0].clone(),
            device: "/dev/xvday".into(),
            point: "/ovmirror/new50".into(),
            mkfs: Vec::new(),
            options: "rw,nouuid".into(),
            owner: Some(("0:0".into(), "755".into())),
            folders: vec!["oradata".into()],
            warning: None,
        }
    }
}
