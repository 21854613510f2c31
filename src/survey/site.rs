//! What the manager says: the Vm, its disks, their repositories.

use crate::model::ObjectId;
use serde::{Deserialize, Serialize};

/// What hangs at a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiskKind {
    /// A file in a repository: can be reflinked.
    Virtual,
    /// A LUN or local disk: cannot.
    Physical,
    /// A CD-ROM, with or without a medium.
    Cd,
}

/// A disk of a Vm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmDiskFacts {
    /// Slot.
    pub slot: u32,
    /// The mapping's id.
    pub mapping: ObjectId,
    /// The disk's id; none for an empty drive.
    pub disk: Option<ObjectId>,
    /// What it is.
    pub kind: DiskKind,
    /// The disk's name.
    pub name: String,
    /// Where it lies, for virtual disks.
    pub repository: Option<ObjectId>,
    /// Its size in bytes as the guest sees it, where known.
    pub bytes: Option<u64>,
}

/// A Vm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmFacts {
    /// Id.
    pub id: ObjectId,
    /// Name.
    pub name: String,
    /// `Running`, `Stopped`.
    pub status: String,
    /// `Xen PVM`, `Xen HVM`, `Xen HVM PV Drivers`.
    pub domain_type: String,
    /// Whether a job holds it.
    pub locked: bool,
    /// Memory in MB.
    pub memory_mb: Option<u64>,
    /// Its server pool.
    pub pool: Option<ObjectId>,
    /// Its disks by slot.
    pub disks: Vec<VmDiskFacts>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Id.
    pub id: ObjectId,
    /// Name.
    pub name: String,
    /// Name of its file system; that of an NFS share begins with `nfs`.
    pub file_system: String,
    /// Free bytes, where known.
    pub free_bytes: Option<u64>,
    /// Whether a job holds it.
    pub locked: bool,
}
