//! Recoveries with the snapshot's own control file: all control files lost, and a target that the present ones do not
//! lead to.

use super::state::{identity, mirrored, must_be_open, now, recover, state_of, traces};
use crate::{
    refusal::refused,
    site::Site,
    watch::Watched,
    witness::{must_be_equal, work},
};
use std::{collections::BTreeSet, fs};

const ADDED: &str = "/u02/oradata/ORCL/added01.dbf";

fn with_snapshots(to: &str) -> [&str; 7] {
    ["recover", "ORCL", "--yes", "--controlfile", "snapshot", "--to", to]
}

/// Recovers; gives the run.
fn recovered(site: &Site, to: &str) -> String {
    let said = site.ovmirror(&[&["--json"], &with_snapshots(to)[..]].concat()).expect(0);
    said.object()["run"]["id"].as_str().unwrap().to_owned()
}

fn must_be_lost(site: &Site) {
    assert!(site.sql("select open_mode from v$database;").contains("ORA-01034"), "it is up");
    assert_eq!(site.says("slot021", "ls /u03/oradata/ORCL/*.ctl 2>/dev/null || true"), "");
}

/// A file was added since the snapshot, the instance crashes, and its control files are gone.
fn lost() -> (Site, u64) {
    let site = mirrored("manager");
    site.sql(&format!("create tablespace ADDED datafile '{ADDED}' size 256k;"));
    work(&site, 10, 3);
    let before = now(&site);
    site.sql("shutdown abort");
    site.says("slot021", "rm /u03/oradata/ORCL/*.ctl");
    (site, before)
}

#[test]
fn lost_control_files_come_from_the_snapshot() {
    let (site, before) = lost();
    let found = traces(&site);
    let text = refused(&site, &["recover", "ORCL", "--yes", "--mount", "--to", "latest"], 3, "ORA-00205");
    assert!(text.contains("--controlfile snapshot"), "{text}");
    refuses_another_control_file(&site);
    must_be_lost(&site);
    let run = Watched::killed_at(&site, &with_snapshots("latest"), "start_mount");
    site.ovmirror(&["heal"]).expect(0);
    assert_eq!(state_of(&site, &run), "undone");
    must_be_lost(&site);
    assert_eq!(traces(&site), found);
    let run = recovered(&site, "latest");
    must_be_whole(&site, before);
    undone(&site, &run, &found);
    // As lost as before, so it can be recovered as before.
    recovered(&site, "latest");
    must_be_whole(&site, before);
    work(&site, 5, 4);
    must_be_open(&site);
}

/// Every committed transaction, and the file that the snapshot's control file does not know.
fn must_be_whole(site: &Site, before: u64) {
    assert!(must_be_equal(site) >= before);
    must_be_open(site);
    assert!(site.sql("select name from v$datafile;").contains(ADDED));
}

/// The old disks are back, and what was opened meanwhile goes with `commit`.
fn undone(site: &Site, run: &str, found: &BTreeSet<String>) {
    let said = site.ovmirror(&["undo", run, "--yes"]).expect(0);
    assert!(said.stderr.contains("stays down"), "{}", said.stderr);
    must_be_lost(site);
    site.ovmirror(&["commit", run, "--yes"]).expect(0);
    assert_eq!(&traces(site), found);
}

/// Law 9: only the file that the snapshot kept.
fn refuses_another_control_file(site: &Site) {
    let kept = site.dir.join("state/artifacts/ORCL").join(site.newest_snapshot()).join("control.ctl");
    let good = fs::read(&kept).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    fs::write(&kept, bad).unwrap();
    refused(site, &with_snapshots("latest"), 1, "REC-091");
    fs::write(&kept, good).unwrap();
}

#[test]
fn recover_to_a_point_before_a_resetlogs() {
    let site = mirrored("manager");
    let early = now(&site) + 1;
    work(&site, 10, 3);
    let late = now(&site) + 1;
    recover(&site, &format!("scn={late}"));
    work(&site, 10, 4);
    let (opened, to) = (identity(&site), format!("scn={early}"));
    let text = refused(&site, &["recover", "ORCL", "--yes", "--to", &to], 1, "REC-053");
    assert!(text.contains("--controlfile snapshot"), "{text}");
    refused(&site, &with_snapshots("latest"), 1, "REC-092");
    let run = recovered(&site, &to);
    must_be_open(&site);
    assert_eq!(identity(&site).resetlogs, early.to_string());
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
    assert_eq!(identity(&site), opened);
}

/// The newest snapshot lies behind the target: an older one serves, with logs that are older than what the newest kept.
#[test]
fn lost_control_files_and_a_target_before_the_newest_snapshot() {
    let site = mirrored("manager");
    for seed in 3..6 {
        work(&site, 5, seed);
        site.sql("alter system archive log current;");
    }
    let point = now(&site) + 1;
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 10, 6);
    site.sql("shutdown abort");
    site.says("slot021", "rm /u03/oradata/ORCL/*.ctl");
    recovered(&site, &format!("scn={point}"));
    must_be_open(&site);
    assert_eq!(identity(&site).resetlogs, point.to_string());
}

/// Somebody went back too far and gave up the way back: the branch that was left goes further than the present one has come.
#[test]
fn recover_to_a_point_on_a_branch_that_was_left() {
    let site = mirrored("manager");
    let early = now(&site) + 1;
    work(&site, 40, 3);
    site.sql("alter system archive log current;");
    std::thread::park_timeout(std::time::Duration::from_millis(2100));
    let late = site.sql("select to_char(systimestamp, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM') from dual;");
    let wanted = now(&site);
    std::thread::park_timeout(std::time::Duration::from_millis(2100));
    work(&site, 10, 4);
    site.sql("alter system archive log current;");
    recover(&site, &format!("scn={early}"));
    let run = recovered(&site, &format!("time={late}"));
    assert!(must_be_equal(&site) >= wanted, "everything up to {late}");
    must_be_open(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}
