//! Each step of a recovery failing, and the process killed at each: the old database is there again, or the run goes on
//! to its end. A few of them in every run of the tests, all with `OVMIRROR_RECOVER_STEPS=all`.

use super::state::{killed_at, mirrored, must_be_open, now, state_of, traces};
use crate::{
    site::Site,
    witness::{must_be_equal, work},
};
use rstest::rstest;

const FIRST: [&str; 1] = ["recover_folder"];
const BY_MANAGER: [&str; 1] = ["disks_before"];
const REST: [&str; 15] = [
    "new_disk:2",
    "bring_logs",
    "archive_current",
    "shut_down",
    "keep",
    "unmount:/u02",
    "unmap_live:2",
    "swap:2",
    "map_new:2",
    "mount_swapped:/u02",
    "start_mount",
    "headers",
    "added_files",
    "recover",
    "open",
];
const LAST: [&str; 1] = ["checks"];

/// Where a kill has most to lose.
const SAMPLE: [&str; 5] = ["shut_down", "unmap_live:2", "swap:2", "recover", "open"];

fn all() -> bool {
    std::env::var("OVMIRROR_RECOVER_STEPS").is_ok_and(|value| value == "all")
}

fn steps(way: &str) -> Vec<&'static str> {
    let by_manager: &[&str] = if way == "manager" { &BY_MANAGER } else { &[] };
    let every = [&FIRST, by_manager, &REST, &LAST].concat();
    every.into_iter().filter(|step| all() || SAMPLE.contains(step)).collect()
}

/// Complete recovery, and one that opens a new incarnation.
fn target(site: &Site, n: usize) -> String {
    let point = now(site) + 1;
    work(site, 5, point);
    if n.is_multiple_of(2) { format!("scn={point}") } else { "latest".to_owned() }
}

/// What an undone run kept goes with `commit`, and then nothing is left of it.
fn nothing_left(site: &Site, run: &str, before: &std::collections::BTreeSet<String>, what: &str) {
    must_be_open(site);
    let said = site.ovmirror(&["commit", run, "--yes"]);
    assert_eq!(said.status, 0, "{what}: {}", said.stderr);
    let after = traces(site);
    let (gone, left): (Vec<_>, Vec<_>) = (before.difference(&after).collect(), after.difference(before).collect());
    assert!(gone.is_empty() && left.is_empty(), "{what}: gone {gone:?}, left {left:?}");
}

#[rstest]
fn recover_killed_at_a_step_is_healed(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    for (n, step) in steps(way).into_iter().enumerate() {
        let to = target(&site, n);
        let run = killed_at(&site, &to, step);
        let what = format!("{way}, to {to}, killed at {step}");
        eprintln!("{what}");
        let said = site.ovmirror(&["heal"]);
        assert_eq!(said.status, 0, "{what}: {}", said.stderr);
        assert_eq!(state_of(&site, &run), "undone", "{what}");
        nothing_left(&site, &run, &before, &what);
    }
}

#[rstest]
fn recover_killed_at_a_step_goes_on(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    for (n, step) in steps(way).into_iter().enumerate() {
        let to = target(&site, n + 1);
        let run = killed_at(&site, &to, step);
        let what = format!("{way}, to {to}, killed at {step}");
        eprintln!("{what}");
        let said = site.ovmirror(&["resume", &run]);
        assert_eq!(said.status, 0, "{what}: {}", said.stderr);
        assert_eq!(state_of(&site, &run), "done", "{what}");
        must_be_open(&site);
        if let Some(scn) = to.strip_prefix("scn=") {
            assert_eq!(super::state::identity(&site).resetlogs, scn, "{what}");
        }
        site.ovmirror(&["undo", &run, "--yes"]).expect(0);
        nothing_left(&site, &run, &before, &what);
    }
}

/// A step that fails: where the fault lies, what it hits, and what happens there.
struct Failing {
    step: &'static str,
    place: &'static str,
    hits: &'static str,
    action: &'static str,
}

const fn failing(step: &'static str, place: &'static str, hits: &'static str, action: &'static str) -> Failing {
    Failing { step, place, hits, action }
}

const BOTH_WAYS: [Failing; 9] = [
    failing("shut_down", "sqlplus", "SHUTDOWN IMMEDIATE", "fail"),
    failing("unmount:/u02", "slot021", "umount /u02", "fail"),
    failing("unmap_live:2", "manager", "delete VmDiskMapping", "fail"),
    failing("map_new:2", "manager", "create VmDiskMapping", "fail"),
    failing("mount_swapped:/u02", "slot021", "mount -o", "fail"),
    failing("start_mount", "sqlplus", "STARTUP MOUNT", "fail"),
    failing("headers", "sql", "v$datafile_header", "fail"),
    failing("recover", "sql", "RECOVER AUTOMATIC", "fail"),
    failing("open", "sql", "ALTER DATABASE OPEN", "fail"),
];
const MANAGER_ONLY: [Failing; 3] = [
    failing("new_disk:2", "manager", "cloneVdToRepo", "fail"),
    failing("swap:2", "manager", "edit VirtualDisk", "fail"),
    failing("swap:2", "manager", "edit VirtualDisk", "cut-after"),
];
const SERVER_ONLY: [Failing; 2] =
    [failing("new_disk:2", "ovs1", "reflink", "fail"), failing("swap:2", "ovs1", "mv", "fail")];

#[rstest]
fn recover_takes_itself_back_where_a_step_fails(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    let own: &[Failing] = if way == "manager" { &MANAGER_ONLY } else { &SERVER_ONLY };
    for (n, case) in BOTH_WAYS.iter().chain(own).enumerate() {
        if !all() && n % 3 != 0 {
            continue;
        }
        let to = target(&site, n);
        let fault = site.fault(case.place, case.hits, 1, case.action);
        let what = format!("{way}, to {to}, {} at `{}` in {}", case.action, case.hits, case.step);
        eprintln!("{what}");
        let said = site.ovmirror(&["recover", "ORCL", "--yes", "--to", &to]);
        assert!(site.seen(&fault) > 0, "{what}: the fault was not met");
        site.no_faults();
        assert!(said.stderr.contains(&format!("step {}", case.step)), "{what}: {}", said.stderr);
        assert_eq!(said.status, 4, "{what}: {}", said.stderr);
        let run = newest_run(&site);
        assert_eq!(state_of(&site, &run), "undone", "{what}");
        nothing_left(&site, &run, &before, &what);
    }
}

fn newest_run(site: &Site) -> String {
    let runs = site.json(&["runs"])["runs"].as_array().unwrap().clone();
    let newest = runs.iter().filter(|run| run["flow"] == "recover").max_by_key(|run| run["started_at"].to_string());
    newest.unwrap()["id"].as_str().unwrap().to_owned()
}

/// The old disks have been put back although the database was open on the new ones already.
#[test]
fn recover_killed_behind_open_is_healed_without_loss() {
    let site = mirrored("manager");
    let run = killed_at(&site, "latest", "checks");
    work(&site, 10, 9);
    site.ovmirror(&["heal"]).expect(0);
    assert_eq!(state_of(&site, &run), "undone");
    must_be_equal(&site);
}
