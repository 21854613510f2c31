//! `blkid` of portable mode, for the lab's disks.

use super::{
    blkid_cache::{CACHE, Cache},
    table::{self, Meta},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    output: String,
    tags: Vec<String>,
    devices: Vec<String>,
    uncached: bool,
}

/// `blkid [-o full|value|export|device] [-s TAG] [-c FILE] [-p] [DEVICE…]`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let Some(line) = read(args) else {
        eprintln!("blkid: bad usage\nTry 'blkid --help' for more information.");
        return ExitCode::from(4);
    };
    let Ok(known) = table::devices() else { return ExitCode::from(2) };
    let wanted = if line.devices.is_empty() { known.keys().cloned().collect() } else { line.devices.clone() };
    let found: Vec<String> =
        answers(&line, &known, &wanted).iter().filter_map(|(device, meta)| show(&line, device, meta)).collect();
    if found.is_empty() {
        return ExitCode::from(2);
    }
    let between = if line.output == "export" { "\n\n" } else { "\n" };
    println!("{}", found.join(between));
    ExitCode::SUCCESS
}

/// What is known of the devices: root looks at them and writes it down, and what was written in the last two seconds is
/// taken as it is; everybody else, who may not read a device, gets what is written (libblkid's `blkid_verify`).
fn answers(line: &Line, known: &BTreeMap<String, PathBuf>, wanted: &[String]) -> Vec<(String, Meta)> {
    let root = std::env::var_os("SUDO_USER").is_some();
    let mut cache = if line.uncached { Cache::default() } else { Cache::read(Path::new(CACHE)) };
    let look = |device: &String| Meta::read(known.get(device)?).ok();
    if root {
        let old = wanted.iter().filter(|device| !cache.is_fresh(device)).cloned().collect::<Vec<_>>();
        old.iter().for_each(|device| cache.put(device, look(device)));
        if !line.uncached {
            cache.write(Path::new(CACHE));
        }
    }
    wanted
        .iter()
        .filter(|device| known.contains_key(*device))
        .filter_map(|d| Some((d.clone(), cache.get(d)?)))
        .collect()
}

fn read(args: &[String]) -> Option<Line> {
    let mut line = Line { output: "full".into(), ..Line::default() };
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg {
            "-o" => line.output = args.next()?.to_owned(),
            "-s" => line.tags.push(args.next()?.to_owned()),
            "-c" => line.uncached |= args.next()? == "/dev/null",
            "-p" => line.uncached = true,
            "-g" => {}
            _ if arg.starts_with('-') => return None,
            _ => line.devices.push(arg.to_owned()),
        }
    }
    ["full", "value", "export", "device"].contains(&line.output.as_str()).then_some(line)
}

fn show(line: &Line, device: &str, meta: &Meta) -> Option<String> {
    let fstype = meta.fstype.clone()?;
    let label = meta.label.iter().map(|l| ("LABEL", l.clone()));
    let all = label.chain([("UUID", meta.uuid.clone()), ("TYPE", fstype)]);
    let tags: Vec<_> = all.filter(|(name, _)| line.tags.is_empty() || line.tags.iter().any(|t| t == name)).collect();
    if tags.is_empty() {
        return None;
    }
    let each = |form: fn(&(&str, String)) -> String| tags.iter().map(form).collect::<Vec<_>>();
    Some(match line.output.as_str() {
        "value" => each(|(_, value)| value.clone()).join("\n"),
        "export" => format!("DEVNAME={device}\n{}", each(|(name, value)| format!("{name}={value}")).join("\n")),
        "device" => device.to_owned(),
        _ => format!("{device}: {}", each(|(name, value)| format!("{name}=\"{value}\"")).join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[], "/dev/xvdc: UUID=\"u-1\" TYPE=\"xfs\"")]
    #[case(&["-o", "value", "-s", "UUID"], "u-1")]
    #[case(&["-o", "export"], "DEVNAME=/dev/xvdc\nUUID=u-1\nTYPE=xfs")]
    fn forms(#[case] args: &[&str], #[case] text: &str) {
        let args: Vec<_> = args.iter().map(|a| (*a).to_owned()).collect();
        let meta = Meta { bytes: 1, fstype: Some("xfs".into()), uuid: "u-1".into(), label: None, dirty: false };
        assert_eq!(show(&read(&args).unwrap(), "/dev/xvdc", &meta).as_deref(), Some(text));
    }

    #[test]
    fn an_empty_disk_has_nothing_to_show() {
        assert_eq!(show(&read(&[]).unwrap(), "/dev/xvde", &Meta::default()), None);
        assert_eq!(read(&["-Z".to_owned()]), None);
    }
}
