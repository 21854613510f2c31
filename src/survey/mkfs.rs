//! The mkfs command that makes a file system anew as it was: block and inode sizes, features and label from what the
//! guest once said of it (mkfs.xfs(8), mke2fs(8)). What depends on the disk below it (stripes, allocation groups) is left
//! to mkfs.

use super::rebuild::FileSystem;
use std::collections::BTreeMap;

/// Types that can be made.
pub const TYPES: [&str; 4] = ["xfs", "ext2", "ext3", "ext4"];

/// What is made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `xfs`, `ext3`, `ext4`.
    pub fstype: &'a str,
    /// The fresh disk's device.
    pub device: &'a str,
    /// The external log's.
    pub log_device: Option<&'a str>,
    /// What is known of the old one.
    pub record: Option<&'a FileSystem>,
    /// Whether it must have the old UUID, because /etc/fstab names it.
    pub same_uuid: bool,
}

/// The commands, in order, and what the reader should know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Words of each.
    pub commands: Vec<Vec<String>>,
    /// What could not be had from the record.
    pub warning: Option<String>,
}

/// Decides. The error says why it cannot be made.
pub fn commands(wanted: &Wanted<'_>) -> Result<Made, String> {
    match wanted.fstype {
        "xfs" => xfs(wanted),
        "ext2" | "ext3" | "ext4" => ext(wanted),
        other => Err(format!("{other} is not made by this release: xfs, ext2, ext3 and ext4 are")),
    }
}

/// A value of the line of blkid(8).
#[must_use]
pub fn blkid(record: &FileSystem, key: &str) -> Option<String> {
    let rest = record.blkid.split(&format!(" {key}=\"")).nth(1)?;
    rest.split('"').next().map(str::to_owned).filter(|value| !value.is_empty())
}

