//! The objects the manager knows.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// An object type, named as the CLI names it. Templates are `Vm`; there is no `VmTemplate` (3.4 show page).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum Kind { $($kind),* }

        impl Kind {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),* }
            }
        }
    };
}

kinds!(
    FileSystem,
    Job,
    Manager,
    Network,
    PhysicalDisk,
    Repository,
    RepositoryExport,
    Server,
    ServerPool,
    Tag,
    VirtualCdrom,
    VirtualDisk,
    Vm,
    VmCloneCustomizer,
    VmCloneNetworkMapping,
    VmCloneStorageMapping,
    VmDiskMapping,
    Vnic,
);

impl Kind {
    /// Reads a type in any letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.name().eq_ignore_ascii_case(text))
    }

    /// Whether it came with the rewrite of 3.3 (the delete page of 3.2 lists no clone customizer types).
    #[must_use]
    pub const fn is_of_the_rewrite(self) -> bool {
        matches!(
            self,
            Self::VmCloneCustomizer
                | Self::VmCloneNetworkMapping
                | Self::VmCloneStorageMapping
                | Self::RepositoryExport
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// Its id, unique over all types.
    pub id: String,
    /// Its name, not unique.
    pub name: String,
    /// Up to 4,000 characters.
    #[serde(default)]
    pub description: String,
    /// The job that holds it.
    #[serde(default)]
    pub lock: Option<u64>,
    /// When it came, for the order of lists.
    #[serde(default)]
    pub sequence: u64,
    /// What it is.
    pub body: Body,
}

/// What an object is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The manager itself.
    Manager,
    /// A pool of servers.
    ServerPool,
    /// A host of VMs.
    Server {
        /// Its address.
        address: String,
        /// Its pool.
        pool: String,
    },
    /// A repository.
    Repository {
        /// The file system it lies on.
        file_system: String,
    },
    /// A file system, with what the last refresh saw.
    FileSystem(FileSystem),
    /// A VM or a template.
    Vm(Vm),
    /// A disk in a repository. The object's id is the file's name.
    VirtualDisk(VirtualDisk),
    /// A LUN.
    PhysicalDisk(PhysicalDisk),
    /// An ISO image.
    VirtualCdrom {
        /// The repository it lies in.
        repository: String,
    },
    /// A disk at a slot of a VM.
    VmDiskMapping(Mapping),
    /// How a VM is to be cloned.
    VmCloneCustomizer {
        /// The VM.
        vm: String,
    },
    /// What becomes of one disk.
    VmCloneStorageMapping(StorageMapping),
    /// What becomes of one network card.
    VmCloneNetworkMapping {
        /// The customizer.
        customizer: String,
        /// The card.
        vnic: String,
        /// The network of its copy.
        network: String,
    },
    /// A network card.
    Vnic {
        /// `00:21:f6:…`
        mac: String,
        /// Its network.
        network: String,
        /// Its VM; on 3.2 a card may have none.
        vm: Option<String>,
    },
    /// A network.
    Network,
    /// A label for VMs.
    Tag,
    /// A job.
    Job(Job),
    /// An NFS export of a repository.
    RepositoryExport {
        /// The server that exports.
        server: String,
        /// What it exports.
        repository: String,
        /// To whom.
        client: String,
        /// `rw, async, no_root_squash`
        options: String,
    },
}

/// A file system under a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileSystem {
    /// `ocfs2` or `nfs`.
    pub kind: String,
    /// Bytes.
    pub size: u64,
    /// Bytes, as the last refresh saw them.
    pub free: u64,
}

/// A VM or a template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vm {
    /// What the machines below call it; never changes.
    pub guest: String,
    /// Where its vm.cfg lies.
    pub repository: String,
    /// Its pool.
    pub pool: String,
    /// What it does now.
    pub state: VmState,
    /// MB.
    pub memory: u32,
    /// MB.
    pub memory_limit: u32,
    /// Virtual CPUs.
    pub cpus: u32,
    /// Virtual CPUs at most.
    pub cpu_limit: u32,
    /// 1 to 100.
    pub priority: u32,
    /// Per cent.
    pub cap: u32,
    /// Restarted elsewhere when its server fails.
    pub high_availability: bool,
    /// `Oracle Linux 6`
    pub os: String,
    /// `OS_DEFAULT`
    pub mouse: String,
    /// `XEN_PVM`
    pub domain: String,
    /// `en-us`
    pub keymap: String,
    /// `USE_POOL_POLICY`
    pub start_policy: String,
    /// `DISK`
    pub boot: String,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What a VM does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VmState {
    /// On a server.
    Running,
    /// Off.
    Stopped,
    /// Memory saved; it still holds its disks.
    Suspended,
    /// A template cannot run.
    Template,
}

