//! A tablespace, or the datafile of one, on disks of its own, while the rest is open.

use super::state::{identity, must_be_open, now, state_of, traces};
use crate::{
    refusal::refused,
    site::Site,
    witness::{must_be_equal, work},
};

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
    site.says("slot021", "rm /u04/oradata/ORCL/app01.dbf");
    let run = recover(&site);
    assert!(must_be_equal(&site) >= before);
    work(&site, 10, 3);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// The old disk does not have a file that was added since: it is made again there.
#[test]
fn part_that_grew_since_is_undone() {
    let site = mirrored();
    let run = recover(&site);
    let added = site.sql("alter tablespace APP add datafile '/u04/oradata/ORCL/app_more.dbf' size 256k;");
    assert!(!added.contains("ORA-"), "{added}");
    work(&site, 10, 3);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(site.sql("select count(*) from v$recover_file;"), "0");
}

#[test]
fn part_that_shares_its_disk_is_refused() {
    let site = mirrored();
    let (before, runs) = (traces(&site), super::state::runs(&site));
    for part in [["--tablespace", "DATA"], ["--datafile", "7"]] {
        let args = [&["recover", "ORCL", "--yes", "--to", "latest"][..], &part].concat();
        refused(&site, &args, 1, "REC-081");
    }
    assert_eq!((traces(&site), super::state::runs(&site)), (before, runs));
    must_be_open(&site);
}
