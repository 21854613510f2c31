//! The machines below the manager: servers with repositories, guests with disks.
//!
//! A host is a process tree of its own: [`init`] is its first process (it builds the private root and reaps orphans),
//! [`serve`] is its only child (SSH server, and the disks as the hypervisor gives and takes them).

pub mod boot;
pub mod control;
pub mod dev;
pub mod disks;
pub mod etc;
pub mod init;
pub mod loops;
pub mod old_guest;
pub mod root;
pub mod seam;
pub mod serve;
pub mod session;
pub mod spec;
pub mod ssh;
pub mod wire;
pub mod xen;

use crate::quirk::Quirk;

/// Switches of the hosts.
pub const QUIRKS: &[Quirk] = &[Quirk {
    name: "detach-of-mounted",
    values: &["refused", "taken"],
    about: "a disk that the guest has mounted is detached: refused, and gone at the last umount (older guest kernels), \
            or taken at once, and the guest's later writes are lost (seen on Xen 4.17 with `xl block-detach`)",
}];