/// A disk in a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VirtualDisk {
    /// Where the file lies.
    pub repository: String,
    /// Several VMs may have it.
    pub shareable: bool,
    /// Bytes.
    pub max: u64,
    /// Bytes, as the last refresh saw them.
    pub used: u64,
}

/// A LUN.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PhysicalDisk {
    /// Several VMs may have it.
    pub shareable: bool,
    /// Bytes.
    pub size: u64,
    /// The WWID.
    pub page83: String,
}

/// A disk at a slot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mapping {
    /// The VM.
    pub vm: String,
    /// From 0 (xvda).
    pub slot: u32,
    /// What is there.
    pub medium: Medium,
}

/// What is at a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// A virtual disk's id.
    Virtual(String),
    /// A physical disk's id.
    Physical(String),
    /// An ISO's id.
    Cd(String),
    /// A drive without a CD.
    Empty,
}

impl Medium {
    /// The id the CLI shows; `EMPTY_CDROM` for an empty drive.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Virtual(id) | Self::Physical(id) | Self::Cd(id) => id,
            Self::Empty => EMPTY_CDROM,
        }
    }
}

/// The id of an empty CD drive.
pub const EMPTY_CDROM: &str = "EMPTY_CDROM";

/// What becomes of one disk in a clone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StorageMapping {
    /// The customizer.
    pub customizer: String,
    /// The mapping of the disk.
    pub mapping: String,
    /// `THIN_CLONE` …
    pub clone_type: CloneType,
    /// The repository the copy goes to.
    pub repository: String,
}

/// How a disk is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloneType {
    /// Holes stay holes.
    SparseCopy,
    /// All bytes.
    NonSparseCopy,
    /// A reflink.
    ThinClone,
}

impl CloneType {
    /// Reads it in any letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_uppercase().as_str() {
            "SPARSE_COPY" => Some(Self::SparseCopy),
            "NON_SPARSE_COPY" => Some(Self::NonSparseCopy),
            "THIN_CLONE" => Some(Self::ThinClone),
            _ => None,
        }
    }

    /// As the CLI writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SparseCopy => "SPARSE_COPY",
            Self::NonSparseCopy => "NON_SPARSE_COPY",
            Self::ThinClone => "THIN_CLONE",
        }
    }
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// What it is at.
    pub state: JobState,
    /// Somebody asked to abort it.
    pub abort: bool,
    /// What it made so far, for the way back; in the order of making.
    pub made: Vec<Made>,
    /// Lines for `Data:`.
    pub result: Option<Vec<String>>,
    /// Why it failed.
    pub error: Option<String>,
    /// The ids of the jobs it consists of, itself first.
    pub family: Vec<u64>,
}

/// What a job is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// Not done.
    Running,
    /// Done.
    Success,
    /// Failed, taken back.
    Failure,
    /// Aborted, taken back.
    Aborted,
}

/// Something a job made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// An object of the manager.
    Object(String),
    /// A disk's file.
    File {
        /// Its repository.
        repository: String,
        /// Its name.
        disk: String,
    },
    /// A vm.cfg and its folder.
    Config {
        /// Its repository.
        repository: String,
        /// The Vm's id.
        vm: String,
        /// In Templates/ or VirtualMachines/.
        template: bool,
    },
    /// A disk given to a running guest.
    Attached {
        /// The guest.
        guest: String,
        /// Where.
        slot: u32,
    },
}

impl Body {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Manager => Kind::Manager,
            Self::ServerPool => Kind::ServerPool,
            Self::Server { .. } => Kind::Server,
            Self::Repository { .. } => Kind::Repository,
            Self::FileSystem(_) => Kind::FileSystem,
            Self::Vm(_) => Kind::Vm,
            Self::VirtualDisk(_) => Kind::VirtualDisk,
            Self::PhysicalDisk(_) => Kind::PhysicalDisk,
            Self::VirtualCdrom { .. } => Kind::VirtualCdrom,
            Self::VmDiskMapping(_) => Kind::VmDiskMapping,
            Self::VmCloneCustomizer { .. } => Kind::VmCloneCustomizer,
            Self::VmCloneStorageMapping(_) => Kind::VmCloneStorageMapping,
            Self::VmCloneNetworkMapping { .. } => Kind::VmCloneNetworkMapping,
            Self::Vnic { .. } => Kind::Vnic,
            Self::Network => Kind::Network,
            Self::Tag => Kind::Tag,
            Self::Job(_) => Kind::Job,
            Self::RepositoryExport { .. } => Kind::RepositoryExport,
        }
    }
}
