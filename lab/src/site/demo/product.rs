//! The program that is demonstrated: a process, found beside this one.

use crate::site::{
    error::{During, SiteError},
    spawn,
};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;
use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const NAME: &str = "ovmirror";
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The program.
#[derive(Debug)]
pub struct Product {
    program: PathBuf,
    config: PathBuf,
}

/// What it says of a snapshot.
#[derive(Debug, Deserialize)]
pub struct Snapshot {
    /// Its id.
    pub id: String,
    /// A string, as every SCN.
    pub end_scn: String,
    /// BEGIN to END.
    pub window_ms: Option<u64>,
    /// The manager's job.
    pub clone_job_ms: Option<u64>,
    /// On tape.
    pub tape: Tape,
    /// The clone's disks.
    #[serde(default)]
    pub disks: Vec<Disk>,
}

/// The tape half.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Tape {
    pub state: String,
    pub pieces: Option<u64>,
    pub bytes: Option<u64>,
}

/// A disk of the clone.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Disk {
    pub id: String,
}

/// What it says of a recovery.
#[derive(Debug, Deserialize)]
pub struct Recovered {
    /// The run, for `undo`.
    pub run: Run,
    /// Changes below this SCN are there.
    pub until_scn: Option<String>,
    /// Whether a new incarnation began.
    pub resetlogs: bool,
}

/// A run.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Run {
    pub id: String,
    pub state: String,
}

impl Product {
    /// Beside this program, or built into its place.
    pub fn find(config: &Path) -> Result<Self, SiteError> {
        let own = std::env::current_exe().during("finding this program")?;
        let program = own.with_file_name(NAME);
        if !program.exists() {
            build(&own)?;
        }
        Ok(Self { program, config: config.to_owned() })
    }

    /// `ovmirror backup DB`: what it says passes through. An interrupt of ours becomes one of its own, which it undoes.
    pub fn backup(&self, database: &str, interrupted: &AtomicBool) -> Result<ExitStatus, SiteError> {
        let child = self.command(&["backup", database]).spawn().during(&self.program.display().to_string())?;
        wait(child, interrupted)
    }

    /// `ovmirror --json recover DB --to time=… --yes`
    pub fn recover(&self, database: &str, to: &str, interrupted: &AtomicBool) -> Result<Recovered, SiteError> {
        let words = ["--json", "recover", database, "--to", to, "--yes"];
        let text = self.answer(&words, interrupted)?;
        serde_json::from_str(&text).map_err(|error| failed(&words, format!("{error}: {}", text.trim())))
    }

    /// `ovmirror --json undo RUN --yes`
    pub fn undo(&self, run: &str, interrupted: &AtomicBool) -> Result<(), SiteError> {
        self.answer(&["--json", "undo", run, "--yes"], interrupted).map(drop)
    }

    /// What it writes to its standard output. What else it says passes through.
    fn answer(&self, words: &[&str], interrupted: &AtomicBool) -> Result<String, SiteError> {
        let mut command = self.command(words);
        let mut child = command.stdout(Stdio::piped()).spawn().during(&self.program.display().to_string())?;
        let stdout = child.stdout.take();
        let reader = std::thread::spawn(move || stdout.map(std::io::read_to_string));
        let status = wait(child, interrupted)?;
        let text = reader.join().ok().flatten().transpose().during("listening to ovmirror")?.unwrap_or_default();
        if status.success() { Ok(text) } else { Err(failed(words, format!("{status}: {}", text.trim()))) }
    }

    /// In its own group: a terminal's interrupt reaches it once, through us.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = spawn::command(&self.program);
        command.arg("-c").arg(&self.config).args(words).process_group(0).stdin(Stdio::null());
        command
    }

    /// `ovmirror list DB --json`: its one snapshot.
    pub fn snapshot(&self, database: &str) -> Result<Snapshot, SiteError> {
        let output =
            self.command(&["list", database, "--json"]).output().during(&self.program.display().to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let failed = |why| failed(&["list", database, "--json"], why);
        let value: Value = serde_json::from_str(&text).map_err(|error| {
            failed(format!("{error}: {}{}", text.trim(), String::from_utf8_lossy(&output.stderr).trim()))
        })?;
        let newest =
            value["snapshots"].as_array().into_iter().flatten().max_by_key(|s| s["id"].as_str().map(str::to_owned));
        let newest = newest.ok_or_else(|| failed(format!("no snapshot in {}", text.trim())))?;
        serde_json::from_value(newest.clone()).map_err(|error| failed(format!("{error}: {newest}")))
    }
}

fn failed(words: &[&str], why: String) -> SiteError {
    SiteError::Program { line: format!("{NAME} {}", words.join(" ")), text: why }
}

fn wait(mut child: Child, interrupted: &AtomicBool) -> Result<ExitStatus, SiteError> {
    let mut told = false;
    loop {
        if let Some(status) = child.try_wait().during("waiting for ovmirror")? {
            return Ok(status);
        }
        if interrupted.load(Ordering::Relaxed) && !told {
            told = true;
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended meanwhile.
                kill_process(pid, Signal::INT).ok();
            }
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Builds it in the workspace that this program lies in.
fn build(own: &Path) -> Result<(), SiteError> {
    let workspace = |folder: &&Path| {
        std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("[workspace]"))
    };
    let refused = || {
        SiteError::refused(
            format!("there is no {NAME} beside {}", own.display()),
            format!("put it there, or `cargo build --release` in the workspace that has {NAME}"),
        )
    };
    let root = own.ancestors().skip(1).find(workspace).ok_or_else(refused)?;
    let target = own.parent().and_then(Path::parent).ok_or_else(refused)?;
    eprintln!(
        "{NAME} is not beside this program: it is built first (cargo build --release -p {NAME}); this takes minutes"
    );
    let mut command = spawn::command("cargo");
    command.args(["build", "--release", "-p", NAME, "--target-dir"]).arg(target).current_dir(root);
    let status = command.stdin(Stdio::null()).status().during("cargo build")?;
    if status.success() && own.with_file_name(NAME).exists() { Ok(()) } else { Err(refused()) }
}
