//! What each host must allow: the commands are made by the steps' own functions, once for every slot that a copy may take.

use crate::{
    cli::recover::options,
    fault::{Fault, Kind},
    flow::recover::copy_point,
    step::{
        device,
        media::{import_group, places},
        params::WorkDisk,
        preview::later,
        volume_group,
    },
    survey::{
        FileKind, HostFacts, Layout, Unit, VolumeGroup,
        rules::{EXTRACT_SLOTS, WORK_SLOTS},
        volume::PVS,
    },
    text::sudoers::Right,
};
use std::ops::Range;

type Words = Vec<String>;

/// What is known of a database and its hosts.
pub struct Known<'a> {
    /// As configured.
    pub database: &'a str,
    /// Where everything lies.
    pub layout: &'a Layout,
    /// What its machine says of its mounts.
    pub facts: &'a HostFacts,
    /// Its file systems, with the types that /etc/fstab knows.
    pub typed: &'a [Unit],
    /// Mount points that are frozen.
    pub freeze: &'a [String],
    /// `/ovmirror`, where the media host mounts below a prefix.
    pub prefix: Option<&'a str>,
    /// `~` of the user who logs in at the database's machine, and at the media host.
    pub home: &'a str,
    pub media_home: &'a str,
    /// Units that /etc/fstab finds by an id, which a copy must not keep.
    pub by_id: &'a [Unit],
    /// A folder that extracts are mounted at.
    pub at: Option<&'a str>,
}

