//! `ovmirror recover`, before its run: what is seen, what is decided, what is printed.

pub mod control;
mod copy;
mod disks;
mod facts;
mod findings;
pub mod fresh;
mod goal;
mod logs;
mod lost;
mod page;
mod part;
mod plan;
mod prepare;
pub mod tape;
pub mod unrecorded;
mod verify;
pub mod waiting;
mod way_back;

pub use disks::{keep, kept_folder, options};
pub use facts::{Facts, Snapshot, look, snapshots};
pub use goal::candidate;
pub use part::Wish;
pub use prepare::{Prepared, Request, from, prepare};
pub use verify::verify;
pub use way_back::{kept_set_is_there, nothing_of_others, old_disks_can_follow, scn_now};
