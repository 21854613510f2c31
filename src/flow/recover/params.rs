//! What a recovery is started with. It goes into the journal, so that the plan can be built from it again.

use super::{beside, copy::Copying};
use crate::{
    fault::Fault,
    model::{ObjectId, RunId, Scn},
    recovery::Until,
    step::{
        files::Moved,
        headers::Window,
        params::{DbSite, KeptLog, Surveyed, Way},
        production::State,
    },
    survey::{DataFile, Unit},
    text::{Release, sh::KeptFile},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A disk that is swapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapDisk {
    /// Its slot at the database's Vm.
    pub slot: u32,
    /// The disk that is there now.
    pub live: ObjectId,
    /// Its name.
    pub live_name: String,
    /// The name of its mapping.
    pub mapping_name: String,
    /// The golden disk, or the one that was restored from tape.
    pub golden: ObjectId,
    /// The repository of the golden disk, which the reflink cannot leave.
    pub repository: ObjectId,
}

/// A file that was added after the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedFile {
    /// FILE#
    pub number: u64,
    /// Its name.
    pub name: String,
    /// Whether Oracle chose the name (o1_mf_…), so that it must choose it again.
    pub managed: bool,
    /// Whether its disk is swapped, so that the file goes with it; else it is moved aside.
    pub swapped: bool,
}

/// Parameters of a recovery of the whole database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverParams {
    /// The database.
    pub site: DbSite,
    /// Who makes and swaps disks.
    pub way: Way,
    /// The snapshot.
    pub snapshot: RunId,
    /// What its survey found.
    pub surveyed: Surveyed,
    /// V$BACKUP.CHANGE# of each ACTIVE file at BEGIN.
    pub active: BTreeMap<u64, Scn>,
    /// V$DATAFILE.CHECKPOINT_CHANGE# at BEGIN of files that took no part.
    pub quiet: BTreeMap<u64, Scn>,
    /// Disks by slot.
    pub disks: Vec<SwapDisk>,
    /// Their file systems as they are mounted now, parents first.
    pub units: Vec<Unit>,
    /// Mount options of each, as `mount -o` takes them.
    pub options: BTreeMap<String, String>,
    /// Where recovery ends.
    pub until: Until,
    /// In what state the instance was found.
    pub was: State,
    /// SHUTDOWN ABORT was agreed to where IMMEDIATE does not end.
    pub abort: bool,
    /// The kept set's parent folder on the database's VM.
    pub kept: String,
    /// Control files, online logs and parameter file, with their names in the kept set.
    pub keep: Vec<KeptFile>,
    /// Of these, how many (the first ones) are control files; online logs follow, then the parameter file.
    pub control_files: usize,
    /// How many online logs follow.
    pub online_logs: usize,
    /// Files that are made again.
    pub added: Vec<AddedFile>,
    /// Files that do not exist at the target.
    pub later: Vec<DataFile>,
    /// Numbers of files that were dropped since: the control file does not know them.
    pub dropped: BTreeSet<u64>,
    /// Kept logs whose archived file is gone, each with the name that recovery asks for.
    pub bring: Vec<(KeptLog, String)>,
    /// How many logs recovery will ask for.
    pub logs: usize,
    /// Sequence of a log that is needed and only an online group holds, though it is not the current one: the next
    /// switch may overwrite it.
    #[serde(default)]
    pub only_online: Option<u64>,
    /// Offline files that may be missing.
    pub skip: Vec<String>,
    /// Datafiles (of the part) that were lost already when the recovery was planned: the old disks do not hold them either.
    #[serde(default)]
    pub gone: Vec<String>,
    /// One of them is of SYSTEM or of the undo tablespace in use, which cannot be offline in an open database.
    #[serde(default)]
    pub gone_essential: bool,
    /// A part of the database, recovered while the rest works; none: all of it.
    #[serde(default)]
    pub part: Option<Part>,
    /// The disks were restored from tape; none: they are reflinks of golden disks.
    #[serde(default)]
    pub tape: Option<FromTape>,
    /// The snapshot's control file is used; none: the present one.
    #[serde(default)]
    pub controlfile: Option<SnapshotControl>,
    /// Datafiles that are copied, because their disks cannot be swapped.
    #[serde(default)]
    pub copying: Copying,
}

