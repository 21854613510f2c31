//! The images of dom0 and of the guests: built once from Debian packages, kept by the packages' versions.

use crate::site::{
    error::{During, SiteError},
    spawn,
};
use rustix::fs::{FlockOperation, flock};
use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
};

/// The scripts that build them, and what they put into them.
const FILES: [(&str, &str); 10] = [
    ("build.sh", include_str!("../../../xen/build.sh")),
    ("modules.sh", include_str!("../../../xen/modules.sh")),
    ("dom0-ramdisk.sh", include_str!("../../../xen/dom0-ramdisk.sh")),
    ("guest-ramdisk.sh", include_str!("../../../xen/guest-ramdisk.sh")),
    ("dom0.sh", include_str!("../../../xen/dom0.sh")),
    ("guest.sh", include_str!("../../../xen/guest.sh")),
    ("poweroff.sh", include_str!("../../../xen/poweroff.sh")),
    ("xm.sh", include_str!("../../../xen/xm.sh")),
    ("block.sh", include_str!("../../../xen/block.sh")),
    ("vif.sh", include_str!("../../../xen/vif.sh")),
];

/// What building takes; starting takes QEMU, tar and cpio of these.
const PROGRAMS: [&str; 10] = [
    "unshare",
    "qemu-system-x86_64",
    "debootstrap",
    "apt-cache",
    "dpkg-deb",
    "cpio",
    "depmod",
    "mkfs.ext4",
    "tar",
    "xz",
];

/// What of the packages of this machine's release is taken.
struct Packages {
    kernel: String,
    hypervisor: String,
    utils: String,
}

/// Whether this machine can have a site of this kind at all.
pub fn possible() -> Result<(), SiteError> {
    PROGRAMS.into_iter().try_for_each(spawn::need)?;
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(SiteError::refused("xen mode builds images of whole systems, which only root can", "run as root"))
}

/// The folder with the images; built when it is not there.
pub fn ready() -> Result<PathBuf, SiteError> {
    let packages = packages()?;
    let top = cache()?;
    fs::create_dir_all(&top).at(&top)?;
    let folder = top.join(format!("xen-{:08x}", key(&packages)?));
    let lock = top.join("lock");
    let held = File::options().create(true).truncate(false).write(true).open(&lock).at(&lock)?;
    flock(&held, FlockOperation::LockExclusive).at(&lock)?;
    if !folder.exists() {
        build(&packages, &folder)?;
        sweep(&top, &folder)?;
    }
    Ok(folder)
}

fn cache() -> Result<PathBuf, SiteError> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let missing = || SiteError::refused("there is no place for a cache", "set XDG_CACHE_HOME or HOME");
    Ok(folder.ok_or_else(missing)?.join("ovmirror-lab"))
}

fn packages() -> Result<Packages, SiteError> {
    let kernel = depends("linux-image-amd64", "linux-image-")?;
    let hypervisor = depends("xen-system-amd64", "xen-hypervisor-4")?;
    let utils = depends("xen-system-amd64", "xen-utils-")?;
    Ok(Packages { kernel, hypervisor, utils })
}

/// The first package with this beginning that a package depends on.
fn depends(package: &str, begin: &str) -> Result<String, SiteError> {
    let text = spawn::must("apt-cache", &["depends", package].map(OsStr::new))?;
    let mut names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    names.find(|name| name.starts_with(begin)).map(str::to_owned).ok_or_else(|| {
        SiteError::refused(format!("apt knows no {begin}… of package {package}"), "`apt-get update`, on Debian")
    })
}

/// Other versions or other scripts are other images.
fn key(packages: &Packages) -> Result<u32, SiteError> {
    let names = ["show", "--no-all-versions", &packages.kernel, &packages.hypervisor, &packages.utils];
    let more = ["ocfs2-tools", "openssh-server", "sudo", "xfsprogs", "e2fsprogs", "lvm2", "diod", "libc6"];
    let words: Vec<&OsStr> = names.into_iter().chain(more).map(OsStr::new).collect();
    let text = spawn::must("apt-cache", &words)?;
    let versions = text.lines().filter(|line| line.starts_with("Package: ") || line.starts_with("Version: "));
    let mut sum = crc32fast::Hasher::new();
    versions.chain(FILES.iter().map(|(_, text)| *text)).for_each(|text| sum.update(text.as_bytes()));
    Ok(sum.finalize())
}

/// Builds beside the place and moves it there whole: what an interrupted build left is swept by the next one.
fn build(packages: &Packages, folder: &Path) -> Result<(), SiteError> {
    eprintln!("the images of Xen and its guests are built once, into {}; this takes minutes", folder.display());
    let fresh = folder.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).at(&fresh)?;
    }
    let scripts = fresh.join("scripts");
    fs::create_dir_all(&scripts).at(&scripts)?;
    for (name, text) in FILES {
        let path = scripts.join(name);
        fs::write(&path, text).at(&path)?;
    }
    let log = fresh.join("build.log");
    let out = File::create(&log).at(&log)?;
    // What a build that is ended has mounted goes with its own view of mounts.
    let mut command = spawn::command("nice");
    command.args(["unshare", "--mount", "--propagation", "private", "bash"]).arg(scripts.join("build.sh")).arg(&fresh);
    command.args([&packages.kernel, &packages.hypervisor, &packages.utils]);
    command.stdin(std::process::Stdio::null()).stderr(out.try_clone().at(&log)?).stdout(out);
    let status = command.status().during("building the images")?;
    if !status.success() {
        return Err(failed(&log));
    }
    fs::rename(&fresh, folder).at(folder)
}

/// Images of other versions go; a machine that runs holds its own open.
fn sweep(top: &Path, kept: &Path) -> Result<(), SiteError> {
    for entry in fs::read_dir(top).at(top)? {
        let path = entry.at(top)?.path();
        if path.is_dir() && path != kept {
            fs::remove_dir_all(&path).at(&path)?;
        }
    }
    Ok(())
}

fn failed(log: &Path) -> SiteError {
    let text = fs::read_to_string(log).unwrap_or_default();
    let last: Vec<&str> = text.lines().rev().take(5).collect();
    let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
    SiteError::refused(
        format!("the images of Xen cannot be built: {last}"),
        format!("all it said is in {}; packages come from this machine's apt sources", log.display()),
    )
}
