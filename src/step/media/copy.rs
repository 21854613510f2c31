//! The way in, which every flow on the media host begins with.

use super::{accept, disks_before, import_group, map, mount, stage, start, work_copy};
use crate::{
    engine::{AnyStep, erase},
    step::{
        World,
        params::{CloneParams, Way},
    },
};
use std::sync::Arc;

/// A work copy of each golden disk, mapped and mounted, with an instance in MOUNT that was compared with the window.
#[must_use]
pub fn mounted_copy(p: &Arc<CloneParams>, purpose: stage::Purpose) -> Vec<Box<dyn AnyStep<World>>> {
    let mut steps: Vec<Box<dyn AnyStep<World>>> = Vec::new();
    if p.way == Way::Manager {
        steps.push(erase(disks_before::DisksBefore));
    }
    for disk in &p.disks {
        steps.push(erase(work_copy::WorkCopy::of(p, disk)));
    }
    for disk in &p.disks {
        steps.push(erase(map::MapDisk::to_media(p, disk)));
    }
    steps.extend(import_group::of(p).map(erase));
    for unit in p.surveyed.layout.data_units() {
        steps.push(erase(mount::MountUnit { p: p.clone(), unit: unit.clone() }));
    }
    steps.extend([
        erase(stage::Stage { p: p.clone(), purpose }),
        erase(start::StartMount(p.clone())),
        erase(accept::Accept(p.clone())),
    ]);
    steps
}