fn wanted_uuid(wanted: &Wanted<'_>) -> Option<String> {
    wanted.record.filter(|_| wanted.same_uuid).and_then(|record| blkid(record, "UUID"))
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn unknown(program: &str) -> Option<String> {
    Some(format!("the record does not say how it was made: {program} makes it with its own defaults"))
}

/// `-o key=value` for each of these keys that is known.
fn options(command: &mut Vec<String>, flag: &str, known: &BTreeMap<String, String>, keys: &[(&str, &str)]) {
    let values: Vec<String> =
        keys.iter().filter_map(|(name, key)| Some(format!("{name}={}", known.get(*key)?))).collect();
    if !values.is_empty() {
        command.extend([flag.to_owned(), values.join(",")]);
    }
}

/// What xfs_info(8) prints, by section: `meta-data`, `data`, `naming`, `log`.
fn xfs_info(lines: &[String]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in lines {
        let Some((head, rest)) = line.split_once('=') else { continue };
        if !head.trim().is_empty() {
            section = head.trim().to_owned();
        }
        let values = all.entry(section.clone()).or_default();
        for word in rest.split([' ', ',', '\t']) {
            if let Some((key, value)) = word.split_once('=').filter(|(_, value)| plain(value)) {
                values.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    all
}

fn plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_digit())
}

fn xfs(wanted: &Wanted<'_>) -> Result<Made, String> {
    let info = wanted.record.map(|record| xfs_info(&record.mkfs)).unwrap_or_default();
    let of = |section: &str| info.get(section).cloned().unwrap_or_default();
    let meta = of("meta-data");
    let mut command = words(&["mkfs.xfs", "-f"]);
    options(&mut command, "-b", &of("data"), &[("size", "bsize")]);
    options(&mut command, "-s", &meta, &[("size", "sectsz")]);
    // Features that xfs_info names, the same program can make; ftype may be named only where there is no crc.
    let features = ["crc", "finobt", "rmapbt", "reflink", "bigtime", "inobtcount"].map(|key| (key, key));
    options(&mut command, "-m", &meta, &features);
    options(&mut command, "-i", &meta, &[("size", "isize"), ("sparse", "sparse")]);
    let naming = of("naming");
    let no_crc = meta.get("crc").is_none_or(|crc| crc == "0");
    let names: &[(&str, &str)] = if no_crc { &[("size", "bsize"), ("ftype", "ftype")] } else { &[("size", "bsize")] };
    options(&mut command, "-n", &naming, names);
    if let Some(device) = wanted.log_device {
        let size = log_bytes(&of("log")).map_or(String::new(), |bytes| format!(",size={bytes}"));
        command.extend(["-l".to_owned(), format!("logdev={device}{size}")]);
    }
    if let Some(label) = wanted.record.and_then(|record| blkid(record, "LABEL")) {
        command.extend(["-L".to_owned(), label]);
    }
    command.push(wanted.device.to_owned());
    let mut made = Made { commands: vec![command], warning: None };
    if info.is_empty() {
        made.warning = unknown("mkfs.xfs");
    }
    if let Some(uuid) = wanted_uuid(wanted) {
        made.commands.push(words(&["xfs_admin", "-U", &uuid, wanted.device]));
    }
    Ok(made)
}

fn log_bytes(log: &BTreeMap<String, String>) -> Option<u64> {
    log.get("bsize")?.parse::<u64>().ok()?.checked_mul(log.get("blocks")?.parse().ok()?)
}

/// What `tune2fs -l` prints: `Block size:               4096`.
fn tune2fs(lines: &[String]) -> BTreeMap<String, String> {
    let pair =
        |line: &String| line.split_once(':').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    lines.iter().filter_map(pair).collect()
}

/// Features that a mount sets and mke2fs does not take.
const STATE: [&str; 3] = ["needs_recovery", "orphan_present", "journal_dev"];

fn ext(wanted: &Wanted<'_>) -> Result<Made, String> {
    if wanted.log_device.is_some() {
        return Err("an external journal of ext3 or ext4 is not made by this release".to_owned());
    }
    let info = wanted.record.map(|record| tune2fs(&record.mkfs)).unwrap_or_default();
    let program = format!("mkfs.{}", wanted.fstype);
    let mut command = words(&[&program, "-q", "-F"]);
    for (flag, key) in [("-b", "Block size"), ("-I", "Inode size"), ("-N", "Inode count")] {
        if let Some(value) = info.get(key).filter(|value| plain(value)) {
            command.extend(words(&[flag, value]));
        }
    }
    if let Some(percent) = reserved(&info) {
        command.extend(words(&["-m", &percent.to_string()]));
    }
    if let Some(features) = info.get("Filesystem features") {
        let kept = features.split_ascii_whitespace().filter(|feature| !STATE.contains(feature));
        command.extend(words(&["-O", &std::iter::once("none").chain(kept).collect::<Vec<_>>().join(",")]));
    }
    if let Some(label) = wanted.record.and_then(|record| blkid(record, "LABEL")) {
        command.extend(words(&["-L", &label]));
    }
    if let Some(uuid) = wanted_uuid(wanted) {
        command.extend(words(&["-U", &uuid]));
    }
    command.push(wanted.device.to_owned());
    let warning = if info.is_empty() { unknown(&program) } else { None };
    Ok(Made { commands: vec![command], warning })
}

/// Blocks that are root's alone, in whole percent, rounded down: the Oracle user must not have less than before.
fn reserved(info: &BTreeMap<String, String>) -> Option<u64> {
    let number = |key: &str| info.get(key)?.parse::<u64>().ok();
    number("Reserved block count")?.checked_mul(100)?.checked_div(number("Block count")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const XFS_OL7: &str = "\
meta-data=/dev/xvdc              isize=512    agcount=4, agsize=76800 blks
         =                       sectsz=512   attr=2, projid32bit=1
         =                       crc=1        finobt=1, sparse=1, rmapbt=0
         =                       reflink=0
data     =                       bsize=4096   blocks=307200, imaxpct=25
         =                       sunit=0      swidth=0 blks
naming   =version 2              bsize=4096   ascii-ci=0 ftype=1
log      =internal               bsize=4096   blocks=2560, version=2
         =                       sectsz=512   sunit=0 blks, lazy-count=1
realtime =none                   extsz=4096   blocks=0, rtextents=0";
    const XFS_OL6: &str = "\
meta-data=/dev/xvdc              isize=256    agcount=4, agsize=76800 blks
         =                       sectsz=512   attr=2
data     =                       bsize=4096   blocks=307200, imaxpct=25
naming   =version 2              bsize=8192   ascii-ci=0
log      =external               bsize=4096   blocks=16384, version=2";
    const EXT4: &str = "\
Filesystem features:      has_journal ext_attr dir_index filetype needs_recovery extent
Inode count:              65536
Block count:              262144
Reserved block count:     5242
Block size:               4096
Inode size:               256";

    fn record(printed: &str) -> FileSystem {
        FileSystem {
            target: "/u02".into(),
            owner: "54321 54321 755".into(),
            blkid: "/dev/xvdc: LABEL=\"oradata\" UUID=\"0a1b-2c\" TYPE=\"x\"".into(),
            mkfs: printed.lines().map(str::to_owned).collect(),
        }
    }

    fn made(fstype: &str, printed: &str, log: Option<&str>, same_uuid: bool) -> String {
        let record = record(printed);
        let wanted = Wanted { fstype, device: "/dev/xvday", log_device: log, record: Some(&record), same_uuid };
        let made = commands(&wanted).unwrap();
        assert_eq!(made.warning, None);
        made.commands.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join("; ")
    }

    #[rstest]
    #[case::ol7(
        "xfs",
        XFS_OL7,
        None,
        false,
        "mkfs.xfs -f -b size=4096 -s size=512 -m crc=1,finobt=1,rmapbt=0,reflink=0 -i size=512,sparse=1 -n size=4096 \
         -L oradata /dev/xvday"
    )]
    #[case::ol6_external_log(
        "xfs",
        XFS_OL6,
        Some("/dev/xvdaz"),
        true,
        "mkfs.xfs -f -b size=4096 -s size=512 -i size=256 -n size=8192 -l logdev=/dev/xvdaz,size=67108864 -L oradata \
         /dev/xvday; xfs_admin -U 0a1b-2c /dev/xvday"
    )]
    #[case::ext4(
        "ext4",
        EXT4,
        None,
        true,
        "mkfs.ext4 -q -F -b 4096 -I 256 -N 65536 -m 1 -O none,has_journal,ext_attr,dir_index,filetype,extent \
         -L oradata -U 0a1b-2c /dev/xvday"
    )]
    fn as_it_was(
        #[case] fstype: &str,
        #[case] printed: &str,
        #[case] log: Option<&str>,
        #[case] same_uuid: bool,
        #[case] text: &str,
    ) {
        assert_eq!(made(fstype, printed, log, same_uuid), text);
    }

    #[rstest]
    #[case("xfs", "mkfs.xfs -f /dev/xvday")]
    #[case("ext3", "mkfs.ext3 -q -F /dev/xvday")]
    fn without_a_record_it_is_plain_and_says_so(#[case] fstype: &str, #[case] text: &str) {
        let wanted = Wanted { fstype, device: "/dev/xvday", log_device: None, record: None, same_uuid: true };
        let made = commands(&wanted).unwrap();
        assert_eq!(made.commands[0].join(" "), text);
        assert!(made.warning.unwrap().contains("own defaults"));
    }

    #[test]
    fn numbers_beyond_all_disks_are_left_to_mkfs() {
        let log = XFS_OL6.replace("blocks=16384", "blocks=18446744073709551615");
        assert!(made("xfs", &log, Some("/dev/xvdaz"), false).contains("-l logdev=/dev/xvdaz -L"));
        let reserved = "Block count: 10\nReserved block count: 18446744073709551615";
        assert!(!made("ext4", reserved, None, false).contains("-m"));
    }

    #[test]
    fn what_is_not_made_says_why() {
        let wanted = Wanted { fstype: "ocfs2", device: "/dev/xvday", log_device: None, record: None, same_uuid: false };
        assert!(commands(&wanted).unwrap_err().contains("ocfs2"));
        let journal = Wanted { fstype: "ext4", log_device: Some("/dev/xvdaz"), ..wanted };
        assert!(commands(&journal).unwrap_err().contains("external journal"));
    }
}
