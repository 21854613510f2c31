//! Reflinks of golden disks that the manager makes: under the run's mark, and found again by it (law 8).

use super::World;
use crate::{
    driver::ovm::{ObjectKind, OvmName},
    fault::{Fault, Remedy},
    model::{ObjectId, RunId, Tag, TagKind},
};
use std::collections::BTreeSet;

/// Makes one. The manager's clone command takes no name, so `before` tells the new disk from others.
pub fn make(
    world: &World,
    before: &BTreeSet<ObjectId>,
    golden: &ObjectId,
    repository: &ObjectId,
    name: &OvmName,
) -> Result<ObjectId, Fault> {
    let made = world.manager.clone_disk(before, golden, repository, name);
    Ok(made.map_err(|e| e.fault())?.id)
}

/// The disk that carries a mark, by its name or (made on the server) by its file.
pub fn found(world: &World, mark: &str) -> Result<Option<ObjectId>, Fault> {
    let hits = world.manager.list(ObjectKind::VirtualDisk).map_err(|e| e.fault())?;
    let ours = hits.into_iter().find(|disk| disk.is_named(mark) || disk.id.as_str().starts_with(mark));
    Ok(ours.map(|disk| disk.id))
}

/// A copy of a snapshot's disk that was cut off from its name. It is told also where the golden disk is gone by now: that
/// carried the snapshot's mark.
pub fn unnamed(
    world: &World,
    before: &BTreeSet<ObjectId>,
    golden: &ObjectId,
    (snapshot, slot): (&RunId, u32),
) -> Result<Option<ObjectId>, Fault> {
    let mark = Tag::new(snapshot, TagKind::Disk, Some(slot.to_string()));
    world.manager.unnamed_copy(before, golden, &mark.to_string()).map_err(|e| e.fault())
}
