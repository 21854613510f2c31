//! `umount` of portable mode: the machine's own, but only for root as sudo makes it.

use crate::site::spawn;
use std::{os::unix::process::CommandExt, process::ExitCode};

/// `umount …`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    if std::env::var_os("SUDO_USER").is_none() {
        let target = args.iter().rfind(|a| !a.starts_with('-')).map_or("", String::as_str);
        eprintln!("umount: {target}: must be superuser to unmount.");
        return ExitCode::from(32);
    }
    let error = spawn::command("/usr/bin/umount").args(args).exec();
    eprintln!("umount: {error}");
    ExitCode::from(126)
}
