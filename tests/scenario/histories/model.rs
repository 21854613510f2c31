//! What must come of each command: branches, snapshots, recoveries and files as they would be in a faultless product.

use chrono::{DateTime, FixedOffset};
use std::collections::BTreeMap;

/// An incarnation, numbered in the order in which they were made; two may begin at the same SCN.
pub type Branch = usize;

/// How a data file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    ReadWrite,
    ReadOnly,
    Offline,
}

/// Files by name, each with its tablespace and state.
pub type Files = BTreeMap<String, (String, State)>;

#[derive(Debug, Clone)]
pub struct Snapshot {
    pub id: String,
    pub branch: Branch,
    pub end: u64,
    pub ended_at: DateTime<FixedOffset>,
    pub proved: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Done,
    Undone,
}

#[derive(Debug, Clone)]
pub struct Recovery {
    pub run: String,
    pub resetlogs: bool,
    /// The branch that it opened, or that it went on in.
    pub branch: Branch,
    /// The path and the files before it.
    pub before: (Vec<Branch>, Files),
    pub stands: Stands,
    pub committed: bool,
}

/// A change of the files, between two SCNs of a branch.
#[derive(Debug, Clone)]
struct Turn {
    branch: Branch,
    after: u64,
    by: u64,
    files: Files,
}

/// Where a recovery shall end.
#[derive(Debug, Clone)]
pub enum Target {
    Latest,
    /// Changes below it.
    Scn(u64),
    Time(DateTime<FixedOffset>),
    /// By number in the list.
    Snapshot(usize),
}

/// What must come of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; of a recovery: from which snapshot.
    Done(Option<String>),
    /// Refused with this code before the first change.
    Refused(&'static str),
}
use Outcome::{Done, Refused};

#[derive(Debug)]
pub struct Model {
    /// RESETLOGS_CHANGE# of each branch.
    starts: Vec<u64>,
    /// When each was opened.
    opened: Vec<DateTime<FixedOffset>>,
    /// From the first branch to the present one.
    pub path: Vec<Branch>,
    pub snapshots: Vec<Snapshot>,
    pub recoveries: Vec<Recovery>,
    turns: Vec<Turn>,
}

impl Model {
    pub fn new(start: u64, opened: DateTime<FixedOffset>, files: Files) -> Self {
        let turns = vec![Turn { branch: 0, after: 0, by: 0, files }];
        let (starts, opened) = (vec![start], vec![opened]);
        Self { starts, opened, path: vec![0], snapshots: Vec::new(), recoveries: Vec::new(), turns }
    }

    pub fn present(&self) -> Branch {
        *self.path.last().unwrap()
    }

    /// Whether a recovery stands: it is done and was not taken back.
    pub fn stands(&self, n: usize) -> bool {
        self.recoveries[n].stands == Stands::Done
    }

    /// Whether RESETLOGS_CHANGE# and RESETLOGS_TIME are those of the present branch.
    pub fn is_present(&self, (change, time): (u64, i64)) -> bool {
        (change, time) == (self.start(), self.opened[self.present()].timestamp())
    }

    pub fn start(&self) -> u64 {
        self.starts[self.present()]
    }

    /// The files of today.
    pub fn files(&self) -> &Files {
        &self.turns.last().unwrap().files
    }

    pub fn offline(&self) -> bool {
        self.files().values().any(|(_, state)| *state == State::Offline)
    }

    /// The files changed between these SCNs.
    pub fn turned(&mut self, after: u64, by: u64, files: Files) {
        self.turns.push(Turn { branch: self.present(), after, by, files });
    }

    /// How the files may stand below an SCN of the present branch: two answers where a change was under way.
    pub fn files_below(&self, scn: u64) -> Vec<&Files> {
        let here: Vec<&Turn> = self.turns.iter().filter(|turn| self.counts(turn, scn)).collect();
        let sure = here.iter().rposition(|turn| turn.by < scn).unwrap_or(0);
        here[sure..].iter().map(|turn| &turn.files).collect()
    }

    fn counts(&self, turn: &Turn, scn: u64) -> bool {
        let place = self.path.iter().position(|branch| *branch == turn.branch);
        let ends = |at: usize| self.path.get(at + 1).map(|next| self.starts[*next]);
        turn.after < scn && place.is_some_and(|at| ends(at).is_none_or(|end| turn.after < end))
    }

