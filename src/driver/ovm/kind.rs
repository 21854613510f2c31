//! The manager's object types that are used. Templates are `Vm` objects: there is no `VmTemplate` type.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An object type of the OVM CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectKind {
    /// A VM or template.
    Vm,
    /// What connects a disk to a slot.
    VmDiskMapping,
    /// An image in a repository.
    VirtualDisk,
    /// A LUN.
    PhysicalDisk,
    /// A repository.
    Repository,
    /// The file system under a repository.
    FileSystem,
    /// A server pool.
    ServerPool,
    /// A server (dom0).
    Server,
    /// What a clone takes along, and how.
    VmCloneCustomizer,
    /// One disk of a customizer.
    VmCloneStorageMapping,
    /// A virtual network card.
    Vnic,
    /// A job; it has an id alone.
    Job,
}

impl fmt::Display for ObjectKind {
    /// The word of the command line; the variants are named after it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
