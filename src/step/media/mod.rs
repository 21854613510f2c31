//! A clone on the media host: work copies of the golden disks, mapped, mounted, and an instance in MOUNT on top of them.

pub mod accept;
pub mod backend;
mod copy;
pub mod disks_before;
pub mod import_group;
pub mod instance;
pub mod map;
pub mod meter;
pub mod mount;
pub mod owner;
pub mod places;
pub mod preview;
pub mod recovery;
pub mod rman_job;
pub mod stage;
pub mod start;
pub mod tear_down;
pub mod work_copy;

pub use copy::mounted_copy;
