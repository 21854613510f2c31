//! A recovery taken back in each situation, two recoveries in a row, and the way back given up.

use super::state::{identity, kept, killed_at, mirrored, must_be_open, now, recover, runs, state_of, traces};
use crate::{
    refusal::refused,
    site::until,
    watch::Watched,
    witness::{self, must_be_equal, work},
};
use rstest::rstest;

/// Transactions that make the database's state, by the witness.
fn transactions(site: &crate::site::Site) -> u64 {
    site.lab(&["verify", "--json"]).expect(0).object()["transactions"].as_u64().unwrap()
}

#[rstest]
fn undo_before_open(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = (traces(&site), identity(&site), transactions(&site));
    let to = format!("scn={}", now(&site) + 1);
    let held = site.fault("sql", "OPEN RESETLOGS", 1, "hang");
    let mut watched = Watched::start(&site, &["recover", "ORCL", "--yes", "--to", &to]);
    watched.must_reach("] open: ");
    until("OPEN is sent", || site.seen(&held) > 0);
    let run = watched.run();
    watched.kill();
    site.no_faults();
    assert_eq!(identity(&site).open_mode, "MOUNTED");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    // Its disk had been recovered, so it waits for `commit`.
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!((traces(&site), identity(&site), transactions(&site)), before);
}

/// What was committed since the recovery stays, and so do a file that was added and one that went offline.
#[rstest]
fn undo_after_a_plain_open_loses_nothing(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    let run = recover(&site, "latest");
    work(&site, 10, 3);
    let since = "create tablespace LATER datafile '/u02/oradata/ORCL/later01.dbf' size 256k;\n\
                 alter tablespace USERS offline;";
    assert!(!site.sql(since).contains("ORA-"));
    work(&site, 10, 4);
    let count = transactions(&site);
    let said = site.ovmirror(&["undo", &run]);
    assert_eq!(said.status, 0, "nothing is lost, so nobody is asked: {}", said.stderr);
    let online = site.sql("alter tablespace USERS online;");
    assert!(!online.contains("ORA-"), "{online}");
    must_be_open(&site);
    assert_eq!(transactions(&site), count);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    // The file that was added since stays.
    let left: Vec<_> = traces(&site).difference(&before).filter(|line| !line.contains("later01")).cloned().collect();
    assert_eq!(left, Vec::<String>::new());
}

