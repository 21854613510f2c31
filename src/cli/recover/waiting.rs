//! Whether the disks that a run restored from tape still wait under its mark. A recovery takes them, and gives back only
//! those that the database was never open on: the others it keeps until `commit`.

use super::tape::Restored;
use crate::{
    catalog::{self, RunInfo, RunWord},
    fault::{Fault, Kind},
    flow::{self, from_tape::FreshDisk},
    model::RunId,
    step::{World, copies},
    store::Store,
};

/// All of them wait, or why not.
pub fn all_wait(store: &Store, world: &World, restored: &Restored) -> Result<(), Fault> {
    let Some(slot) = missing(world, restored)? else { return Ok(()) };
    Err(match taken_by(store, &restored.run)? {
        Some(taker) => taken(store, &restored.run, slot, &taker)?,
        None => gone(&restored.run, slot),
    })
}

/// A restore whose disks a recovery has is not this run's to take back any more. One that somebody deleted is no hindrance.
pub fn not_taken(store: &Store, world: &World, restored: &Restored) -> Result<(), Fault> {
    let Some(slot) = missing(world, restored)? else { return Ok(()) };
    match taken_by(store, &restored.run)? {
        Some(taker) => Err(taken(store, &restored.run, slot, &taker)?),
        None => Ok(()),
    }
}

/// A slot whose disk does not wait under the mark of the run that restored it.
fn missing(world: &World, restored: &Restored) -> Result<Option<u32>, Fault> {
    for (slot, disk) in &restored.disks {
        if copies::found(world, &FreshDisk::mark(&restored.run, *slot))?.as_ref() != Some(disk) {
            return Ok(Some(*slot));
        }
    }
    Ok(None)
}

/// The newest recovery that took disks of this run.
fn taken_by(store: &Store, restored_by: &RunId) -> Result<Option<RunInfo>, Fault> {
    for run in catalog::runs(store, None)? {
        if run.flow == flow::recover::NAME
            && store.run_state(&run.id)?.header.params["tape"]["run"] == restored_by.as_str()
        {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// Where the disk is now, which the state of that recovery tells.
fn taken(store: &Store, run: &RunId, slot: u32, taker: &RunInfo) -> Result<Fault, Fault> {
    let committed = catalog::is_given_up(store, &taker.id)?;
    let text = format!("the disk that {run} restored for slot {slot} went to the recovery {}", taker.id);
    let fault = |rest: &str| {
        Fault::new(Kind::User, "TAP-034", text.clone() + rest)
            .hint("restore again, from the tape: --from-tape SNAPSHOT")
    };
    Ok(match taker.state {
        _ if committed => fault(", which is committed"),
        RunWord::Done | RunWord::Undone => fault(", which has it still")
            .hint_command("what that recovery keeps is deleted by", format!("ovmirror commit {}", taker.id)),
        state => fault(&format!(", which is {}", state.as_str()))
            .hint_command("finish that one, or take it back", format!("ovmirror show {}", taker.id)),
    })
}

fn gone(run: &RunId, slot: u32) -> Fault {
    Fault::new(Kind::User, "TAP-034", format!("the disk that {run} restored for slot {slot} is not there any more"))
        .hint("restore again, from the tape: --from-tape SNAPSHOT")
}
