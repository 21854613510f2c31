//! Kept logs and the journal are production data: folders 0700, files 0600, wider is refused (law 13).

use crate::fault::{Fault, Kind};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes the folder, or checks that only its owner can look into it.
pub(super) fn folder(path: &Path) -> Result<(), Fault> {
    if !path.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| failed("make", path, &error))?;
    }
    check(path, "700")
}

/// The same of the artifacts folder, which stands before everything in it. One that is not there yet is made later.
pub fn only_ours(path: &Path) -> Result<(), Fault> {
    if path.is_dir() { check(path, "700") } else { Ok(()) }
}

/// Opens the file for reading and writing; makes it, or checks that only its owner can read it.
pub(super) fn file(path: &Path) -> Result<File, Fault> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = opened.map_err(|error| failed("open", path, &error))?;
    check(path, "600")?;
    Ok(file)
}

fn check(path: &Path, wanted: &str) -> Result<(), Fault> {
    let mode = fs::metadata(path).map_err(|error| failed("look at", path, &error))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let text = format!("others can read {}: its mode is {mode:03o}", path.display());
    Err(Fault::new(Kind::User, "STO-002", text)
        .hint_command("close it", format!("chmod {wanted} '{}'", path.display())))
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> Fault {
    Fault::new(Kind::User, "STO-005", format!("cannot {doing} {}", path.display()))
        .cause(error.to_string())
        .hint("set `state` in the configuration to a folder that you own")
}
