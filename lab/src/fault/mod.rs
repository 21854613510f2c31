//! Faults on purpose: at the n-th command that matches, something goes wrong.

use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The command fails with this text (empty: the part's own plausible error) and has no effect.
    Fail(String),
    /// Neither effect nor answer; the connection stays.
    Hang,
    /// The connection is cut before the effect.
    CutBefore,
    /// The effect happens, then the connection is cut and no answer comes.
    CutAfter,
    /// The effect happens, the answer is garbled.
    Garble,
    /// The answer comes so many milliseconds late.
    Slow(u64),
}

/// One fault that waits for its moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// Its number, for `fault clear`.
    pub id: u32,
    /// Where: `manager`, a host's name (any command run there), `sqlplus`, `sql`, `rman`, `sbt`.
    pub place: String,
    /// A text that the command must contain, compared without case.
    pub matches: String,
    /// Which matching command is hit, from 1; then the fault is spent.
    pub nth: u32,
    /// How many have matched so far.
    #[serde(default)]
    pub seen: u32,
    /// What happens.
    pub action: Action,
}

/// Counts `command` at `place` against the faults in `file` and returns what is to go wrong, if anything.
/// The file is locked while it is read and written, so that parallel tools count right.
pub fn check(file: &Path, place: &str, command: &str) -> Option<Action> {
    edit(file, |faults| hit(faults, place, command)).ok().flatten()
}

fn hit(faults: &mut [Fault], place: &str, command: &str) -> Option<Action> {
    let command = command.to_lowercase();
    let mut action = None;
    for fault in faults.iter_mut().filter(|f| f.place == place && command.contains(&f.matches.to_lowercase())) {
        fault.seen += 1;
        if fault.seen == fault.nth && action.is_none() {
            action = Some(fault.action.clone());
        }
    }
    action
}

/// Reads, changes and writes the file of faults under its lock. A missing file is an empty list.
pub fn edit<T>(file: &Path, change: impl FnOnce(&mut Vec<Fault>) -> T) -> io::Result<T> {
    let lock = fs::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(file)?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)?;
    let text = fs::read_to_string(file)?;
    let mut faults: Vec<Fault> = if text.trim().is_empty() { Vec::new() } else { serde_json::from_str(&text)? };
    let before = serde_json::to_string(&faults)?;
    let result = change(&mut faults);
    let after = serde_json::to_string(&faults)?;
    if after != before {
        fs::write(file, after)?;
    }
    Ok(result)
}
