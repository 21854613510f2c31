//! `ovmirror recover`, before its run: what is seen, what is decided, what is printed.

mod facts;
mod findings;
mod logs;
mod part;
mod plan;
mod prepare;

pub use facts::{look, snapshots};
pub use part::Wish;
pub use prepare::{Prepared, Request, from, keep, kept_folder, options, prepare};
