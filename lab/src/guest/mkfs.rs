//! `mkfs.xfs`, `mkfs.ext4` and `mkfs.ext3` of portable mode: make a disk's folder empty and give it a file system's name.

use super::{
    overlay,
    table::{self, Meta},
};
use std::{fs, io, path::Path, process::ExitCode};

/// The command line of one kind. What options with a value say is checked by the real program, and an overlay has no use
/// for it.
struct Kind {
    program: &'static str,
    fstype: &'static str,
    with_value: &'static [&'static str],
    without: &'static [&'static str],
}

const XFS: Kind = Kind {
    program: "mkfs.xfs",
    fstype: "xfs",
    with_value: &["-b", "-d", "-i", "-l", "-n", "-p", "-r", "-s"],
    without: &["-q", "-K"],
};
const fn ext(program: &'static str, fstype: &'static str) -> Kind {
    Kind {
        program,
        fstype,
        with_value: &["-b", "-C", "-E", "-g", "-G", "-i", "-I", "-J", "-M", "-N", "-o", "-O", "-r", "-t", "-T", "-e"],
        without: &["-F", "-q", "-c", "-D", "-j", "-n", "-v", "-V", "-S"],
    }
}
const EXT3: Kind = ext("mkfs.ext3", "ext3");
const EXT4: Kind = ext("mkfs.ext4", "ext4");

#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    force: bool,
    label: Option<String>,
    device: Option<String>,
    uuid: Option<String>,
}

/// `mkfs.xfs [-f] [-L LABEL] [-m uuid=UUID,…] DEVICE`
#[must_use]
pub fn xfs(args: &[String]) -> ExitCode {
    run(&XFS, args)
}

/// `mkfs.ext3 [-L LABEL] [-U UUID] DEVICE`
#[must_use]
pub fn ext3(args: &[String]) -> ExitCode {
    run(&EXT3, args)
}

/// `mkfs.ext4 [-L LABEL] [-U UUID] DEVICE`
#[must_use]
pub fn ext4(args: &[String]) -> ExitCode {
    run(&EXT4, args)
}

fn run(kind: &Kind, args: &[String]) -> ExitCode {
    match read(kind, args).and_then(|line| make(kind, &line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn read(kind: &Kind, args: &[String]) -> Result<Line, String> {
    let (mut line, is_xfs) = (Line::default(), kind.fstype == "xfs");
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let missing = || format!("{}: option requires an argument -- '{}'", kind.program, arg.trim_start_matches('-'));
        let mut value = || args.next().map(str::to_owned).ok_or_else(missing);
        match arg {
            "-f" if is_xfs => line.force = true,
            "-L" => line.label = Some(value()?),
            "-m" if is_xfs => line.uuid = value()?.split(',').find_map(|o| o.strip_prefix("uuid=").map(str::to_owned)),
            "-m" => drop(value()?),
            "-U" if !is_xfs => line.uuid = Some(value()?).filter(|uuid| uuid != "random"),
            _ if kind.without.contains(&arg) => {}
            _ if kind.with_value.contains(&arg) => drop(value()?),
            _ if arg.starts_with('-') => {
                return Err(format!("{}: invalid option -- '{}'", kind.program, arg.trim_start_matches('-')));
            }
            _ => line.device = Some(arg.to_owned()),
        }
    }
    Ok(line)
}

fn make(kind: &Kind, line: &Line) -> Result<(), String> {
    let device = line.device.as_deref().ok_or("no device name given in argument list")?;
    let devices = table::devices().map_err(|e| e.to_string())?;
    let folder = devices.get(device).ok_or_else(|| absent(kind, device))?;
    let mut meta = Meta::read(folder).map_err(|e| e.to_string())?;
    refuse(kind, line, device, &meta)?;
    meta.fstype = Some(kind.fstype.into());
    meta.uuid = line.uuid.clone().unwrap_or_else(table::uuid);
    meta.label.clone_from(&line.label);
    meta.dirty = false;
    empty(folder).and_then(|()| meta.write(folder)).map_err(|e| e.to_string())
}

fn absent(kind: &Kind, device: &str) -> String {
    if kind.fstype == "xfs" {
        return format!("Error accessing specified device {device}: No such file or directory");
    }
    format!("The file {device} does not exist and no size was specified.")
}

/// A mounted device is refused; an old file system only by XFS (mke2fs asks on a terminal, and goes on without one).
fn refuse(kind: &Kind, line: &Line, device: &str, meta: &Meta) -> Result<(), String> {
    let is_xfs = kind.fstype == "xfs";
    if table::mounted().iter().any(|(d, _)| d == device) {
        return Err(if is_xfs {
            format!("mkfs.xfs: {device} contains a mounted filesystem")
        } else {
            format!("{device} is mounted; will not make a filesystem here!")
        });
    }
    match &meta.fstype {
        Some(old) if is_xfs && !line.force => Err(format!(
            "mkfs.xfs: {device} appears to contain an existing filesystem ({old}).\nmkfs.xfs: Use the -f option to force overwrite."
        )),
        _ => Ok(()),
    }
}

fn empty(folder: &Path) -> io::Result<()> {
    for part in overlay::PARTS {
        match fs::remove_dir_all(folder.join(part)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => fs::create_dir(folder.join(part))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_record_of_mkfs_parameters_says() {
        let args: Vec<_> = "-f -L data -m crc=1,uuid=u-2 -i size=512 /dev/xvde".split(' ').map(str::to_owned).collect();
        let line = read(&XFS, &args).unwrap();
        assert_eq!((line.force, line.label.as_deref(), line.uuid.as_deref()), (true, Some("data"), Some("u-2")));
        assert_eq!(line.device.as_deref(), Some("/dev/xvde"));
        assert!(read(&XFS, &["-Z".to_owned()]).is_err());
        let args: Vec<_> = "-q -m 1 -U u-3 -L log /dev/xvde".split(' ').map(str::to_owned).collect();
        let line = read(&EXT4, &args).unwrap();
        assert_eq!((line.label.as_deref(), line.uuid.as_deref()), (Some("log"), Some("u-3")));
    }
}
