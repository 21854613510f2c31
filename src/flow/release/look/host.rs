//! What a guest has under our mark: instances, mounts, folders, files.

use super::{
    super::thing::{Thing, What},
    Looking, Machine,
};
use crate::{
    fault::{Fault, Kind},
    model::{HostName, RunId, beside},
    port::{Role, SqlTarget},
    step::{folder::not_understood, gather, media::owner, shell, sql as ask},
    survey::{HostFacts, Mount, part_of_slot, volume},
    text::{Release, sh, sql},
};
use std::collections::BTreeSet;

/// How far below a mount point a file that was set aside is looked for: `/u02/oradata/ORCL/a.dbf` is 3 below it.
const SHALLOW: u32 = 3;
/// The same where nobody knows any folder: `/u02/oradata/ORCL/<GUID>/datafile/o1_mf_….dbf` is 5 below it.
const DEEP: u32 = 6;
/// Run folders alone.
const NOWHERE: sh::Marks<'static> = sh::Marks { kept: &[], points: &[], folders: &[], depth: 0 };

/// The database's machine.
pub(super) fn database(looking: &mut Looking<'_>, machine: &Machine) -> Result<(), Fault> {
    let facts = gather::host(looking.world, &machine.host)?;
    mounts(looking, machine, &facts);
    let copies: Vec<u32> =
        looking.copies.iter().filter(|(host, _)| *host == machine.host).map(|(_, slot)| *slot).collect();
    let points = live_points(&facts.mounts, &copies);
    let kept: Vec<String> = looking.scope.kept.iter().cloned().collect();
    let folders = live_folders(looking, machine, &facts, &points);
    let depth = if folders.is_empty() { DEEP } else { SHALLOW };
    marks(looking, &machine.host, &sh::Marks { kept: &kept, points: &points, folders: &folders, depth })?;
    if looking.things.iter().any(|thing| matches!(thing.what, What::Beside { .. })) {
        files(looking, machine)?;
    }
    Ok(())
}

/// The media host; `seen`: it is the database's machine, too.
pub(super) fn media(looking: &mut Looking<'_>, machine: &Machine, seen: bool) -> Result<(), Fault> {
    let facts = gather::host(looking.world, &machine.host)?;
    if !seen {
        mounts(looking, machine, &facts);
        marks(looking, &machine.host, &NOWHERE)?;
    }
    if facts.instances.contains(&machine.sid) {
        instance(looking, machine)?;
    }
    Ok(())
}

/// Mounts of disks that are mapped under our mark.
fn mounts(looking: &mut Looking<'_>, machine: &Machine, facts: &HostFacts) {
    for (slot, run) in looking.mapped_at(&machine.host) {
        for mount in facts.mounts.iter().filter(|mount| is_of(mount, slot)) {
            let what = What::Mount { device: mount.source.clone(), point: mount.target.clone() };
            let name = format!("{} at {}", mount.source, mount.target);
            looking.things.push(Thing { run: run.clone(), place: machine.host.clone(), name, bytes: None, what });
        }
    }
}

/// Whether a mount is of the disk at a slot or of a partition of it, or of a copied volume group that is called after it.
fn is_of(mount: &Mount, slot: u32) -> bool {
    let group = volume::of_device(&mount.source).map(|(group, _)| group);
    let name = match &group {
        Some(group) => group.strip_prefix("ovm."),
        None => mount.source.strip_prefix("/dev/"),
    };
    name.is_some_and(|name| part_of_slot(name, slot).is_some())
}

/// Mount points of live disks: what lies on a copy goes with the copy. The root is not searched: datafiles lie on disks
/// of their own.
fn live_points(mounts: &[Mount], copies: &[u32]) -> Vec<String> {
    let live = |mount: &&Mount| {
        let disk = mount.source.starts_with("/dev/") && !mount.source.starts_with("/dev/loop");
        disk && !copies.iter().any(|slot| is_of(mount, *slot)) && mount.target != "/" && plain(&mount.target)
    };
    let points: BTreeSet<String> = mounts.iter().filter(live).map(|mount| mount.target.clone()).collect();
    points.into_iter().collect()
}

fn plain(text: &str) -> bool {
    !text.contains(['\'', '"', '\\', '`'])
}

/// Folders of datafiles on live disks, as the store knows them; of a lost store's database, as the database itself does
/// where it answers. Only beside datafiles are files set aside: whole file systems are never walked.
fn live_folders(looking: &Looking<'_>, machine: &Machine, facts: &HostFacts, points: &[String]) -> Vec<String> {
    let mut folders = looking.scope.folders.clone();
    if folders.is_empty() && facts.instances.contains(&machine.sid) {
        let names = named_files(looking, machine).unwrap_or_default();
        folders = names.iter().filter_map(|name| name.rsplit_once('/')).map(|(folder, _)| folder.to_owned()).collect();
    }
    on_live_disks(folders, facts, points)
}

