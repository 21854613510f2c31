//! Oracle VM Manager, driven through its CLI on SSH port 10000. What is known of it, and how surely, stands in the
//! reference; points that are not proved are read by label and shape, and anything else is an error with its text.
//!
//! `dialect` builds every command, `block` and `record` read every answer, `Manager` has the calls.

mod block;
mod change;
mod cloning;
mod delete;
mod dialect;
mod error;
mod guests;
mod job;
mod kind;
mod manager;
mod object;
mod quote;
mod read;
mod record;
mod settle;

#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;

pub use block::{Block, Status, Unclear, parse as parse_block};
pub use cloning::ClonedVm;
pub use dialect::{CloneSpec, CloneTo, Release, SHOW_VERSION, Source, VmEdit};
pub use error::{OvmError, vendor_code};
pub use guests::Guests;
pub use job::job_ms;
pub use kind::ObjectKind;
pub use manager::{Deadlines, Manager, Sent};
pub use object::{DiskKind, DiskRef, Job, Mapping, Repository, ServerPool, VirtualDisk, Vm, VmDisk};
pub use quote::{Description, ObjectRef, OvmName};
pub use read::{ReportDisk, VmReport};
pub use record::{Record, Ref, entries};
