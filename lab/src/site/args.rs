//! The command line, as contract.md gives it.

use crate::context::{Mode, Oracle};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A whole Oracle VM site on this machine.
#[derive(Debug, Parser)]
#[command(name = "ovmirror-lab", version, about)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a site or start it again; returns when every port answers
    Up(Up),
    /// End everything of a site; its state stays
    Down {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// As a power cut: nothing is shut down first
        #[arg(long)]
        now: bool,
    },
    /// Restart the manager: connections are cut, running jobs fail, keys are refused until a login with the password
    Restart {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
    },
    /// What runs
    Status {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Faults on purpose
    #[command(subcommand)]
    Fault(FaultVerb),
    /// Transactions, and a log of what the database acknowledged
    #[command(subcommand)]
    Workload(WorkloadVerb),
    /// Destroy rows in transactions that are committed and written down; says at which SCN and time
    Disaster(Disaster),
    /// Compare a database's rows with the log of the workload; exit status 0 only when they are equal
    Verify(Verify),
    /// A site, a workload, a backup, a restore from tape alone, a disaster, the recovery to the second before, its undo, and
    /// each time the comparison; exit status 0 only when all is equal
    Demo(Demo),
    /// The switches for what no public source settles
    Quirks,
    /// What the hypervisor does with disks and guests, without the manager
    #[command(subcommand, hide = true)]
    Disk(DiskVerb),
}

/// How hosts are made, as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Namespaces, loop devices and XFS (root)
    Real,
    /// Unprivileged namespaces; a disk is a folder
    Portable,
    /// Real Xen and OCFS2 under emulation (root, Debian; the first time builds images)
    Xen,
}

/// Which disks a database's files lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One disk for datafiles, one for redo, archive and control files
    Papers,
    /// The datafiles' file system spans two disks (XFS with its log on xvde)
    TwoDisk,
    /// The datafiles' file system is a logical volume over two disks (xvdc, xvde), with --data-size between them
    Lvm,
    /// A further tablespace, APP, has a disk (xvde, /u04) of its own in a second repository
    Spread,
    /// Datafiles, online redo logs and a control file share one disk
    Mixed,
    /// The second data file of DATA lies alone on a disk (xvde, /u04)
    Alone,
    /// A container database (12.2 and later): root and seed on /u02, PDB1 on xvde (/u04), PDB2 on xvdf (/u05)
    Pdbs,
}

/// How a guest's fstab names file systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fstab {
    /// /dev/xvdc
    #[default]
    Device,
    /// UUID=…
    Uuid,
    /// LABEL=…; the file systems get labels
    Label,
}

/// `up`
#[derive(Debug, Clone, clap::Args)]
pub struct Up {
    /// The site's folder; nothing lies outside it
    #[arg(long)]
    pub dir: PathBuf,
    /// How hosts are made; without it the best that this machine allows
    #[arg(long)]
    pub mode: Option<ModeArg>,
    /// Round trip time in milliseconds
    #[arg(long)]
    pub rtt: Option<u64>,
    /// How long a job of the manager takes, in seconds
    #[arg(long)]
    pub job_time: Option<f64>,
    /// The manager's port; without it any free one
    #[arg(long)]
    pub manager_port: Option<u16>,
    /// Release of the manager
    #[arg(long, value_parser = ["3.2", "3.3", "3.4"])]
    pub release: Option<String>,
    /// Release of the database
    #[arg(long, value_parser = oracle)]
    pub oracle: Option<Oracle>,
    /// How many database VMs
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub databases: Option<u32>,
    /// How many media hosts
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub media: Option<u32>,
    /// Disks of the database VMs
    #[arg(long)]
    pub layout: Option<Layout>,
    /// How the guests' fstab names file systems; without it by device
    #[arg(long, value_name = "BY")]
    pub fstab: Option<Fstab>,
    /// Size of the datafile disk (/u02) in GiB; tablespace DATA fills four fifths of it with formatted blocks. Costs that
    /// much disk space (each clone as much again where reflinks are copies) and, by the machine's disk, 2 to 8 s per GiB
    #[arg(long, value_name = "GIB", value_parser = clap::value_parser!(u64).range(1..=32))]
    pub data_size: Option<u64>,
    /// Hide what Oracle Linux 5 does not have
    #[arg(long)]
    pub old_guest: bool,
    /// A switch, NAME=VALUE (see `quirks`); may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub quirk: Vec<String>,
    /// Size of each repository in GiB; without it 64, or four times --data-size
    #[arg(long, value_name = "GIB", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub repository_size: Option<u64>,
    /// Machines only: no manager, no databases
    #[arg(long)]
    pub hosts_only: bool,
    /// What was made, as JSON
    #[arg(long)]
    pub json: bool,
}

