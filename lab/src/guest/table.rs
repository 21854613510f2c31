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

/// Where a host holds its disks' folders, each under its slot: whatever happens to their names, it keeps what it has.
pub const HELD: &str = "/.lab/disk";

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
    /// Its journal must be replayed: it is mounted, or its copy was made while it was.
    #[serde(default)]
    pub dirty: bool,
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

/// Where a host holds the folder of a slot.
#[must_use]
pub fn held(slot: u32) -> PathBuf {
    Path::new(HELD).join(slot.to_string())
}

/// All devices by name (`/dev/xvdc`) with their folders.
pub fn devices() -> io::Result<BTreeMap<String, PathBuf>> {
    let nodes: BTreeMap<String, Node> = serde_json::from_slice(&fs::read(TABLE)?)?;
    let folder = |(name, node): (String, Node)| match node.backing {
        Backing::Folder(_) => Some((format!("/dev/{name}"), held(node.slot))),
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
    mounts().into_iter().map(|(device, dir, _)| (device, dir)).collect()
}

/// The devices mounted now for writing.
#[must_use]
pub fn writable() -> Vec<String> {
    mounts().into_iter().filter(|(_, _, options)| options.split(',').any(|o| o == "rw")).map(|(d, ..)| d).collect()
}

fn mounts() -> Vec<(String, String, String)> {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let fields = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        [device, dir, _, options, ..] if device.starts_with("/dev/xvd") => {
            Some((device.to_owned(), super::mount::unescape(dir), options.to_owned()))
        }
        _ => None,
    };
    table.lines().filter_map(fields).collect()
}

/// Says of a disk's journal that it must be replayed, or that nothing is in it. A disk that has gone has none.
pub fn mark(folder: &Path, dirty: bool) {
    if let Ok(meta) = Meta::read(folder)
        && meta.dirty != dirty
    {
        Meta { dirty, ..meta }.write(folder).ok();
    }
}

/// After an umount: what was mounted for writing and is not any more is clean.
pub fn clean(before: &[String]) {
    let (now, devices) = (mounted(), devices().unwrap_or_default());
    let gone = before.iter().filter(|device| now.iter().all(|(mounted, _)| mounted != *device));
    gone.filter_map(|device| devices.get(device)).for_each(|folder| mark(folder, false));
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
