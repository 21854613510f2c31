//! What a clone holds, looked at from outside: a copy of the disk is mounted, so that the disk itself stays as it is.

use crate::{
    context::Mode,
    site::{
        error::{During, SiteError},
        paths::Paths,
        plan::Site,
        spawn,
        volume::{self, Volumes},
    },
    witness::blocks::{self, FileBlocks},
};
use rustix::mount::{UnmountFlags, unmount};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Counts the blocks that are not whole in the data files of a disk. In the supervisor.
pub fn blocks(paths: &Paths, site: &Site, disk: &str) -> Result<Vec<FileBlocks>, SiteError> {
    let folders = site.repositories.iter().map(|r| paths.repository(&r.id).join("VirtualDisks"));
    let folder = folders.into_iter().find(|folder| !disk.contains('/') && folder.join(disk).exists());
    let folder = folder.ok_or_else(|| SiteError::refused(format!("there is no disk `{disk}`"), ""))?;
    let path = folder.join(disk);
    if site.mode != Mode::Real {
        return blocks::below(&path.join("data")).at(&path);
    }
    let copy = volume::scrap(&path, "look");
    Volumes { mode: site.mode }.clone(&path, &copy, true)?;
    let counted = mounted(&copy, &paths.dir.join("look"));
    fs::remove_file(&copy).at(&copy)?;
    counted
}

/// XFS replays its own log at the mount; the copy has the original's UUID, which is mounted already.
fn mounted(image: &Path, at: &PathBuf) -> Result<Vec<FileBlocks>, SiteError> {
    fs::create_dir_all(at).at(at)?;
    let args: [&OsStr; 4] = ["-o".as_ref(), "loop,nouuid".as_ref(), image.as_os_str(), at.as_os_str()];
    spawn::must("mount", &args)?;
    let counted = blocks::below(at).at(at);
    unmount(at, UnmountFlags::empty()).at(at)?;
    fs::remove_dir(at).at(at)?;
    counted
}
