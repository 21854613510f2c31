//! Which mode the machine allows, found by trying.

use super::{
    error::{During, SiteError},
    paths::Paths,
    spawn,
};
use crate::{context::Mode, guest::overlay, host::xen::images};
use rustix::mount::{MountFlags, UnmountFlags, unmount};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The result: the mode, and why not a better one.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What will be.
    pub mode: Mode,
    /// What stands against a better one.
    pub why: Option<String>,
}

/// The best that works here.
pub fn best(paths: &Paths) -> Result<Choice, SiteError> {
    let real = attempt(paths, Mode::Real);
    let Err(why) = real else { return Ok(Choice { mode: Mode::Real, why: None }) };
    match attempt(paths, Mode::Portable) {
        Ok(()) => Ok(Choice { mode: Mode::Portable, why: Some(why.to_string()) }),
        Err(portable) => Err(SiteError::refused(
            format!("this machine allows no mode: real: {why}; portable: {portable}"),
            "run as root with loop devices and XFS, or allow user namespaces (sysctl user.max_user_namespaces, \
             kernel.apparmor_restrict_unprivileged_userns=0)",
        )),
    }
}

/// Tries a mode in a throw-away folder of the site.
pub fn attempt(paths: &Paths, mode: Mode) -> Result<(), SiteError> {
    attempt_with(paths, mode, &std::env::current_exe().during("finding this program")?)
}

/// The same with this copy of the program.
pub fn attempt_with(paths: &Paths, mode: Mode, program: &Path) -> Result<(), SiteError> {
    if mode == Mode::Xen {
        return images::possible();
    }
    needs(mode)?;
    let dir = paths.dir.join("probe");
    fs::create_dir_all(&dir).at(&dir)?;
    let output = unshare(mode, "unshare").arg(program).args(["probe", name(mode)]).arg(&dir).output().during("unshare");
    fs::remove_dir_all(&dir).at(&dir)?;
    let output = output?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SiteError::Program { line: format!("trying {} mode", name(mode)), text })
}

fn needs(mode: Mode) -> Result<(), SiteError> {
    let programs: &[&'static str] = match mode {
        Mode::Real | Mode::Xen => &["unshare", "setsid", "setpriv", "mount", "losetup", "mkfs.xfs", "sudo"],
        Mode::Portable | Mode::Prefix => &["unshare", "setsid", "mount"],
    };
    programs.iter().try_for_each(|program| spawn::need(program))
}

/// The word for a mode.
#[must_use]
pub const fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "real",
        Mode::Portable => "portable",
        Mode::Prefix => "prefix",
        Mode::Xen => "xen",
    }
}

/// `unshare` with what the supervisor of this mode lives in: its own mounts and its own processes, all of which end
/// with it.
pub fn unshare(mode: Mode, program: &str) -> Command {
    let mut command = spawn::command(program);
    if program == "setsid" {
        command.arg("unshare");
    }
    if mode == Mode::Portable {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]);
    command
}

/// `ovmirror-lab probe MODE DIR`, already inside the namespaces.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let tried = match args {
        [mode, dir] if mode == "real" => real(Path::new(dir)),
        [mode, dir] if mode == "portable" => portable(Path::new(dir)),
        _ => Err(SiteError::refused("probe MODE DIR", "")),
    };
    match tried {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// mkfs, loop, mount, reflink.
fn real(dir: &Path) -> Result<(), SiteError> {
    let (image, at) = (dir.join("image"), dir.join("mnt"));
    fs::create_dir_all(&at).at(&at)?;
    fs::File::create(&image).and_then(|f| f.set_len(320 << 20)).at(&image)?;
    super::volume::mkfs(&image, super::volume::Marks::default())?;
    let args: [&OsStr; 4] = ["-o".as_ref(), "loop".as_ref(), image.as_os_str(), at.as_os_str()];
    spawn::must("mount", &args)?;
    let file = at.join("a");
    let shared =
        fs::write(&file, "x").and_then(|()| crate::guest::reflink::reflink(&file, &at.join("b"))).during("reflink");
    unmount(&at, UnmountFlags::empty()).at(&at)?;
    shared
}

/// An overlay in a user namespace, and a private root.
fn portable(dir: &Path) -> Result<(), SiteError> {
    let at = dir.join("mnt");
    fs::create_dir_all(&at).at(&at)?;
    std::env::set_current_dir(dir).at(dir)?;
    overlay::mount("/dev/xvda", &PathBuf::from("disk"), &at, MountFlags::empty()).during("mounting an overlay")?;
    let written = fs::write(at.join("f"), "x").during("writing to an overlay");
    unmount(&at, UnmountFlags::empty()).at(&at)?;
    overlay::clear(Path::new("disk")).during("clearing an overlay")?;
    written
}
