//! What speaks against a recovery, looked at before the first change. Each rule is one function.

use super::facts::{Facts, Snapshot};
use crate::{
    fault::Fault,
    model::{RunId, Scn},
    recovery::{Changed, Link, Until},
    survey::{DataFile, Disk, FileKind, Finding, Unit, rules::same_machine},
};

/// What the rules look at.
pub struct Seen<'a> {
    pub facts: &'a Facts,
    pub snapshot: &'a Snapshot,
    pub changed: &'a [Changed],
    pub until: &'a Until,
    /// Only a part of the database is recovered.
    pub part: bool,
    /// The snapshot's control file is used.
    pub controlfile: bool,
    /// Datafiles may be copied where their disk cannot be swapped.
    pub copy: bool,
}

impl Seen<'_> {
    /// The file systems that go back.
    pub fn units(&self) -> Vec<&Unit> {
        self.snapshot.layout.surveyed.layout.data_units().collect()
    }

    /// The disks below them, as they are today.
    fn disks(&self) -> impl Iterator<Item = &Disk> {
        let wanted = |disk: &&Disk| self.snapshot.layout.disks.iter().any(|golden| golden.slot == disk.facts.slot);
        self.facts.layout.disks.iter().filter(wanted)
    }
}

/// What the present control file does not know, the snapshot's does.
const OF_SNAPSHOT: &str = "the snapshot's own control file knows it: add --controlfile snapshot";

/// All of them.
pub fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let (whole, parts) = ([identity(seen), backup_mode(seen), guards(seen), machine(seen)], [disks(seen), units(seen)]);
    [whole.concat(), parts.concat(), files(seen), offline(seen), redo(seen), end(seen)].concat()
}

/// Law 10, before anything else.
fn identity(seen: &Seen<'_>) -> Vec<Finding> {
    let (now, then) = (&seen.facts.db.identity, &seen.snapshot.layout.surveyed.identity);
    let mut found = Vec::new();
    if now.dbid != then.dbid {
        found.push(Finding::error(
            "REC-DBID",
            &now.name,
            format!("its DBID is {}, the snapshot's is {}: it is another database", now.dbid, then.dbid),
            "choose a snapshot of this database",
        ));
    }
    if now.role != "PRIMARY" {
        let remedy = "recover the primary, or stop managed recovery and recover the standby by hand";
        found.push(Finding::error("REC-ROLE", &now.name, format!("it is a {}", now.role), remedy));
    }
    if now.controlfile_type != "CURRENT" {
        let text = format!("its control file is of type {}", now.controlfile_type);
        let remedy = "shut it down, move that control file away from each place of CONTROL_FILES, then take the \
             snapshot's: --controlfile snapshot";
        found.push(Finding::error("REC-CONTROL", &now.name, text, remedy));
    }
    found
}

fn backup_mode(seen: &Seen<'_>) -> Vec<Finding> {
    let files: Vec<&str> = seen.facts.db.active.iter().map(|(_, name)| name.as_str()).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let text = format!("in backup mode: {}", files.join(", "));
    vec![Finding::error(
        "REC-ACTIVE",
        &seen.facts.db.identity.name,
        text,
        "end the other backup (ovmirror heal, or END BACKUP) first",
    )]
}

fn guards(seen: &Seen<'_>) -> Vec<Finding> {
    let living = seen.facts.guards.iter().map(|run| {
        let text = format!("the guard of run {run} lives: it may send END BACKUP at any moment");
        Finding::error("REC-GUARD", seen.facts.site.host.as_str(), text, "ovmirror heal, or wait for its deadline")
    });
    living.collect()
}

fn machine(seen: &Seen<'_>) -> Vec<Finding> {
    let vm = &seen.facts.vm;
    let locked =
        vm.locked.then(|| Finding::error("REC-LOCKED", &vm.name, "a job of the manager holds it", "wait for its end"));
    locked.into_iter().chain(same_machine(&seen.facts.host, vm)).collect()
}

/// Whether something else would go back in time with the datafiles. A log device of a file system over two disks holds no
/// file by name, and tempfiles may go.
pub fn cannot_be_swapped(disk: &Disk) -> bool {
    !disk.swap.possible && disk.roles != [FileKind::Temp].into()
}

