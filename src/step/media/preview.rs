//! What each step would send, for `--dry-run`: the texts that the steps themselves make, with stand-ins in capitals for
//! ids that are only known later.

use super::{map::MapDisk, mount::MountUnit, places::group_here, work_copy::WorkCopy};
use crate::{
    driver::ovm::{ObjectKind, Source},
    fault::{Fault, Remedy},
    model::TagKind,
    port::Bind,
    step::{
        World,
        names::{marked, sample_run},
        params::{CloneParams, Way, WorkDisk},
        preview::later,
        volume_group,
    },
    text::{Template, render, sh, sql::SqlId, sqlplus},
};

/// The run that stands in the texts.
pub fn run(p: &CloneParams) -> Result<String, Fault> {
    Ok(sample_run(&p.site.database)?.to_string())
}

/// Its folder on the media host.
pub fn folder(p: &CloneParams) -> Result<String, Fault> {
    Ok(format!("/HOME/.ovmirror/{}", run(p)?))
}

fn copy(disk: &WorkDisk) -> String {
    format!("WORK-COPY-{}", disk.slot)
}

/// The reflink, by the manager or on the server.
pub fn work_copy(step: &WorkCopy, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let disk = &step.disk;
    let name = marked(&sample_run(&step.database)?, TagKind::Work, Some(&disk.slot.to_string()))?;
    Ok(match step.way {
        Way::Manager => vec![
            cli.clone_disk(&disk.golden, &disk.repository),
            cli.rename(ObjectKind::VirtualDisk, &later(&copy(disk))?, &name),
        ],
        Way::Server => vec![
            format!("reflink {} {}", disk.golden, name.as_str()),
            cli.refresh(ObjectKind::Repository, &disk.repository),
        ],
    })
}

/// The mapping.
pub fn map(step: &MapDisk, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let (name, copy) = (step.name(&sample_run(&step.database)?)?, later(&copy(&step.disk))?);
    Ok(vec![cli.create_mapping(&step.guest.vm, step.disk.media_slot, &copy, Source::Virtual, &name)])
}

/// The mount command.
pub fn mount(unit: &MountUnit) -> Result<Vec<String>, Fault> {
    let device = unit.p.device(&unit.unit)?;
    Ok(vec![unit.words(&device)?.join(" ")])
}

/// Statements at the clone; what is bound to a tag shows a stand-in.
pub fn statements(p: &CloneParams, ids: &[SqlId]) -> Result<Vec<String>, Fault> {
    let release = p.release()?;
    let tag = [("tag", Bind::Text("SM_TAG".to_owned()))];
    let text = |id: &SqlId| id.at(release, &[]).or_else(|_| id.at(release, &tag)).map(|statement| statement.text);
    ids.iter().map(text).collect()
}

/// A script of SQL*Plus's own commands.
pub fn script<T: Template>(context: &T) -> Result<Vec<String>, Fault> {
    Ok(vec![render(context)?])
}

/// The way out.
pub fn tear_down(p: &CloneParams, world: &World) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let mut texts = vec![render(&sqlplus::ShutdownAbort {})?];
    texts.extend(p.surveyed.layout.data_units().map(|unit| format!("umount {}", p.there(&unit.target))));
    for group in p.surveyed.layout.data_groups() {
        texts.push(volume_group::words("-an", &group_here(&p.disks, &group)?.name).join(" "));
    }
    for disk in &p.disks {
        texts.push(cli.delete(ObjectKind::VmDiskMapping, &later(&format!("MAPPING-{}", disk.slot))?));
        texts.push(cli.delete(ObjectKind::VirtualDisk, &later(&copy(disk))?));
    }
    let run = run(p)?;
    texts.push(render(&sh::FolderRemove { run: &run })?);
    Ok(texts)
}
