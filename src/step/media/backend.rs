//! The server's half of law 16, where the run itself makes the files of the work copies (way = server).

use crate::{
    driver::dom0::{Folder, RepoPath, Server},
    fault::{Fault, Kind, Remedy},
    model::{Tag, TagKind},
    step::{
        World,
        names::run_id,
        params::{Way, WorkDisk},
    },
};

/// The server.
pub fn server(world: &World) -> Result<&Server, Fault> {
    world.dom0.as_deref().ok_or_else(|| Fault::new(Kind::User, "OFF-002", "way = \"server\" needs a server"))
}

/// The mark of the work copy of a slot.
pub fn tag(run: &str, disk: &WorkDisk) -> Result<Tag, Fault> {
    Ok(Tag::new(&run_id(run)?, TagKind::Work, Some(disk.slot.to_string())))
}

/// The file of the work copy of a slot.
pub fn file(run: &str, disk: &WorkDisk) -> Result<RepoPath, Fault> {
    RepoPath::tagged(&disk.repository, Folder::VirtualDisks, &tag(run, disk)?).map_err(|e| e.fault())
}

/// Before its mapping goes: nothing on the server but the guest's own backend holds the file.
pub fn is_alone(world: &World, way: Way, run: &str, disk: &WorkDisk) -> Result<(), Fault> {
    match way {
        Way::Manager => Ok(()),
        Way::Server => server(world)?.backend_alone(&file(run, disk)?).map_err(|e| e.fault()),
    }
}

/// Before the file goes: nothing on the server holds it any more.
pub fn is_gone(world: &World, way: Way, run: &str, disk: &WorkDisk) -> Result<(), Fault> {
    match way {
        Way::Manager => Ok(()),
        Way::Server => server(world)?.wait_released(&file(run, disk)?).map_err(|e| e.fault()),
    }
}