#[rstest]
fn undo_after_resetlogs_keeps_what_it_leaves(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let point = now(&site) + 1;
    work(&site, 10, 3);
    let before = (traces(&site), identity(&site), transactions(&site));
    let run = recover(&site, &format!("scn={point}"));
    assert_eq!(identity(&site).resetlogs, point.to_string());
    work(&site, 10, 4);
    site.sql("alter system switch logfile;");
    // The branch that is left is told, and somebody must agree.
    refused(&site, &["undo", &run], 1, "CLI-002");
    must_be_open(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!((identity(&site), transactions(&site)), (before.1, before.2));
    let aside = site.says("slot021", &format!("ls {}/{run}/aside", kept(&site)));
    for part in ["control1", "redo1", "1_1_"] {
        assert!(aside.lines().any(|name| name.starts_with(part)), "{part} is not aside: {aside}");
    }
    work(&site, 5, 5);
    must_be_equal(&site);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(traces(&site), before.0);
}

/// SHUTDOWN IMMEDIATE does not end: with --abort it goes on, and the way back needs crash recovery.
#[rstest]
fn undo_after_an_abort(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = (traces(&site), identity(&site));
    let point = now(&site) + 1;
    let without =
        site.fault("sqlplus", "SHUTDOWN IMMEDIATE", 1, "fail=ORA-01013: user requested cancel of current operation");
    refused(&site, &["recover", "ORCL", "--yes", "--to", &format!("scn={point}")], 4, "REC-022");
    assert!(site.seen(&without) > 0);
    must_be_open(&site);
    // A workload that is at work when the instance goes: its last transaction is in doubt.
    witness::start(&site, 3);
    site.no_faults();
    site.fault("sqlplus", "SHUTDOWN IMMEDIATE", 1, "fail=ORA-01013: user requested cancel of current operation");
    let to = format!("scn={point}");
    let said = site.ovmirror(&["--json", "recover", "ORCL", "--yes", "--abort", "--to", &to]).expect(0);
    witness::stop(&site);
    let run = said.object()["run"]["id"].as_str().unwrap().to_owned();
    let shown = site.json(&["show", &run]);
    let steps = shown["run"]["steps"].as_array().unwrap();
    let down = steps.iter().find(|step| step["step"] == "shut_down").unwrap();
    assert_eq!(down["out"]["aborted"], true, "{down}");
    must_be_open(&site);
    site.no_faults();
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(identity(&site), before.1);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(traces(&site), before.0);
}

/// Two incarnations: what the first one left is never chosen, and the last one is taken back first.
#[rstest]
fn two_recoveries_in_a_row(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let old = site.newest_snapshot();
    let first_point = now(&site) + 1;
    work(&site, 10, 3);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let abandoned = site.newest_snapshot();
    let count = transactions(&site);
    let said = site.json(&["recover", "ORCL", "--yes", "--to", &format!("scn={first_point}")]);
    assert_eq!(said["from"], old.as_str(), "{said}");
    let first = said["run"]["id"].as_str().unwrap().to_owned();
    let of_new = said["snapshot"].as_str().unwrap().to_owned();
    work(&site, 30, 4);
    let second_point = now(&site) + 1;
    work(&site, 10, 5);
    // Its END lies below the target, and is of the branch that was left.
    let said = site.json(&["recover", "ORCL", "--yes", "--to", &format!("scn={second_point}")]);
    assert_eq!(said["from"], of_new.as_str(), "{said}");
    let second = said["run"]["id"].as_str().unwrap().to_owned();
    must_be_open(&site);
    let counted = runs(&site);
    refused(&site, &["recover", "ORCL", "--yes", "--to", &format!("snapshot={abandoned}")], 1, "REC-053");
    refused(&site, &["recover", "ORCL", "--yes", "--to", &format!("scn={first_point}")], 1, "REC-053");
    refused(&site, &["undo", &first, "--yes"], 1, "REC-070");
    assert_eq!(runs(&site), counted);
    site.ovmirror(&["undo", &second, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(identity(&site).resetlogs, first_point.to_string());
    site.ovmirror(&["undo", &first, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(transactions(&site), count);
    // Back on the first branch its own snapshot serves again, and those of the others do not.
    work(&site, 5, 6);
    let said = site.json(&["recover", "ORCL", "--yes", "--to", "latest"]);
    assert_eq!(said["from"], abandoned.as_str(), "{said}");
    must_be_open(&site);
}

#[rstest]
fn commit_waits_for_a_proved_snapshot(#[values("manager", "server")] way: &str) {
    let site = mirrored(way);
    let before = traces(&site);
    let point = now(&site) + 1;
    work(&site, 5, 3);
    let run = recover(&site, &format!("scn={point}"));
    refused(&site, &["commit", &run, "--yes"], 1, "REC-044");
    site.says("slot021", &format!("test -d {}/{run}", kept(&site)));
    site.ovmirror(&["offload", &site.newest_snapshot()]).expect(0);
    refused(&site, &["commit", &run], 1, "CLI-002");
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(state_of(&site, &run), "done");
    site.says("slot021", &format!("test ! -e {}/{run}", kept(&site)));
    let after: Vec<String> = traces(&site).into_iter().filter(|line| line.contains(&run)).collect();
    assert_eq!(after, Vec::<String>::new(), "something of the run is left");
    assert_eq!(traces(&site).len(), before.len());
    refused(&site, &["undo", &run, "--yes"], 1, "REC-071");
    let said = refused(&site, &["commit", &run, "--yes"], 1, "REC-043");
    assert!(said.contains("recovery RUN is committed already, by RUN"), "{said}");
    must_be_open(&site);
}

/// Its copy has the ids of the disk that would come back.
#[test]
fn undo_waits_for_an_open_extract() {
    let site = mirrored("manager");
    let run = recover(&site, "latest");
    site.ovmirror(&["extract", &site.newest_snapshot(), "--at", "/home/oracle/at"]).expect(0);
    let said = refused(&site, &["undo", &run, "--yes"], 1, "REC-072");
    let extract = said.split_once("the extract ").unwrap().1;
    assert!(extract.contains("ovmirror extract --close"), "{said}");
    let open = site.json(&["status"])["open_extracts"][0]["id"].as_str().unwrap().to_owned();
    site.ovmirror(&["extract", "--close", &open]).expect(0);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// The way back of one recovery may be what another that is under way stands on.
#[test]
fn commit_waits_for_a_recovery_under_way() {
    let site = mirrored("manager");
    let first = recover(&site, "latest");
    let second = killed_at(&site, "latest", "swap:2");
    refused(&site, &["commit", &first, "--yes"], 1, "REC-045");
    site.ovmirror(&["heal"]).expect(0);
    assert_eq!(state_of(&site, &second), "undone");
    site.ovmirror(&["commit", &first, "--yes"]).expect(0);
    must_be_open(&site);
}

/// It was only mounted before: taken back it is mounted again, and whole.
#[test]
fn undo_of_a_database_that_was_mounted() {
    let site = mirrored("manager");
    site.sql("shutdown immediate\nstartup mount");
    let run = recover(&site, "latest");
    work(&site, 10, 3);
    let count = transactions(&site);
    site.ovmirror(&["undo", &run]).expect(0);
    assert_eq!(identity(&site).open_mode, "MOUNTED");
    let opened = site.sql("alter database open;");
    assert!(!opened.contains("ORA-"), "{opened}");
    must_be_open(&site);
    assert_eq!(transactions(&site), count);
}

/// The old disk does not hold what was lost before the recovery: behind the undo the rest is open without it.
#[test]
fn what_was_lost_before_is_lost_again() {
    let site = mirrored("manager");
    let file = "/u02/oradata/ORCL/users01.dbf";
    let number = site.sql(&format!("select file# from v$datafile where name = '{file}';")).trim().to_owned();
    let status = format!("select status from v$datafile where file# = {number};");
    let lose = || site.says("slot021", &format!("rm {file}"));
    let must_be_lost = |said: String| {
        assert!(said.contains(&format!("{file} is not there, as before the run")), "{said}");
        assert_eq!(identity(&site).open_mode, "READ WRITE");
        assert_ne!(site.sql(&status), "ONLINE");
    };
    lose();
    let run = recover(&site, "latest");
    work(&site, 10, 3);
    must_be_open(&site);
    refused(&site, &["undo", &run], 1, "CLI-002");
    must_be_lost(site.ovmirror(&["undo", &run, "--yes"]).expect(0).stderr);
    site.sql(&format!("shutdown immediate\nstartup mount\nalter database datafile {number} online;"));
    recover(&site, "latest");
    must_be_open(&site);
    lose();
    let run = killed_at(&site, "latest", "map_new:2");
    must_be_lost(site.ovmirror(&["heal"]).expect(0).stderr);
    assert_eq!(state_of(&site, &run), "undone");
}

/// Without SYSTEM nothing can be opened: it stays in MOUNT, ready for another recovery.
#[test]
fn a_lost_system_file_is_lost_again() {
    let site = mirrored("manager");
    let file = "/u02/oradata/ORCL/system01.dbf";
    site.says("slot021", &format!("rm {file}"));
    let run = killed_at(&site, "latest", "map_new:2");
    let said = site.ovmirror(&["heal"]).expect(0).stderr;
    assert!(said.contains("stays in MOUNT"), "{said}");
    assert_eq!((state_of(&site, &run).as_str(), identity(&site).open_mode.as_str()), ("undone", "MOUNTED"));
    let run = recover(&site, "latest");
    must_be_equal(&site);
    assert!(site.sql("alter database open;").contains("ORA-") || identity(&site).open_mode == "READ WRITE");
    must_be_open(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(identity(&site).open_mode, "MOUNTED");
    recover(&site, "latest");
    must_be_open(&site);
}
