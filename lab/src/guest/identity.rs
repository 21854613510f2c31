//! `xfs_admin`, `tune2fs` and `e2label` of portable mode: UUID and label of a disk's file system. `xfs_repair` and `e2fsck`
//! have nothing to look at there: they are the machine's own and find no file system.

use super::table::{self, Meta};
use std::{path::PathBuf, process::ExitCode};

/// What real mode's `xfs_admin` writes, with exit status 0 and nothing changed (xfsprogs 6.1).
const DIRTY: &str = "ERROR: The filesystem has valuable metadata changes in a log which needs to
be replayed.  Mount the filesystem to replay the log, and unmount it before
re-running xfs_admin.  If you are unable to mount the filesystem, then use
the xfs_repair -L option to destroy the log and attempt a repair.
Note that destroying the log may cause corruption -- please attempt a mount
of the filesystem before doing this.";

/// One wish.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Uuid(String),
    Label(String),
    ShowUuid,
    ShowLabel,
}

/// `xfs_admin [-u] [-l] [-U UUID|generate] [-L LABEL|--] DEVICE`
#[must_use]
pub fn xfs_admin(args: &[String]) -> ExitCode {
    let done = read(args, "xfs_admin").and_then(|(wishes, device)| xfs(&wishes, &device));
    finish(done)
}

/// `tune2fs [-U UUID|random] [-L LABEL] DEVICE`
#[must_use]
pub fn tune2fs(args: &[String]) -> ExitCode {
    eprintln!("tune2fs 1.47.0 (5-Feb-2023)");
    finish(read(args, "tune2fs").and_then(|(wishes, device)| ext(&wishes, &device)))
}

/// `e2label DEVICE [LABEL]`
#[must_use]
pub fn e2label(args: &[String]) -> ExitCode {
    finish(match args {
        [device] => ext(&[Wish::ShowLabel], device),
        [device, label] => ext(&[Wish::Label(label.clone())], device),
        _ => Err("Usage: e2label device [newlabel]".into()),
    })
}

fn finish(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn read(args: &[String], program: &str) -> Result<(Vec<Wish>, String), String> {
    let (mut wishes, mut device, is_xfs) = (Vec::new(), None, program == "xfs_admin");
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let mut value =
            || args.next().map(str::to_owned).ok_or_else(|| format!("{program}: option requires an argument"));
        match arg {
            "-U" => wishes.push(Wish::Uuid(value()?)),
            "-L" => wishes.push(Wish::Label(value()?.replace("--", ""))),
            "-u" if is_xfs => wishes.push(Wish::ShowUuid),
            "-l" if is_xfs => wishes.push(Wish::ShowLabel),
            _ if arg.starts_with('-') => return Err(format!("{program}: invalid option -- '{}'", &arg[1..])),
            _ => device = Some(arg.to_owned()),
        }
    }
    Ok((wishes, device.ok_or_else(|| format!("{program}: no device"))?))
}

fn folder(device: &str) -> Option<PathBuf> {
    table::devices().ok()?.remove(device)
}

fn is_mounted(device: &str) -> bool {
    table::mounted().iter().any(|(name, _)| name == device)
}

fn xfs(wishes: &[Wish], device: &str) -> Result<(), String> {
    let fatal = |why: &str| format!("{why}\n\nfatal error -- couldn't initialize XFS library");
    let folder = folder(device).ok_or_else(|| fatal(&format!("{device}: No such file or directory")))?;
    let mut meta = Meta::read(&folder).map_err(|e| e.to_string())?;
    if meta.fstype.as_deref() != Some("xfs") {
        let text = "is not a valid XFS filesystem (unexpected SB magic number 0x00000000)";
        return Err(format!("xfs_admin: {device} {text}\nUse -F to force a read attempt."));
    }
    for wish in wishes {
        match wish {
            Wish::ShowUuid => println!("UUID = {}", meta.uuid),
            Wish::ShowLabel => println!("label = \"{}\"", meta.label.as_deref().unwrap_or_default()),
            _ if is_mounted(device) => {
                return Err(fatal(&format!("xfs_admin: {device} contains a mounted filesystem")));
            }
            Wish::Uuid(_) if meta.dirty => println!("{DIRTY}"),
            Wish::Uuid(uuid) => {
                meta.uuid = fresh(uuid, "generate");
                println!("Clearing log and setting UUID\nwriting all SBs\nnew UUID = {}", meta.uuid);
            }
            Wish::Label(label) => {
                meta.label = Some(label.clone()).filter(|l| !l.is_empty());
                println!("writing all SBs\nnew label = \"{label}\"");
            }
        }
    }
    meta.write(&folder).map_err(|e| e.to_string())
}

fn ext(wishes: &[Wish], device: &str) -> Result<(), String> {
    let folder =
        folder(device).ok_or_else(|| format!("tune2fs: No such file or directory while trying to open {device}"))?;
    let mut meta = Meta::read(&folder).map_err(|e| e.to_string())?;
    if !meta.fstype.as_deref().is_some_and(|kind| kind.starts_with("ext")) {
        return Err(format!("tune2fs: Bad magic number in super-block while trying to open {device}"));
    }
    for wish in wishes {
        match wish {
            Wish::ShowLabel => println!("{}", meta.label.as_deref().unwrap_or_default()),
            Wish::ShowUuid => println!("{}", meta.uuid),
            Wish::Uuid(_) if is_mounted(device) => {
                return Err("The UUID may only be changed when the filesystem is unmounted.".into());
            }
            Wish::Uuid(uuid) => meta.uuid = fresh(uuid, "random"),
            Wish::Label(label) => meta.label = Some(label.clone()).filter(|l| !l.is_empty()),
        }
    }
    meta.write(&folder).map_err(|e| e.to_string())
}

fn fresh(text: &str, word: &str) -> String {
    if text == word { table::uuid() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_command_lines() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (wishes, device) = read(&words("-U generate -L x /dev/xvdc"), "xfs_admin").unwrap();
        assert_eq!(wishes, [Wish::Uuid("generate".into()), Wish::Label("x".into())]);
        assert_eq!(device, "/dev/xvdc");
        assert!(read(&words("-u /dev/xvdc"), "tune2fs").is_err());
        assert!(read(&words("-L x"), "tune2fs").is_err());
    }
}
