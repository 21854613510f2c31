//! What a Linux guest says of itself: mounts and block devices.

use super::volume::PhysicalVolume;
use serde::{Deserialize, Serialize};

/// A line of /proc/mounts (proc(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// `/dev/xvdc`, `/dev/mapper/vg-lv`, `nfs:/x` …
    pub source: String,
    /// Where.
    pub target: String,
    /// File system type.
    pub fstype: String,
    /// Options.
    pub options: Vec<String>,
}

/// A block device of /sys/block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// `xvdc`, `dm-0`.
    pub name: String,
    /// `device/vbd/51744` as sysfs has it; empty for devices that are no Xen disks.
    pub nodename: String,
    /// Bytes.
    pub bytes: u64,
    /// Devices that lie on top (`dm-0`).
    pub holders: Vec<String>,
    /// Devices that lie below (of a device-mapper device).
    pub slaves: Vec<String>,
    /// The device-mapper name (`vg-lv`).
    pub dm_name: Option<String>,
    /// The device-mapper UUID; that of a logical volume begins with `LVM-` (Linux, Documentation/ABI/testing/sysfs-block-dm).
    #[serde(default)]
    pub dm_uuid: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    /// Mounts in order.
    pub mounts: Vec<Mount>,
    /// Devices.
    pub devices: Vec<Device>,
    /// SIDs of running instances (pmon processes).
    #[serde(default)]
    pub instances: Vec<String>,
    /// Whether it has fsfreeze (util-linux has it since 2.16; Oracle Linux 5 is older).
    #[serde(default)]
    pub fsfreeze: bool,
    /// Whether it has vgimportclone (of lvm2).
    #[serde(default)]
    pub vgimportclone: bool,
    /// LVM's physical volumes, where they were asked for: only root may look.
    #[serde(default)]
    pub volumes: Vec<PhysicalVolume>,
    /// The UUID of its Xen domain, where its kernel tells it (Linux, Documentation/ABI/stable/sysfs-hypervisor-xen).
    #[serde(default)]
    pub uuid: Option<String>,
}

/// What stands between two `== name` lines.
fn section<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let head = format!("== {name}");
    text.lines().skip_while(move |line| *line != head).skip(1).take_while(|line| !line.starts_with("== "))
}

impl HostFacts {
    /// Parses what `templates/sh/facts.tera` prints; without its last line it is not whole.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.lines().any(|line| line == "== end") {
            return Err("it was cut off: its last line is missing".to_owned());
        }
        let mounts: Vec<&str> = section(text, "mounts").collect();
        let mut devices = Vec::new();
        for line in section(text, "blocks") {
            block_line(&mut devices, line).ok_or_else(|| format!("`{line}` is not understood"))?;
        }
        let instances = section(text, "instances").map(|line| line.trim().to_owned()).collect();
        let uuid = section(text, "uuid").map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        let has = |program: &str| section(text, "programs").any(|line| line == program);
        let (fsfreeze, vgimportclone) = (has("fsfreeze"), has("vgimportclone"));
        let (mounts, volumes) = (Self::parse_mounts(&mounts.join("\n")), Vec::new());
        Ok(Self { mounts, devices, instances, fsfreeze, vgimportclone, volumes, uuid })
    }

    /// Parses the text of /proc/mounts: four fields we need, blanks written as `\040` (proc(5)).
    #[must_use]
    pub fn parse_mounts(text: &str) -> Vec<Mount> {
        text.lines().filter_map(mount_line).collect()
    }

    /// The mount that a path lies on: the longest target that is a prefix; the last of equal ones hides the others.
    #[must_use]
    pub fn mount_of(&self, path: &str) -> Option<&Mount> {
        let under = |m: &&Mount| m.target == "/" || path == m.target || path.starts_with(&format!("{}/", m.target));
        self.mounts.iter().filter(under).max_by_key(|m| m.target.len())
    }
}

/// `disk NAME NUMBER SECTORS RO NODENAME`, then `part`, `holder`, `slave`, `dm`, `loop` lines of it. Sectors have 512
/// bytes (Linux, Documentation/ABI/stable/sysfs-block).
fn block_line(devices: &mut Vec<Device>, line: &str) -> Option<()> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    // The lines of a disk follow it, so that the last one counts: `dm-1` also begins `dm-10`.
    let at = |name: &str, devices: &mut Vec<Device>| devices.iter().rposition(|device| name.starts_with(&device.name));
    match fields.as_slice() {
        ["disk", name, _, sectors, _, node] => {
            let bytes = sectors.parse::<u64>().ok()?.checked_mul(512)?;
            let nodename = if *node == "-" { String::new() } else { (*node).to_owned() };
            devices.push(Device { name: (*name).to_owned(), nodename, bytes, ..Device::default() });
        }
        ["holder", name, by] => {
            let place = at(name, devices)?;
            devices[place].holders.push((*by).to_owned());
        }
        ["slave", name, below] => {
            let place = at(name, devices)?;
            devices[place].slaves.push((*below).to_owned());
        }
        ["dm", name, dm, uuid @ ..] => {
            let place = at(name, devices)?;
            devices[place].dm_name = Some((*dm).to_owned());
            devices[place].dm_uuid = uuid.first().map(|uuid| (*uuid).to_owned());
        }
        ["part" | "loop", ..] | [] => {}
        _ => return None,
    }
    Some(())
}

