//! The manager's objects as typed values, read from `show` by label, for all dialects.

use super::{
    block::Unclear,
    record::{Record, Ref},
};
use crate::model::ObjectId;
use serde::{Deserialize, Serialize};

/// Ids of templates begin with this, ids of VMs with `0004fb0000060000`.
const TEMPLATE_PREFIX: &str = "0004fb0000140000";
/// Ids of physical disks begin with this.
const PHYSICAL_PREFIX: &str = "0004fb0000180000";
/// The id of an empty CD drive.
const EMPTY_CD: &str = "EMPTY_CDROM";

/// A VM or template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vm {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// `Running`, `Stopped` … as shown.
    pub status: String,
    /// Memory in MB.
    pub memory_mb: Option<u64>,
    /// `Xen PVM`, `Xen HVM, PV Drivers` … as shown.
    pub domain_type: Option<String>,
    /// The server it is on.
    pub server: Option<Ref>,
    /// Its pool.
    pub pool: Option<Ref>,
    /// The repository of its vm.cfg; its disks may lie in another.
    pub repository: Option<Ref>,
    /// Its disk mappings, by the number they are shown with, which is not the slot.
    pub mappings: Vec<Ref>,
    /// Its virtual network cards.
    pub vnics: Vec<Ref>,
    /// Whether a failed server makes it start elsewhere.
    pub high_availability: Option<bool>,
    /// Whether a job holds it; `None` where the release does not show it.
    pub locked: Option<bool>,
    /// Its description, where the release shows it.
    pub description: Option<String>,
}

impl Vm {
    /// Whether it is a template, by the prefix of its id (a VM and a template may share a name).
    #[must_use]
    pub fn is_template(&self) -> bool {
        is_template(&self.id)
    }

    /// Whether the guest runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.status.eq_ignore_ascii_case("running")
    }

    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        Ok(Self {
            id,
            name: record.need("Name")?.to_owned(),
            status: record.need("Status")?.trim().to_owned(),
            memory_mb: record.whole("Memory (MB)")?,
            domain_type: record.one("Domain Type")?.map(|t| t.trim().to_owned()),
            server: record.refer(&["Server"])?,
            pool: record.refer(&["Server Pool"])?,
            repository: record.refer(&["Repository", "Repository Id"])?,
            mappings: record.numbered("VmDiskMapping")?,
            vnics: record.numbered("Vnic")?,
            high_availability: record.flag("High Availability")?,
            locked: record.flag("Locked")?,
            description: record.one("Description")?.map(str::to_owned),
        })
    }
}

pub(super) fn is_template(id: &ObjectId) -> bool {
    id.as_str().starts_with(TEMPLATE_PREFIX)
}

/// What a mapping connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    /// An image in a repository.
    Virtual,
    /// A LUN.
    Physical,
    /// An ISO image.
    Cd,
    /// A CD drive without a medium.
    Empty,
}

/// A disk as a mapping names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskRef {
    /// Its id; of virtual disks it is also the file's name.
    pub id: ObjectId,
    /// Its name, where the release shows it.
    pub name: Option<String>,
    /// What it is.
    pub kind: DiskKind,
}

/// A disk mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
    /// The slot: 0 is xvda.
    pub slot: u32,
    /// What it connects.
    pub disk: Option<DiskRef>,
    /// The VM.
    pub vm: Option<Ref>,
}

impl Mapping {
    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        let slot = record.whole("Slot")?.ok_or_else(|| Unclear::new("`Slot` is missing"))?;
        Ok(Self {
            id,
            name: record.one("Name")?.map(str::to_owned),
            slot: u32::try_from(slot).map_err(|_| Unclear::new(format!("slot {slot} is out of range")))?,
            disk: disk(record)?,
            vm: record.refer(&["Vm", "Vm Id"])?,
        })
    }
}

