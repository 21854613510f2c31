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
const SAMPLE: [&str; 4] = ["unmap_live:2", "swap:2", "recover", "open"];

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
        // Once the database may have been opened, only a person takes that back.
        let opened = ["open", "checks"].contains(&step);
        assert_eq!(state_of(&site, &run), if opened { "done" } else { "undone" }, "{what}");
        if opened {
            site.ovmirror(&["undo", &run, "--yes"]).expect(0);
        }
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

/// A step that fails: where the fault lies, and what it hits.
struct Failing {
    step: &'static str,
    place: &'static str,
    hits: &'static str,
}

const fn failing(step: &'static str, place: &'static str, hits: &'static str) -> Failing {
    Failing { step, place, hits }
}

const BOTH_WAYS: [Failing; 9] = [
    failing("shut_down", "sqlplus", "SHUTDOWN IMMEDIATE"),
    failing("unmount:/u02", "slot021", "umount /u02"),
    failing("unmap_live:2", "manager", "delete VmDiskMapping"),
    failing("map_new:2", "manager", "create VmDiskMapping"),
    failing("mount_swapped:/u02", "slot021", "mount -o"),
    failing("start_mount", "sqlplus", "STARTUP MOUNT"),
    failing("headers", "sql", "v$datafile_header"),
    failing("recover", "sqlplus", "RECOVER AUTOMATIC"),
    failing("open", "sql", "ALTER DATABASE OPEN"),
];
const MANAGER_ONLY: [Failing; 2] =
    [failing("new_disk:2", "manager", "cloneVdToRepo"), failing("swap:2", "manager", ".old.2")];
const SERVER_ONLY: [Failing; 2] = [failing("new_disk:2", "ovs1", "reflink"), failing("swap:2", "ovs1", "mv")];

#[rstest]
fn recover_takes_itself_back_where_a_step_fails(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    let own: &[Failing] = if way == "manager" { &MANAGER_ONLY } else { &SERVER_ONLY };
    for (n, case) in BOTH_WAYS.iter().chain(own).enumerate() {
        if !all() && !n.is_multiple_of(3) {
            continue;
        }
        let to = target(&site, n);
        let fault = site.fault(case.place, case.hits, 1, "fail");
        let what = format!("{way}, to {to}, `{}` fails in {}", case.hits, case.step);
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

/// The manager does it, and its answer is lost: what became of it is looked up, and nothing is done twice.
#[test]
fn recover_looks_where_an_answer_is_lost() {
    let site = mirrored("manager");
    let before = traces(&site);
    for (n, hits) in ["cloneVdToRepo", "delete VmDiskMapping", ".old.2", "create VmDiskMapping"].into_iter().enumerate()
    {
        if !all() && n < 2 {
            continue;
        }
        let to = target(&site, n);
        let fault = site.fault("manager", hits, 1, "cut-after");
        let said = site.ovmirror(&["recover", "ORCL", "--yes", "--to", &to]);
        assert!(site.seen(&fault) > 0, "{hits}: the fault was not met");
        site.no_faults();
        let run = newest_run(&site);
        assert!([0, 4].contains(&said.status), "{hits}: {}", said.stderr);
        must_be_open(&site);
        if said.status == 0 {
            site.ovmirror(&["undo", &run, "--yes"]).expect(0);
        }
        nothing_left(&site, &run, &before, hits);
    }
}

fn newest_run(site: &Site) -> String {
    let runs = site.json(&["runs"])["runs"].as_array().unwrap().clone();
    let newest = runs.iter().filter(|run| run["flow"] == "recover").max_by_key(|run| run["started_at"].to_string());
    newest.unwrap()["id"].as_str().unwrap().to_owned()
}

/// The old disks have been put back although the database was open on the new ones already.
#[test]
fn recover_killed_behind_open_is_finished_without_loss() {
    for (n, to) in ["latest", "scn"].into_iter().enumerate() {
        let site = mirrored("manager");
        let to = if to == "scn" { target(&site, 2 * n) } else { to.to_owned() };
        let run = killed_at(&site, &to, "checks");
        work(&site, 10, 9);
        // Any command that settles what was left would do: none takes back what was opened.
        site.ovmirror(&["heal"]).expect(0);
        assert_eq!(state_of(&site, &run), "done");
        must_be_equal(&site);
    }
}
