//! `ovmirror recover`, before its run: what is seen, what is decided, what is printed.

mod copy;
mod disks;
mod facts;
mod findings;
pub mod fresh;
mod goal;
mod logs;
mod page;
mod part;
mod plan;
mod prepare;
pub mod tape;
pub mod unrecorded;

pub use disks::{keep, kept_folder, options};
pub use facts::{Facts, Snapshot, look, snapshots};
pub use part::Wish;
pub use prepare::{Prepared, Request, from, prepare};
