//! What the steps would send, for `--dry-run`: the texts that they make, with stand-ins for what is only known later.

use super::{
    params::{FreshDisk, FromTapeParams, TapeParams},
    plug::Seat,
};
use crate::{
    driver::ovm::{ObjectKind, Source},
    fault::{Fault, Remedy},
    model::TagKind,
    step::{
        World,
        media::preview as media,
        names::{marked, sample_run},
        preview::later,
    },
    text::{Template, render, sh, sql::SqlId},
};

/// The run's folder on the media host.
pub fn folder(tape: &TapeParams) -> Result<String, Fault> {
    media::folder(&tape.clone)
}

/// A script.
pub fn script<T: Template>(context: &T) -> Result<Vec<String>, Fault> {
    media::script(context)
}

/// Statements at the instance on the media host.
pub fn statements(tape: &TapeParams, ids: &[SqlId]) -> Result<Vec<String>, Fault> {
    media::statements(&tape.clone, ids)
}

fn fresh(slot: u32) -> String {
    format!("FRESH-DISK-{slot}")
}

/// The empty disk.
pub fn make_disk(tape: &TapeParams, disk: &FreshDisk, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let run = sample_run(&tape.clone.site.database)?;
    let name = marked(&run, TagKind::Tape, Some(&disk.slot.to_string()))?;
    Ok(cli.create_disk(&disk.repository, disk.bytes.div_ceil(1 << 30).max(1), &name).into_iter().collect())
}

/// Its mapping.
pub fn plug(tape: &TapeParams, seat: &Seat<'_>, slot: u32, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let name = seat.name(&sample_run(&tape.clone.site.database)?)?;
    Ok(vec![cli.create_mapping(seat.vm, seat.slot, &later(&fresh(slot))?, Source::Virtual, &name)])
}

/// The mapping goes.
pub fn unplug(slot: u32, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    Ok(vec![cli.delete(ObjectKind::VmDiskMapping, &later(&format!("MAPPING-{slot}"))?)])
}

/// The way out.
pub fn take_off(p: &FromTapeParams, world: &World) -> Result<Vec<String>, Fault> {
    let clone = &p.tape.clone;
    let units = clone.surveyed.layout.data_units().rev();
    let mut texts: Vec<String> = units.map(|unit| format!("umount {}", clone.there(&unit.target))).collect();
    for disk in &p.disks {
        texts.extend(unplug(disk.slot, world)?);
    }
    let run = media::run(clone)?;
    texts.push(render(&sh::FolderRemove { run: &run })?);
    Ok(texts)
}
