//! A tablespace, or the datafile of one, on disks of its own, while the rest is open.

use super::state::{identity, must_be_open, now, state_of, traces};
use crate::{
    refusal::refused,
    site::Site,
    witness::{must_be_equal, work},
};

/// Tablespace APP has /u04 to itself.
fn mirrored() -> Site {
    let site = Site::up(&["--mode", "portable", "--layout", "spread"]);
    work(&site, 20, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 20, 2);
    site
}

fn recover(site: &Site) -> String {
    let args = ["--json", "recover", "ORCL", "--yes", "--to", "latest", "--tablespace", "APP"];
    site.ovmirror(&args).expect(0).object()["run"]["id"].as_str().unwrap().to_owned()
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
