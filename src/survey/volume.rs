//! LVM: which disks are one volume group, and how device-mapper names what lies on it.

use serde::{Deserialize, Serialize};

/// A line of pvs(8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhysicalVolume {
    /// `/dev/xvdc`, `/dev/xvdc1`; `[unknown]` where the disk is missing.
    pub device: String,
    /// The volume group that it belongs to.
    pub group: Option<String>,
}

/// A volume group: its disks are cloned, swapped and activated together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeGroup {
    /// Its name.
    pub name: String,
    /// Its physical volumes as the guest names them, in order.
    pub devices: Vec<String>,
}

/// The words that [`parse_pvs`] reads the answer of.
pub const PVS: [&str; 4] = ["pvs", "--noheadings", "-o", "pv_name,vg_name"];

/// Two columns, the second empty where a physical volume is in no group (pvs(8)).
pub fn parse_pvs(text: &str) -> Result<Vec<PhysicalVolume>, String> {
    // Older releases of LVM name a missing disk with two words.
    let text = text.replace("unknown device", "[unknown]");
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        match fields.as_slice() {
            [device] => Ok(PhysicalVolume { device: (*device).to_owned(), group: None }),
            [device, group] => Ok(PhysicalVolume { device: (*device).to_owned(), group: Some((*group).to_owned()) }),
            _ => Err(format!("`{line}` is not understood")),
        }
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

/// Group and volume of a device: `/dev/mapper/vg--data-lv` or `/dev/vg-data/lv`. Device-mapper writes a hyphen of a name
/// twice, and the single one stands between group and volume (lvm(8), "VALID NAMES").
#[must_use]
pub fn of_device(source: &str) -> Option<(String, String)> {
    let name = source.strip_prefix("/dev/")?;
    match name.strip_prefix("mapper/") {
        Some(name) => of_mapper_name(name),
        None => name.split_once('/').map(|(group, volume)| (group.to_owned(), volume.to_owned())),
    }
}

/// As [`of_device`], of the name alone.
#[must_use]
pub fn of_mapper_name(name: &str) -> Option<(String, String)> {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'-', Some(b'-')) => at += 2,
            (b'-', _) => {
                let part = |text: &str| text.replace("--", "-");
                let (group, volume) = (part(&name[..at]), part(&name[at + 1..]));
                return (!group.is_empty() && !volume.is_empty()).then_some((group, volume));
            }
            _ => at += 1,
        }
    }
    None
}

/// The device-mapper name of a volume.
#[must_use]
pub fn mapper_name(group: &str, volume: &str) -> String {
    format!("{}-{}", group.replace('-', "--"), volume.replace('-', "--"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("/dev/mapper/vg-lv", Some(("vg", "lv")))]
    #[case("/dev/mapper/vg--data-lv_data", Some(("vg-data", "lv_data")))]
    #[case("/dev/vg-data/lv-1", Some(("vg-data", "lv-1")))]
    #[case("/dev/mapper/mpatha", None)]
    #[case("/dev/mapper/a--b", None)]
    #[case("/dev/xvdc", None)]
    #[case("nas:/x", None)]
    fn devices(#[case] source: &str, #[case] meant: Option<(&str, &str)>) {
        let found = of_device(source);
        assert_eq!(found.as_ref().map(|(group, volume)| (group.as_str(), volume.as_str())), meant);
    }

    #[test]
    fn what_pvs_prints() {
        let found = parse_pvs("  /dev/xvdc  vg-data\n  /dev/xvde  vg-data\n  /dev/xvdf         \n\n").unwrap();
        let groups: Vec<_> = found.iter().map(|one| (one.device.as_str(), one.group.as_deref())).collect();
        assert_eq!(groups, [("/dev/xvdc", Some("vg-data")), ("/dev/xvde", Some("vg-data")), ("/dev/xvdf", None)]);
        assert_eq!(parse_pvs("  unknown device  vg-data\n"), parse_pvs("  [unknown]  vg-data\n"));
        assert!(parse_pvs("  WARNING: a b c\n").is_err());
    }

    proptest! {
        #[test]
        fn names_are_found_again(group in "[a-z0-9_.][a-z0-9_.-]{0,8}[a-z0-9_.]", volume in "[a-z0-9_.][a-z0-9_.-]{0,8}") {
            let source = format!("/dev/mapper/{}", mapper_name(&group, &volume));
            prop_assert_eq!(of_device(&source), Some((group, volume)));
        }
    }
}