/// Disks that another run restored from tape: they take the place of reflinks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromTape {
    /// That run.
    pub run: RunId,
    /// Checkpoints of the restored headers.
    pub checkpoints: BTreeMap<u64, Scn>,
}

/// The snapshot's control file takes the place of those that there are, or were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotControl {
    /// `control.ctl` of the snapshot's artifacts.
    pub copy: Moved,
    /// Where control files are to stand.
    pub places: Vec<String>,
    /// None of them can be mounted: the way back leads to a database that is down.
    pub lost: bool,
    /// Folder of archived logs.
    pub archive: String,
    /// Files of online redo, which are offered where recovery asks for what is not archived.
    pub members: Vec<String>,
    /// Archived logs by sequence, where their names are known.
    pub archived: Vec<(u64, String)>,
}

/// A part of a database that is recovered for itself. Complete recovery only: the rest does not go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The tablespace, where one was named.
    pub tablespace: Option<String>,
    /// The pluggable database, where one was named.
    pub pdb: Option<String>,
    /// FILE# of each of its datafiles.
    pub files: Vec<u32>,
    /// The pluggable database was closed, and stays so.
    #[serde(default)]
    pub closed: bool,
}

impl Part {
    /// In words.
    #[must_use]
    pub fn what(&self) -> String {
        match (&self.tablespace, &self.pdb) {
            (Some(name), _) => format!("tablespace {name}"),
            (None, Some(name)) => format!("pluggable database {name}"),
            (None, None) => {
                let files: Vec<String> = self.files.iter().map(ToString::to_string).collect();
                format!("datafile {}", files.join(", "))
            }
        }
    }
}

impl RecoverParams {
    /// The database's release.
    pub fn release(&self) -> Result<Release, Fault> {
        self.surveyed.identity.version.parse()
    }

    /// Whether OPEN RESETLOGS must follow: after every incomplete recovery, and after every one with a backup control
    /// file (Error Messages: ORA-01589).
    #[must_use]
    pub fn resetlogs(&self) -> bool {
        self.until.needs_resetlogs() || self.controlfile.is_some()
    }

    /// Whether no control file is left to go back to.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.controlfile.as_ref().is_some_and(|control| control.lost)
    }

    /// Files of read-only tablespaces, which a backup control file cannot recover (Error Messages: ORA-01233).
    pub fn read_only(&self) -> impl Iterator<Item = &DataFile> {
        let wanted = |file: &&DataFile| file.is_online() && file.enabled == "READ ONLY";
        self.surveyed.datafiles.iter().filter(move |file| self.controlfile.is_some() && wanted(file))
    }

    /// What takes the live disks' places.
    #[must_use]
    pub fn comes(&self) -> &'static str {
        if self.tape.is_some() { "restored disk" } else { "reflink" }
    }

    /// The kept set of a run.
    #[must_use]
    pub fn kept_set(&self, run: &str) -> String {
        format!("{}/{run}", self.kept.trim_end_matches('/'))
    }

    /// The kept control files and online logs.
    #[must_use]
    pub fn control_and_logs(&self) -> &[KeptFile] {
        &self.keep[..(self.control_files + self.online_logs).min(self.keep.len())]
    }

    /// The kept online logs.
    #[must_use]
    pub fn kept_logs(&self) -> &[KeptFile] {
        let all = self.control_and_logs();
        &all[self.control_files.min(all.len())..]
    }

    /// What the headers on the swapped disks must show.
    #[must_use]
    pub fn window(&self) -> Window<'_> {
        Window {
            resetlogs: self.surveyed.identity.resetlogs_change,
            datafiles: &self.surveyed.datafiles,
            active: &self.active,
            quiet: &self.quiet,
            skip: &self.skip,
            restored: self.tape.as_ref().map(|tape| &tape.checkpoints),
        }
    }

    /// Files that lie beside their names under the run's mark until `commit`, old or new.
    #[must_use]
    pub fn beside(&self, run: &str) -> Vec<String> {
        let staying = self.added.iter().filter(|file| !file.swapped).map(|file| file.name.as_str());
        let names = staying.chain(self.copying.units.iter().flat_map(|unit| unit.names()));
        names.flat_map(|path| [beside::name(path, run), beside::name_of_new(path, run)]).collect()
    }
}
