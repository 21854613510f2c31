//! The command line as typed. `resolve.rs` turns it into what it means.

use crate::config::Span;
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
    /// Show every remote command with its duration
    #[arg(short, long, global = true)]
    pub verbose: bool,
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
    /// Show the manager's view of a VM
    Vm(Vm),
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
    /// Wait so long for another run of the database
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
    /// Wait so long for another run of the database
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
    #[arg(long, value_name = "SNAPSHOT")]
    pub from_tape: Option<String>,
    /// The DBID, for --from-tape RUN
    #[arg(long, value_name = "N", requires = "from_tape")]
    pub dbid: Option<u64>,
    /// A database that is down may be started in MOUNT, to read its control files
    #[arg(long)]
    pub mount: bool,
    /// SHUTDOWN ABORT where SHUTDOWN IMMEDIATE does not end
    #[arg(long)]
    pub abort: bool,
    /// Wait so long for another run of the database
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
}

/// `heal`
#[derive(Debug, Args)]
pub struct Heal {
    /// Database (all, where none is named)
    #[arg(value_name = "DB")]
    pub database: Option<String>,
}

/// `vm`
#[derive(Debug, Args)]
pub struct Vm {
    /// The VM's name at the manager
    #[arg(value_name = "NAME")]
    pub name: String,
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
