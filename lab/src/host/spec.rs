//! What a host is made of: written by the site's supervisor, read by the host's first process.

use crate::context::HostContext;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A guest with a database.
    Database,
    /// The guest with the media manager.
    Media,
    /// A server (dom0).
    Server,
}

/// What stands behind a disk of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backing {
    /// A block device of the machine.
    Block {
        /// Its major number.
        major: u32,
        /// Its minor number.
        minor: u32,
    },
    /// A folder (portable mode), relative to where the repositories are.
    Folder(PathBuf),
}

/// A disk as the hypervisor gives it to a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Slot of the mapping, from 0.
    pub slot: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// What stands behind it.
    pub backing: Backing,
}

/// A line of a guest's fstab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FstabLine {
    /// `/dev/xvdc`, `/dev/mapper/…`, `UUID=…` or `LABEL=…`
    pub device: String,
    /// `/u02`
    pub dir: String,
    /// `defaults`
    pub options: String,
    /// `xfs`
    pub kind: String,
}

/// One host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostSpec {
    /// What its tools may know.
    pub context: HostContext,
    /// What it is for.
    pub role: Role,
    /// The UUID of its Xen domain (guests).
    pub uuid: Option<String>,
    /// Where the Oracle software lies (guests).
    pub oracle_home: PathBuf,
    /// The databases that belong here.
    pub sids: Vec<String>,
    /// Its file systems, `/` first.
    pub fstab: Vec<FstabLine>,
    /// Hide what Oracle Linux 5 does not have.
    pub old_guest: bool,
    /// Round trip time in milliseconds.
    pub rtt_ms: u64,
    /// The port to listen on; 0 is any.
    pub port: u16,
    /// The host's own folder on the machine.
    pub folder: PathBuf,
    /// The site's folder that all tools share (faults, witness), on the machine.
    pub shared: PathBuf,
    /// The tape library, on the machine and under the same path in the host.
    pub tape: PathBuf,
    /// Where the repositories are on the machine, each under its id.
    pub repositories: PathBuf,
    /// Their ids.
    pub repository_ids: Vec<String>,
    /// This program.
    pub executable: PathBuf,
    /// Host keys in OpenSSH format.
    pub keys: Vec<String>,
    /// The public key that may log in.
    pub authorized: String,
    /// The password that may log in, if any.
    pub password: Option<String>,
    /// Disks at boot.
    pub disks: Vec<Node>,
}

/// User and group numbers. Portable mode has only one user, so that everybody is that one there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// User oracle.
    pub oracle: u32,
    /// Group oinstall.
    pub oinstall: u32,
    /// Group dba.
    pub dba: u32,
}

impl HostSpec {
    /// Whether hosts are made with privileges.
    #[must_use]
    pub fn real(&self) -> bool {
        matches!(self.context.mode, crate::context::Mode::Real | crate::context::Mode::Xen)
    }

    /// The numbers of this host's users: 54321 is what the preinstall package of Oracle Linux gives.
    #[must_use]
    pub fn ids(&self) -> Ids {
        if self.real() {
            Ids { oracle: 54321, oinstall: 54321, dba: 54322 }
        } else {
            Ids { oracle: 0, oinstall: 0, dba: 0 }
        }
    }

    /// Who logs in.
    #[must_use]
    pub fn login(&self) -> &'static str {
        if self.role == Role::Server { "root" } else { "oracle" }
    }
}
