//! The repositories of a site as file systems of the machine, and the disks of the first boot in them.

use super::{
    error::{During, SiteError},
    paths::Paths,
    plan::{Disk, Machine, Repository, Site},
    spawn,
    volume::{self, Marks, Volumes},
};
use crate::{context::Mode, guest::overlay};
use rustix::mount::{UnmountFlags, unmount};
use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

/// The folders of a repository; `snapshots` is where the papers keep reflinks.
const FOLDERS: [&str; 6] = ["VirtualDisks", "VirtualMachines", "Templates", "ISOs", "Assemblies", "snapshots"];

/// Makes them ready, and at the first start their disks.
pub fn open(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    for repository in &site.repositories {
        let at = paths.repository(&repository.id);
        fs::create_dir_all(&at).at(&at)?;
        if site.mode == Mode::Real {
            mount_image(paths, repository, &at)?;
        }
        for dir in FOLDERS {
            fs::create_dir_all(at.join(dir)).at(&at)?;
        }
        let text =
            format!("OVS_REPO_UUID={}\nOVS_REPO_VERSION=3.0\nOVS_REPO_ALIAS={}\n", repository.id, repository.name);
        fs::write(at.join(".ovsrepo"), text).at(&at)?;
        sweep(&at.join("VirtualDisks"))?;
        sweep(&at.join("snapshots"))?;
    }
    disks(paths, site)
}

fn mount_image(paths: &Paths, repository: &Repository, at: &Path) -> Result<(), SiteError> {
    let image = paths.image(&repository.name);
    if !image.exists() {
        let fresh = image.with_extension("img.new");
        File::create(&fresh).and_then(|f| f.set_len(repository.bytes)).at(&fresh)?;
        volume::mkfs(&fresh, Marks::default())?;
        fs::rename(&fresh, &image).at(&image)?;
    }
    let args: [&OsStr; 4] = ["-o".as_ref(), "loop".as_ref(), image.as_os_str(), at.as_os_str()];
    spawn::must("mount", &args).map(drop)
}

/// What torn disks left behind.
fn sweep(folder: &Path) -> Result<(), SiteError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        if path.file_name().is_some_and(|n| volume::is_scrap(&n.to_string_lossy())) {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.at(&path)?;
        }
    }
    Ok(())
}

/// The file of a disk of the first boot.
fn place(paths: &Paths, disk: &Disk) -> PathBuf {
    paths.repository(&disk.repository).join("VirtualDisks").join(&disk.id)
}

/// The disks of the first boot. A marker says that all of them are whole.
fn disks(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    let marker = paths.repositories().join(".made");
    if marker.exists() {
        return Ok(());
    }
    let volumes = Volumes { mode: site.mode };
    for machine in &site.machines {
        for disk in &machine.disks {
            let path = place(paths, disk);
            if path.exists() {
                volumes.delete(&path)?;
            }
            volumes.create(&path, disk.bytes)?;
        }
        format(volumes, paths, machine)?;
    }
    fs::write(&marker, "").at(&marker)
}

fn format(volumes: Volumes, paths: &Paths, machine: &Machine) -> Result<(), SiteError> {
    let log = machine.disks.iter().find(|d| d.dir.is_none()).map(|d| place(paths, d));
    for disk in machine.disks.iter().filter(|d| d.dir.is_some()) {
        let log = log.as_deref().filter(|_| disk.dir.as_deref() == Some("/u02"));
        let marks = Marks { uuid: Some(&disk.uuid), label: disk.label.as_deref(), log };
        volumes.format(&place(paths, disk), marks)?;
    }
    Ok(())
}

/// Gives them back. A guest's last mount may still be on its way out.
pub fn close(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    site.repositories.iter().try_for_each(|repository| {
        let at = paths.repository(&repository.id);
        if site.mode == Mode::Real { release(&at) } else { clear(&at.join("VirtualDisks")) }
    })
}

fn release(at: &Path) -> Result<(), SiteError> {
    for _ in 0..300 {
        match unmount(at, UnmountFlags::empty()) {
            Err(rustix::io::Errno::BUSY) => std::thread::park_timeout(Duration::from_millis(10)),
            other => return other.at(at),
        }
    }
    Err(SiteError::inside("repository", "it stays in use"))
}

/// What overlays left in the disks of a portable site.
fn clear(folder: &Path) -> Result<(), SiteError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        overlay::clear(&path).at(&path)?;
    }
    Ok(())
}