fn on_live_disks(folders: BTreeSet<String>, facts: &HostFacts, points: &[String]) -> Vec<String> {
    let live = |folder: &String| facts.mount_of(folder).is_some_and(|mount| points.contains(&mount.target));
    folders.into_iter().filter(live).filter(|folder| plain(folder)).collect()
}

fn marks(looking: &mut Looking<'_>, host: &HostName, context: &sh::Marks<'_>) -> Result<(), Fault> {
    let printed = shell::script_within(looking.world, host, context, looking.world.limits.clone)?;
    if printed.lines().last() != Some("end") {
        return Err(not_understood(host, &printed));
    }
    for line in printed.lines() {
        if let Some((run, name, bytes, what)) = marked(line).filter(|(run, ..)| looking.wanted(run)) {
            looking.things.push(Thing { run, place: host.clone(), name, bytes: Some(bytes), what });
        }
    }
    looking.things.dedup();
    Ok(())
}

type Marked = (RunId, String, u64, What);

/// One line of `templates/sh/marks.tera`. What carries no run's id is not ours.
fn marked(line: &str) -> Option<Marked> {
    let (word, rest) = line.split_once(' ')?;
    let (size, rest) = rest.split_once(' ')?;
    let size: u64 = size.parse().ok()?;
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match word {
        "folder" => {
            let (guard, run) = rest.split_once(' ')?;
            let name = format!("~/.ovmirror/{run}");
            Some((RunId::new(run).ok()?, name, size * 1024, What::Folder { guard: guard == "alive" }))
        }
        "kept" => {
            let run = RunId::new(&last(rest)).ok()?;
            Some((run, rest.to_owned(), size * 1024, What::Kept { path: rest.to_owned() }))
        }
        "control" => {
            let name = last(rest);
            let run = name.strip_suffix(".ctl").map(|name| name.strip_suffix(".stb").unwrap_or(name))?;
            Some((RunId::new(run).ok()?, rest.to_owned(), size, What::Control { path: rest.to_owned() }))
        }
        "beside" => {
            let (of, run) = beside(rest)?;
            let what = What::Beside { path: rest.to_owned(), of: of.to_owned() };
            Some((run, rest.to_owned(), size, what))
        }
        _ => None,
    }
}

/// An instance on a machine and the release of its home; the release decides the role.
fn instance_of(looking: &Looking<'_>, machine: &Machine) -> Result<(SqlTarget, Release, String), Fault> {
    let (host, oracle_home, sid) = (machine.host.clone(), machine.oracle_home.clone(), machine.sid.clone());
    let mut target = SqlTarget { host, oracle_home, sid, role: Role::Sysdba, connect: None, tz: None };
    let home = gather::home(looking.world, &target)?;
    let text = home.release.unwrap_or_default();
    let release: Release = text.parse()?;
    if release.has_containers() {
        target.role = Role::Sysbackup;
    }
    target.tz = home.tz;
    Ok((target, release, text))
}

/// An instance under production's SID is ours only if its control file lies in a run's folder (law 8).
fn instance(looking: &mut Looking<'_>, machine: &Machine) -> Result<(), Fault> {
    let (target, release, text) = instance_of(looking, machine)?;
    let base = base(looking, &machine.host)?;
    let Some(run) = owner::marked(looking.world, &target, release, &base)?.filter(|run| looking.wanted(run)) else {
        return Ok(());
    };
    let what = What::Instance {
        sid: machine.sid.clone(),
        oracle_home: machine.oracle_home.clone(),
        sysbackup: release.has_containers(),
        release: text,
        base,
    };
    let name = format!("instance {}", machine.sid);
    looking.things.push(Thing { run, place: machine.host.clone(), name, bytes: None, what });
    Ok(())
}

fn base(looking: &Looking<'_>, host: &HostName) -> Result<String, Fault> {
    let printed = shell::script(looking.world, host, &NOWHERE)?;
    let base = printed.lines().find_map(|line| line.strip_prefix("base "));
    base.map(str::to_owned).ok_or_else(|| not_understood(host, &printed))
}

/// The names that the database has for its files, and which names of those that files lie beside are there.
fn files(looking: &mut Looking<'_>, machine: &Machine) -> Result<(), Fault> {
    let of = looking.things.iter().filter_map(|thing| match &thing.what {
        What::Beside { of, .. } => Some(of.clone()),
        _ => None,
    });
    let of: Vec<String> = of.collect::<BTreeSet<_>>().into_iter().collect();
    let there = gather::places(looking.world, &machine.host, &of)?;
    looking.seen.beside_itself = of.into_iter().zip(there).filter_map(|(name, at)| at.map(|_| name)).collect();
    looking.seen.files = Some(named_files(looking, machine)?);
    Ok(())
}

