//! The command line as typed. `resolve.rs` turns it into what it means.

use crate::{config::Span, flow::drill::Goal};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Split-mirror backups of Oracle databases in Oracle VM 3 guests.
#[derive(Debug, Parser)]
#[command(name = "ovmirror", version, about, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Configuration file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One JSON object on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Show every remote command with host and duration; twice: also what is sent on its input
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at everything a backup needs and change nothing
    Check(Check),
    /// Snapshot the database and put the snapshot on tape
    Backup(Backup),
    /// Put a snapshot on tape (the second half of backup)
    Offload(Offload),
    /// Bring a database back by swapping its datafile disks for a snapshot and applying redo
    Recover(Recover),
    /// Give up the way back of a recovery: delete the old disks and what was kept
    Commit(Agreed),
    /// Mount, list or copy files of a snapshot in the database's VM
    Extract(Extract),
    /// Restore a snapshot on the media host as a test, and keep dated evidence
    Drill(Drill),
    /// List snapshots
    List(List),
    /// Show a snapshot or a run
    Show(Show),
    /// List runs
    Runs(Runs),
    /// Show what runs now
    Status,
    /// Finish an interrupted run
    Resume(OneRun),
    /// Take a run back
    Undo(Agreed),
    /// Settle what was interrupted: end windows, take half-done runs back
    Heal(Heal),
    /// List what carries ovmirror's mark and nobody answers for, and take it away
    Orphans(Orphans),
    /// Bring snapshots back into a store that was lost, from the manager, the artifacts and the golden copies
    Rebuild(Rebuild),
    /// Make a store that was moved here this control host's
    TakeOver(TakeOver),
    /// Print the procedure by hand for a database's layout of today, as a page to keep
    Plan(Plan),
    /// Show the manager's view of a VM
    Vm(Vm),
    /// Print what a site must allow
    #[command(subcommand)]
    Setup(SetupCommand),
    /// Pack what a helper needs to know of a run: journal, logs, versions, shape of the configuration
    SupportBundle(SupportBundle),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// Databases (all, where none is named)
    #[arg(value_name = "DB")]
    pub databases: Vec<String>,
}

/// `backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// Databases
    #[arg(value_name = "DB", required = true)]
    pub databases: Vec<String>,
    /// Make the snapshot only; `ovmirror offload` puts it on tape later
    #[arg(long)]
    pub snapshot_only: bool,
    /// Roll the work copy forward before the backup to tape, also without fractured blocks
    #[arg(long)]
    pub roll_forward: bool,
    /// Print each step with its commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `offload`
#[derive(Debug, Args)]
pub struct Offload {
    /// The snapshot's id, or a unique beginning of it
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: String,
    /// Roll the work copy forward before the backup to tape, also without fractured blocks
    #[arg(long)]
    pub roll_forward: bool,
    /// Print each step with its commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `recover`
#[derive(Debug, Args)]
pub struct Recover {
    /// The database
    #[arg(value_name = "DB")]
    pub database: String,
    /// latest, time=2026-11-21T20:45:12+01:00, "time=2026-11-21 20:45:12 Europe/Zurich", scn=N (changes below N), or
    /// snapshot=ID
    #[arg(long, value_name = "TARGET")]
    pub to: String,
    /// Only this tablespace, with the database open (complete recovery)
    #[arg(long, value_name = "T", conflicts_with_all = ["datafile", "pdb"])]
    pub tablespace: Option<String>,
    /// Only this datafile, by its number, with the database open (complete recovery)
    #[arg(long, value_name = "N", conflicts_with = "pdb")]
    pub datafile: Option<u32>,
    /// Only this pluggable database, with the others open (complete recovery)
    #[arg(long, value_name = "P")]
    pub pdb: Option<String>,
    /// Read every byte of the archived logs before anything is changed (RMAN VALIDATE on the database's VM)
    #[arg(long)]
    pub verify_logs: bool,
    /// Print and check the plan, and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Print each step with its commands, and do nothing
    #[arg(long, conflicts_with = "plan")]
    pub dry_run: bool,
    /// Do not ask before it begins
    #[arg(long)]
    pub yes: bool,
    /// Restore onto new disks from tape: a snapshot whose tape is ok, a run that has restored already, or, where the
    /// store is lost, the control file's handle on tape (ovm_DBID_RUN_cf_1) or its RUN
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["tablespace", "datafile", "pdb"])]
    pub from_tape: Option<String>,
    /// The DBID, for --from-tape RUN
    #[arg(long, value_name = "N", requires = "from_tape")]
    pub dbid: Option<u64>,
    /// Use the snapshot's control file: where all are lost, files were dropped since, or the target lies before a
    /// RESETLOGS; the present ones are kept, and the database opens with RESETLOGS
    #[arg(long, value_name = "snapshot", value_parser = ["snapshot"], hide_possible_values = true,
        conflicts_with_all = ["tablespace", "datafile", "pdb", "from_tape"])]
    pub controlfile: Option<String>,
    /// Where a disk also holds redo, control, archived, flashback or parameter files, copy its datafiles back instead of
    /// swapping it: the time depends on their size
    #[arg(long, conflicts_with_all = ["tablespace", "datafile", "pdb", "from_tape", "controlfile"])]
    pub copy: bool,
    /// A database that is down may be started in MOUNT, to read its control files
    #[arg(long)]
    pub mount: bool,
    /// SHUTDOWN ABORT where SHUTDOWN IMMEDIATE does not end
    #[arg(long)]
    pub abort: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `extract`
