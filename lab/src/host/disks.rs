//! The disks of a running guest, as the hypervisor gives and takes them.

use super::{
    control::Word,
    dev,
    spec::{Backing, Node},
};
use crate::guest::table;
use rustix::{
    fs::{Mode, OFlags, open},
    io::Errno,
    mount::{UnmountFlags, mount_bind, unmount},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

/// Where the lab's own tools find what stands behind a device (portable mode).
pub const TABLE: &str = "/.lab/disks.json";

/// The table.
#[derive(Debug)]
pub struct Disks {
    root: PathBuf,
    nodes: BTreeMap<u32, Node>,
    pending: BTreeSet<u32>,
}

impl Disks {
    /// Those of the boot; their nodes and entries exist.
    pub fn new(root: &Path, nodes: &[Node]) -> io::Result<Self> {
        let nodes = nodes.iter().map(|n| (n.slot, n.clone())).collect();
        let disks = Self { root: root.to_owned(), nodes, pending: BTreeSet::new() };
        disks.nodes.values().try_for_each(hold)?;
        disks.publish()?;
        Ok(disks)
    }

    /// A disk appears.
    pub fn attach(&mut self, node: Node) -> Word {
        if self.nodes.contains_key(&node.slot) {
            return Word::Error(format!("device {} is already connected", dev::name(node.slot)));
        }
        let added = hold(&node).and_then(|()| dev::add(&self.root, &node)).and_then(|()| {
            self.nodes.insert(node.slot, node);
            self.publish()
        });
        added.map_or_else(|e| Word::Error(e.to_string()), |()| Word::Done)
    }

    /// A disk is to go. In use: refused, and it goes when it is free, as Linux's xen-blkfront does
    /// ("Device in use; refusing to close").
    pub fn detach(&mut self, slot: u32, taken: bool) -> Word {
        let Some(node) = self.nodes.get(&slot) else {
            return Word::NotConnected;
        };
        if !taken && in_use(&self.root, node) {
            self.pending.insert(slot);
            return Word::Busy;
        }
        self.drop_node(slot).map_or_else(|e| Word::Error(e.to_string()), |()| Word::Done)
    }

    /// Disks whose detach was refused and that are free now: they go.
    pub fn sweep(&mut self) -> Vec<u32> {
        let free = |slot: &u32| self.nodes.get(slot).is_none_or(|n| !in_use(&self.root, n));
        let gone: Vec<u32> = self.pending.iter().copied().filter(free).collect();
        gone.into_iter().filter(|slot| self.drop_node(*slot).is_ok()).collect()
    }

    fn drop_node(&mut self, slot: u32) -> io::Result<()> {
        dev::remove(&self.root, slot)?;
        self.nodes.remove(&slot).map_or(Ok(()), |node| release(&node))?;
        self.pending.remove(&slot);
        self.publish()
    }

    fn publish(&self) -> io::Result<()> {
        let named: BTreeMap<String, &Node> = self.nodes.values().map(|n| (dev::name(n.slot), n)).collect();
        fs::write(self.root.join(TABLE.trim_start_matches('/')), serde_json::to_vec(&named)?)
    }
}

/// A guest keeps the file it was given, also when that file's name goes to another one. A loop device does so by itself;
/// a folder is bound to a place of this host.
fn hold(node: &Node) -> io::Result<()> {
    let Backing::Folder(folder) = &node.backing else { return Ok(()) };
    let at = table::held(node.slot);
    fs::create_dir_all(&at)?;
    Ok(mount_bind(Path::new("/.lab/repo").join(folder), &at)?)
}

fn release(node: &Node) -> io::Result<()> {
    if matches!(node.backing, Backing::Folder(_)) {
        unmount(table::held(node.slot), UnmountFlags::empty())?;
    }
    Ok(())
}

/// A device is in use while anybody has it open (`bd_openers` of xen-blkfront): a mount, an external log, a volume group, or
/// a process. A block device that the kernel's own users claimed cannot be opened exclusively.
fn in_use(root: &Path, node: &Node) -> bool {
    let device = root.join("dev").join(dev::name(node.slot));
    if opened(Path::new("/dev").join(dev::name(node.slot)).as_path()) {
        return true;
    }
    match node.backing {
        Backing::Block { .. } => {
            matches!(open(&device, OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC, Mode::empty()), Err(Errno::BUSY))
        }
        Backing::Folder(_) => mounted(&format!("/dev/{}", dev::name(node.slot))),
    }
}

fn mounted(device: &str) -> bool {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    table.lines().any(|line| line.split(' ').next() == Some(device))
}

/// Whether a process of this host has the device open.
fn opened(device: &Path) -> bool {
    let entries = |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten();
    let processes = entries("/proc".into()).filter(|e| e.file_name().to_string_lossy().parse::<u32>().is_ok());
    processes.flat_map(|p| entries(p.path().join("fd"))).any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_is_found_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().join("xvde");
        fs::write(&path, "").unwrap();
        assert!(!opened(&path));
        let file = fs::File::open(&path).unwrap();
        assert!(opened(&path));
        drop(file);
        assert!(!opened(&path));
    }
}
