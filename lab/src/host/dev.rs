//! Names and entries of a guest's disks in /dev and /sys/block.

use super::spec::{Backing, Node};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
};

/// The device of a slot: xvda … xvdz, xvdaa … (slot 50 is xvday), as Linux's xen-blkfront names them.
#[must_use]
pub fn name(slot: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = slot + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    let tail: String = letters.iter().rev().collect();
    format!("xvd{tail}")
}

/// The XenStore node of a slot: 51712 + 16 n up to slot 15, 268435456 + 256 n above
/// (Xen's `xen-vbd-interface(7)`: major 202, and bit 28 for the extended numbering).
#[must_use]
pub fn vbd(slot: u32) -> u64 {
    let slot = u64::from(slot);
    if slot <= 15 { 51712 + 16 * slot } else { (1 << 28) + 256 * slot }
}

/// Group disk, on Oracle Linux and on Debian.
const DISK: u32 = 6;

/// Makes node and entries below `root`.
pub fn add(root: &Path, node: &Node) -> io::Result<()> {
    add_node(&root.join("dev"), node)?;
    add_entry(&root.join("sys"), node)
}

/// Makes the device node in `dev`: a real one, or a plain file that only carries the name.
pub fn add_node(dev: &Path, node: &Node) -> io::Result<()> {
    let path = dev.join(name(node.slot));
    match node.backing {
        Backing::Block { major, minor } => {
            mknodat(CWD, &path, FileType::BlockDevice, Mode::from_raw_mode(0o660), makedev(major, minor))?;
            // Only root and group disk, whatever the umask is.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o660))?;
            chown(&path, Some(0), Some(DISK))?;
        }
        Backing::Folder(_) => fs::write(&path, "")?,
    }
    Ok(())
}

/// Makes the entry below `sys`, which is /sys: in `block`, and under its numbers in `dev/block` (libblkid looks there).
pub fn add_entry(sys: &Path, node: &Node) -> io::Result<()> {
    let entry = sys.join("block").join(name(node.slot));
    for folder in ["holders", "slaves", "device"] {
        fs::create_dir_all(entry.join(folder))?;
    }
    let (major, minor) = numbers(node);
    let by_number = sys.join("dev/block");
    fs::create_dir_all(&by_number)?;
    symlink(Path::new("../../block").join(name(node.slot)), by_number.join(format!("{major}:{minor}")))?;
    fs::write(entry.join("dev"), format!("{major}:{minor}\n"))?;
    fs::write(entry.join("size"), format!("{}\n", node.bytes / 512))?;
    fs::write(entry.join("ro"), "0\n")?;
    fs::write(entry.join("removable"), "0\n")?;
    fs::write(entry.join("device/nodename"), format!("device/vbd/{}\n", vbd(node.slot)))?;
    fs::write(entry.join("device/devtype"), "vbd\n")
}

fn numbers(node: &Node) -> (u32, u32) {
    match node.backing {
        Backing::Block { major, minor } => (major, minor),
        Backing::Folder(_) => (202, 16 * node.slot),
    }
}

/// Takes node and entries away. What is gone already is fine.
pub fn remove(root: &Path, slot: u32) -> io::Result<()> {
    let gone = |r: io::Result<()>| r.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) });
    gone(fs::remove_file(root.join("dev").join(name(slot))))?;
    let entry = root.join("sys/block").join(name(slot));
    if let Ok(numbers) = fs::read_to_string(entry.join("dev")) {
        gone(fs::remove_file(root.join("sys/dev/block").join(numbers.trim())))?;
    }
    gone(fs::remove_dir_all(entry))
}

/// The links every /dev has.
pub fn links(dev: &Path) -> io::Result<()> {
    for (name, target) in
        [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("ptmx", "pts/ptmx")]
    {
        symlink(target, dev.join(name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "xvda", 51712)]
    #[case(2, "xvdc", 51744)]
    #[case(15, "xvdp", 51952)]
    #[case(16, "xvdq", 268_439_552)]
    #[case(25, "xvdz", 268_441_856)]
    #[case(26, "xvdaa", 268_442_112)]
    #[case(50, "xvday", 268_448_256)]
    #[case(52, "xvdba", 268_448_768)]
    fn names_and_nodes(#[case] slot: u32, #[case] device: &str, #[case] node: u64) {
        assert_eq!(name(slot), device);
        assert_eq!(vbd(slot), node);
    }
}
