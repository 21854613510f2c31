//! The exact commands that take a thing away, for `--dry-run`.

use super::thing::{Thing, What};
use crate::{
    driver::ovm::ObjectKind,
    fault::{Fault, Remedy},
    step::World,
    text::{render, sh, sqlplus},
};

/// The commands.
pub fn texts(world: &World, thing: &Thing) -> Result<Vec<String>, Fault> {
    let cli = || world.manager.release().map_err(|e| e.fault());
    let delete = |kind, id| Ok(vec![cli()?.delete(kind, id)]);
    let run = thing.run.as_str();
    match &thing.what {
        What::Job { id } => Ok(vec![cli()?.abort_job(id)]),
        What::Instance { .. } => Ok(vec![render(&sqlplus::ShutdownAbort {})?]),
        What::Mount { point, .. } => Ok(vec![format!("umount {point}")]),
        What::Mapping { id, .. } => delete(ObjectKind::VmDiskMapping, id),
        What::Customizer { id } => delete(ObjectKind::VmCloneCustomizer, id),
        What::Clone { id } => clone(world, id),
        What::Disk { id, .. } => delete(ObjectKind::VirtualDisk, id),
        What::File { path } => Ok(vec![format!("rm -f {path}")]),
        What::Control { path } | What::Beside { path, .. } => Ok(vec![format!("rm -f {path}")]),
        What::Kept { path } => Ok(vec![render(&sh::KeptRemove { folder: path, run })?]),
        What::Folder { .. } => Ok(vec![render(&sh::FolderRemove { run })?]),
    }
}

/// First what hangs from it. A disk that others map as well stays.
fn clone(world: &World, id: &crate::model::ObjectId) -> Result<Vec<String>, Fault> {
    let cli = world.manager.release().map_err(|e| e.fault())?;
    let mut texts = Vec::new();
    for disk in world.manager.vm_disks(id).map_err(|e| e.fault())? {
        texts.push(cli.delete(ObjectKind::VmDiskMapping, &disk.mapping.id));
        texts.extend(disk.disk.map(|disk| cli.delete(ObjectKind::VirtualDisk, &disk.id)));
    }
    texts.push(cli.delete(ObjectKind::Vm, id));
    Ok(texts)
}
