//! The private root of a host: its own disk with the machine's programs bound read-only into it.

use super::{
    dev, etc, old_guest,
    spec::{Backing, HostSpec, Role},
};
use crate::guest::{self, overlay};
use rustix::{
    fs::{CWD, FileType, Mode, StatVfsMountFlags, makedev, mknodat, statvfs},
    mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_move, mount_remount, unmount},
    process::{chdir, pivot_root},
};
use std::{
    ffi::CString,
    fs, io,
    os::unix::fs::{FileTypeExt, PermissionsExt, symlink},
    path::Path,
};

/// Builds it and makes it the root of this process. The mount namespace must be this host's own.
pub fn enter(spec: &HostSpec) -> io::Result<()> {
    let root = spec.folder.join("mnt");
    fs::create_dir_all(&root)?;
    stage_dev(spec).map_err(|e| doing("/dev", &e))?;
    mount_root(spec, &root).map_err(|e| doing("/", &e))?;
    skeleton(spec, &root)?;
    programs(&root)?;
    kernel(spec, &root)?;
    lab(spec, &root).map_err(|e| doing("/.lab", &e))?;
    etc::write(spec, &root).map_err(|e| doing("/etc", &e))?;
    if spec.old_guest {
        old_guest::hide(&root).map_err(|e| doing("old guest", &e))?;
    }
    pivot(&root)?;
    rustix::system::sethostname(spec.context.name.as_bytes())?;
    Ok(())
}

fn doing(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("making {what}: {error}"))
}

/// A tmpfs with these options.
fn tmpfs(at: &Path, options: &str) -> io::Result<()> {
    fs::create_dir_all(at)?;
    let options = CString::new(options)?;
    Ok(mount("tmpfs", at, "tmpfs", MountFlags::empty(), options.as_c_str())?)
}

/// The kernel keeps the name under which a device was mounted, so that the host's own /dev must be in place before its
/// first disk is.
fn stage_dev(spec: &HostSpec) -> io::Result<()> {
    let stage = spec.folder.join("dev");
    tmpfs(&stage, "mode=755")?;
    for (name, minor) in [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)] {
        character(spec.real(), &stage.join(name), name, (1, minor))?;
    }
    character(spec.real(), &stage.join("tty"), "tty", (5, 0))?;
    dev::links(&stage)?;
    for node in &spec.disks {
        dev::add_node(&stage, node)?;
    }
    Ok(mount_move(&stage, "/dev")?)
}

fn character(real: bool, path: &Path, name: &str, numbers: (u32, u32)) -> io::Result<()> {
    if real {
        mknodat(CWD, path, FileType::CharacterDevice, Mode::from_raw_mode(0o666), makedev(numbers.0, numbers.1))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666))
    } else {
        fs::write(path, "")?;
        Ok(mount_bind(Path::new("/dev").join(name), path)?)
    }
}

fn mount_root(spec: &HostSpec, root: &Path) -> io::Result<()> {
    let Some(first) = spec.disks.iter().find(|d| d.slot == 0) else {
        let own = spec.folder.join("root");
        fs::create_dir_all(&own)?;
        return Ok(mount_bind_recursive(own, root)?);
    };
    match &first.backing {
        Backing::Block { .. } => Ok(mount("/dev/xvda", root, "xfs", MountFlags::RELATIME, None)?),
        Backing::Folder(folder) => {
            // Options of an overlay are text with separators: a path below the working folder has none of them.
            chdir(&spec.repositories)?;
            overlay::mount("/dev/xvda", folder, root, MountFlags::RELATIME)?;
            guest::table::mark(folder, true);
            Ok(())
        }
    }
}

fn skeleton(spec: &HostSpec, root: &Path) -> io::Result<()> {
    for dir in [
        "proc",
        "sys",
        "dev",
        "run",
        "usr",
        "etc",
        "root",
        "home/oracle",
        "var/log",
        "var/tmp",
        "tmp",
        ".lab",
        "mnt",
        "opt",
    ] {
        fs::create_dir_all(root.join(dir))?;
    }
    for line in &spec.fstab {
        fs::create_dir_all(root.join(line.dir.trim_start_matches('/')))?;
    }
    for dir in ["tmp", "var/tmp"] {
        fs::set_permissions(root.join(dir), fs::Permissions::from_mode(0o1777))?;
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
    if fs::symlink_metadata(root.join("var/run")).is_err() {
        symlink("../run", root.join("var/run"))?;
    }
    Ok(())
}

/// /usr and what stands beside it, as on the machine, read-only: a host's root must not change the machine.
fn programs(root: &Path) -> io::Result<()> {
    bind_read_only(Path::new("/usr"), &root.join("usr"))?;
    for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
        let (from, to) = (Path::new("/").join(name), root.join(name));
        let Ok(kind) = fs::symlink_metadata(&from) else { continue };
        if kind.is_symlink() {
            if fs::symlink_metadata(&to).is_err() {
                symlink(fs::read_link(&from)?, &to)?;
            }
        } else {
            fs::create_dir_all(&to)?;
            bind_read_only(&from, &to)?;
        }
    }
    Ok(())
}