fn words(list: &[&str]) -> Words {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn exact(what: String, commands: Vec<Words>) -> Right {
    Right { what, pattern: false, commands }
}

fn pattern(what: String, commands: Vec<Words>) -> Right {
    Right { what: format!("{what}; each [...] is one digit of the run's id"), pattern: true, commands }
}

/// A run of the database, each digit as a class.
fn any_run(database: &str) -> String {
    let digits = |count| "[0-9]".repeat(count);
    format!("{database}-{}T{}-{}", digits(8), digits(6), "[0-9a-f]".repeat(4))
}

/// The free slots that the disks of a file system may take: in the order of the disks.
fn seats(unit: &Unit, free: Range<u32>) -> Result<Vec<Vec<WorkDisk>>, Fault> {
    let disk = |slot: u32, media_slot: u32| -> Result<WorkDisk, Fault> {
        Ok(WorkDisk { slot, golden: later("GOLDEN")?, repository: later("REPOSITORY")?, media_slot })
    };
    match unit.slots.iter().copied().collect::<Vec<_>>().as_slice() {
        [one] => free.map(|slot| Ok(vec![disk(*one, slot)?])).collect(),
        [one, two] => {
            let pairs = free.clone().flat_map(|first| (first + 1..free.end).map(move |second| (first, second)));
            pairs.map(|(first, second)| Ok(vec![disk(*one, first)?, disk(*two, second)?])).collect()
        }
        _ => Err(Fault::new(Kind::User, "SET-002", format!("{} lies on {} disks", unit.target, unit.slots.len()))
            .hint("lines are made for file systems on one disk, or on two")),
    }
}

/// `mount` with these options for every slot, then `umount`.
fn mounts(unit: &Unit, free: Range<u32>, (access, twin): (&str, bool), point: &str) -> Result<Vec<Words>, Fault> {
    let mount = |disks: Vec<WorkDisk>| {
        let options = places::mount_options(&disks, unit, access, twin)?;
        Ok(device::mount_words(&options, &unit.fstype, &places::device(&disks, unit)?, point))
    };
    let mut all = seats(unit, free)?.into_iter().map(mount).collect::<Result<Vec<_>, Fault>>()?;
    all.dedup();
    all.push(words(&["umount", point]));
    Ok(all)
}

/// What makes the copy of a volume group known at the media host, and what lets it go.
fn imports(unit: &Unit, group: &VolumeGroup) -> Result<Vec<Words>, Fault> {
    let mut all = vec![words(&PVS), words(&volume_group::words("-an", &group.name))];
    for disks in seats(unit, WORK_SLOTS)? {
        let here = places::group_here(&disks, group)?;
        let changes = ["-ay", "-an"].map(|flag| words(&volume_group::words(flag, &here.name)));
        let new = changes.into_iter().filter(|change| !all.contains(change)).collect::<Vec<_>>();
        all.extend(new);
        all.push(import_group::words(&here));
    }
    Ok(all)
}

impl Known<'_> {
    /// At the media host.
    pub fn media(&self) -> Result<Vec<Right>, Fault> {
        let mut rights = Vec::new();
        for unit in self.layout.data_units() {
            if unit.group.is_some() && unit.slots.len() > 2 {
                rights.push(self.too_many(unit));
                continue;
            }
            let point = format!("{}{}", self.prefix.unwrap_or_default().trim_end_matches('/'), unit.target);
            let mut commands = mounts(unit, WORK_SLOTS, ("rw", true), &point)?;
            commands.push(words(&["mkdir", "-p", &point]));
            if let Some(group) = &unit.group {
                commands.extend(imports(unit, group)?);
            }
            rights.push(exact(format!("{}: backup, offload and drill, {point}", self.database), commands));
        }
        for unit in self.by_id.iter().filter(|unit| unit.group.is_none()) {
            rights.push(exact(format!("{}: extract, new ids of a copy of {}", self.database, unit.target), ids(unit)?));
            let point = format!("{}/.ovmirror/{}/ids", self.media_home, any_run(self.database));
            let commands = mounts(unit, WORK_SLOTS, ("rw", true), &point)?;
            rights.push(pattern(format!("{}: the same, its journal first", self.database), commands));
        }
        Ok(rights)
    }

    /// At the database's machine.
    pub fn database(&self) -> Result<Vec<Right>, Fault> {
        let freeze = self.freeze.iter().flat_map(|point| ["-f", "-u"].map(|flag| words(&["fsfreeze", flag, point])));
        let mut rights = Vec::new();
        if !self.freeze.is_empty() {
            rights.push(exact(format!("{}: backup, quiesce = \"fsfreeze\"", self.database), freeze.collect()));
        }
        if !self.layout.data_groups().is_empty() {
            rights.push(exact(format!("{}: which disks a volume group has", self.database), vec![words(&PVS)]));
        }
        for unit in self.layout.data_units().filter(|unit| self.is_swapped(unit)) {
            rights.push(exact(format!("{}: recover, {}", self.database, unit.target), self.swap(unit)));
        }
        rights.extend(self.typed.iter().filter(|unit| unit.group.is_some()).map(|unit| self.unnamed(unit)));
        for unit in self.typed.iter().filter(|unit| unit.group.is_none()) {
            rights.extend(self.extract(unit)?);
            if !self.is_swapped(unit) {
                let point = format!("{}/{}", self.folder(), copy_point(&unit.source));
                let commands = mounts(unit, EXTRACT_SLOTS, ("rw", true), &point)?;
                rights.push(pattern(format!("{}: recover --copy, {}", self.database, unit.target), commands));
            }
        }
        Ok(rights)
    }

    /// The copy of a group is called after a slot here and has its disks at slots of the media host: too many pairs.
    fn unnamed(&self, unit: &Unit) -> Right {
        let what = format!(
            "{}: extract, {}, has no lines: the copy of a volume group is called ovm.DEVICE, anew each time; for the hour of an \
             extract allow pvs, vgchange, mount and umount here, and those, vgimportclone and xfs_admin, or tune2fs and e2fsck, on the media host",
            self.database, unit.target
        );
        exact(what, Vec::new())
    }

    /// Three disks have 4,060 ways to take free slots.
    fn too_many(&self, unit: &Unit) -> Right {
        let what = format!(
            "{}: backup, offload and drill, {}, has no lines: its volume group has {} disks, which take free slots in too many ways; \
             allow pvs, vgchange, vgimportclone, mount, umount and mkdir",
            self.database,
            unit.target,
            unit.slots.len()
        );
        exact(what, Vec::new())
    }

    fn folder(&self) -> String {
        format!("{}/.ovmirror/{}", self.home, any_run(self.database))
    }

    fn is_swapped(&self, unit: &Unit) -> bool {
        let no = |slot: &u32| self.layout.disks.iter().any(|disk| disk.facts.slot == *slot && !disk.swap.possible);
        unit.roles.contains(&FileKind::Data) && !unit.slots.iter().any(no)
    }

    fn swap(&self, unit: &Unit) -> Vec<Words> {
        let mount = device::mount_words(&options(self.facts, unit), &unit.fstype, &unit.source, &unit.target);
        let mut all = vec![words(&["umount", &unit.target]), mount];
        if let Some(group) = &unit.group {
            all.extend(["-an", "-ay"].map(|flag| words(&volume_group::words(flag, &group.name))));
        }
        all
    }

    /// The journal is replayed by a writable mount in the run's folder before the copy is shown read only.
    fn extract(&self, unit: &Unit) -> Result<Vec<Right>, Fault> {
        let mut rights = Vec::new();
        // A copy with an id of its own is no twin.
        let twin = !self.by_id.iter().any(|known| known.target == unit.target);
        if let Some(at) = self.at {
            let commands = mounts(unit, EXTRACT_SLOTS, ("ro", twin), at)?;
            rights.push(exact(format!("{}: extract --at {at}, {}", self.database, unit.target), commands));
        }
        let mut commands = mounts(unit, EXTRACT_SLOTS, ("rw", twin), &format!("{}/replay", self.folder()))?;
        commands.extend(mounts(unit, EXTRACT_SLOTS, ("ro", twin), &format!("{}/at", self.folder()))?);
        rights.push(pattern(format!("{}: extract, {}", self.database, unit.target), commands));
        Ok(rights)
    }
}

