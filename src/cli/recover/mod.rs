//! `ovmirror recover`, before its run: what is seen, what is decided, what is printed.

mod facts;
mod findings;
pub mod fresh;
mod logs;
mod part;
mod plan;
mod prepare;
pub mod tape;
pub mod unrecorded;

pub use facts::{Facts, Snapshot, look, snapshots};
pub use part::Wish;
pub use prepare::{Prepared, Request, from, keep, kept_folder, options, prepare};
