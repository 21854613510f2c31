//! Virtual disks and the repository's file system, as files of the machine.

use super::{
    error::{During, SiteError},
    spawn,
};
use crate::{
    context::Mode,
    guest::{
        reflink,
        table::{self, Meta},
    },
    host::spec::Backing,
};
use rustix::fs::{major, minor};
use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What a fresh file system carries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks<'a> {
    /// Its UUID, if not a random one.
    pub uuid: Option<&'a str>,
    /// Its label.
    pub label: Option<&'a str>,
    /// The disk with its log, if that is another one.
    pub log: Option<&'a Path>,
}

/// XFS with reflink.
pub fn mkfs(image: &Path, marks: Marks<'_>) -> Result<(), SiteError> {
    let meta = marks.uuid.map_or("reflink=1".to_owned(), |uuid| format!("reflink=1,uuid={uuid}"));
    let log = marks.log.map(|log| format!("logdev={}", log.display()));
    let mut args: Vec<&OsStr> = ["-q", "-f", "-m", &meta].into_iter().map(OsStr::new).collect();
    args.extend(marks.label.iter().flat_map(|label| ["-L".as_ref(), OsStr::new(*label)]));
    args.extend(log.iter().flat_map(|log| ["-l".as_ref(), OsStr::new(log)]));
    args.push(image.as_os_str());
    spawn::must("mkfs.xfs", &args).map(drop)
}

/// A loop device that ends when nobody holds it any more.
#[derive(Debug)]
pub struct Loop {
    /// Keeps it.
    _held: File,
    /// How a guest's node names it.
    pub backing: Backing,
}

impl Loop {
    /// Puts one before an image.
    pub fn attach(image: &Path) -> Result<Self, SiteError> {
        let name = spawn::must("losetup", &["--find".as_ref(), "--show".as_ref(), image.as_os_str()])?;
        let held = File::options().read(true).open(&name).at(Path::new(&name));
        // "Detach" of a device that is held makes the kernel clear it at the last close (LO_FLAGS_AUTOCLEAR).
        spawn::must("losetup", &["--detach".as_ref(), OsStr::new(&name)])?;
        let held = held?;
        let number = held.metadata().at(Path::new(&name))?.rdev();
        Ok(Self { _held: held, backing: Backing::Block { major: major(number), minor: minor(number) } })
    }
}

/// What a running guest holds of a disk.
#[derive(Debug)]
pub enum Held {
    /// A loop device.
    Loop(Loop),
    /// Nothing: the disk is a folder.
    Folder,
}

/// How disks are kept in this mode.
#[derive(Debug, Clone, Copy)]
pub struct Volumes {
    /// The mode.
    pub mode: Mode,
}

impl Volumes {
    fn files(self) -> bool {
        self.mode == Mode::Real
    }

    /// An empty disk.
    pub fn create(self, path: &Path, bytes: u64) -> Result<(), SiteError> {
        if self.files() {
            return File::create_new(path).and_then(|f| f.set_len(bytes)).at(path);
        }
        fs::create_dir(path).at(path)?;
        Meta { bytes, ..Meta::default() }.write(path).at(path)
    }

    /// Makes a file system on a fresh disk.
    pub fn format(self, path: &Path, marks: Marks<'_>) -> Result<(), SiteError> {
        if self.files() {
            return mkfs(path, marks);
        }
        let mut meta = Meta::read(path).at(path)?;
        meta.fstype = Some("xfs".into());
        meta.uuid = marks.uuid.map_or_else(table::uuid, str::to_owned);
        meta.label = marks.label.map(str::to_owned);
        meta.write(path).at(path)
    }

    /// Copies a disk at this moment.
    pub fn clone(self, from: &Path, to: &Path, thin: bool) -> Result<(), SiteError> {
        if thin || !self.files() {
            return reflink::reflink(from, to).at(to);
        }
        let args: [&OsStr; 4] =
            ["--reflink=never".as_ref(), "--sparse=always".as_ref(), from.as_os_str(), to.as_os_str()];
        spawn::must("cp", &args).map(drop)
    }

    /// Removes a disk.
    pub fn delete(self, path: &Path) -> Result<(), SiteError> {
        if self.files() { fs::remove_file(path).at(path) } else { fs::remove_dir_all(path).at(path) }
    }

    /// Size as the guest sees it, and allocated bytes.
    pub fn size(self, path: &Path) -> Result<(u64, u64), SiteError> {
        let data = fs::metadata(path).at(path)?;
        if self.files() {
            return Ok((data.len(), data.blocks() * 512));
        }
        Ok((Meta::read(path).at(path)?.bytes, allocated(path)?))
    }

    /// Makes a disk ready for a running guest.
    pub fn hold(self, repositories: &Path, disk: &Path) -> Result<(Held, Backing), SiteError> {
        let path = repositories.join(disk);
        if self.files() {
            let held = Loop::attach(&path)?;
            let backing = held.backing.clone();
            return Ok((Held::Loop(held), backing));
        }
        fs::metadata(&path).at(&path)?;
        Ok((Held::Folder, Backing::Folder(disk.to_owned())))
    }

    /// The image under this name becomes another one with the content of this moment; who holds the old one keeps it,
    /// and what is written there is lost.
    pub fn tear(self, path: &Path) -> Result<(), SiteError> {
        let next = scrap(path, "taken");
        reflink::reflink(path, &next).at(&next)?;
        if self.files() {
            return fs::rename(&next, path).at(path);
        }
        let lost = scrap(path, &format!("lost-{:08x}", rand::random::<u32>()));
        fs::rename(path, &lost).and_then(|()| fs::rename(&next, path)).at(path)
    }
}

/// A name of the lab's own beside a disk: nobody takes it for a disk, and the next start sweeps it away.
#[must_use]
pub fn scrap(disk: &Path, kind: &str) -> PathBuf {
    let mut name = disk.file_name().unwrap_or_default().to_owned();
    name.push(format!(".lab-{kind}"));
    disk.with_file_name(name)
}

/// Whether a file has such a name.
#[must_use]
pub fn is_scrap(name: &str) -> bool {
    name.contains(".lab-")
}

/// Allocated bytes below a folder.
fn allocated(path: &Path) -> Result<u64, SiteError> {
    let data = fs::symlink_metadata(path).at(path)?;
    let mut sum = data.blocks() * 512;
    if data.is_dir() {
        for entry in fs::read_dir(path).at(path)? {
            // A guest may remove a file while it is counted.
            sum += allocated(&entry.at(path)?.path()).unwrap_or(0);
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_folder_keeps_its_name_and_content() {
        let dir = tempfile::tempdir().unwrap();
        let volumes = Volumes { mode: Mode::Portable };
        let disk = dir.path().join("d.img");
        volumes.create(&disk, 4096).unwrap();
        fs::create_dir(disk.join("data")).unwrap();
        fs::write(disk.join("data/f"), "before").unwrap();
        let open = File::options().write(true).open(disk.join("data/f")).unwrap();
        volumes.tear(&disk).unwrap();
        std::io::Write::write_all(&mut &open, b"after!").unwrap();
        assert_eq!(fs::read_to_string(disk.join("data/f")).unwrap(), "before");
        assert_eq!(volumes.size(&disk).unwrap().0, 4096);
    }
}