/// As `flow::extract::new_ids` types them.
fn ids(unit: &Unit) -> Result<Vec<Words>, Fault> {
    let mut all = Vec::new();
    for disks in seats(unit, WORK_SLOTS)? {
        let device = places::device(&disks, unit)?;
        let log = places::log_device(&disks, unit)?;
        if unit.fstype == "xfs" {
            let mut uuid = words(&["xfs_admin", "-U", "generate", &device]);
            uuid.extend(log);
            all.extend([words(&["xfs_admin", "-u", &device]), uuid, words(&["xfs_admin", "-L", "--", &device])]);
        } else {
            all.extend([
                words(&["tune2fs", "-l", &device]),
                words(&["tune2fs", "-U", "random", &device]),
                words(&["tune2fs", "-L", "", &device]),
                words(&["e2fsck", "-f", "-p", &device]),
            ]);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;
    use rstest::rstest;

    fn known<'a>(layout: &'a Layout, facts: &'a HostFacts, typed: &'a [Unit]) -> Known<'a> {
        Known {
            database: "ORCL",
            layout,
            facts,
            typed,
            freeze: &[],
            prefix: None,
            home: "/home/oracle",
            media_home: "/home/oracle",
            by_id: typed,
            at: Some("/home/oracle/x"),
        }
    }

    fn texts(rights: &[Right], pattern: bool) -> Vec<String> {
        let meant = rights.iter().filter(|right| right.pattern == pattern);
        meant.flat_map(|right| &right.commands).map(|command| command.join(" ")).collect()
    }

    #[test]
    fn what_a_backup_types_at_the_media_host_is_there_for_every_slot() {
        let (layout, facts) = (offload().surveyed.layout, HostFacts::default());
        let units: Vec<Unit> = layout.data_units().cloned().collect();
        let all = texts(&known(&layout, &facts, &units).media().unwrap(), false);
        let point = &units[0].target;
        let options = offload().mount_options(&units[0]).unwrap();
        let device = offload().device(&units[0]).unwrap();
        let typed = device::mount_words(&options, &units[0].fstype, &device, point).join(" ");
        assert!(all.contains(&typed) && all.contains(&format!("umount {point}")), "{typed}: {all:?}");
        assert_eq!(
            all.iter().filter(|text| text.ends_with(&format!(" {point}")) && text.starts_with("mount ")).count(),
            30
        );
        assert!(!all.iter().any(|text| text.contains(['*', '[', '?'])), "{all:?}");
    }

    #[test]
    fn only_what_lies_in_a_run_s_folder_is_a_pattern() {
        let (layout, facts) = (offload().surveyed.layout, HostFacts::default());
        let units: Vec<Unit> = layout.data_units().cloned().collect();
        let rights = known(&layout, &facts, &units).database().unwrap();
        assert!(texts(&rights, true).iter().all(|text| text.contains("/home/oracle/.ovmirror/ORCL-[0-9]")));
        assert!(texts(&rights, false).iter().all(|text| !text.contains('[')));
        assert!(texts(&rights, false).contains(&"umount /home/oracle/x".to_owned()));
    }

    #[rstest]
    #[case(&[2], 30)]
    #[case(&[2, 4], 435)]
    fn disks_take_free_slots_in_their_order(#[case] slots: &[u32], #[case] count: usize) {
        let layout = offload().surveyed.layout;
        let unit = Unit { slots: slots.iter().copied().collect(), ..layout.units[0].clone() };
        let seats = seats(&unit, WORK_SLOTS).unwrap();
        assert_eq!(seats.len(), count);
        assert!(seats.iter().all(|disks| disks.windows(2).all(|pair| pair[0].media_slot < pair[1].media_slot)));
    }

    /// Two disks in 435 ways, of which the first alone gives the group its name.
    #[test]
    fn a_volume_group_is_imported_and_let_go() {
        let mut layout = offload().surveyed.layout;
        layout.units[0].slots = [2, 4].into();
        layout.units[0].source = "/dev/mapper/vg--data-lv".to_owned();
        let devices = vec!["/dev/xvdc".to_owned(), "/dev/xvde".to_owned()];
        layout.units[0].group = Some(VolumeGroup { name: "vg-data".to_owned(), devices });
        let facts = HostFacts::default();
        let media = texts(&known(&layout, &facts, &[]).media().unwrap(), false);
        let count = |what: &str| media.iter().filter(|text| text.starts_with(what)).count();
        assert_eq!((count("vgimportclone -n ovm."), count("mount "), count("vgchange -ay ovm.")), (435, 29, 29));
        assert!(media.contains(&"vgimportclone -n ovm.xvdu /dev/xvdu /dev/xvdv".to_owned()), "{media:?}");
        let units: Vec<Unit> = layout.data_units().cloned().collect();
        let here = texts(&known(&layout, &facts, &units).database().unwrap(), false);
        for command in ["pvs --noheadings -o pv_name,vg_name", "vgchange -an vg-data", "vgchange -ay vg-data"] {
            assert!(here.contains(&command.to_owned()), "{here:?}");
        }
        assert!(!here.iter().any(|text| text.contains("/home/oracle/x")), "{here:?}");
    }

    #[test]
    fn three_disks_are_refused() {
        let layout = offload().surveyed.layout;
        let unit = Unit { slots: [2, 3, 4].into(), ..layout.units[0].clone() };
        assert_eq!(seats(&unit, WORK_SLOTS).unwrap_err().code, "SET-002");
    }
}
