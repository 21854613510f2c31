//! A tablespace, or the datafile of one, on disks of its own, while the rest is open.

use super::state::{identity, must_be_open, now, state_of, traces};
use crate::{
    refusal::refused,
    site::{Site, until},
    watch::Watched,
    witness::{must_be_equal, work},
};

const FILE: &str = "/u04/oradata/ORCL/app01.dbf";

/// Tablespace APP has /u04 to itself.
fn mirrored() -> Site {
    mirrored_on("spread")
}

fn mirrored_on(layout: &str) -> Site {
    mirrored_with(&["--mode", "portable", "--layout", layout])
}

fn mirrored_with(up: &[&str]) -> Site {
    let site = Site::up(up);
    work(&site, 20, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 20, 2);
    site
}

fn recover(site: &Site) -> String {
    recover_part(site, &["--tablespace", "APP"])
}

fn recover_part(site: &Site, part: &[&str]) -> String {
    let args = [&["--json", "recover", "ORCL", "--yes", "--to", "latest"], part].concat();
    site.ovmirror(&args).expect(0).object()["run"]["id"].as_str().unwrap().to_owned()
}

/// Recovered, worked on, taken back: nothing is lost, and the rest was never closed.
fn there_and_back(site: &Site, part: &[&str]) {
    let (before, opened) = (traces(site), identity(site));
    let started = site.sql("select to_char(startup_time, 'HH24:MI:SS') from v$instance;");
    let run = recover_part(site, part);
    must_be_open(site);
    work(site, 10, 3);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(site);
    assert_eq!(identity(site), opened);
    assert_eq!(site.sql("select to_char(startup_time, 'HH24:MI:SS') from v$instance;"), started);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(traces(site), before);
}

#[test]
fn part_that_is_a_datafile_on_a_disk_of_its_own() {
    let site = mirrored_on("alone");
    let number = site.sql("select file# from v$datafile where name like '/u04/%';").trim().to_owned();
    there_and_back(&site, &["--datafile", &number]);
    refused(&site, &["recover", "ORCL", "--yes", "--to", "latest", "--datafile", "99"], 1, "REC-081");
}

#[test]
fn part_that_is_a_pluggable_database() {
    let site = mirrored_on("pdbs");
    there_and_back(&site, &["--pdb", "PDB1"]);
    // Nothing has happened since: there is no redo to apply.
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    there_and_back(&site, &["--pdb", "pdb1"]);
    // The root's disk holds the seed as well, and neither can be closed.
    for pdb in ["PDB$SEED", "CDB$ROOT", "NOBODY"] {
        refused(&site, &["recover", "ORCL", "--yes", "--to", "latest", "--pdb", pdb], 1, "REC-081");
    }
    must_be_open(&site);
}

/// Where the root may not recover them, the container is as before.
#[test]
fn part_that_the_root_may_not_recover_is_taken_back() {
    let quirk = ["--mode", "portable", "--layout", "pdbs", "--quirk", "pdb-files-from-root=none"];
    let site = mirrored_with(&quirk);
    let before = traces(&site);
    refused(&site, &["recover", "ORCL", "--yes", "--to", "latest", "--pdb", "PDB1"], 4, "ORA-00283");
    must_be_open(&site);
    assert_eq!(traces(&site), before);
}

