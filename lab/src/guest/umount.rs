//! `umount` of portable mode: the machine's own, but only for root as sudo makes it.

use super::table;
use crate::site::spawn;
use std::process::ExitCode;

/// `umount …`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    if std::env::var_os("SUDO_USER").is_none() {
        let target = args.iter().rfind(|a| !a.starts_with('-')).map_or("", String::as_str);
        eprintln!("umount: {target}: must be superuser to unmount.");
        return ExitCode::from(32);
    }
    let before = table::writable();
    match spawn::command("/usr/bin/umount").args(args).status() {
        Ok(status) => {
            table::clean(&before);
            ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
        }
        Err(error) => {
            eprintln!("umount: {error}");
            ExitCode::from(126)
        }
    }
}