fn bind_read_only(from: &Path, to: &Path) -> io::Result<()> {
    mount_bind_recursive(from, to)?;
    // In a user namespace the flags that the mount has already may not be dropped.
    let has = statvfs(from)?.f_flag;
    let pairs = [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    let kept =
        pairs.into_iter().filter(|(flag, _)| has.contains(*flag)).fold(MountFlags::empty(), |all, (_, f)| all | f);
    Ok(mount_remount(to, MountFlags::BIND | MountFlags::RDONLY | kept, "")?)
}

/// /proc, /sys (what a guest's disks show there, and its domain's UUID: Linux, sysfs-hypervisor-xen), /run and the rest of
/// /dev.
fn kernel(spec: &HostSpec, root: &Path) -> io::Result<()> {
    mount("proc", root.join("proc"), "proc", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, None)
        .map_err(|e| doing("/proc", &e.into()))?;
    tmpfs(&root.join("sys"), "mode=755")?;
    fs::create_dir_all(root.join("sys/block"))?;
    tmpfs(&root.join("run"), "mode=755")?;
    mount_move("/dev", root.join("dev"))?;
    tmpfs(&root.join("dev/shm"), "mode=1777")?;
    fs::create_dir_all(root.join("dev/pts"))?;
    let pts = c"newinstance,ptmxmode=0666,mode=620";
    mount("devpts", root.join("dev/pts"), "devpts", MountFlags::NOSUID | MountFlags::NOEXEC, pts)?;
    if let Some(uuid) = &spec.uuid {
        fs::create_dir_all(root.join("sys/hypervisor"))?;
        fs::write(root.join("sys/hypervisor/uuid"), format!("{uuid}\n"))?;
    }
    spec.disks.iter().try_for_each(|node| dev::add_entry(&root.join("sys"), node))
}

/// The lab's own corner.
fn lab(spec: &HostSpec, root: &Path) -> io::Result<()> {
    let lab = root.join(".lab");
    tmpfs(&lab, "mode=755")?;
    tools(spec, &lab.join("bin"))?;
    fs::write(lab.join("host.json"), serde_json::to_vec(&spec.context)?)?;
    fs::write(lab.join("spec.json"), serde_json::to_vec(spec)?)?;
    fs::set_permissions(lab.join("spec.json"), fs::Permissions::from_mode(0o600))?;
    let private = spec.folder.join("private");
    drop_sockets(&private)?;
    bind(&private, &lab.join("private"))?;
    bind(&spec.shared, &lab.join("site"))?;
    bind(&spec.tape, &root.join(spec.tape.strip_prefix("/").unwrap_or(&spec.tape)))?;
    if spec.role == Role::Server {
        let at = root.join("OVS/Repositories");
        spec.repository_ids.iter().try_for_each(|id| bind(&spec.repositories.join(id), &at.join(id)))
    } else if spec.real() {
        Ok(())
    } else {
        bind(&spec.repositories, &lab.join("repo"))
    }
}

fn bind(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(from)?;
    fs::create_dir_all(to)?;
    Ok(mount_bind_recursive(from, to)?)
}

/// The tools by their names, all of them this program.
fn tools(spec: &HostSpec, bin: &Path) -> io::Result<()> {
    fs::create_dir_all(bin)?;
    let program = bin.join("ovmirror-lab");
    fs::write(&program, "")?;
    mount_bind(&spec.executable, &program)?;
    guest::tools(spec.role, spec.context.mode).into_iter().try_for_each(|name| symlink("ovmirror-lab", bin.join(name)))
}

/// Sockets of daemons that died with the last boot would only make their clients wait.
fn drop_sockets(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o1777))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_socket() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn pivot(root: &Path) -> io::Result<()> {
    let old = root.join(".lab/old");
    fs::create_dir(&old)?;
    pivot_root(root, &old)?;
    chdir("/")?;
    unmount("/.lab/old", UnmountFlags::DETACH)?;
    fs::remove_dir("/.lab/old")
}
