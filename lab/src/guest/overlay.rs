//! The file system of a portable mode's disk: a folder shown through an overlay, whose source may have any name.

use rustix::mount::{MountFlags, mount as mount_fs};
use std::{ffi::CString, fs, io, path::Path};

/// Folders in a disk's folder: its files, what the overlay needs for its work, and the empty layer below.
pub const PARTS: [&str; 3] = ["data", "work", "lower"];

/// Shows the disk in `folder` at `target`. `folder` must be free of `,` and `:` (the option text has no safe quoting).
pub fn mount(device: &str, folder: &Path, target: &Path, flags: MountFlags) -> io::Result<()> {
    for part in PARTS {
        fs::create_dir_all(folder.join(part))?;
    }
    let at = folder.display();
    let options = CString::new(format!("userxattr,lowerdir={at}/lower,upperdir={at}/data,workdir={at}/work"))?;
    Ok(mount_fs(device, target, "overlay", flags, options.as_c_str())?)
}

/// Removes what an overlay left in its working folder. It is closed to everybody but root of the namespace, so that
/// without this the user could not remove a site's folder.
pub fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder.join("work")) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
