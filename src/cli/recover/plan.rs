//! The plan of a recovery, as it is printed and as JSON has it.

use crate::{
    catalog::SnapshotState,
    cli::output::units::{bytes, time},
    model::{RunId, Scn},
    recovery::{Link, Place},
    survey::{Finding, Level},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A plan that can be read and checked. Nothing of it is done yet.
#[derive(Debug, Serialize)]
pub struct Plan {
    pub database: String,
    pub snapshot: Snapshot,
    pub target: Target,
    /// The part of the database that is recovered; `None`: all of it.
    pub part: Option<String>,
    pub resetlogs: bool,
    pub because: String,
    pub way: &'static str,
    pub disks: Vec<Disk>,
    /// File systems whose datafiles are copied, because their disks cannot be swapped.
    pub copies: Vec<CopyPlan>,
    pub logs: Vec<Link>,
    pub redo_bytes: u64,
    /// Milliseconds that a recovery of this database took usually.
    pub usual_ms: Option<u64>,
    pub kept: String,
    /// The snapshot's control file takes these places.
    pub controlfile: Option<ControlPlan>,
    /// The disks come from tape.
    pub tape: Option<TapePlan>,
    pub findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
pub struct Snapshot {
    pub id: RunId,
    pub state: SnapshotState,
    pub end_scn: Scn,
    pub ended_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct Target {
    /// `latest`, `time`, `scn` or `snapshot`.
    pub kind: &'static str,
    /// Changes below this one come back; `None`: all there are.
    pub below_scn: Option<Scn>,
    /// The moment, with the offset it was given with.
    pub time: Option<String>,
    /// The same on the wall clock of the database's host, as UNTIL TIME takes it.
    pub wall_time: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Disk {
    pub slot: u32,
    pub device: String,
    pub live: String,
    pub live_name: String,
    pub golden: String,
    pub mounts: Vec<String>,
}

/// Where the snapshot's control file goes.
#[derive(Debug, Serialize)]
pub struct ControlPlan {
    pub places: Vec<String>,
    /// Those that there were cannot be mounted.
    pub lost: bool,
}

impl ControlPlan {
    fn text(&self) -> String {
        let what = if self.lost { "lost" } else { "kept until `ovmirror commit`" };
        format!("the snapshot's, in the places of {} ({what})", self.places.join(" and "))
    }
}

#[derive(Debug, Serialize)]
pub struct CopyPlan {
    pub mount: String,
    pub device: String,
    pub golden: Vec<String>,
    /// Slots of the database's Vm that the work copies take meanwhile.
    pub work_slots: Vec<u32>,
    pub files: Vec<String>,
    /// Bytes that the copies may take, beside the present files.
    pub bytes: u64,
}

impl CopyPlan {
    fn text(&self) -> String {
        format!(
            "{} ({}): {} datafiles, {}, from a work copy of {}; the present ones are kept beside them as NAME.ovm-RUN",
            self.mount,
            self.device,
            self.files.len(),
            bytes(self.bytes),
            self.golden.join(" ")
        )
    }
}

/// What is read from tape, and by whom.
#[derive(Debug, Serialize)]
pub struct TapePlan {
    pub pieces: u64,
    pub bytes: u64,
    /// The run that restored it already.
    pub restored_by: Option<RunId>,
}

impl TapePlan {
    fn text(&self) -> String {
        match &self.restored_by {
            Some(run) => format!("restored by run {run}, which is not read again"),
            None => format!(
                "{} pieces, {}: restored onto new disks first, while the database works",
                self.pieces,
                bytes(self.bytes)
            ),
        }
    }
}

impl Plan {
    /// For a person.
    pub fn text(&self) -> String {
        let part = self.part.as_ref().map_or(String::new(), |part| format!("{part} of "));
        let mut text = format!("Recovery of {part}{}\n", self.database);
        let mut line = |key: &str, value: String| text.push_str(&format!("  {key:<10} {value}\n"));
        line("snapshot", self.snapshot.text());
        line("target", self.target.text());
        line("open", format!("{} – {}", self.how(), self.because));
        if let Some(control) = &self.controlfile {
            line("control", control.text());
        }
        if let Some(tape) = &self.tape {
            line("tape", tape.text());
        }
        let comes = if self.tape.is_some() { "the restored disk" } else { "a reflink of" };
        for disk in &self.disks {
            line(
                "swap",
                format!(
                    "slot {} ({}, {}): {} [{}] is kept, {comes} {} takes its place",
                    disk.slot,
                    disk.device,
                    disk.mounts.join(" "),
                    disk.live_name,
                    disk.live,
                    disk.golden
                ),
            );
        }
        for copy in &self.copies {
            line("copy", copy.text());
        }
        line("way", self.way.to_owned());
        line("kept", format!("{} until `ovmirror commit`", self.kept));
        line("redo", format!("{} logs, {}", self.logs.len(), bytes(self.redo_bytes)));
        for log in &self.logs {
            line("", log_line(log));
        }
        line("expected", self.expected());
        for finding in self.findings.iter().filter(|finding| finding.level != Level::Ok) {
            let word = if finding.level == Level::Error { "REFUSED" } else { "note" };
            line(word, format!("{}: {}", finding.subject, finding.text));
            if !finding.remedy.is_empty() {
                line("", format!("-> {}", finding.remedy));
            }
        }
        text
    }

    fn how(&self) -> &'static str {
        match (self.resetlogs, &self.part) {
            (true, _) => "RESETLOGS",
            (false, None) => "plain",
            (false, Some(_)) => "stays open",
        }
    }

    fn expected(&self) -> String {
        let usual = self.usual_ms.map(|ms| format!("usually {:.0} s in all", ms as f64 / 1000.0));
        let copied: u64 = self.copies.iter().map(|copy| copy.bytes).sum();
        match (usual, copied) {
            (Some(usual), 0) => usual,
            (Some(usual), all) => format!("{usual}; this time {} are copied with the database down", bytes(all)),
            (None, 0) => "seconds for the swap, then the time that the redo takes".to_owned(),
            (None, all) => {
                format!(
                    "the time that copying {} takes with the database down, then the time that the redo takes",
                    bytes(all)
                )
            }
        }
    }
}

impl Snapshot {
    fn text(&self) -> String {
        let state = match self.state {
            SnapshotState::Proved => "proved",
            _ => "unproved: its headers have not been seen yet",
        };
        format!("{} ({state}; END BACKUP at SCN {}, {})", self.id, self.end_scn, time(self.ended_at))
    }
}

impl Target {
    fn text(&self) -> String {
        let below = self.below_scn.map(|scn| format!("changes below SCN {scn}"));
        match (self.kind, &self.time, below) {
            ("latest", ..) => "every committed transaction".to_owned(),
            (_, Some(time), below) => format!(
                "{time} (on the host's clock {}){}",
                self.wall_time.as_deref().unwrap_or("?"),
                below.map_or(String::new(), |below| format!(", about {below}"))
            ),
            (_, None, below) => below.unwrap_or_default(),
        }
    }
}

fn log_line(log: &Link) -> String {
    let place = match &log.place {
        Place::Archived(path) => path.clone(),
        Place::Kept(file) if file.is_empty() => "on tape".to_owned(),
        Place::Kept(file) => format!("kept with the snapshot: {file}"),
        Place::Online(group) => format!("online log group {group}"),
        Place::Member(path) => format!("online redo {path}"),
    };
    let next = log.next.map_or_else(|| "now".to_owned(), |next| next.to_string());
    format!("thread {} sequence {} ({} to {next}) {place}", log.thread, log.sequence, log.first)
}
