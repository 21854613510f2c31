//! One cell of the matrix: a flow, what happens to it, and for a pair what happens to its healing.

use super::flow::Flow;
use sha2::{Digest, Sha256};
use std::fmt;

/// What a command meets, as the lab calls it and as the page does.
pub const ACTIONS: [(&str, &str); 5] = [
    ("fail", "fails"),
    ("cut-before", "cut off"),
    ("cut-after", "answer lost"),
    ("garble", "garbled"),
    ("hang", "hangs"),
];

/// What restarts.
pub const MACHINES: [(&str, &str); 3] = [("slot021", "DB VM"), ("bckvm", "media host"), ("manager", "manager")];

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// To the n-th command at a place that contains a text.
    Command { place: &'static str, text: &'static str, nth: u32, action: &'static str },
    /// SIGKILL of ovmirror before or behind its n-th record.
    Killed { after: bool, record: u32 },
    /// SIGTERM as a step begins.
    Terminated { step: String },
    /// A machine is powered off and on (the manager: restarted) as a step begins.
    Restarted { what: &'static str, step: String },
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub flow: Flow,
    pub event: Event,
    /// Happens to the `heal` that follows.
    pub second: Option<Event>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { place, text: "", nth, action } => write!(f, "{action} at command {nth} of {place}"),
            Self::Command { place, text, nth, action } => write!(f, "{action} at {text} {nth} of {place}"),
            Self::Killed { after: false, record } => write!(f, "SIGKILL before record {record}"),
            Self::Killed { after: true, record } => write!(f, "SIGKILL behind record {record}"),
            Self::Terminated { step } => write!(f, "SIGTERM at {step}"),
            Self::Restarted { what, step } => write!(f, "restart of {what} at {step}"),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.flow, self.event)?;
        self.second.as_ref().map_or(Ok(()), |second| write!(f, "; heal: {second}"))
    }
}

impl Event {
    /// Its column on the page.
    pub fn column(&self) -> &'static str {
        let named = |all: &[(&'static str, &'static str)], word: &str| {
            all.iter().find(|(name, _)| *name == word).map_or("", |(_, column)| column)
        };
        match self {
            Self::Command { action, .. } => named(&ACTIONS, action),
            Self::Killed { after: false, .. } => "SIGKILL before",
            Self::Killed { after: true, .. } => "SIGKILL behind",
            Self::Terminated { .. } => "SIGTERM",
            Self::Restarted { what, .. } => named(&MACHINES, what),
        }
    }
}

/// Every column, in order.
pub fn columns() -> Vec<&'static str> {
    let kills = ["SIGKILL before", "SIGKILL behind", "SIGTERM"];
    let named = |all: &[(&'static str, &'static str)]| all.iter().map(|(_, column)| *column).collect::<Vec<_>>();
    [named(&ACTIONS), kills.to_vec(), named(&MACHINES), vec!["pairs"]].concat()
}

impl Cell {
    /// Its column on the page.
    pub fn column(&self) -> &'static str {
        if self.second.is_some() { "pairs" } else { self.event.column() }
    }

    /// Where a seed puts it among all.
    fn place(&self, seed: u64) -> Vec<u8> {
        Sha256::digest(format!("{seed} {self}")).to_vec()
    }
}

/// So many cells of all, as the seed draws them; a seed draws the same ones each time.
pub fn drawn(mut all: Vec<Cell>, seed: u64, count: usize) -> Vec<Cell> {
    all.sort_by_cached_key(|cell| cell.place(seed));
    all.truncate(count);
    all
}

/// A second event for each of these cells: a command of the healing fails in one way, or the healing is killed.
pub fn paired(cells: &[Cell], seed: u64) -> Vec<Cell> {
    let with_second = |cell: &Cell| {
        let drawn = cell.place(seed ^ 1);
        let [kind, nth, place, action, ..] = drawn[..] else { return cell.clone() };
        let second = if kind % 3 == 0 {
            Event::Killed { after: place % 2 == 0, record: u32::from(nth % 10) + 1 }
        } else {
            let place = ["slot021", "manager", "bckvm", "sql"][usize::from(place % 4)];
            let action = ACTIONS[usize::from(action) % ACTIONS.len()].0;
            Event::Command { place, text: "", nth: u32::from(nth % 6) + 1, action }
        };
        Cell { second: Some(second), ..cell.clone() }
    };
    cells.iter().map(with_second).collect()
}