#[derive(Debug, Args)]
#[command(override_usage = "ovmirror extract SNAPSHOT --at DIR [OPTIONS]\n       \
    ovmirror extract SNAPSHOT --list [--path P]\n       \
    ovmirror extract SNAPSHOT --path P --to DIR\n       \
    ovmirror extract --close RUN")]
pub struct Extract {
    /// The snapshot's id, or a unique beginning of it
    #[arg(value_name = "SNAPSHOT", required_unless_present = "close", conflicts_with = "close")]
    pub snapshot: Option<String>,
    /// Mount the snapshot read only at this folder of the database's VM, and leave it there
    #[arg(long, value_name = "DIR", required_unless_present_any = ["list", "path", "close"])]
    pub at: Option<String>,
    /// Which file system: slot or mount point (needed where the snapshot holds several)
    #[arg(long, value_name = "DISK", conflicts_with = "close")]
    pub disk: Option<String>,
    /// A file or folder, as the database's VM names it: list it, or copy it with --to; then close
    #[arg(long, value_name = "P", conflicts_with = "close")]
    pub path: Option<String>,
    /// Copy --path into this folder of the database's VM, with owner and times; nothing is overwritten
    #[arg(long, value_name = "DIR", requires = "path", conflicts_with_all = ["list", "close"])]
    pub to: Option<String>,
    /// List the files of the snapshot (or of --path), then close
    #[arg(long, conflicts_with = "close")]
    pub list: bool,
    /// Unmount, unmap and delete what an extract left open
    #[arg(long, value_name = "RUN", conflicts_with_all = ["at", "dry_run"])]
    pub close: Option<String>,
    /// Print each step with its commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `drill`
#[derive(Debug, Args)]
pub struct Drill {
    /// A snapshot's id, or a unique beginning of it; a database means its newest snapshot that is not rejected
    #[arg(value_name = "SNAPSHOT|DB")]
    pub snapshot: String,
    /// How far to recover: through END BACKUP, as far as the kept logs go, or changes below an SCN
    #[arg(long, value_name = "latest-kept|end|scn=N", default_value = "end")]
    pub to: Goal,
    /// Print each step with its commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `undo`, `commit`
#[derive(Debug, Args)]
pub struct Agreed {
    /// The run's id, or a unique beginning of it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Do not ask where something would be lost
    #[arg(long)]
    pub yes: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `list`
#[derive(Debug, Args)]
pub struct List {
    /// Database
    #[arg(value_name = "DB")]
    pub database: Option<String>,
}

/// `show`
#[derive(Debug, Args)]
pub struct Show {
    /// Id of a snapshot or run, or a unique beginning of it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// `runs`
#[derive(Debug, Args)]
pub struct Runs {
    /// Database
    #[arg(value_name = "DB")]
    pub database: Option<String>,
}

/// `resume`
#[derive(Debug, Args)]
pub struct OneRun {
    /// The run's id, or a unique beginning of it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `heal`
#[derive(Debug, Args)]
pub struct Heal {
    /// Database (all, where none is named)
    #[arg(value_name = "DB")]
    pub database: Option<String>,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `orphans`
#[derive(Debug, Args)]
pub struct Orphans {
    /// Databases (all, where none is named)
    #[arg(value_name = "DB")]
    pub databases: Vec<String>,
    /// Take away what nobody answers for, after a question
    #[arg(long)]
    pub release: bool,
    /// Print each step of a release with its commands, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Also what may be all that is left of a snapshot or of a recovery's way back that the store does not know
    #[arg(long)]
    pub unrecorded: bool,
    /// Do not ask before anything goes
    #[arg(long)]
    pub yes: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `rebuild`
#[derive(Debug, Args)]
pub struct Rebuild {
    /// Databases (all, where none is named)
    #[arg(value_name = "DB")]
    pub databases: Vec<String>,
    /// Print what would be recorded, and record nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Wait so long for another run of the database, and for one that holds the media host
    #[arg(long, value_name = "DUR")]
    pub wait_lock: Option<Span>,
}

/// `take-over`
#[derive(Debug, Args)]
pub struct TakeOver {
    /// Do not ask for the name of the control host that it belongs to
    #[arg(long)]
    pub yes: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// Backup, recovery and undo with ssh, the OVM CLI and SQL*Plus alone, in Markdown
    #[arg(long, value_name = "DB", required = true)]
    pub runbook: String,
}

/// `vm`
#[derive(Debug, Args)]
pub struct Vm {
    /// The VM's name at the manager
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `support-bundle`
#[derive(Debug, Args)]
pub struct SupportBundle {
    /// The run's id, or a unique beginning of it
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The file to make (ovmirror-support-RUN.tar in this folder)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `setup …`
#[derive(Debug, Subcommand)]
pub enum SetupCommand {
    /// Print the lines of sudoers for each host, as the commands are typed there; changes nothing
    Sudoers(Sudoers),
}

/// `setup sudoers`
#[derive(Debug, Args)]
pub struct Sudoers {
    /// Databases (all, where none is named)
    #[arg(value_name = "DB")]
    pub databases: Vec<String>,
    /// A folder of the databases' VMs that extracts are mounted at
    #[arg(long, value_name = "DIR")]
    pub at: Option<String>,
    /// Also what making this snapshot's disks anew needs (recover --from-tape), at the slots that are free now: grant it
    /// for the hour of the recovery
    #[arg(long, value_name = "SNAPSHOT")]
    pub from_tape: Option<String>,
}

/// `config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Parse and check the file
    Check,
    /// Print the configuration in force
    Show {
        /// Print every key with type, default and meaning instead
        #[arg(long)]
        defaults: bool,
    },
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
