//! What a tool inside a host may know of the site: read from the file named by `OVMIRROR_LAB_HOST`, else `/.lab/host.json`.

use crate::quirk::Quirks;
use serde::{Deserialize, Serialize};
use std::{fs, io, path::PathBuf};

/// How the hosts are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Namespaces, loop devices and XFS with reflink, as root.
    Real,
    /// Unprivileged namespaces; a virtual disk is a directory.
    Portable,
    /// No namespaces at all: hosts live under the lab's folder.
    Prefix,
    /// Real Xen with OCFS2 and paravirtual guests, emulated.
    Xen,
}

/// The Oracle release the site plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Oracle {
    /// 11.2.0.4.0
    #[serde(rename = "11.2")]
    V11_2,
    /// 12.2.0.1.0
    #[serde(rename = "12.2")]
    V12_2,
    /// 19.0.0.0.0
    #[serde(rename = "19")]
    V19,
    /// 23.0.0.0.0
    #[serde(rename = "23")]
    V23,
}

impl Oracle {
    /// The five-part version as V$INSTANCE shows it.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::V11_2 => "11.2.0.4.0",
            Self::V12_2 => "12.2.0.1.0",
            Self::V19 => "19.0.0.0.0",
            Self::V23 => "23.0.0.0.0",
        }
    }
}

/// One host as its own tools see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostContext {
    /// `slot021`, `bckvm`, `ovs1`.
    pub name: String,
    /// How it is made.
    pub mode: Mode,
    /// The Oracle release installed.
    pub oracle: Oracle,
    /// The switches in force.
    pub quirks: Quirks,
    /// The file with the site's faults, as this host sees it.
    pub faults: PathBuf,
    /// A folder that only the lab's tools use (daemons' sockets, logs), as this host sees it.
    pub private: PathBuf,
}

impl HostContext {
    /// Reads it.
    pub fn load() -> io::Result<Self> {
        let path = std::env::var_os("OVMIRROR_LAB_HOST").map_or_else(|| "/.lab/host.json".into(), PathBuf::from);
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }
}
