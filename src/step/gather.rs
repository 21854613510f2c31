//! Facts for the survey: asks, touches nothing.

mod database;
mod guest;
mod recovery;
mod site;

pub use database::{closed_containers, database, datafiles, home, parameters};
pub use guest::{Home, free_kib, fstab, host, host_of, places, real_paths, rebuild};
pub use recovery::{LogHead, Redo, Wall, guards, log_heads, other_files, redo, wall};
pub use site::{media, repositories, vm};
