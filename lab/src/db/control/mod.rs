//! The control file: what it holds, and how copies of it are written so that they agree.

mod agree;
mod file;
mod types;

pub use agree::{agreed, write_failed};
pub use file::{ControlError, read, write_copy, write_new};
pub use types::{
    Backup, ControlFile, DroppedFile, Enabled, FileRecord, FileStatus, Group, GroupStatus, Resetting, Thread, Turn,
};
