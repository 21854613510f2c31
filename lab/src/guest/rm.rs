//! `rm` of a server of portable mode: a disk is a folder there, and goes as the file that it stands for.

use super::table::Meta;
use crate::site::spawn;
use std::{os::unix::process::CommandExt, path::Path, process::ExitCode};

/// `rm …`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let is_disk = |arg: &&String| !arg.starts_with('-') && Meta::read(Path::new(arg)).is_ok();
    let (disks, rest): (Vec<&String>, Vec<&String>) = args.iter().partition(is_disk);
    for disk in &disks {
        if let Err(error) = std::fs::remove_dir_all(disk) {
            eprintln!("rm: cannot remove '{disk}': {error}");
            return ExitCode::FAILURE;
        }
    }
    if !disks.is_empty() && rest.iter().all(|arg| arg.starts_with('-')) {
        return ExitCode::SUCCESS;
    }
    let error = spawn::command("/bin/rm").args(rest).exec();
    eprintln!("rm: {error}");
    ExitCode::from(126)
}
