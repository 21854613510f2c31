//! Files of ours in repositories that the manager does not know: reflinks that wait for a swap, old disks.

use super::{
    super::thing::{Thing, What},
    Looking,
};
use crate::{
    driver::{
        dom0::{Dom0Error, FileName, Folder, RepoPath, Server},
        ovm::ObjectKind,
    },
    fault::{Fault, Kind, Remedy},
    model::{HostName, ObjectId},
};
use std::collections::BTreeSet;

/// Looks into every repository that the server sees.
pub(super) fn look(looking: &mut Looking<'_>, server: &Server, disks: &BTreeSet<ObjectId>) -> Result<(), Fault> {
    let repositories = looking.world.manager.list(ObjectKind::Repository).map_err(|e| e.fault())?;
    for repository in repositories {
        for folder in [Folder::Snapshots, Folder::VirtualDisks] {
            for name in names(server, &repository.id, folder)? {
                add(looking, server, (&repository.id, folder), &name, disks)?;
            }
        }
    }
    Ok(())
}

/// Not every repository is presented to this server, and not every one has old disks.
fn names(server: &Server, repository: &ObjectId, folder: Folder) -> Result<Vec<String>, Fault> {
    match server.list(repository, folder) {
        Ok(names) => Ok(names),
        Err(Dom0Error::Failed { text, .. }) if text.contains("No such file") => Ok(Vec::new()),
        Err(error) => Err(error.fault()),
    }
}

fn add(
    looking: &mut Looking<'_>,
    server: &Server,
    (repository, folder): (&ObjectId, Folder),
    name: &str,
    disks: &BTreeSet<ObjectId>,
) -> Result<(), Fault> {
    let Ok(file) = FileName::new(name) else { return Ok(()) };
    let Some(tag) = file.tag().filter(|tag| looking.wanted(&tag.run)) else { return Ok(()) };
    // The image of a disk that the manager lists is told there.
    if disks.iter().any(|disk| disk.as_str() == name) {
        return Ok(());
    }
    let path = RepoPath { repository: repository.clone(), folder, file };
    let bytes = server.size(&path).map_err(|e| e.fault())?;
    let place = HostName::new("server").map_err(|e| Fault::new(Kind::Bug, "ORP-012", e.to_string()))?;
    looking.things.push(Thing { run: tag.run, place, name: path.to_string(), bytes, what: What::File { path } });
    Ok(())
}
