//! `mkfs.xfs` of portable mode: makes a disk's folder empty and gives it a file system's name.

use super::{
    overlay,
    table::{self, Meta},
};
use std::{fs, io, path::Path, process::ExitCode};

/// Options with a value; what they say is checked by the real program, and an overlay has no use for it.
const WITH_VALUE: [&str; 9] = ["-b", "-d", "-i", "-l", "-m", "-n", "-p", "-r", "-s"];

#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    force: bool,
    label: Option<String>,
    device: Option<String>,
    uuid: Option<String>,
}

/// `mkfs.xfs [-f] [-L LABEL] [-m uuid=UUID,…] DEVICE`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    match read(args).and_then(|line| make(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn read(args: &[String]) -> Result<Line, String> {
    let mut line = Line::default();
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next().map(str::to_owned).ok_or_else(|| format!("mkfs.xfs: option requires an argument -- '{arg}'"))
        };
        match arg {
            "-f" => line.force = true,
            "-q" | "-K" => {}
            "-L" => line.label = Some(value()?),
            "-m" => line.uuid = value()?.split(',').find_map(|o| o.strip_prefix("uuid=").map(str::to_owned)),
            _ if WITH_VALUE.contains(&arg) => drop(value()?),
            _ if arg.starts_with('-') => return Err(format!("mkfs.xfs: invalid option -- '{arg}'")),
            _ => line.device = Some(arg.to_owned()),
        }
    }
    Ok(line)
}

fn make(line: &Line) -> Result<(), String> {
    let device = line.device.as_deref().ok_or("no device name given in argument list")?;
    let devices = table::devices().map_err(|e| e.to_string())?;
    let folder = devices
        .get(device)
        .ok_or_else(|| format!("Error accessing specified device {device}: No such file or directory"))?;
    if table::mounted().iter().any(|(d, _)| d == device) {
        return Err(format!("mkfs.xfs: {device} contains a mounted filesystem"));
    }
    let mut meta = Meta::read(folder).map_err(|e| e.to_string())?;
    if meta.fstype.is_some() && !line.force {
        return Err(format!(
            "mkfs.xfs: {device} appears to contain an existing filesystem (xfs).\nmkfs.xfs: Use the -f option to force overwrite."
        ));
    }
    meta.fstype = Some("xfs".into());
    meta.uuid = line.uuid.clone().unwrap_or_else(table::uuid);
    meta.label.clone_from(&line.label);
    empty(folder).and_then(|()| meta.write(folder)).map_err(|e| e.to_string())
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
        let line = read(&args).unwrap();
        assert_eq!((line.force, line.label.as_deref(), line.uuid.as_deref()), (true, Some("data"), Some("u-2")));
        assert_eq!(line.device.as_deref(), Some("/dev/xvde"));
        assert!(read(&["-Z".to_owned()]).is_err());
    }
}
