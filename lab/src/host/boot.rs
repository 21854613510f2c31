//! What happens at the boot of a guest and at its end: file systems, and the Oracle software at the first boot.

use super::spec::{HostSpec, Role};
use crate::{guest, site::spawn};
use rustix::{
    mount::{UnmountFlags, unmount},
    process::{Pid, Signal, getpid, kill_process},
};
use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::Path,
    time::{Duration, Instant},
};

/// Mounts what fstab names. What cannot be mounted is said on the console and left out.
pub fn boot(spec: &HostSpec) -> io::Result<()> {
    if spec.role == Role::Server {
        return Ok(());
    }
    if spec.real() {
        spawn::command("mount").arg("-a").status()?;
    } else if let Err(failure) = guest::mount::all() {
        eprintln!("{failure}");
    }
    own_roots(spec)?;
    software(spec)
}

/// A fresh file system belongs to root: the administrator gives it to oracle once.
fn own_roots(spec: &HostSpec) -> io::Result<()> {
    let ids = spec.ids();
    for line in spec.fstab.iter().filter(|l| l.dir != "/") {
        let dir = Path::new(&line.dir);
        if mounted(&line.dir) && fresh(dir)? {
            chown(dir, Some(ids.oracle), Some(ids.oinstall))?;
            fs::set_permissions(dir, fs::Permissions::from_mode(0o775))?;
        }
    }
    Ok(())
}

/// Whether there is nothing but what mkfs makes.
fn fresh(dir: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(dir)?.flatten().all(|entry| entry.file_name() == "lost+found"))
}

fn mounted(dir: &str) -> bool {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    table.lines().any(|line| line.split(' ').nth(1) == Some(dir))
}

/// The Oracle home with the programs in it.
fn software(spec: &HostSpec) -> io::Result<()> {
    let home = &spec.oracle_home;
    let below = spec.fstab.iter().filter(|l| home.starts_with(&l.dir)).max_by_key(|l| l.dir.len());
    let on_disk = below.is_none_or(|l| mounted(&l.dir));
    if !on_disk || home.join("bin").exists() {
        return Ok(());
    }
    for dir in ["bin", "dbs", "lib", "network/admin", "rdbms/admin"] {
        fs::create_dir_all(home.join(dir))?;
    }
    for name in guest::ORACLE_PROGRAMS {
        symlink("/.lab/bin/ovmirror-lab", home.join("bin").join(name))?;
    }
    let base = home.ancestors().find(|p| p.ends_with("app/oracle")).unwrap_or(home);
    let ids = spec.ids();
    let status =
        spawn::command("chown").arg("-hR").arg(format!("{}:{}", ids.oracle, ids.oinstall)).arg(base).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("chown of the Oracle home failed")) }
}

/// Ends what runs, as init does before it unmounts: a request first, then by force.
pub fn shut_down() -> io::Result<()> {
    signal_all(Signal::TERM);
    wait_until(Duration::from_secs(3), || others().is_empty());
    signal_all(Signal::KILL);
    wait_until(Duration::from_secs(3), || others().is_empty() && unmount_disks());
    // As init's last remount of `/` leaves it.
    guest::table::mark(&guest::table::held(0), false);
    Ok(rustix::fs::syncfs(fs::File::open("/")?)?)
}

fn signal_all(signal: Signal) {
    for pid in others() {
        // It may have ended meanwhile.
        kill_process(pid, signal).ok();
    }
}

/// Every process of this host but its first one, this one and those that are only not yet reaped.
fn others() -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|e| e.file_name().to_str()?.parse().ok());
    let pids = numbers.filter_map(Pid::from_raw).filter(|p| *p != Pid::INIT && *p != getpid());
    pids.filter(|p| !zombie(*p)).collect()
}

/// Whether it has ended, reaped or not.
pub fn zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

/// Whether all file systems but `/` are given back.
fn unmount_disks() -> bool {
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let dirs = table.lines().rev().filter_map(|line| {
        let mut fields = line.split(' ');
        let (device, dir) = (fields.next()?, fields.next()?);
        (device.starts_with("/dev/xvd") && dir != "/").then(|| guest::mount::unescape(dir))
    });
    let before = guest::table::writable();
    let left = dirs.map(|dir| unmount(dir, UnmountFlags::empty())).filter(Result::is_err).count();
    guest::table::clean(&before);
    left == 0
}

fn wait_until(limit: Duration, done: impl Fn() -> bool) {
    let end = Instant::now() + limit;
    while !done() && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
