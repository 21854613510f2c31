//! Which file systems a guest looks for by an id at boot: a copy with the same id beside them may be mounted instead.

use super::{
    HostFacts,
    place::{Under, slots_under},
};
use std::collections::BTreeSet;

/// What stands in the first field of a line of /etc/fstab (fstab(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdKind {
    /// `UUID=`
    Uuid,
    /// `LABEL=`
    Label,
    /// `PARTUUID=`, `PARTLABEL=`: of the partition table, which a new file system id does not change.
    Partition,
}

/// A line of /etc/fstab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Device or id.
    pub spec: String,
    /// Mount point.
    pub target: String,
    /// Type of the file system.
    pub fstype: String,
}

/// A line that names a file system by an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ById {
    /// Kind of the id.
    pub kind: IdKind,
    /// The first field.
    pub spec: String,
    /// Mount point.
    pub target: String,
}

/// Parses what `templates/sh/fstab.tera` prints; without its last line it is not whole.
pub fn parse(printed: &str) -> Result<Vec<Line>, String> {
    if printed.lines().last() != Some("== end") {
        return Err("it was cut off: its last line is missing".to_owned());
    }
    Ok(printed.lines().filter(|text| !text.trim_start().starts_with(['#', '='])).filter_map(line).collect())
}

fn line(text: &str) -> Option<Line> {
    let mut fields = text.split_ascii_whitespace().map(|field| field.replace(r"\040", " "));
    Some(Line { spec: fields.next()?, target: fields.next()?, fstype: fields.next()? })
}

/// The lines that name by id a file system on these slots, or one of which nobody sees where it lies.
#[must_use]
pub fn by_id(lines: &[Line], facts: &HostFacts, slots: &BTreeSet<u32>) -> Vec<ById> {
    let named = |line: &Line| {
        let kind = kind(&line.spec).filter(|_| line.fstype != "swap")?;
        Some(ById { kind, spec: line.spec.clone(), target: line.target.clone() })
    };
    lines.iter().filter_map(named).filter(|found| may_lie_on(facts, &found.target, slots)).collect()
}

fn kind(spec: &str) -> Option<IdKind> {
    let kinds = [
        ("UUID=", IdKind::Uuid),
        ("LABEL=", IdKind::Label),
        ("PARTUUID=", IdKind::Partition),
        ("PARTLABEL=", IdKind::Partition),
        ("/dev/disk/by-uuid/", IdKind::Uuid),
        ("/dev/disk/by-label/", IdKind::Label),
        ("/dev/disk/by-partuuid/", IdKind::Partition),
        ("/dev/disk/by-partlabel/", IdKind::Partition),
    ];
    kinds.iter().find(|(prefix, _)| spec.starts_with(prefix)).map(|(_, kind)| *kind)
}

fn may_lie_on(facts: &HostFacts, target: &str, slots: &BTreeSet<u32>) -> bool {
    match facts.mounts.iter().rfind(|mount| mount.target == target).map(|mount| slots_under(facts, mount)) {
        Some(Under::Slots(found)) => !found.is_disjoint(slots),
        Some(Under::Elsewhere(_)) => false,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::{Device, Mount};
    use rstest::rstest;

    fn facts() -> HostFacts {
        let disk = |name: &str, slot: u32| Device {
            name: name.into(),
            nodename: format!("device/vbd/{}", 51712 + 16 * slot),
            ..Device::default()
        };
        let mount = |source: &str, target: &str| Mount {
            source: source.into(),
            target: target.into(),
            fstype: "xfs".into(),
            options: Vec::new(),
        };
        HostFacts {
            devices: vec![disk("xvda", 0), disk("xvdc", 2)],
            mounts: vec![mount("/dev/xvda1", "/"), mount("/dev/xvdc", "/u02")],
            ..HostFacts::default()
        }
    }

    #[rstest]
    #[case::by_device("/dev/xvdc /u02 xfs defaults 0 0", None)]
    #[case::commented("# UUID=1 /u02 xfs defaults 0 0", None)]
    #[case::another_disk("UUID=1 / xfs defaults 0 0", None)]
    #[case::swap("UUID=1 none swap sw 0 0", None)]
    #[case::uuid("UUID=1 /u02 xfs defaults 0 0", Some(IdKind::Uuid))]
    #[case::label("LABEL=data\t/u02 ext4 defaults", Some(IdKind::Label))]
    #[case::by_link("/dev/disk/by-uuid/1 /u02 xfs defaults 0 0", Some(IdKind::Uuid))]
    #[case::partition("PARTUUID=1 /u02 xfs defaults 0 0", Some(IdKind::Partition))]
    #[case::not_mounted("LABEL=old /u09 ext3 noauto 0 0", Some(IdKind::Label))]
    fn lines(#[case] text: &str, #[case] expected: Option<IdKind>) {
        let printed = format!("== fstab\n{text}\n\n== end\n");
        let found = by_id(&parse(&printed).unwrap(), &facts(), &BTreeSet::from([2]));
        assert_eq!(found.first().map(|found| found.kind), expected);
        assert!(parse(text).is_err());
    }
}
