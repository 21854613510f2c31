//! `reflink` of a server: a second file that shares all blocks of the first (OCFS2's `reflink(1)`).

use rustix::fs::ioctl_ficlone;
use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    process::ExitCode,
};

/// `reflink SOURCE TARGET`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let words: Vec<&String> = args.iter().filter(|a| !a.starts_with('-')).collect();
    let [source, target] = words[..] else {
        eprintln!("Usage: reflink [options] source destination");
        return ExitCode::FAILURE;
    };
    match reflink(Path::new(source), Path::new(target)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reflink: cannot create reflink `{target}' to `{source}': {}", plain(&error));
            ExitCode::FAILURE
        }
    }
}

fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Makes `target` share the blocks of `source`. An existing target is refused. A folder (a disk of portable mode) is
/// taken file by file; where the file system cannot share blocks, a folder's files are copied.
pub fn reflink(source: &Path, target: &Path) -> io::Result<()> {
    let kind = fs::metadata(source)?;
    if fs::symlink_metadata(target).is_ok() {
        return Err(io::Error::from_raw_os_error(rustix::io::Errno::EXIST.raw_os_error()));
    }
    if kind.is_dir() { tree(source, target) } else { share(source, target) }
}

fn share(source: &Path, target: &Path) -> io::Result<()> {
    let from = fs::File::open(source)?;
    let mode = from.metadata()?.permissions().mode() & 0o7777;
    let to = OpenOptions::new().write(true).create_new(true).mode(mode).open(target)?;
    ioctl_ficlone(&to, &from).map_err(|error| {
        drop(fs::remove_file(target));
        error.into()
    })
}

fn tree(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            // The overlay's own working folder belongs to the mount that made it.
            if entry.file_name() == "work" && source.join("meta.json").exists() {
                fs::create_dir(&to)?
            } else {
                tree(&from, &to)?
            }
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&from)?, &to)?;
        } else if kind.is_file() {
            share(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop))?;
        }
    }
    fs::set_permissions(target, fs::metadata(source)?.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_target_is_refused_and_a_folder_is_taken_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.img"), dir.path().join("b.img"));
        fs::create_dir_all(from.join("data/sub")).unwrap();
        fs::create_dir(from.join("work")).unwrap();
        fs::write(from.join("meta.json"), "{}").unwrap();
        fs::write(from.join("work/left"), "x").unwrap();
        fs::write(from.join("data/sub/f"), "one").unwrap();
        std::os::unix::fs::symlink("f", from.join("data/sub/l")).unwrap();
        reflink(&from, &to).unwrap();
        fs::write(from.join("data/sub/f"), "two").unwrap();
        assert_eq!(fs::read_to_string(to.join("data/sub/l")).unwrap(), "one");
        assert!(!to.join("work/left").exists());
        assert_eq!(reflink(&from, &to).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
