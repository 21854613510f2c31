//! What is there: files, mounts, devices, disks, and what speaks against a backup. Pure functions over facts.

pub mod db;
pub mod finding;
pub mod fstab;
pub mod host;
pub mod layout;
pub mod media;
pub mod mkfs;
pub mod place;
pub mod rebuild;
pub mod rules;
pub mod site;
pub mod volume;

pub use db::{DataFile, DbFacts, DbFile, FileKind, Identity, Parameters};
pub use finding::{Finding, Level};
pub use host::{Device, HostFacts, Mount, device_of_slot, part_of_slot};
pub use layout::{Disk, Layout, Role, Swap, Unit, groups_of, lay_out};
pub use media::MediaFacts;
pub use rebuild::Rebuild;
pub use rules::{Choices, Seen, findings};
pub use site::{DiskKind, RepositoryFacts, VmDiskFacts, VmFacts};
pub use volume::{PhysicalVolume, VolumeGroup};
