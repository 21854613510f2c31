//! Rules on the media host.

use super::{Choices, machines};
use crate::survey::{Finding, Layout, MediaFacts};

/// Slots that a work copy may take: above those of ordinary disks, below those of extracts.
pub const WORK_SLOTS: std::ops::Range<u32> = 20..50;

/// Slots that an extract may take at the database's own Vm.
pub const EXTRACT_SLOTS: std::ops::Range<u32> = 50..100;

/// SGA of the clone's instance, MiB. It only mounts and feeds RMAN.
pub const SGA_MIB: u32 = 1536;
/// Its PGA, MiB.
pub const PGA_MIB: u32 = 512;

/// What an offload wants of a media host.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Production's release (`19.0.0.0.0`).
    pub version: &'a str,
    /// Where production's files lie.
    pub layout: &'a Layout,
    /// The configuration's choices.
    pub choices: &'a Choices,
}

/// Whether a media host can take a work copy.
#[must_use]
pub fn media_findings(wanted: &Wanted<'_>, media: &MediaFacts) -> Vec<Finding> {
    let mut all = machines::machine(&media.vm);
    all.extend(machines::same(&media.host, &media.vm));
    all.extend([programs(wanted, media), release(wanted, media), instance(wanted, media)]);
    all.extend([memory(media), slots(wanted, media)]);
    all.extend(volume_groups(wanted, media));
    all.extend(paths(wanted, media));
    all
}

/// The instance of the clone beside an operating system.
fn memory(media: &MediaFacts) -> Finding {
    let needed = u64::from(SGA_MIB + PGA_MIB) + 512;
    match media.vm.memory_mb {
        Some(found) if found < needed => {
            let text = format!("its Vm has {found} MB of memory, the clone's instance needs {needed}");
            Finding::error("MEDIA-MEMORY", &media.name, text, "give the Vm more memory")
        }
        Some(found) => Finding::ok("MEDIA-MEMORY", &media.name, format!("{found} MB of memory")),
        None => Finding::warn("MEDIA-MEMORY", &media.name, "the memory of its Vm is not known", ""),
    }
}

fn programs(wanted: &Wanted<'_>, media: &MediaFacts) -> Finding {
    let home = wanted.choices.media_home.as_deref().unwrap_or_default();
    if media.missing_programs.is_empty() {
        return Finding::ok("MEDIA-HOME", &media.name, format!("sqlplus and rman are in {home}"));
    }
    let text = format!("{} not found in {home}/bin", media.missing_programs.join(" and "));
    Finding::error("MEDIA-HOME", &media.name, text, "correct oracle_home, or install the database software there")
}

/// Same release as production: a mount by another release fails or, worse, upgrades the control file.
fn release(wanted: &Wanted<'_>, media: &MediaFacts) -> Finding {
    let version = wanted.version;
    match &media.release {
        Some(found) if major(found) == major(version) => {
            Finding::ok("MEDIA-RELEASE", &media.name, format!("release {found}"))
        }
        Some(found) => {
            let text = format!("its home is release {found}, the database is {version}");
            Finding::error("MEDIA-RELEASE", &media.name, text, "use a home of the same release and patch level")
        }
        None => Finding::warn("MEDIA-RELEASE", &media.name, "the release of its home is not known", ""),
    }
}

fn major(release: &str) -> Vec<&str> {
    let parts: Vec<&str> = release.split('.').collect();
    // From 18 on the first number is the release; before, the second belongs to it (12.2).
    let keep = if parts.first().and_then(|p| p.parse::<u32>().ok()).is_some_and(|n| n >= 18) { 1 } else { 2 };
    parts.into_iter().take(keep).collect()
}

fn instance(wanted: &Wanted<'_>, media: &MediaFacts) -> Finding {
    let sid = &wanted.choices.sid;
    if media.host.instances.contains(sid) {
        let text = format!("an instance {sid} runs there already");
        return Finding::error("MEDIA-SID", &media.name, text, "shut it down; is another offload at work?");
    }
    Finding::ok("MEDIA-SID", &media.name, format!("no instance {sid} runs there"))
}

fn slots(wanted: &Wanted<'_>, media: &MediaFacts) -> Finding {
    let needed = wanted.layout.data_disks().count();
    let used = |slot: &u32| media.vm.disks.iter().any(|disk| disk.slot == *slot);
    let free = WORK_SLOTS.filter(|slot| !used(slot)).count();
    if free >= needed {
        return Finding::ok("MEDIA-SLOTS", &media.name, format!("{needed} of {free} free slots are needed"));
    }
    let text =
        format!("{needed} free slots from {} to {} are needed, {free} are there", WORK_SLOTS.start, WORK_SLOTS.end - 1);
    Finding::error("MEDIA-SLOTS", &media.name, text, "unmap disks that are no longer needed: ovmirror vm shows them")
}

/// A copy of a volume group has its twin's ids and name until vgimportclone(8) gives it others.
fn volume_groups(wanted: &Wanted<'_>, media: &MediaFacts) -> Option<Finding> {
    let groups = wanted.layout.data_groups();
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let names = names.join(", ");
    Some(if media.host.vgimportclone {
        Finding::ok("MEDIA-LVM", &media.name, format!("vgimportclone is there for {names}"))
    } else {
        let text = format!("there is no vgimportclone for volume group {names}");
        Finding::error("MEDIA-LVM", &media.name, text, "install lvm2 there")
    })
}

/// With mount = same, production's paths must be free on the media host.
fn paths(wanted: &Wanted<'_>, media: &MediaFacts) -> Vec<Finding> {
    if wanted.choices.prefix.is_some() {
        return Vec::new();
    }
    let taken = wanted.layout.data_units().filter(|unit| media.host.mounts.iter().any(|m| m.target == unit.target));
    taken
        .map(|unit| {
            let text = format!("something is mounted at {} on {}", unit.target, media.name);
            Finding::error(
                "MEDIA-PATH",
                &unit.target,
                text,
                "unmount it, or set mount = \"prefix\" for this media host",
            )
        })
        .collect()
}
