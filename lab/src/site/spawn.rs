//! The lab's one door to programs of the machine.

use super::error::{During, SiteError};
use std::{ffi::OsStr, process::Command};

/// A command.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Runs a program that must succeed and returns what it wrote.
pub fn must(program: &str, args: &[&OsStr]) -> Result<String, SiteError> {
    let line = || [OsStr::new(program)].iter().chain(args).map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let output = command(program).args(args).output().during(&line())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SiteError::Program { line: line(), text: if text.is_empty() { output.status.to_string() } else { text } })
}

/// Programs the lab cannot do without, with their packages (Debian and Oracle Linux agree on these names).
const PACKAGES: [(&str, &str); 16] = [
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
    ("setsid", "util-linux"),
    ("mount", "mount (Debian) or util-linux"),
    ("losetup", "mount (Debian) or util-linux"),
    ("mkfs.xfs", "xfsprogs"),
    ("sudo", "sudo"),
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("debootstrap", "debootstrap"),
    ("apt-cache", "apt (xen mode takes its systems from Debian's packages)"),
    ("dpkg-deb", "dpkg"),
    ("cpio", "cpio"),
    ("depmod", "kmod"),
    ("mkfs.ext4", "e2fsprogs"),
    ("tar", "tar"),
    ("xz", "xz-utils"),
];

/// Whether a program is there.
pub fn need(program: &'static str) -> Result<(), SiteError> {
    if which::which(program).is_ok()
        || ["/sbin", "/usr/sbin"].iter().any(|dir| std::path::Path::new(dir).join(program).exists())
    {
        return Ok(());
    }
    let package = PACKAGES.iter().find(|(name, _)| *name == program).map_or("that has it", |(_, package)| package);
    Err(SiteError::Absent { program: program.to_owned(), package })
}
