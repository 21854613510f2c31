//! Finding what a person means by an id or the beginning of one.

use super::runs::{RunInfo, info};
use crate::{
    fault::{Fault, Kind},
    store::{RunState, SnapshotRecord, Store},
};

/// What `show ID` shows. A snapshot has the id of the run that made it, so both may be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The snapshot of that id, if there is one.
    pub snapshot: Option<SnapshotRecord>,
    /// The run, and its steps.
    pub run: Option<(RunInfo, RunState)>,
}

/// The snapshot with this id, or the only one whose id begins so.
pub fn find_snapshot(store: &Store, text: &str) -> Result<SnapshotRecord, Fault> {
    let all = super::snapshots(store, None)?;
    let ids: Vec<&str> = all.iter().map(|made| made.id.as_str()).collect();
    let at = pick("snapshot", text, &ids, "ovmirror list")?;
    Ok(all[at].clone())
}

/// The run with this id, or the only one whose id begins so.
pub fn find_run(store: &Store, text: &str) -> Result<RunInfo, Fault> {
    let mut all = store.runs(None)?;
    let ids: Vec<&str> = all.iter().map(|run| run.id.as_str()).collect();
    let at = pick("run", text, &ids, "ovmirror runs")?;
    info(store, all.swap_remove(at))
}

/// What there is of this id (or of the only one that begins so): run, snapshot or both.
pub fn show(store: &Store, text: &str) -> Result<Shown, Fault> {
    let (rows, made) = (store.runs(None)?, super::snapshots(store, None)?);
    let mut ids: Vec<&str> = rows.iter().map(|run| run.id.as_str()).collect();
    // A rebuilt catalog has snapshots whose run nobody remembers.
    ids.extend(made.iter().map(|made| made.id.as_str()).filter(|id| !rows.iter().any(|run| run.id.as_str() == *id)));
    let id = ids[pick("run or snapshot", text, &ids, "ovmirror runs")?];
    let snapshot = made.iter().find(|made| made.id.as_str() == id).cloned();
    let run = match rows.iter().find(|run| run.id.as_str() == id) {
        Some(row) => Some((info(store, row.clone())?, store.run_state(&row.id)?)),
        None => None,
    };
    Ok(Shown { snapshot, run })
}

fn pick(what: &str, text: &str, ids: &[&str], list: &str) -> Result<usize, Fault> {
    if let Some(at) = ids.iter().position(|id| *id == text) {
        return Ok(at);
    }
    let begins: Vec<usize> = (0..ids.len()).filter(|at| !text.is_empty() && ids[*at].starts_with(text)).collect();
    match begins[..] {
        [at] => Ok(at),
        [] => Err(unknown(what, text, ids, list)),
        _ => Err(ambiguous(what, text, &begins.iter().map(|at| ids[*at]).collect::<Vec<_>>())),
    }
}

fn unknown(what: &str, text: &str, ids: &[&str], list: &str) -> Fault {
    let fault = Fault::new(Kind::User, "CAT-001", format!("there is no {what} `{text}`"));
    let fault = match nearest(text, ids) {
        Some(near) => fault.hint(format!("the nearest is {near}")),
        None => fault,
    };
    let fault = fault.hint_command("what there is", list);
    match ids.is_empty() {
        true => {
            fault.hint_command("the store is empty; where it was lost, bring its snapshots back", "ovmirror rebuild")
        }
        false => fault,
    }
}

fn ambiguous(what: &str, text: &str, found: &[&str]) -> Fault {
    let shown = found.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = if found.len() > 5 { format!(" and {} more", found.len() - 5) } else { String::new() };
    Fault::new(Kind::User, "CAT-002", format!("`{text}` is the beginning of more than one {what}"))
        .cause(format!("{shown}{more}"))
        .hint("give more of the id")
}

/// Two characters mistyped or one swapped; what is farther off is another id.
const TYPO: usize = 2;

fn nearest<'a>(text: &str, ids: &[&'a str]) -> Option<&'a str> {
    ids.iter().copied().filter(|id| distance(text, id) <= TYPO).min_by_key(|id| distance(text, id))
}

/// Edit distance: how many characters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
