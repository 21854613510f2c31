//! The loop devices of a server: a `file:` disk of a running guest is one, and /sys/block says which file stands behind it,
//! under the name that this file has now.

use crate::{
    guest::xm::{self, Domain},
    site::board::Plugged,
};
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Where a server has its repositories.
pub const REPOSITORIES: &str = "/OVS/Repositories";
/// Loop devices of one guest: more than any has slots here.
const PER_GUEST: u32 = 128;
/// Files of a repository lie no deeper than this.
const DEPTH: u32 = 3;

/// Shows the loop devices as they are now.
pub fn show(block: &Path, repositories: &Path) -> io::Result<()> {
    let wanted: BTreeMap<String, String> = xm::domains().iter().flat_map(|domain| of(domain, repositories)).collect();
    for entry in fs::read_dir(block)? {
        let entry = entry?;
        if !wanted.contains_key(&*entry.file_name().to_string_lossy()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    for (name, text) in wanted {
        let folder = block.join(name).join("loop");
        let file = folder.join("backing_file");
        if fs::read_to_string(&file).is_ok_and(|old| old == text) {
            continue;
        }
        fs::create_dir_all(&folder)?;
        // Who reads it finds the old line or the new one.
        let next = folder.join(".backing_file");
        fs::write(&next, text)?;
        fs::rename(next, file)?;
    }
    Ok(())
}

fn of(domain: &Domain, repositories: &Path) -> Vec<(String, String)> {
    let named = |(slot, plugged): (u32, Plugged)| {
        let number = (domain.number.saturating_sub(1)) * PER_GUEST + slot;
        (format!("loop{number}"), backing(&plugged, repositories) + "\n")
    };
    xm::disks(domain).into_iter().map(named).collect()
}

/// The file's present name, or its old one with `(deleted)`, as the kernel says it.
fn backing(plugged: &Plugged, repositories: &Path) -> String {
    let gone = || format!("{} (deleted)", first(plugged, repositories).display());
    present(plugged, repositories).map_or_else(gone, |path| path.display().to_string())
}

fn first(plugged: &Plugged, repositories: &Path) -> PathBuf {
    repositories.join(&plugged.repository).join("VirtualDisks").join(&plugged.disk)
}

/// Where the file that was plugged lies now, if its repository has it still.
#[must_use]
pub fn present(plugged: &Plugged, repositories: &Path) -> Option<PathBuf> {
    let path = first(plugged, repositories);
    if fs::metadata(&path).is_ok_and(|data| data.ino() == plugged.inode) {
        return Some(path);
    }
    find(&repositories.join(&plugged.repository), plugged.inode, DEPTH)
}

fn find(folder: &Path, inode: u64, depth: u32) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if entry.metadata().is_ok_and(|data| data.ino() == inode) {
            return Some(entry.path());
        }
        let is_folder = depth > 1 && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && let Some(found) = find(&entry.path(), inode, depth - 1) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_file_is_shown_under_its_new_name_and_a_removed_one_as_deleted() {
        let top = tempfile::tempdir().unwrap();
        let disks = top.path().join("r/VirtualDisks");
        let kept = top.path().join("r/snapshots");
        fs::create_dir_all(&disks).unwrap();
        fs::create_dir_all(&kept).unwrap();
        fs::write(disks.join("d.img"), "x").unwrap();
        let inode = fs::metadata(disks.join("d.img")).unwrap().ino();
        let plugged = Plugged { repository: "r".into(), disk: "d.img".into(), inode };
        assert!(backing(&plugged, top.path()).ends_with("/r/VirtualDisks/d.img"));
        fs::rename(disks.join("d.img"), kept.join("old")).unwrap();
        fs::write(disks.join("d.img"), "another").unwrap();
        assert!(backing(&plugged, top.path()).ends_with("/r/snapshots/old"));
        fs::rename(kept.join("old"), top.path().join("outside")).unwrap();
        assert!(backing(&plugged, top.path()).ends_with("/r/VirtualDisks/d.img (deleted)"));
    }
}
