//! Rules on where the files lie.

use super::{Choices, Seen};
use crate::survey::{
    DiskKind, FileKind, Finding, HostFacts, device_of_slot,
    layout::{Disk, Unit, role_word},
};

pub fn rules(seen: &Seen<'_>) -> Vec<Finding> {
    let mut all: Vec<Finding> = asm(seen).collect();
    all.extend(elsewhere(seen));
    all.extend(unmapped(seen));
    all.extend(seen.layout.data_disks().map(data_disk));
    all.extend(seen.layout.data_units().map(|unit| data_unit(unit, seen.choices, seen.host)));
    all
}

fn asm<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = Finding> + 'a {
    let asm = seen.db.files.iter().filter(|file| file.path.starts_with('+'));
    asm.map(|file| {
        let text = "the name begins with +: it lies in ASM, whose disks cannot be mounted elsewhere by path";
        Finding::error("LAY-ASM", &file.path, text, "ASM is not supported; use RMAN in the VM")
    })
}

fn elsewhere<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = Finding> + 'a {
    let on_file_systems = seen.layout.elsewhere.iter().filter(|(_, path, _)| !path.starts_with('+'));
    on_file_systems.map(|(kind, path, what)| {
        let text = format!("it lies on {what}, which is no disk of this Vm");
        match kind {
            FileKind::Data => Finding::error("LAY-NODISK", path, text, "move the datafile to a virtual disk"),
            _ => Finding::warn("LAY-NODISK", path, text, "it is not part of the snapshot"),
        }
    })
}

/// A disk of the guest that the manager does not have at this Vm: the wrong Vm, or a mapping made behind its back.
fn unmapped<'a>(seen: &'a Seen<'_>) -> impl Iterator<Item = Finding> + 'a {
    let slots = seen.layout.data_units().flat_map(|unit| unit.slots.iter().map(move |slot| (unit, *slot)));
    let missing = slots.filter(|(_, slot)| !seen.vm.disks.iter().any(|disk| disk.slot == *slot && disk.disk.is_some()));
    missing.map(|(unit, slot)| {
        let text = format!(
            "it lies on {}, and the manager maps no disk to slot {slot} of {}",
            device_of_slot(slot),
            seen.vm.name
        );
        Finding::error("LAY-UNMAPPED", &unit.target, text, "is vm = the right name? (OVM CLI: show Vm name=…)")
    })
}

fn data_disk(disk: &Disk) -> Finding {
    let subject = format!("{} (slot {})", disk.device, disk.facts.slot);
    if disk.facts.kind == DiskKind::Physical {
        let text = format!("datafiles lie on the physical disk {}, which cannot be cloned hot", disk.facts.name);
        return Finding::error("LAY-PHYSICAL", subject, text, "move them to a virtual disk on an OCFS2 repository");
    }
    if disk.swap.possible {
        return Finding::ok("LAY-SWAP", subject, "swap: yes");
    }
    let text = format!("swap: no, because {}", disk.swap.because);
    Finding::warn("LAY-SWAP", subject, text, move_out(disk))
}

/// How to move what stands in the way of a swap (Database Administrator's Guide, "Managing the Redo Log",
/// "Managing Control Files").
fn move_out(disk: &Disk) -> String {
    let ways = disk.roles.iter().filter_map(|role| match role {
        FileKind::Redo => Some("ALTER DATABASE ADD LOGFILE '<other disk>' SIZE n; then DROP LOGFILE GROUP of the old"),
        FileKind::Control => Some("ALTER SYSTEM SET control_files='<other disk>' SCOPE=SPFILE; copy it while down"),
        FileKind::Archive => Some("ALTER SYSTEM SET log_archive_dest_1='LOCATION=<other disk>'"),
        FileKind::Flashback => Some("ALTER SYSTEM SET db_recovery_file_dest='<other disk>'"),
        FileKind::Tracking => Some("ALTER DATABASE ENABLE BLOCK CHANGE TRACKING USING FILE '<other disk>'"),
        FileKind::Parameter => Some("CREATE SPFILE='<other disk>' FROM MEMORY"),
        FileKind::Data | FileKind::Temp | FileKind::Software => None,
    });
    let ways: Vec<_> = ways.collect();
    if ways.is_empty() {
        "backups work; recovery by swap does not, until the files are moved".to_owned()
    } else {
        ways.join("; ")
    }
}

fn data_unit(unit: &Unit, choices: &Choices, host: &HostFacts) -> Finding {
    let slots: Vec<_> = unit.slots.iter().map(ToString::to_string).collect();
    let group = unit.group.as_ref().map_or(String::new(), |group| format!("volume group {}, ", group.name));
    let on = format!("{} on {group}slot {}", unit.fstype, slots.join(", "));
    if !unit.spans_disks() {
        return Finding::ok("LAY-UNIT", &unit.target, on);
    }
    if !choices.fsfreeze {
        let text = format!("{on}: its disks are not cloned at one instant");
        return Finding::error("LAY-UNIT", &unit.target, text, "set quiesce = \"fsfreeze\" for this database");
    }
    if !host.fsfreeze {
        let text = format!("{on}: it cannot be frozen, because the guest has no fsfreeze (Oracle Linux 5 has none)");
        return Finding::error("LAY-FREEZE", &unit.target, text, "move its files to a file system on one virtual disk");
    }
    let barred = [FileKind::Redo, FileKind::Control, FileKind::Archive, FileKind::Software];
    match unit.roles.iter().find(|role| barred.contains(role)) {
        None => Finding::ok("LAY-UNIT", &unit.target, format!("{on}; it is frozen for the clone")),
        Some(role) => {
            let text = format!("{on}: it cannot be frozen, because {} lie on it", role_word(*role));
            Finding::error("LAY-FREEZE", &unit.target, text, "move them to another file system")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::{Level, layout::testing::unit};
    use rstest::rstest;

    #[rstest]
    #[case::one_disk(&[2], false, false, None)]
    #[case::not_chosen(&[2, 4], false, true, Some("LAY-UNIT"))]
    #[case::frozen(&[2, 4], true, true, None)]
    #[case::oracle_linux_5(&[2, 4], true, false, Some("LAY-FREEZE"))]
    fn several_disks_need_fsfreeze(
        #[case] slots: &[u32],
        #[case] chosen: bool,
        #[case] program: bool,
        #[case] code: Option<&str>,
    ) {
        let host = HostFacts { fsfreeze: program, ..HostFacts::default() };
        let choices =
            Choices { fsfreeze: chosen, skip: Vec::new(), prefix: None, media_home: None, sid: "ORCL".to_owned() };
        let finding = data_unit(&unit("/u02", slots), &choices, &host);
        assert_eq!((finding.level == Level::Error).then_some(finding.code.as_str()), code, "{finding:?}");
    }
}