/// All containers go down, back, and up again.
#[test]
fn part_of_a_whole_container_database() {
    let site = mirrored_on("pdbs");
    let point = now(&site) + 1;
    let open = "select name||' '||open_mode from v$pdbs order by 1;";
    let before = site.sql(open);
    work(&site, 10, 3);
    let run = super::state::recover(&site, &format!("scn={point}"));
    must_be_open(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(site.sql(open), before);
}

#[test]
fn part_is_recovered_and_undone_while_the_rest_is_open() {
    let site = mirrored();
    let (before, opened) = (traces(&site), identity(&site));
    let run = recover(&site);
    assert_eq!(identity(&site), opened, "no new incarnation");
    assert_eq!(state_of(&site, &run), "done");
    must_be_open(&site);
    work(&site, 10, 3);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(state_of(&site, &run), "undone");
    // What was committed since is on the old disk too: redo brought it there.
    must_be_open(&site);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(traces(&site), before);
}

#[test]
fn part_whose_file_is_gone_comes_back() {
    let site = mirrored();
    let before = now(&site);
    site.says("slot021", &format!("rm {FILE}"));
    let run = recover(&site);
    assert!(must_be_equal(&site) >= before);
    work(&site, 10, 3);
    // The old disk has no such file: the tablespace is as lost as before, and the rest works.
    let said = site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert!(said.stderr.contains(&format!("{FILE} is not there, as before")), "{}", said.stderr);
    assert_eq!(identity(&site).open_mode, "READ WRITE");
    assert_eq!(state_of(&site, &run), "undone");
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    let run = recover(&site);
    work(&site, 10, 4);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// RECOVER outlives the run that sent it: what it did is no reason to be stuck.
#[test]
fn part_whose_run_is_killed_while_redo_is_applied() {
    let site = mirrored_on("alone");
    let found = traces(&site);
    let number = site.sql("select file# from v$datafile where name like '/u04/%';").trim().to_owned();
    let held = site.fault("sqlplus", "RECOVER", 1, "slow=2000");
    let args = ["recover", "ORCL", "--yes", "--to", "latest", "--datafile", &number];
    let mut watched = Watched::start(&site, &args);
    let run = watched.must_reach("] recover_part: ").run();
    until("RECOVER is sent", || site.seen(&held) > 0);
    watched.kill();
    let error = format!("select error from v$recover_file where file# = {number};");
    until("RECOVER is done", || site.sql(&error) == "OFFLINE NORMAL");
    site.ovmirror(&["heal"]).expect(0);
    assert_eq!(state_of(&site, &run), "undone");
    must_be_open(&site);
    assert_eq!(traces(&site), found);
}

/// Another tablespace got a file on the new disk: it would go with the disk.
#[test]
fn part_is_not_taken_back_below_a_file_of_others() {
    let site = mirrored();
    let run = recover(&site);
    let made = site.sql("create tablespace OTHER datafile '/u04/oradata/ORCL/other01.dbf' size 256k;");
    assert!(!made.contains("ORA-"), "{made}");
    let told = refused(&site, &["undo", &run, "--yes"], 1, "REC-075");
    assert!(told.contains("/u04/oradata/ORCL/other01.dbf"), "{told}");
    assert_eq!(state_of(&site, &run), "done");
    must_be_open(&site);
    site.sql("drop tablespace OTHER including contents and datafiles;");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// A pluggable database that was closed stays closed, on the way there and back.
#[test]
fn part_that_is_a_closed_pluggable_database() {
    let site = mirrored_on("pdbs");
    let mode = || site.sql("select open_mode from v$pdbs where name = 'PDB1';");
    site.sql("alter pluggable database pdb1 close immediate;");
    assert_eq!(mode(), "MOUNTED");
    let run = recover_part(&site, &["--pdb", "PDB1"]);
    assert_eq!(mode(), "MOUNTED");
    // Whatever it is by then, it does not hold the disk.
    site.sql("alter pluggable database pdb1 open read only;");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(mode(), "MOUNTED");
    site.sql("alter pluggable database pdb1 open;");
    must_be_open(&site);
}

const TABLESPACE: [&str; 7] = ["recover", "ORCL", "--yes", "--to", "latest", "--tablespace", "APP"];

/// Killed while it recovers, and held by a file that somebody made on its disk; gives the run.
fn killed_and_stuck(site: &Site) -> String {
    let run = Watched::killed_at(site, &TABLESPACE, "recover_part");
    let made = site.sql("create tablespace OTHER datafile '/u04/oradata/ORCL/other01.dbf' size 256k;");
    assert!(!made.contains("ORA-"), "{made}");
    let told = site.ovmirror(&["heal"]).expect(5).stderr;
    assert!(told.contains("never end processes ora_"), "{told}");
    assert_eq!(state_of(site, &run), "stuck");
    run
}

/// While one is stuck nobody knows which disk is whose: only what brings everything back may begin.
#[test]
fn part_waits_for_one_that_is_stuck() {
    let site = mirrored();
    killed_and_stuck(&site);
    refused(&site, &TABLESPACE, 1, "REC-076");
    site.sql("drop tablespace OTHER including contents and datafiles;");
    site.ovmirror(&["heal"]).expect(0);
    must_be_open(&site);
}

/// A later recovery has other disks in its slots: nothing is pulled away below it, and what the stuck one kept can go.
#[test]
fn part_that_is_stuck_leaves_a_later_recovery_alone() {
    let site = mirrored();
    let found = traces(&site);
    let run = killed_and_stuck(&site);
    site.sql("recover automatic tablespace app\nalter tablespace app online;");
    let later = super::state::recover(&site, "latest");
    site.sql("drop tablespace OTHER including contents and datafiles;");
    let said = site.ovmirror(&["heal"]).expect(0);
    assert!(said.stderr.contains(&format!("ovmirror commit {run}")), "{}", said.stderr);
    must_be_open(&site);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert!(!site.ovmirror(&["status"]).expect(0).stdout.contains(&run));
    site.ovmirror(&["undo", &later, "--yes"]).expect(0);
    must_be_open(&site);
    site.ovmirror(&["commit", &later, "--yes"]).expect(0);
    // The disk that the stuck one had brought is the live one now.
    assert_eq!(traces(&site).len(), found.len());
}

/// One file of the tablespace is offline already, as where somebody opened the database without it.
#[test]
fn part_of_which_a_file_is_offline() {
    let site = mirrored();
    site.sql("alter tablespace APP add datafile '/u04/oradata/ORCL/app02.dbf' size 256k;");
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 10, 3);
    site.sql("alter database datafile '/u04/oradata/ORCL/app02.dbf' offline;");
    let run = recover(&site);
    must_be_open(&site);
    assert_eq!(site.sql("select count(*) from v$datafile where status not in ('ONLINE', 'SYSTEM');"), "0");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// A datafile of another tablespace is lost: that is no concern of this one.
#[test]
fn part_comes_back_where_another_file_is_lost() {
    let site = mirrored();
    let run = recover(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    site.says("slot021", "rm /u02/oradata/ORCL/users01.dbf");
    let run = recover(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(site.sql("select distinct status from v$datafile where name like '/u04/%';"), "ONLINE");
}

/// Dropped meanwhile, it has nothing to go back to.
#[test]
fn part_that_was_dropped_since_is_not_taken_back() {
    let site = mirrored();
    let run = recover(&site);
    site.sql("drop tablespace APP including contents and datafiles;");
    refused(&site, &["undo", &run, "--yes"], 1, "REC-077");
    assert_eq!(state_of(&site, &run), "done");
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(identity(&site).open_mode, "READ WRITE");
}