fn named_files(looking: &Looking<'_>, machine: &Machine) -> Result<BTreeSet<String>, Fault> {
    let (target, release, _) = instance_of(looking, machine)?;
    let rows = ask::ask(looking.world, &target, &[sql::FILES_DATA.at(release, &[])?])?;
    let rows = rows.first().ok_or_else(|| Fault::new(Kind::Bug, "ORP-011", "one answer was expected"))?;
    let names = gather::datafiles(rows)?.into_iter().map(|file| file.name).collect::<Vec<_>>();
    // A name may be a link: the file itself counts, too.
    let real = gather::real_paths(looking.world, &machine.host, &names)?;
    Ok(names.into_iter().chain(real).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const RUN: &str = "ORCL-20261121T204512-4f2a";

    #[rstest]
    #[case::folder(format!("folder 12 none {RUN}"), Some(("folder", 12 * 1024)))]
    #[case::kept_folder_in_the_same_place("folder 12 none kept".to_owned(), None)]
    #[case::kept(format!("kept 4 /u03/.ovmirror/kept/{RUN}"), Some(("kept", 4096)))]
    #[case::control(format!("control 77 /u02/.ovmirror/{RUN}.ctl"), Some(("control", 77)))]
    #[case::standby(format!("control 77 /u02/.ovmirror/{RUN}.stb.ctl"), Some(("control", 77)))]
    #[case::somebody_elses("control 77 /u02/.ovmirror/mine.ctl".to_owned(), None)]
    #[case::beside(format!("beside 9 /u02/my users.dbf.ovm-{RUN}.new"), Some(("beside", 9)))]
    #[case::beside_of_nobody("beside 9 /u02/a.ovm-x".to_owned(), None)]
    #[case::base("base /home/oracle/.ovmirror".to_owned(), None)]
    fn lines_of_a_host(#[case] line: String, #[case] wanted: Option<(&str, u64)>) {
        let found = marked(&line);
        assert!(found.iter().all(|(run, ..)| run.as_str() == RUN));
        assert_eq!(found.as_ref().map(|(_, _, bytes, what)| (what.word(), *bytes)), wanted);
    }

    #[test]
    fn a_living_guard_is_seen() {
        let guard = |word: &str| marked(&format!("folder 1 {word} {RUN}")).map(|(_, _, _, what)| what);
        assert_eq!(guard("alive"), Some(What::Folder { guard: true }));
        assert_eq!(guard("gone"), Some(What::Folder { guard: false }));
    }

    #[test]
    fn only_live_disks_are_searched() {
        let text = "/dev/xvda1 / ext4 rw 0 0\n/dev/xvdc /u02 xfs rw 0 0\n/dev/xvday /home/oracle/at xfs ro 0 0\n\
            /dev/loop3 /x iso9660 ro 0 0\nproc /proc proc rw 0 0\nnfs:/a /n nfs rw 0 0\n";
        assert_eq!(live_points(&HostFacts::parse_mounts(text), &[50]), ["/u02"]);
    }

    #[test]
    fn folders_count_where_a_live_disk_has_them() {
        let text = "/dev/xvda1 / ext4 rw 0 0\n/dev/xvdc /u02 xfs rw 0 0\n/dev/xvday /home/oracle/at xfs ro 0 0\n";
        let facts = HostFacts { mounts: HostFacts::parse_mounts(text), ..HostFacts::default() };
        let all = ["/u02/oradata", "/home/oracle/at/oradata", "/oradata", "/u02/o'data"].map(str::to_owned);
        assert_eq!(on_live_disks(all.into(), &facts, &["/u02".to_owned()]), ["/u02/oradata"]);
    }

    #[rstest]
    #[case("/dev/xvdu", 20, true)]
    #[case("/dev/xvdu1", 20, true)]
    #[case("/dev/xvdc", 2, true)]
    #[case("/dev/xvdca", 2, false)]
    #[case("/dev/mapper/xvdu", 20, false)]
    #[case("/dev/mapper/ovm.xvdu-lv_data", 20, true)]
    #[case("/dev/mapper/ovm.xvdu1-lv_data", 20, true)]
    #[case("/dev/mapper/ovm.xvdua-lv_data", 20, false)]
    #[case("/dev/mapper/vg-xvdu", 20, false)]
    fn a_mount_of_a_slot(#[case] source: &str, #[case] slot: u32, #[case] wanted: bool) {
        let mounts = HostFacts::parse_mounts(&format!("{source} /u02 xfs rw 0 0"));
        assert_eq!(is_of(&mounts[0], slot), wanted);
    }
}