    fn serves(&self, snapshot: &Snapshot, below: Option<u64>) -> bool {
        let Some(at) = self.path.iter().position(|branch| *branch == snapshot.branch) else { return false };
        let before_next = self.path.get(at + 1).is_none_or(|next| snapshot.end < self.starts[*next]);
        before_next && below.is_none_or(|below| snapshot.end < below)
    }

    fn newest(&self, fits: impl Fn(&Snapshot) -> bool) -> Option<&Snapshot> {
        let place = |snapshot: &Snapshot| self.path.iter().position(|branch| *branch == snapshot.branch);
        self.snapshots.iter().filter(|one| fits(one)).max_by_key(|one| (place(one), one.end))
    }

    /// What a recovery must do; `scn` is the database's present one.
    pub fn recover(&self, target: &Target, scn: u64) -> Outcome {
        let below = match target {
            Target::Latest | Target::Time(_) => None,
            Target::Scn(below) => Some(*below),
            Target::Snapshot(n) => Some(self.snapshots[*n].end + 1),
        };
        // Before the first branch there is none that any control file leads to.
        let earlier = Refused(if self.path.len() > 1 { "REC-053" } else { "REC-010" });
        match (below, target) {
            (_, Target::Snapshot(n)) if !self.path.contains(&self.snapshots[*n].branch) => return Refused("REC-053"),
            (Some(below), _) if below <= self.start() => return earlier,
            (Some(below), _) if below > scn + 1 => return Refused("REC-054"),
            (_, Target::Time(time)) if *time <= self.opened[self.present()] => return earlier,
            _ => {}
        }
        let chosen = match target {
            Target::Snapshot(n) => Some(&self.snapshots[*n]).filter(|one| self.serves(one, below)),
            Target::Time(time) => self.newest(|one| one.ended_at < *time && self.serves(one, None)),
            Target::Latest | Target::Scn(_) => self.newest(|one| self.serves(one, below)),
        };
        match chosen {
            None => Refused("REC-010"),
            Some(_) if self.offline() => Refused("REC-OFFLINE"),
            Some(chosen) => Done(Some(chosen.id.clone())),
        }
    }

    /// A recovery went on in the present branch.
    pub fn recovered(&mut self, run: &str) {
        let before = (self.path.clone(), self.files().clone());
        let branch = self.present();
        let (run, stands) = (run.to_owned(), Stands::Done);
        self.recoveries.push(Recovery { run, resetlogs: false, branch, before, stands, committed: false });
    }

    /// A recovery opened a branch at this SCN, with these files.
    pub fn branched(&mut self, run: &str, start: u64, opened: DateTime<FixedOffset>, files: Files) {
        let before = (self.path.clone(), self.files().clone());
        let branch = self.starts.len();
        self.starts.push(start);
        self.opened.push(opened);
        self.path.push(branch);
        self.turned(start, start, files);
        let (run, stands) = (run.to_owned(), Stands::Done);
        self.recoveries.push(Recovery { run, resetlogs: true, branch, before, stands, committed: false });
    }

    /// What `undo` of a recovery must do.
    pub fn undo(&self, n: usize) -> Outcome {
        let later = self.recoveries[n + 1..].iter().any(|other| other.stands == Stands::Done);
        match &self.recoveries[n] {
            _ if later => Refused("REC-070"),
            recovery if recovery.committed => Refused("REC-071"),
            _ => Done(None),
        }
    }

    /// It was undone: behind RESETLOGS everything is as before, else the database has only other disks.
    pub fn undone(&mut self, n: usize, scn: u64) {
        self.recoveries[n].stands = Stands::Undone;
        if self.recoveries[n].resetlogs {
            let (path, files) = self.recoveries[n].before.clone();
            self.path = path;
            self.turned(scn, scn, files);
        }
    }

    /// What `commit` of a recovery must do.
    pub fn commit(&self, n: usize) -> Outcome {
        let recovery = &self.recoveries[n];
        let proved = self.snapshots.iter().any(|one| one.branch == recovery.branch && one.proved);
        match recovery {
            Recovery { committed: true, .. } => Refused("REC-043"),
            Recovery { resetlogs: true, stands: Stands::Done, .. } if !proved => Refused("REC-044"),
            _ => Done(None),
        }
    }
}
