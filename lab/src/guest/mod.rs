//! The tools inside a host. All of them are this one program, chosen by the name it is called by.
//!
//! In real mode a guest has the machine's own `mount`, `umount`, `blkid`, `mkfs.*`, `xfs_admin`, `tune2fs`, `e2label` and
//! `sudo`, and the kernel's file systems. In portable mode a disk is a folder, and these are stand-ins that keep UUID, label,
//! type and "the journal is dirty" in it: mkfs empties it, a mount replays, a copy of a mounted disk is dirty. Not played
//! there: a size that is used up, a raw device that can be read, what `xfs_repair`, `e2fsck` and `xfs_info` look at; they are
//! the machine's own and find no file system.

pub mod blkid;
mod blkid_cache;
pub mod identity;
pub mod mkfs;
pub mod mount;
pub mod oracle;
pub mod overlay;
pub mod reflink;
pub mod rm;
pub mod sqlplus;
pub mod sudo;
pub mod table;
pub mod umount;
pub mod xm;

use crate::{context::Mode, host::spec::Role};
use std::process::ExitCode;

/// A tool: its arguments without the name.
pub type Applet = fn(&[String]) -> ExitCode;

/// What lies in `$ORACLE_HOME/bin`.
pub const ORACLE_PROGRAMS: [&str; 2] = ["sqlplus", "rman"];

/// Every tool by its name. A database's daemon is called `ora_pmon_<SID>`.
#[must_use]
pub fn applet(name: &str) -> Option<Applet> {
    match name {
        "mount" => Some(mount::main),
        "umount" => Some(umount::main),
        "blkid" => Some(blkid::main),
        "sudo" => Some(sudo::main),
        "mkfs.xfs" => Some(mkfs::xfs),
        "mkfs.ext3" => Some(mkfs::ext3),
        "mkfs.ext4" => Some(mkfs::ext4),
        "xfs_admin" => Some(identity::xfs_admin),
        "tune2fs" => Some(identity::tune2fs),
        "e2label" => Some(identity::e2label),
        "reflink" => Some(reflink::main),
        "rm" => Some(rm::main),
        "xm" => Some(xm::main),
        "sqlplus" => Some(oracle::sqlplus),
        "rman" => Some(oracle::rman),
        "lab-createdb" => Some(oracle::createdb),
        "lab-workload" => Some(crate::witness::applet::main),
        _ if name.starts_with("ora_pmon_") => Some(oracle::daemon),
        _ => None,
    }
}

/// The tools a host has in `/.lab/bin`. Without privileges the lab's own ones stand before the machine's.
#[must_use]
pub fn tools(role: Role, mode: Mode) -> Vec<&'static str> {
    let own: &[&str] = match role {
        Role::Server => &["reflink", "xm"],
        Role::Database => &["sqlplus", "rman", "lab-createdb", "lab-workload"],
        Role::Media => &["sqlplus", "rman", "lab-createdb"],
    };
    let instead: &[&str] = match (role, mode) {
        (_, Mode::Real | Mode::Xen) => &[],
        (Role::Server, _) => &["rm"],
        _ => &[
            "mount",
            "umount",
            "blkid",
            "sudo",
            "mkfs.xfs",
            "mkfs.ext3",
            "mkfs.ext4",
            "xfs_admin",
            "tune2fs",
            "e2label",
        ],
    };
    own.iter().chain(instead).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_of_a_host_exists() {
        for role in [Role::Database, Role::Media, Role::Server] {
            for mode in [Mode::Real, Mode::Portable, Mode::Xen] {
                for name in tools(role, mode) {
                    assert!(applet(name).is_some(), "{name}");
                }
            }
        }
        assert!(applet("ora_pmon_ORCL").is_some());
        assert!(applet("findmnt").is_none());
    }
}
