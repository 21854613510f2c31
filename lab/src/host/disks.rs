//! The disks of a running guest, as the hypervisor gives and takes them.

use super::{
    control::Word,
    dev,
    spec::{Backing, Node},
};
use rustix::{
    fs::{Mode, OFlags, open},
    io::Errno,
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
        disks.publish()?;
        Ok(disks)
    }

    /// A disk appears.
    pub fn attach(&mut self, node: Node) -> Word {
        if self.nodes.contains_key(&node.slot) {
            return Word::Error(format!("device {} is already connected", dev::name(node.slot)));
        }
        let added = dev::add(&self.root, &node).and_then(|()| {
            self.nodes.insert(node.slot, node);
            self.publish()
        });
        added.map_or_else(|e| Word::Error(e.to_string()), |()| Word::Done)
    }

    /// A disk is to go. In use: refused, and it goes when it is free, as Linux's xen-blkfront does
    /// ("Device in use; refusing to close").
    pub fn detach(&mut self, slot: u32, taken: bool) -> Word {
        let Some(node) = self.nodes.get(&slot) else {
            return Word::Error(format!("device {} is not connected", dev::name(slot)));
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
        self.nodes.remove(&slot);
        self.pending.remove(&slot);
        self.publish()
    }

    fn publish(&self) -> io::Result<()> {
        let named: BTreeMap<String, &Node> = self.nodes.values().map(|n| (dev::name(n.slot), n)).collect();
        fs::write(self.root.join(TABLE.trim_start_matches('/')), serde_json::to_vec(&named)?)
    }
}

/// A block device that somebody claimed (a mount, an external log, a volume group) cannot be opened exclusively.
fn in_use(root: &Path, node: &Node) -> bool {
    let device = root.join("dev").join(dev::name(node.slot));
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
