//! `mount` of portable mode: the command line of util-linux for the lab's disks.

use super::{
    overlay,
    table::{self, Meta},
};
use rustix::mount::{MountFlags, mount_remount};
use std::{fs, path::Path, process::ExitCode};

/// Refused, with the exit status of mount(8).
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    status: u8,
    text: String,
}

fn refused(status: u8, text: impl Into<String>) -> Refused {
    Refused { status, text: text.into() }
}

/// A command line, read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    all: bool,
    kind: Option<String>,
    options: Vec<String>,
    words: Vec<String>,
}

/// `mount …`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let done = read(args).and_then(|line| match (line.all, line.words.as_slice()) {
        (false, []) => list(),
        _ if std::env::var_os("SUDO_USER").is_none() => Err(refused(1, "mount: only root can do that")),
        (true, _) => all(),
        (false, [one]) => by_fstab(one, &line),
        (false, [device, dir]) => one(device, dir, line.kind.as_deref(), &line.options),
        _ => Err(refused(1, "mount: bad usage\nTry 'mount --help' for more information.")),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(refused) => {
            eprintln!("{refused}");
            ExitCode::from(refused.status)
        }
    }
}

fn read(args: &[String]) -> Result<Line, Refused> {
    let mut line = Line::default();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let mut value = |name: &str| {
            args.next()
                .map(str::to_owned)
                .ok_or_else(|| refused(1, format!("mount: option requires an argument -- '{name}'")))
        };
        match arg {
            "-a" | "--all" => line.all = true,
            "-t" | "--types" => line.kind = Some(value("t")?),
            "-o" | "--options" => line.options.extend(value("o")?.split(',').map(str::to_owned)),
            "-r" | "--read-only" => line.options.push("ro".into()),
            "-w" | "--rw" | "-v" | "-n" | "-i" | "--" => {}
            _ if arg.starts_with("-o") && arg.len() > 2 => line.options.extend(arg[2..].split(',').map(str::to_owned)),
            _ if arg.starts_with('-') => {
                return Err(refused(1, format!("mount: invalid option -- '{}'", arg.trim_start_matches('-'))));
            }
            _ => line.words.push(arg.to_owned()),
        }
    }
    Ok(line)
}

fn list() -> Result<(), Refused> {
    let table = fs::read_to_string("/proc/self/mounts").map_err(|e| refused(2, e.to_string()))?;
    for line in table.lines() {
        if let [device, dir, kind, options, ..] = line.split(' ').collect::<Vec<_>>()[..] {
            println!("{device} on {} type {kind} ({options})", unescape(dir));
        }
    }
    Ok(())
}

/// Everything that fstab names and that is not mounted; the first refusal is told after the others were tried.
pub fn all() -> Result<(), Refused> {
    let is_mounted = |dir: &str| dir == "/" || table::mounted().iter().any(|(_, at)| at == dir);
    let lines = fstab().into_iter().filter(|l| !is_mounted(&l.1));
    let tried: Vec<_> = lines.map(|(device, dir, options)| one(&device, &dir, None, &options)).collect();
    tried.into_iter().collect()
}

fn by_fstab(word: &str, line: &Line) -> Result<(), Refused> {
    if line.options.iter().any(|o| o == "remount") {
        return remount(word, &line.options);
    }
    let found = fstab().into_iter().find(|(device, dir, _)| device == word || dir == word);
    let (device, dir, mut options) =
        found.ok_or_else(|| refused(1, format!("mount: {word}: can't find in /etc/fstab.")))?;
    options.extend(line.options.iter().cloned());
    one(&device, &dir, line.kind.as_deref(), &options)
}

fn fstab() -> Vec<(String, String, Vec<String>)> {
    let text = fs::read_to_string("/etc/fstab").unwrap_or_default();
    let entry = |line: &str| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [device, dir, _, options, ..] if !device.starts_with('#') => {
            Some((device.to_owned(), dir.to_owned(), options.split(',').map(str::to_owned).collect()))
        }
        _ => None,
    };
    text.lines().filter_map(entry).collect()
}

/// Mounts one device.
fn one(device: &str, dir: &str, kind: Option<&str>, options: &[String]) -> Result<(), Refused> {
    if options.iter().any(|o| o == "remount") {
        return remount(dir, options);
    }
    if !Path::new(dir).is_dir() {
        return Err(refused(32, format!("mount: {dir}: mount point does not exist.")));
    }
    let devices = table::devices().map_err(|e| refused(2, e.to_string()))?;
    let found =
        table::source(device, &devices).ok_or_else(|| refused(1, format!("mount: {dir}: can't find {device}.")))?;
    let device = found.as_str();
    let folder = devices
        .get(device)
        .ok_or_else(|| refused(32, format!("mount: {dir}: special device {device} does not exist.")))?;
    let wrong = || {
        refused(
            32,
            format!(
                "mount: {dir}: wrong fs type, bad option, bad superblock on {device}, missing codepage or helper program, or other error."
            ),
        )
    };
    let meta = Meta::read(folder).map_err(|_| wrong())?;
    let fits = meta.fstype.is_some() && kind.is_none_or(|k| k == "auto" || meta.fstype.as_deref() == Some(k));
    let flags = flags(options, meta.fstype.as_deref().unwrap_or_default()).ok_or_else(wrong)?;
    if let Some((_, at)) = table::mounted().iter().find(|(d, _)| d == device) {
        return Err(refused(32, format!("mount: {dir}: {device} already mounted on {at}.")));
    }
    if !fits || twin(&meta, &devices, options) {
        return Err(wrong());
    }
    overlay::mount(device, folder, Path::new(dir), flags).map_err(|e| refused(32, format!("mount: {dir}: {e}")))?;
    replay(folder, flags, options);
    Ok(())
}

