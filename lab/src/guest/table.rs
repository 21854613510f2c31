//! Portable mode: what stands behind the device names of this host.

use crate::host::{
    disks::TABLE,
    spec::{Backing, Node},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Where a host sees the repositories.
const REPOSITORY: &str = "/.lab/repo";

/// What a disk's folder says of the file system on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Size of the disk in bytes.
    pub bytes: u64,
    /// Its file system (`xfs`), if it has one.
    pub fstype: Option<String>,
    /// UUID of that.
    pub uuid: String,
    /// Its label, if any.
    pub label: Option<String>,
}

impl Meta {
    /// Reads it from a disk's folder.
    pub fn read(folder: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(folder.join("meta.json"))?)?)
    }

    /// Writes it there.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("meta.json"), serde_json::to_vec(self)?)
    }
}

/// A random UUID (version 4).
#[must_use]
pub fn uuid() -> String {
    let bits: u128 = rand::random();
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// All devices by name (`/dev/xvdc`) with their folders.
pub fn devices() -> io::Result<BTreeMap<String, PathBuf>> {
    let nodes: BTreeMap<String, Node> = serde_json::from_slice(&fs::read(TABLE)?)?;
    let folder = |(name, node): (String, Node)| match node.backing {
        Backing::Folder(path) => Some((format!("/dev/{name}"), Path::new(REPOSITORY).join(path))),
        Backing::Block { .. } => None,
    };
    Ok(nodes.into_iter().filter_map(folder).collect())
}

/// The device that a first field of fstab names. Of several that carry the same UUID or label it is the newest, which
/// libblkid (2.38, real mode) was seen to take as well.
#[must_use]
pub fn source(word: &str, devices: &BTreeMap<String, PathBuf>) -> Option<String> {
    let Some((tag, value)) = word.split_once('=').filter(|(tag, _)| ["UUID", "LABEL"].contains(tag)) else {
        return Some(word.to_owned());
    };
    let value = value.trim_matches('"');
    let carries = |folder: &Path| {
        Meta::read(folder)
            .is_ok_and(|m| if tag == "UUID" { m.uuid == value } else { m.label.as_deref() == Some(value) })
    };
    let fitting = devices.iter().filter(|(_, folder)| carries(folder)).map(|(name, _)| name);
    fitting.max_by_key(|name| (name.len(), name.as_str())).cloned()
}

/// The devices mounted now, with their folders on the tree.
#[must_use]
pub fn mounted() -> Vec<(String, String)> {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let pair = |line: &str| {
        let mut fields = line.split(' ');
        Some((fields.next()?.to_owned(), super::mount::unescape(fields.next()?)))
    };
    table.lines().filter_map(pair).filter(|(device, _)| device.starts_with("/dev/xvd")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuids_have_the_form_of_version_4() {
        let id = super::uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, super::uuid());
    }
}
