//! Where the files of a swap lie on the server (way = server).

use super::params::SwapDisk;
use crate::{
    driver::dom0::{Folder, RepoPath, Server},
    fault::{Fault, Kind, Remedy},
    step::World,
};

/// The server.
pub fn server(world: &World) -> Result<&Server, Fault> {
    world.dom0.as_deref().ok_or_else(|| {
        Fault::new(Kind::User, "REC-021", "way = \"server\" needs a server")
            .hint("set server = \"NAME\" for the database and [hosts.NAME], or way = \"manager\"")
    })
}

/// The file of the live disk.
pub fn live(disk: &SwapDisk) -> Result<RepoPath, Fault> {
    RepoPath::disk(&disk.repository, &disk.live).map_err(|e| e.fault())
}

/// The file of the golden disk.
pub fn golden(disk: &SwapDisk) -> Result<RepoPath, Fault> {
    RepoPath::disk(&disk.repository, &disk.golden).map_err(|e| e.fault())
}

/// Where the reflink waits for its place.
pub fn waiting(disk: &SwapDisk, run: &str) -> Result<RepoPath, Fault> {
    RepoPath::tagged(&disk.repository, Folder::Snapshots, &disk.new_tag(run)?).map_err(|e| e.fault())
}

/// Where the live disk's file goes.
pub fn old(disk: &SwapDisk, run: &str) -> Result<RepoPath, Fault> {
    RepoPath::tagged(&disk.repository, Folder::Snapshots, &disk.old_tag(run)?).map_err(|e| e.fault())
}