/// A journal is replayed at every mount but one that leaves it alone, also read-only (the device can be written).
fn replay(folder: &Path, flags: MountFlags, options: &[String]) {
    if !options.iter().any(|o| o == "norecovery" || o == "noload") {
        table::mark(folder, !flags.contains(MountFlags::RDONLY));
    }
}

/// XFS refuses a second file system with the UUID of a mounted one unless `nouuid` is given (xfs(5)).
fn twin(meta: &Meta, devices: &std::collections::BTreeMap<String, std::path::PathBuf>, options: &[String]) -> bool {
    let same =
        |device: &String| devices.get(device).and_then(|f| Meta::read(f).ok()).is_some_and(|m| m.uuid == meta.uuid);
    meta.fstype.as_deref() == Some("xfs")
        && !options.iter().any(|o| o == "nouuid")
        && table::mounted().iter().any(|(device, _)| same(device))
}

fn remount(dir: &str, options: &[String]) -> Result<(), Refused> {
    let flags = flags(options, "").ok_or_else(|| refused(32, format!("mount: {dir}: bad option.")))?;
    mount_remount(dir, flags, "").map_err(|e| refused(32, format!("mount: {dir}: {e}")))
}

/// Options of every file system that need nothing of an overlay.
const ANY: [&str; 8] = ["defaults", "rw", "barrier", "nobarrier", "remount", "nofail", "auto", "noauto"];
/// The same, of XFS.
const XFS: [&str; 5] = ["nouuid", "inode64", "inode32", "attr2", "noquota"];
/// The same, of ext3 and ext4; some have a value.
const EXT: [&str; 8] = [
    "acl",
    "user_xattr",
    "data=ordered",
    "data=writeback",
    "data=journal",
    "errors=remount-ro",
    "barrier=1",
    "barrier=0",
];

/// `None`: an option that the file system does not have.
fn flags(options: &[String], kind: &str) -> Option<MountFlags> {
    let mut flags = MountFlags::RELATIME;
    let (is_ext, is_read_only) = (kind.starts_with("ext"), options.iter().any(|o| o == "ro"));
    for option in options.iter().map(String::as_str) {
        flags |= match option {
            "ro" => MountFlags::RDONLY,
            "noatime" => MountFlags::NOATIME,
            "nodiratime" => MountFlags::NODIRATIME,
            "relatime" => MountFlags::RELATIME,
            "nosuid" => MountFlags::NOSUID,
            "nodev" => MountFlags::NODEV,
            "noexec" => MountFlags::NOEXEC,
            _ if ANY.contains(&option) => MountFlags::empty(),
            _ if XFS.contains(&option) && !is_ext => MountFlags::empty(),
            _ if EXT.contains(&option) && is_ext => MountFlags::empty(),
            // Journal replay is skipped with these, which is only allowed read-only.
            "norecovery" if is_read_only => MountFlags::empty(),
            "noload" if is_read_only && is_ext => MountFlags::empty(),
            _ => return None,
        };
    }
    Some(flags)
}

/// A path as /proc/mounts writes it, read back (octal escapes of blank, tab, line end and backslash).
#[must_use]
pub fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[rstest]
    #[case("-t xfs -o ro,nouuid /dev/xvdc /u02", &["ro", "nouuid"], &["/dev/xvdc", "/u02"])]
    #[case("-oro /u02", &["ro"], &["/u02"])]
    #[case("-r -- /u02", &["ro"], &["/u02"])]
    fn lines(#[case] text: &str, #[case] options: &[&str], #[case] rest: &[&str]) {
        let line = read(&words(text)).unwrap();
        assert_eq!(line.options, options);
        assert_eq!(line.words, rest);
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        assert_eq!(read(&words("--bind /a /b")).unwrap_err().status, 1);
        assert!(flags(&words("nouuid ro"), "xfs").is_some_and(|f| f.contains(MountFlags::RDONLY)));
        assert!(flags(&words("data=ordered"), "xfs").is_none());
        assert!(flags(&words("data=ordered"), "ext4").is_some());
        assert!(flags(&words("nouuid"), "ext4").is_none());
        assert!(flags(&words("norecovery"), "xfs").is_none());
    }

    #[test]
    fn escapes_of_the_mount_table() {
        assert_eq!(unescape("/a\\040b\\134"), "/a b\\");
    }
}