/// 3.2 and early 3.3 say `Virtual Disk Id` for virtual and physical disks alike, later releases tell them apart.
fn disk(record: &Record) -> Result<Option<DiskRef>, Unclear> {
    let physical = record.refer(&["Physical Disk", "Physical Disk Id"])?;
    let other = record.refer(&["Virtual Disk", "Virtual Disk Id", "Virtual Cd", "Virtual Cdrom", "Virtual Cd Id"])?;
    match (physical, other) {
        (Some(_), Some(_)) => Err(Unclear::new("the mapping shows two disks")),
        (Some(found), None) => Ok(Some(DiskRef { id: found.id, name: found.name, kind: DiskKind::Physical })),
        (None, found) => {
            Ok(found.or_else(|| record.cd()).map(|r| DiskRef { kind: kind(&r.id), id: r.id, name: r.name }))
        }
    }
}

fn kind(id: &ObjectId) -> DiskKind {
    match id.as_str() {
        EMPTY_CD => DiskKind::Empty,
        text if text.ends_with(".iso") => DiskKind::Cd,
        text if text.starts_with(PHYSICAL_PREFIX) && !text.contains('.') => DiskKind::Physical,
        _ => DiskKind::Virtual,
    }
}

/// A virtual disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualDisk {
    /// Its id, which is its file's name.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Its size in bytes, near: the manager shows GiB.
    pub max_bytes: Option<u64>,
    /// What is allocated, near.
    pub used_bytes: Option<u64>,
    /// Whether several VMs may map it for writing.
    pub shareable: Option<bool>,
    /// Where it lies.
    pub repository: Option<Ref>,
}

impl VirtualDisk {
    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        Ok(Self {
            id,
            name: record.need("Name")?.to_owned(),
            max_bytes: record.gib("Max (GiB)")?,
            used_bytes: record.gib("Used (GiB)")?,
            shareable: record.flag("Shareable")?,
            repository: record.refer(&["Repository Id", "Repository"])?,
        })
    }
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its id, the folder's name under /OVS/Repositories.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
    /// The file system under it.
    pub file_system: Option<Ref>,
    /// Free bytes, near; right only after both refreshes.
    pub free_bytes: Option<u64>,
    /// Whether a job holds it.
    pub locked: Option<bool>,
    /// VMs and templates in it.
    pub vms: Vec<Ref>,
    /// Virtual disks in it.
    pub disks: Vec<Ref>,
    /// Servers that see it.
    pub servers: Vec<Ref>,
}

impl Repository {
    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        Ok(Self {
            id,
            name: record.one("Name")?.map(str::to_owned),
            file_system: record.refer(&["File System", "File System Id"])?,
            free_bytes: record.gib("File System Free (GiB)")?,
            locked: record.flag("Locked")?,
            vms: record.numbered("Vm")?,
            disks: record.numbered("VirtualDisk")?,
            servers: record.numbered("Presented Server")?,
        })
    }
}

/// A server pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerPool {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: Option<String>,
    /// Whether a job holds it.
    pub locked: Option<bool>,
}

impl ServerPool {
    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        Ok(Self { id, name: record.one("Name")?.map(str::to_owned), locked: record.flag("Locked")? })
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: ObjectId,
    /// Whether it is over.
    pub done: bool,
    /// `Success`, `Failure`, `Aborted` … as shown.
    pub state: Option<String>,
    /// What it does.
    pub text: Option<String>,
}

impl Job {
    pub(super) fn read(id: ObjectId, record: &Record) -> Result<Self, Unclear> {
        let done = record.flag("Summary Done")?.ok_or_else(|| Unclear::new("`Summary Done` is missing"))?;
        let text = record.any(&["Name", "Description"])?.map(str::to_owned);
        Ok(Self { id, done, state: record.one("Summary State")?.map(|s| s.trim().to_owned()), text })
    }

    /// Whether it ended well.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.done && self.state.as_deref() == Some("Success")
    }
}

/// One disk of a VM, paired by id and slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmDisk {
    /// The slot: 0 is xvda.
    pub slot: u32,
    /// The mapping.
    pub mapping: Ref,
    /// What it connects.
    pub disk: Option<DiskRef>,
}
