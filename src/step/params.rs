//! What a run is started with. It goes into the journal, so that the plan can be built from it again.

use super::files::Moved;
use crate::{
    fault::Fault,
    model::{DbName, HostName, ObjectId, RunId, Scn},
    port::Role,
    survey::{DataFile, Identity, Layout, Rebuild},
    text::{Release, sh::OracleEnv, sql::SqlId},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The database's machine and instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbSite {
    /// The database as configured.
    pub database: DbName,
    /// Its host.
    pub host: HostName,
    /// Its Vm.
    pub vm: ObjectId,
    /// The Vm's name.
    pub vm_name: String,
    /// The pool the clone is put into.
    pub pool: Option<ObjectId>,
    /// Server that sees the repository (way = server).
    pub server: Option<HostName>,
    /// ORACLE_HOME.
    pub oracle_home: String,
    /// ORACLE_SID.
    pub sid: String,
    /// SYSBACKUP, or SYSDBA on 11.2.
    pub sysbackup: bool,
    /// Connect string, for oci.
    pub connect: Option<String>,
    /// TZ of the instance's processes; `None` where it was down or a record of before has none.
    #[serde(default)]
    pub tz: Option<String>,
}

impl DbSite {
    /// The role to connect with.
    #[must_use]
    pub fn role(&self) -> Role {
        if self.sysbackup { Role::Sysbackup } else { Role::Sysdba }
    }
}

/// What the clone command makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A template.
    VmTemplate,
    /// A Vm that stays stopped.
    Vm,
}

/// Who makes work copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The manager.
    Manager,
    /// reflink on the server.
    Server,
}

/// What the survey found, as far as the flows need it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveyed {
    /// Who the database is.
    pub identity: Identity,
    /// All its datafiles.
    pub datafiles: Vec<DataFile>,
    /// Numbers of those that BEGIN must put into backup mode.
    pub planned: Vec<u64>,
    /// Containers that are not open read write.
    pub closed_containers: Vec<(u64, String)>,
    /// Where everything lies.
    pub layout: Layout,
    /// Parameters that the clone's pfile copies.
    pub parameters: BTreeMap<String, String>,
    /// What making the data file systems anew needs; records of before have none.
    #[serde(default)]
    pub rebuild: Rebuild,
}

/// Parameters of a snapshot run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotParams {
    /// The database.
    pub site: DbSite,
    /// What the clone command makes.
    pub target: Target,
    /// Whether a customizer restricts the clone to the wanted disks.
    pub customizer: bool,
    /// Slots of the wanted disks.
    pub slots: Vec<u32>,
    /// Mount points to freeze; empty: `sync` only.
    pub freeze: Vec<String>,
    /// Longest time in backup mode, in seconds.
    pub window_limit_s: u64,
    /// Online redo logs by path.
    pub redo: Vec<String>,
    /// Whether a STANDBY control file is made, too: the media host wants one.
    pub standby: bool,
    /// What was found.
    pub surveyed: Surveyed,
}

/// An archived log kept in the artifacts' `logs/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLog {
    /// Thread.
    pub thread: u64,
    /// Sequence.
    pub sequence: u64,
    /// First SCN.
    pub first: Scn,
    /// First SCN of the next log.
    pub next: Scn,
    /// File name in `logs/`.
    pub file: String,
    /// Size and digest.
    pub moved: Moved,
}

/// The media host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSite {
    /// As configured.
    pub name: HostName,
    /// Its host.
    pub host: HostName,
    /// Its Vm.
    pub vm: ObjectId,
    /// Its ORACLE_HOME.
    pub oracle_home: String,
    /// Prefix of mount points; none: production's paths.
    pub prefix: Option<String>,
    /// STANDBY control file instead of a BACKUP one.
    pub standby: bool,
    /// Tape streams.
    pub channels: u32,
    /// SBT library.
    pub library: String,
    /// Its ENV.
    pub env: BTreeMap<String, String>,
    /// Text of the site's own RMAN template; none: the one that is built in.
    #[serde(default)]
    pub template: Option<String>,
    /// Read the pieces back.
    pub validate: bool,
}

/// The machine that work copies are mapped to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// As people call it.
    pub name: HostName,
    /// Its host.
    pub host: HostName,
    /// Its Vm.
    pub vm: ObjectId,
}

