//! What the manager asks of the machines below it. One trait, one implementation per mode.

use std::path::PathBuf;

/// Why a machine did not do it. The manager wraps the text into its own error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The repository's file system is full.
    #[error("No space left on device")]
    NoSpace,
    /// The guest's kernel refuses to give the disk up now; it goes at the last umount.
    #[error("device xvd{0} is in use by the guest")]
    Busy(String),
    /// The guest has no disk there, perhaps not any more.
    #[error("device {0} is not connected")]
    NotConnected(String),
    /// The file is not there.
    #[error("{0}: No such file or directory")]
    Missing(PathBuf),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// A repository as the site has it.
#[derive(Debug, Clone)]
pub struct Place {
    /// `0004fb0000030000…`
    pub id: String,
    /// Its name, as in `.ovsrepo`.
    pub alias: String,
    /// `ocfs2` or `nfs`: what the manager believes its file system to be.
    pub kind: String,
}

/// Sizes of a virtual disk in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSize {
    /// As the guest sees it.
    pub max: u64,
    /// Allocated.
    pub used: u64,
}

/// The machines. Disk names are file names in `VirtualDisks/` (the disk id, which ends in `.img`).
pub trait Machines: Send + Sync {
    /// The repositories there are.
    fn repositories(&self) -> Vec<Place>;
    /// Size and free bytes of a repository's file system.
    fn space(&self, repository: &str) -> Result<(u64, u64), HostError>;
    /// What lies in `VirtualDisks/` now.
    fn scan(&self, repository: &str) -> Result<Vec<String>, HostError>;
    /// Makes an empty disk of `bytes`.
    fn create_disk(&self, repository: &str, disk: &str, bytes: u64) -> Result<(), HostError>;
    /// Copies a disk at this moment: a reflink where `thin`, else all bytes.
    fn clone_disk(&self, from: (&str, &str), to: (&str, &str), thin: bool) -> Result<(), HostError>;
    /// Removes a disk's file.
    fn delete_disk(&self, repository: &str, disk: &str) -> Result<(), HostError>;
    /// Sizes of a disk.
    fn disk_size(&self, repository: &str, disk: &str) -> Result<DiskSize, HostError>;
    /// Gives a running guest the disk at a slot. A guest that is not running gets it at its start.
    fn attach(&self, vm: &str, slot: u32, repository: &str, disk: &str) -> Result<(), HostError>;
    /// Takes the disk at a slot from a running guest.
    fn detach(&self, vm: &str, slot: u32) -> Result<(), HostError>;
    /// Starts a guest with these disks (slot, repository, disk).
    fn start(&self, vm: &str, disks: &[(u32, String, String)]) -> Result<(), HostError>;
    /// Stops a guest.
    fn stop(&self, vm: &str) -> Result<(), HostError>;
    /// Writes `VirtualMachines/<vm>/vm.cfg`, or `Templates/<vm>/vm.cfg`.
    fn write_config(&self, repository: &str, vm: &str, template: bool, text: &str) -> Result<(), HostError>;
    /// Removes the folder of a Vm or template.
    fn remove_config(&self, repository: &str, vm: &str, template: bool) -> Result<(), HostError>;
}
