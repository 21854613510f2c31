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
    Undo(OneRun),
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
    /// Wait so long for another run of the database
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

/// `resume`, `undo`
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