impl MediaSite {
    /// The machine alone.
    #[must_use]
    pub fn guest(&self) -> Guest {
        Guest { name: self.name.clone(), host: self.host.clone(), vm: self.vm.clone() }
    }
}

/// One golden disk and where its work copy goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkDisk {
    /// Slot at production.
    pub slot: u32,
    /// The golden disk.
    pub golden: ObjectId,
    /// Its repository.
    pub repository: ObjectId,
    /// The free slot that it takes at the Vm it is mapped to.
    pub media_slot: u32,
}

/// Parameters of an offload run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloneParams {
    /// The snapshot.
    pub snapshot: RunId,
    /// The database.
    pub site: DbSite,
    /// The media host.
    pub media: MediaSite,
    /// Who makes the work copies.
    pub way: Way,
    /// Disks by slot.
    pub disks: Vec<WorkDisk>,
    /// What the snapshot's survey found.
    pub surveyed: Surveyed,
    /// V$BACKUP.CHANGE# of each ACTIVE file at BEGIN, by file number.
    pub active: BTreeMap<u64, Scn>,
    /// V$DATAFILE.CHECKPOINT_CHANGE# at BEGIN of files that took no part.
    pub quiet: BTreeMap<u64, Scn>,
    /// Online redo logs of production, by path.
    pub redo: Vec<String>,
    /// Last SCN that the golden copy needs for consistency: END BACKUP.
    pub end_scn: Scn,
    /// Kept logs.
    pub logs: Vec<KeptLog>,
    /// The kept control file that goes to the media host; records of before have no digest of it.
    #[serde(default)]
    pub control: Option<Moved>,
    /// Datafiles that may be missing.
    pub skip: Vec<String>,
    /// Roll forward also without fractured blocks.
    pub roll_forward: bool,
}

impl DbSite {
    /// The environment of sqlplus and rman there.
    #[must_use]
    pub fn env(&self) -> OracleEnv {
        OracleEnv { home: self.oracle_home.clone(), sid: self.sid.clone(), tz: self.tz.clone() }
    }
}

impl SnapshotParams {
    /// The database's release.
    pub fn release(&self) -> Result<Release, Fault> {
        self.surveyed.identity.version.parse()
    }

    /// The texts of statements, for `--dry-run`.
    #[must_use]
    pub fn preview(&self, statements: &[SqlId]) -> Vec<String> {
        let Ok(release) = self.release() else { return Vec::new() };
        statements.iter().filter_map(|id| id.at(release, &[]).ok()).map(|statement| statement.text).collect()
    }
}

#[cfg(test)]
pub mod testing {
    //! Parameters for unit tests.
    use super::*;
    use crate::survey::VolumeGroup;

    /// An offload of one disk: slot 2, `/dev/xvdc` at `/u02`, to slot 20.
    pub fn offload() -> CloneParams {
        let text = include_str!("testing/offload.json");
        serde_json::from_str(text).expect("the fixture fits the type")
    }

    /// The same with /u02 on a volume group over slots 2 and 4.
    pub fn on_a_group() -> CloneParams {
        let mut params = offload();
        let second = WorkDisk { slot: 4, media_slot: 21, ..params.disks[0].clone() };
        params.disks.push(second);
        let unit = &mut params.surveyed.layout.units[0];
        unit.source = "/dev/mapper/vg--data-lv".to_owned();
        unit.slots = [2, 4].into();
        let devices = ["/dev/xvdc", "/dev/xvde"].map(str::to_owned).to_vec();
        unit.group = Some(VolumeGroup { name: "vg-data".to_owned(), devices });
        params
    }

    /// Panics unless these steps are in the plan in this order.
    pub fn assert_order(plan: &[String], wanted: &[&str]) {
        let place =
            |step: &&str| plan.iter().position(|name| name == step).unwrap_or_else(|| panic!("{step}: {plan:?}"));
        let places: Vec<usize> = wanted.iter().map(place).collect();
        assert!(places.is_sorted(), "{wanted:?}: {plan:?}");
    }

    /// The same with a second datafile, which is offline and named in `skip`.
    pub fn with_offline_file() -> CloneParams {
        let mut params = offload();
        let name = "/u02/oradata/old01.dbf".to_owned();
        let old = DataFile {
            number: 2,
            name: name.clone(),
            status: "OFFLINE".to_owned(),
            ..params.surveyed.datafiles[0].clone()
        };
        params.surveyed.datafiles.push(old);
        params.skip.push(name);
        params
    }
}
