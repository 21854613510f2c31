//! Whether the golden disks of a snapshot are there. Whatever is made from them is refused without them, before a run
//! begins.

use super::prepare;
use crate::{
    catalog::{SnapshotRecord, TapeState},
    driver::ovm::OvmError,
    fault::{Fault, Kind, Remedy},
    flow::snapshot::{GoldenDisk, Layout},
    model::{ObjectId, RunId, Tag, TagKind},
    step::World,
};

/// Why it cannot be said that they are there.
enum Not {
    /// The manager shows something else.
    Whole(String),
    /// It was not seen.
    Seen(Fault),
}

impl From<OvmError> for Not {
    fn from(error: OvmError) -> Self {
        match error {
            OvmError::Refused { .. } | OvmError::NotFound { .. } => Self::Whole(error.fault().to_string()),
            other => Self::Seen(other.fault()),
        }
    }
}

/// The golden disks of these slots hang from the clone that the snapshot's run made, at their slots and under their marks
/// (law 9). `refusal` says what it means that they do not.
pub fn hangs(
    world: &World,
    (snapshot, layout): (&RunId, &Layout),
    wanted: impl Fn(u32) -> bool,
    refusal: impl FnOnce(String) -> Fault,
) -> Result<(), Fault> {
    look(world, snapshot, layout, wanted).map_err(|not| match not {
        Not::Whole(what) => refusal(format!("snapshot {snapshot} is not whole at the manager: {what}")),
        Not::Seen(fault) => fault,
    })
}

fn look(world: &World, snapshot: &RunId, layout: &Layout, wanted: impl Fn(u32) -> bool) -> Result<(), Not> {
    let clone = ObjectId::new(&layout.clone).map_err(|error| Not::Whole(error.to_string()))?;
    let there = world.manager.vm_disks(&clone)?;
    for golden in layout.disks.iter().filter(|golden| wanted(golden.slot)) {
        let hangs = there.iter().find(|disk| disk.slot == golden.slot).and_then(|disk| disk.disk.as_ref());
        if hangs.is_none_or(|disk| disk.id != golden.id) {
            return Err(Not::Whole(format!("its clone does not hold {} at slot {}", golden.id, golden.slot)));
        }
        marked(world, snapshot, golden)?;
    }
    Ok(())
}

fn marked(world: &World, snapshot: &RunId, golden: &GoldenDisk) -> Result<(), Not> {
    let mark = Tag::new(snapshot, TagKind::Disk, Some(golden.slot.to_string())).to_string();
    match world.manager.disk(&golden.id)?.name {
        name if name == mark => Ok(()),
        name => Err(Not::Whole(format!("disk {} is named {name}, not {mark}", golden.id))),
    }
}

/// The same of a recorded snapshot, for what works on copies of it.
pub fn must_hang(world: &World, record: &SnapshotRecord, wanted: impl Fn(u32) -> bool) -> Result<(), Fault> {
    let layout = prepare::layout_of(record)?;
    hangs(world, (&record.id, &layout), wanted, |what| lost(record, what))
}

fn lost(record: &SnapshotRecord, what: String) -> Fault {
    let fault = Fault::new(Kind::User, "SNP-012", what)
        .hint_command("choose another one", format!("ovmirror list {}", record.database));
    match record.tape.state {
        TapeState::Ok => fault.hint_command(
            "its tape is good, and can be restored",
            format!("ovmirror recover {} --from-tape {}", record.database, record.id),
        ),
        _ => fault.hint_command("or make one", format!("ovmirror backup {}", record.database)),
    }
}