fn mount_line(line: &str) -> Option<Mount> {
    let mut fields = line.split_ascii_whitespace().map(unescape);
    let (source, target, fstype, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let options = options.split(',').map(str::to_owned).collect();
    Some(Mount { source, target, fstype, options })
}

fn unescape(field: &str) -> String {
    field.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\012", "\n").replace(r"\134", r"\")
}

/// The slot of a Xen virtual disk from its number: 51712 + 16 n for slots to 15, 268435456 + 256 n above
/// (Xen, docs/man/xen-vbd-interface.7).
#[must_use]
pub fn slot_of_nodename(nodename: &str) -> Option<u32> {
    let number: u32 = nodename.trim().strip_prefix("device/vbd/")?.parse().ok()?;
    match number {
        51712..=51967 if (number - 51712).is_multiple_of(16) => Some((number - 51712) / 16),
        268_435_456.. if (number - 268_435_456).is_multiple_of(256) => Some((number - 268_435_456) / 256),
        _ => None,
    }
}

/// The device name of a slot: 0 is xvda, 25 xvdz, 26 xvdaa (Linux, xen-blkfront).
#[must_use]
pub fn device_of_slot(slot: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap_or(0));
    let mut letters = vec![letter(slot)];
    let mut rest = slot / 26;
    while rest > 0 {
        letters.push(letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().fold("xvd".to_owned(), |name, letter| name + &letter.to_string())
}

/// What follows the device name of a slot in a name: nothing for the disk itself, digits for a partition of it; `None` for
/// any other device.
#[must_use]
pub fn part_of_slot(name: &str, slot: u32) -> Option<&str> {
    name.strip_prefix(&device_of_slot(slot)).filter(|rest| rest.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "xvda")]
    #[case(2, "xvdc")]
    #[case(25, "xvdz")]
    #[case(26, "xvdaa")]
    #[case(50, "xvday")]
    fn names(#[case] slot: u32, #[case] name: &str) {
        assert_eq!(device_of_slot(slot), name);
    }

    #[rstest]
    #[case("device/vbd/51744", Some(2))]
    #[case("device/vbd/268448256", Some(50))]
    #[case("device/vbd/51713", None)]
    #[case("device/vif/0", None)]
    fn slots(#[case] nodename: &str, #[case] slot: Option<u32>) {
        assert_eq!(slot_of_nodename(nodename), slot);
    }

    #[test]
    fn facts_are_read_and_a_cut_is_seen() {
        let text = "== host\n5.4\n== mounts\n/dev/xvdc /u02 xfs rw 0 0\n== swaps\n== blocks\n\
            disk xvdc 202:32 2048 0 device/vbd/51744\npart xvdc1 202:33 xvdc 2048 100\nholder xvdc1 dm-0\n\
            disk dm-0 253:0 100 0 -\nslave dm-0 xvdc1\ndm dm-0 vg-lv LVM-0a1b\n== instances\nORCL\n== end\n";
        let facts = HostFacts::parse(text).unwrap();
        assert_eq!(facts.devices[0].holders, ["dm-0"]);
        assert_eq!(facts.devices[0].bytes, 1 << 20);
        assert_eq!(facts.devices[1].dm_name.as_deref(), Some("vg-lv"));
        assert_eq!(facts.devices[1].dm_uuid.as_deref(), Some("LVM-0a1b"));
        assert_eq!((facts.instances, facts.mounts.len()), (vec!["ORCL".to_owned()], 1));
        assert!(!facts.fsfreeze);
        assert!(HostFacts::parse("== programs\nfsfreeze\n== end\n").unwrap().fsfreeze);
        assert!(HostFacts::parse(text.strip_suffix("== end\n").unwrap()).is_err());
        let programs = HostFacts::parse("== programs\nvgimportclone\n== end\n").unwrap();
        assert!(programs.vgimportclone && !programs.fsfreeze);
        let huge = text.replace(" 2048 0 device", " 36028797018963968 0 device");
        assert!(HostFacts::parse(&huge).unwrap_err().contains("36028797018963968"));
    }

    /// `dm-1` begins `dm-10`, and `xvda` begins `xvdaa`.
    #[test]
    fn a_line_belongs_to_the_disk_before_it() {
        let text = "== blocks\ndisk dm-1 253:1 8 0 -\nslave dm-1 xvdb\ndisk dm-10 253:10 8 0 -\nslave dm-10 xvdc\n\
            disk xvda 202:0 8 0 device/vbd/51712\ndisk xvdaa 202:1 8 0 device/vbd/268442112\nholder xvdaa dm-2\n== end\n";
        let devices = HostFacts::parse(text).unwrap().devices;
        assert_eq!(
            (devices[0].slaves.as_slice(), devices[1].slaves.as_slice()),
            (&["xvdb".to_owned()][..], &["xvdc".to_owned()][..])
        );
        assert!(devices[2].holders.is_empty() && devices[3].holders == ["dm-2"]);
    }

    #[test]
    fn the_deepest_mount_wins() {
        let text = "/dev/xvda1 / ext3 rw 0 0\n/dev/xvdc /u02 xfs rw,noatime 0 0\n/dev/xvde /u02/a\\040b xfs rw 0 0\n";
        let facts = HostFacts { mounts: HostFacts::parse_mounts(text), ..HostFacts::default() };
        assert_eq!(facts.mount_of("/u02/oradata/x.dbf").unwrap().source, "/dev/xvdc");
        assert_eq!(facts.mount_of("/u02/a b/x.dbf").unwrap().source, "/dev/xvde");
        assert_eq!(facts.mount_of("/u021/x.dbf").unwrap().source, "/dev/xvda1");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC*") {
            let _ = HostFacts::parse_mounts(&text);
            let _ = slot_of_nodename(&text);
        }
    }
}
