//! The three dialects: what differs between the releases in syntax and labels.

use serde::{Deserialize, Serialize};

/// A release line of Oracle VM Manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Release {
    /// The first with the CLI.
    #[serde(rename = "3.2")]
    V3_2,
    /// Core and CLI rewritten.
    #[serde(rename = "3.3")]
    V3_3,
    /// The last line.
    #[serde(rename = "3.4")]
    V3_4,
}

impl std::str::FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "3.2" => Ok(Self::V3_2),
            "3.3" => Ok(Self::V3_3),
            "3.4" => Ok(Self::V3_4),
            other => Err(format!("`{other}` is not 3.2, 3.3 or 3.4")),
        }
    }
}

impl Release {
    /// What `showversion` answers: the bare version, without a block (reference 2.5).
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::V3_2 => "3.2.9.746",
            Self::V3_3 => "3.3.4.1100",
            Self::V3_4 => "3.4.7.2553",
        }
    }

    /// Whether blocks of commands that made a job carry `JobId:`.
    #[must_use]
    pub fn shows_jobs(self) -> bool {
        self == Self::V3_4
    }

    /// Whether objects show `Locked` and a description everywhere. A mapping block of 3.2 has exactly eleven lines.
    #[must_use]
    pub fn is_rewritten(self) -> bool {
        self >= Self::V3_3
    }

    /// The label of a virtual disk in a mapping; 3.2 uses it for physical disks too.
    #[must_use]
    pub fn virtual_disk_label(self) -> &'static str {
        if self.is_rewritten() { "Virtual Disk" } else { "Virtual Disk Id" }
    }

    /// The label of a physical disk in a mapping.
    #[must_use]
    pub fn physical_disk_label(self) -> &'static str {
        if self.is_rewritten() { "Physical Disk" } else { "Virtual Disk Id" }
    }

    /// The label of a CD in a mapping. Not seen anywhere; formed like the disk's.
    #[must_use]
    pub fn cd_label(self) -> &'static str {
        if self.is_rewritten() { "Virtual Cd" } else { "Virtual Disk Id" }
    }

    /// The label of the tags of a Vm.
    #[must_use]
    pub fn tag_label(self) -> &'static str {
        if self.is_rewritten() { "Tag" } else { "tag" }
    }

    /// The name that the manager itself gives to a mapping.
    #[must_use]
    pub fn mapping_name(self, mapping: &str, medium: &str) -> String {
        if self.is_rewritten() { format!("Mapping for disk Id ({medium})") } else { mapping.to_owned() }
    }
}