/// What helps where a disk cannot be swapped.
fn instead(seen: &Seen<'_>, disk: &Disk) -> &'static str {
    if seen.controlfile {
        return "--copy is not combined with --controlfile: copy the datafiles and the control file of the snapshot back by \
             hand (ovmirror extract brings its disks)";
    }
    let of_a_group = |unit: &Unit| unit.group.is_some() && unit.slots.contains(&disk.facts.slot);
    if seen.part || seen.snapshot.tape.is_some() || seen.facts.layout.units.iter().any(of_a_group) {
        return "move what does not belong there to another disk; ovmirror check shows the files";
    }
    "add --copy: its datafiles are copied back, which takes as long as they are large; or move what does not belong there \
     to another disk (ovmirror check shows the files)"
}

/// What goes back in time with the datafiles.
fn disks(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let fixed = || seen.disks().filter(|disk| cannot_be_swapped(disk));
    for disk in fixed().filter(|_| !seen.copy) {
        let text = format!("it cannot be swapped: {}", disk.swap.because);
        found.push(Finding::error("REC-MIXED", &disk.device, text, instead(seen, disk)));
    }
    if seen.copy && fixed().next().is_none() {
        let text = "every datafile disk can be swapped: nothing is copied";
        found.push(Finding::warn("REC-COPY", &seen.facts.db.identity.name, text, ""));
    }
    for golden in &seen.snapshot.layout.disks {
        match seen.facts.vm.disks.iter().find(|disk| disk.slot == golden.slot) {
            None => {
                let text = format!("{} has no disk at slot {}", seen.facts.vm.name, golden.slot);
                let remedy = "give the VM a virtual disk at that slot, or recover by hand: ovmirror extract";
                found.push(Finding::error("REC-SLOT", format!("slot {}", golden.slot), text, remedy));
            }
            Some(_) if seen.snapshot.tape.is_some() => {}
            // Its work copy takes a slot of its own.
            Some(_) if seen.copy && fixed().any(|disk| disk.facts.slot == golden.slot) => {}
            Some(disk) if disk.repository.as_ref() != Some(&golden.repository) => {
                let text = "the disk lies in another repository than its snapshot, which a reflink cannot leave";
                let remedy = "choose a snapshot that was made since the disk was moved";
                found.push(Finding::error("REC-REPOSITORY", format!("slot {}", golden.slot), text, remedy));
            }
            Some(_) => {}
        }
    }
    found
}

/// A file system swaps as one unit, at the mount point that it had.
fn units(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for unit in seen.units() {
        let mount = seen.facts.host.mounts.iter().rfind(|mount| mount.target == unit.target);
        if let Some(mount) = mount.filter(|mount| mount.source != unit.source) {
            let text = format!("{} is mounted there, the snapshot is of {}", mount.source, unit.source);
            found.push(Finding::error(
                "REC-MOUNT",
                &unit.target,
                text,
                "mount it as it was, or choose a newer snapshot",
            ));
        }
        found.extend(group(seen, unit));
    }
    found
}

/// The disks of a volume group change places together: one that came, or left, since the snapshot would not.
fn group(seen: &Seen<'_>, unit: &Unit) -> Option<Finding> {
    let now = seen.facts.layout.units.iter().find(|now| now.target == unit.target)?;
    if (&now.group, &now.slots) == (&unit.group, &unit.slots) {
        return None;
    }
    let shown = |unit: &Unit| {
        let slots: Vec<String> = unit.slots.iter().map(u32::to_string).collect();
        let group = unit.group.as_ref().map_or(String::new(), |group| format!("volume group {}, ", group.name));
        format!("{group}slot {}", slots.join(", "))
    };
    let text = format!("it lies on {}, in the snapshot on {}", shown(now), shown(unit));
    Some(Finding::error("REC-DISKS", &unit.target, text, "choose a newer snapshot, or restore from tape by hand"))
}

fn files(seen: &Seen<'_>) -> Vec<Finding> {
    let of = |changed| match seen.controlfile {
        true => with_own_control_file(changed),
        false => with_present_control_file(changed, seen.until),
    };
    seen.changed.iter().map(of).collect()
}

fn with_present_control_file(changed: &Changed, until: &Until) -> Finding {
    match changed {
        Changed::Dropped(file) if until.needs_resetlogs() => {
            let text = "was dropped since, and the present control file does not know it";
            Finding::error("REC-DROPPED", &file.name, text, OF_SNAPSHOT)
        }
        Changed::Dropped(file) => Finding::warn("REC-DROPPED", &file.name, "was dropped since", ""),
        Changed::Renamed(then, now) => Finding::error(
            "REC-RENAMED",
            now,
            format!("had the name {then} at the snapshot"),
            "rename it back (ALTER DATABASE RENAME FILE in MOUNT), recover, then rename it again",
        ),
        Changed::Added(file) | Changed::Later(file) => since(changed, &file.name),
    }
}

/// The snapshot's control file knows the files as they were.
fn with_own_control_file(changed: &Changed) -> Finding {
    match changed {
        Changed::Dropped(file) => {
            let text = "was dropped since: it comes back, unless that was before the target";
            Finding::warn("REC-DROPPED", &file.name, text, "")
        }
        Changed::Renamed(then, now) => {
            Finding::warn("REC-RENAMED", now, format!("comes back under the name it had, {then}"), "")
        }
        Changed::Added(file) | Changed::Later(file) => since(changed, &file.name),
    }
}

fn since(changed: &Changed, name: &str) -> Finding {
    match changed {
        Changed::Later(_) => Finding::warn("REC-LATER", name, "was added behind the target: it will not exist", ""),
        _ => Finding::warn("REC-ADDED", name, "was added since: it is made again and recovered from redo", ""),
    }
}

/// RECOVER DATABASE leaves offline files out (Backup and Recovery User's Guide): their copies would stay as old as the
/// snapshot, and behind a RESETLOGS for good.
fn offline(seen: &Seen<'_>) -> Vec<Finding> {
    let then = &seen.snapshot.layout.surveyed.datafiles;
    let as_it_was = |file: &DataFile| {
        let same = |old: &&DataFile| old.number == file.number && old.creation_change == file.creation_change;
        let old = then.iter().find(same);
        old.is_some_and(|old| !old.is_online() && old.checkpoint_change == file.checkpoint_change)
    };
    let goes_back = |file: &DataFile| {
        let mount = seen.facts.host.mount_of(&file.name).map(|mount| mount.target.as_str());
        seen.units().iter().any(|unit| Some(unit.target.as_str()) == mount)
    };
    let is_dropped = |file: &DataFile| seen.changed.contains(&Changed::Later(file.clone()));
    let files = seen.facts.db.datafiles.iter().filter(|file| !seen.part && !file.is_online());
    let left = files.filter(|file| goes_back(file) && !as_it_was(file) && !is_dropped(file));
    let found = left.map(|file| {
        let text = format!("is {}: recovery leaves it out, and its copy would stay as old as the snapshot", file.status);
        let whole = match file.status.as_str() {
            "OFFLINE" => format!("bring {} online (ALTER TABLESPACE {0} ONLINE)", file.tablespace),
            _ => format!("recover datafile {0} and bring it online (ALTER DATABASE DATAFILE {0} ONLINE)", file.number),
        };
        let remedy = format!(
            "where the file is whole, with the database open: {whole}; where it is lost, in MOUNT: ALTER DATABASE DATAFILE {} \
             ONLINE, then this command again",
            file.number
        );
        Finding::error("REC-OFFLINE", &file.name, text, remedy)
    });
    found.collect()
}

/// Changes that are in no redo.
fn redo(seen: &Seen<'_>) -> Vec<Finding> {
    let lost = seen.facts.redo.unrecoverable.iter().map(|(name, scn)| {
        let text = format!("has NOLOGGING changes up to SCN {scn}: their blocks will be unreadable (ORA-26040)");
        Finding::warn("REC-NOLOGGING", name, text, "load them again after the recovery")
    });
    lost.collect()
}

/// Where redo ends is not known while the database is only mounted: CURRENT_SCN is 0 then (Database Reference, V$DATABASE).
fn end(seen: &Seen<'_>) -> Vec<Finding> {
    let redo = &seen.facts.redo;
    let current =
        redo.links.iter().find(|link| link.next.is_none() && link.is_of(redo.path.present())).map(|link| link.first);
    match (seen.until, current) {
        (Until::Change(below), Some(first)) if redo.scn == Scn::default() && *below > first => vec![Finding::warn(
            "REC-END",
            &seen.facts.db.identity.name,
            format!("SCN {below} lies in the current log, and whether it was reached shows only in an open database"),
            "where it was not, every change comes back, with RESETLOGS; --to latest does that without",
        )],
        _ => Vec::new(),
    }
}

/// A newer snapshot that does not serve.
pub fn passed_over(id: &RunId, why: &Fault) -> Finding {
    let text = format!("is newer and does not serve: {}", why.message);
    Finding::warn("REC-OLDER", id.as_str(), text, "an older one is taken, which needs more redo")
}

/// A log without its archived copy: it is gone as soon as its group comes round again.
pub fn only_online(link: &Link) -> Finding {
    Finding::warn(
        "REC-ONLY",
        format!("sequence {}", link.sequence),
        "its archived copy is gone, and a log switch may overwrite the online group that still holds it",
        "restore it first where there is a backup (RMAN: RESTORE ARCHIVELOG); this recovery itself switches no log",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Scn, survey::Level};
    use rstest::rstest;

    fn dropped() -> Changed {
        Changed::Dropped(DataFile {
            number: 7,
            name: "/u02/gone.dbf".to_owned(),
            tablespace: "GONE".to_owned(),
            con_id: 0,
            status: "ONLINE".to_owned(),
            enabled: "READ WRITE".to_owned(),
            creation_change: Scn::new(5),
            created: String::new(),
            checkpoint_change: Scn::new(100),
            bytes: 8192,
        })
    }

    #[rstest]
    #[case::all_comes_back(Until::Complete, Level::Warn)]
    #[case::to_a_point(Until::Change(Scn::new(200)), Level::Error)]
    fn a_dropped_file_needs_the_control_file_that_knows_it(#[case] until: Until, #[case] level: Level) {
        let present = with_present_control_file(&dropped(), &until);
        assert!(present.level == level, "{present:?}");
        assert_eq!(present.remedy.contains("--controlfile snapshot"), level == Level::Error);
        let own = with_own_control_file(&dropped());
        assert!(own.level == Level::Warn && own.text.contains("comes back"), "{own:?}");
    }

    #[test]
    fn a_renamed_file_comes_back_under_its_name_of_then() {
        let renamed = Changed::Renamed("/u02/then.dbf".to_owned(), "/u02/now.dbf".to_owned());
        assert_eq!(with_present_control_file(&renamed, &Until::Complete).level, Level::Error);
        let own = with_own_control_file(&renamed);
        assert!(own.level == Level::Warn && own.text.contains("/u02/then.dbf"), "{own:?}");
    }
}