/// `workload …`
#[derive(Debug, Clone, Subcommand)]
pub enum WorkloadVerb {
    /// Start it in the background, in the database's VM
    Start {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// The database
        #[arg(default_value = "ORCL")]
        database: String,
        /// Transactions in a second
        #[arg(long, default_value_t = 200.0, value_parser = rate)]
        rate: f64,
        /// Where its random numbers begin
        #[arg(long)]
        seed: Option<u64>,
        /// Hold block writes between their halves: a clone that is taken then has fractured blocks for certain
        #[arg(long)]
        hold_writes: bool,
    },
    /// End it, and let held writes go
    Stop {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// The database
        #[arg(default_value = "ORCL")]
        database: String,
    },
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.1..=10_000.0).contains(&rate) { Ok(rate) } else { Err("0.1 to 10000".to_owned()) }
}

/// `disaster`
#[derive(Debug, Clone, clap::Args)]
pub struct Disaster {
    /// The database
    #[arg(default_value = "ORCL")]
    pub database: String,
    /// The site's folder
    #[arg(long)]
    pub dir: PathBuf,
    /// Rows with a lower key than this are destroyed; without it all
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: Option<u32>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `verify`
#[derive(Debug, Clone, clap::Args)]
pub struct Verify {
    /// The database
    #[arg(default_value = "ORCL")]
    pub database: String,
    /// The site's folder
    #[arg(long)]
    pub dir: PathBuf,
    /// The SCN of the comparison; without it the database's present one
    #[arg(long, value_name = "SCN")]
    pub at: Option<u64>,
    /// Not the live database: one made from the pieces in this folder alone
    #[arg(long, value_name = "DIR", requires = "at")]
    pub tape: Option<PathBuf>,
    /// The control file's piece on the tape; without it the newest one `…_cf_1`
    #[arg(long, value_name = "HANDLE", requires = "tape")]
    pub control: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `demo`
#[derive(Debug, Clone, clap::Args)]
pub struct Demo {
    /// How hosts are made; without it the best that this machine allows
    #[arg(long)]
    pub mode: Option<ModeArg>,
    /// An empty folder for the site; without it one that goes away afterwards
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Leave the site running
    #[arg(long)]
    pub keep: bool,
    /// Release of the database
    #[arg(long, value_parser = oracle)]
    pub oracle: Option<Oracle>,
    /// Release of the manager
    #[arg(long, value_parser = ["3.2", "3.3", "3.4"])]
    pub release: Option<String>,
    /// A switch, NAME=VALUE (see `quirks`); may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub quirk: Vec<String>,
    /// BEGIN BACKUP only seems to work: the demonstration must then fail
    #[arg(long)]
    pub sabotage: bool,
}

fn oracle(text: &str) -> Result<Oracle, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| "11.2, 12.2, 19 or 23".to_owned())
}

/// `fault …`
#[derive(Debug, Subcommand)]
pub enum FaultVerb {
    /// One more
    Add {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// manager, a host's name, sqlplus, sql, rman or sbt
        #[arg(long)]
        place: String,
        /// A text that the command contains; without it every command fits
        #[arg(long = "match", default_value = "")]
        matches: String,
        /// Which command that fits is hit, from 1
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        nth: u32,
        /// What happens: fail, fail=TEXT, hang, cut-before, cut-after, garble, slow=MS
        #[arg(long)]
        action: String,
    },
    /// Those that wait or were spent
    List {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Takes one away, or all
    Clear {
        /// The site's folder
        #[arg(long)]
        dir: PathBuf,
        /// Its number
        id: Option<u32>,
    },
}

impl ModeArg {
    /// The mode.
    #[must_use]
    pub const fn mode(self) -> Mode {
        match self {
            Self::Real => Mode::Real,
            Self::Portable => Mode::Portable,
            Self::Xen => Mode::Xen,
        }
    }
}

/// `disk …`
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum DiskVerb {
    /// An empty disk
    Create {
        #[arg(long)]
        dir: PathBuf,
        disk: String,
        /// Size in MiB
        mib: u64,
    },
    /// A reflink of a disk
    Clone {
        #[arg(long)]
        dir: PathBuf,
        from: String,
        to: String,
    },
    /// Removes a disk's file
    Delete {
        #[arg(long)]
        dir: PathBuf,
        disk: String,
    },
    /// Gives a running guest a disk
    Attach {
        #[arg(long)]
        dir: PathBuf,
        vm: String,
        slot: u32,
        disk: String,
    },
    /// Takes the disk at a slot from a running guest
    Detach {
        #[arg(long)]
        dir: PathBuf,
        vm: String,
        slot: u32,
    },
    /// Stops a guest
    Stop {
        #[arg(long)]
        dir: PathBuf,
        vm: String,
    },
    /// Starts a guest with the disks of its first boot
    Start {
        #[arg(long)]
        dir: PathBuf,
        vm: String,
    },
}
