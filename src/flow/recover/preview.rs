//! What each step would send, for `--dry-run`.

use super::{
    added::AddedFiles,
    params::{Part, RecoverParams, SnapshotControl, SwapDisk},
    server,
    taken::Taken,
};
use crate::{
    driver::ovm::{ObjectKind, OvmName, Source},
    fault::{Fault, Remedy},
    model::TagKind,
    port::Statement,
    step::{
        World,
        names::{marked, sample_run},
        params::Way,
        preview::later,
    },
    text::{Release, Template, render, sh, sql::SqlId},
};

fn run(p: &RecoverParams) -> Result<String, Fault> {
    Ok(sample_run(&p.site.database)?.to_string())
}

/// A script of SQL*Plus's own commands.
pub fn script<T: Template>(context: &T) -> Result<Vec<String>, Fault> {
    Ok(vec![render(context)?])
}

/// Statements.
pub fn statements(p: &RecoverParams, ids: &[SqlId]) -> Result<Vec<String>, Fault> {
    let release = p.release()?;
    ids.iter().map(|id| id.at(release, &[]).map(|statement| statement.text)).collect()
}

/// Statements as they are sent.
pub fn texts(batch: &[Statement]) -> Result<Vec<String>, Fault> {
    Ok(batch.iter().map(|statement| statement.text.clone()).collect())
}

/// Copies of the snapshot's control file.
pub fn put_control(p: &RecoverParams, control: &SnapshotControl) -> Result<Vec<String>, Fault> {
    let copy = format!("{}/put/snapshot.ctl", p.kept_set(&run(p)?));
    script(&sh::PutControl { copy: &copy, places: &control.places })
}

/// The reflink.
pub fn new_disk(p: &RecoverParams, disk: &SwapDisk, world: &World) -> Result<Vec<String>, Fault> {
    if p.way == Way::Server {
        let run = run(p)?;
        return Ok(vec![format!("reflink {} {}", server::golden(disk)?, server::waiting(disk, &run)?)]);
    }
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let name = marked(&sample_run(&p.site.database)?, TagKind::Work, Some(&disk.slot.to_string()))?;
    Ok(vec![
        cli.clone_disk(&disk.golden, &disk.repository),
        cli.rename(ObjectKind::VirtualDisk, &later(&format!("NEW-DISK-{}", disk.slot))?, &name),
    ])
}

/// The restored disk gets this run's mark.
pub fn take(p: &RecoverParams, taken: &Taken<'_>, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let name = OvmName::new(&taken.disk.new_tag(&run(p)?)?.to_string()).map_err(|e| e.fault())?;
    Ok(vec![cli.rename(ObjectKind::VirtualDisk, &taken.disk.golden, &name)])
}

/// Copies of what is kept.
pub fn keep(p: &RecoverParams) -> Result<Vec<String>, Fault> {
    script(&sh::Keep { folder: &p.kept_set(&run(p)?), files: &p.keep })
}

/// The mapping goes.
pub fn unmap(disk: &SwapDisk, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    Ok(vec![cli.delete(ObjectKind::VmDiskMapping, &later(&format!("MAPPING-OF-SLOT-{}", disk.slot))?)])
}

/// The swap.
pub fn swap(p: &RecoverParams, disk: &SwapDisk, world: &World) -> Result<Vec<String>, Fault> {
    let (run, cli) = (run(p)?, world.manager.release().map_err(|e| e.fault())?);
    if p.way == Way::Server {
        let (live, old, new) = (server::live(disk)?, server::old(disk, &run)?, server::waiting(disk, &run)?);
        return Ok(vec![
            format!("mv -i {live} {old}"),
            format!("mv -i {new} {live}"),
            cli.refresh(ObjectKind::Repository, &disk.repository),
        ]);
    }
    let name = |text: &str| OvmName::new(text).map_err(|e| e.fault());
    Ok(vec![
        cli.rename(ObjectKind::VirtualDisk, &disk.live, &name(&disk.old_tag(&run)?.to_string())?),
        cli.rename(ObjectKind::VirtualDisk, &later(&format!("NEW-DISK-{}", disk.slot))?, &name(&disk.live_name)?),
    ])
}

/// The mapping comes.
pub fn map(p: &RecoverParams, disk: &SwapDisk, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let id = match p.way {
        Way::Server => disk.live.clone(),
        Way::Manager => later(&format!("NEW-DISK-{}", disk.slot))?,
    };
    let name = OvmName::new(&disk.mapping_name).map_err(|e| e.fault())?;
    Ok(vec![cli.create_mapping(&p.site.vm, disk.slot, &id, Source::Virtual, &name)])
}

/// Files that are made again or left out.
pub fn added(step: &AddedFiles) -> Result<Vec<String>, Fault> {
    Ok(step.batch()?.into_iter().map(|statement| statement.text).collect())
}

/// Statements about a part.
pub fn part(
    p: &RecoverParams,
    of: impl Fn(&Part, Release) -> Result<Vec<Statement>, Fault>,
) -> Result<Vec<String>, Fault> {
    Ok(of(p.part()?, p.release()?)?.into_iter().map(|statement| statement.text).collect())
}
