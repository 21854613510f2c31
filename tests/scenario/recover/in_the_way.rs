//! Somebody has been at work on the database's host while a recovery was being taken back: what stands in the way is
//! named and left alone, and behind its mending the undo goes on.

use super::state::{identity, mirrored, must_be_open, now, recover, state_of};
use crate::{
    refusal::refused,
    site::{Site, until},
    watch::Watched,
    witness::work,
};

/// Takes a run back up to where a command is sent, and ends there.
fn undone_up_to(site: &Site, run: &str, place: &str, hits: &str) {
    let held = site.fault(place, hits, 1, "hang");
    let watched = Watched::start(site, &["undo", run, "--yes"]);
    until("the undo has got there", || site.seen(&held) > 0);
    watched.kill();
    site.no_faults();
}

/// Refused with nothing lost, then mended, then it goes on to its end.
fn goes_on_behind(site: &Site, run: &str, code: &str, mend: impl Fn()) {
    let told = refused(site, &["undo", run, "--yes"], 5, "ENG-040");
    assert!(told.contains(&format!("because: {code}: ")), "{told}");
    assert_eq!(state_of(site, run), "stuck");
    mend();
    site.ovmirror(&["undo", run, "--yes"]).expect(0);
    assert_eq!(state_of(site, run), "undone");
    must_be_open(site);
    site.ovmirror(&["commit", run, "--yes"]).expect(0);
}

/// Law 4: control files and online logs are not put back under an instance that runs.
#[test]
fn an_instance_that_somebody_started_keeps_its_control_files() {
    let site = mirrored("manager");
    let point = now(&site) + 1;
    work(&site, 10, 3);
    let before = identity(&site);
    let run = recover(&site, &format!("scn={point}"));
    undone_up_to(&site, &run, "manager", "delete VmDiskMapping");
    assert!(site.sql("startup nomount").contains("started"));
    goes_on_behind(&site, &run, "REC-033", || {
        site.sql("shutdown abort");
    });
    assert_eq!(identity(&site), before);
}

/// Law 4: of two files for one place neither is overwritten.
#[test]
fn a_file_in_the_place_of_the_one_made_again_is_not_overwritten() {
    let site = mirrored("manager");
    let file = "/u03/oradata/ORCL/later01.dbf";
    assert!(!site.sql(&format!("create tablespace LATER datafile '{file}' size 256k;")).contains("ORA-"));
    let run = recover(&site, "latest");
    let new = format!("{file}.ovm-{run}.new");
    site.says("slot021", &format!("echo mine > {new}"));
    goes_on_behind(&site, &run, "REC-034", || {
        assert_eq!(site.says("slot021", &format!("cat {new}")).trim(), "mine");
        site.says("slot021", &format!("rm {new}"));
    });
}

/// A file that is not where it was is looked for, not made again empty.
#[test]
fn a_file_that_is_gone_from_the_old_disk_is_asked_for() {
    let site = mirrored("manager");
    let run = recover(&site, "latest");
    undone_up_to(&site, &run, "sqlplus", "STARTUP MOUNT");
    let file = "/u02/oradata/ORCL/users01.dbf";
    site.says("slot021", &format!("mv {file} /u02/users01.hidden"));
    goes_on_behind(&site, &run, "REC-035", || {
        site.says("slot021", &format!("mv /u02/users01.hidden {file}"));
    });
}

/// The old disks must follow the database to now: what is missing for that is told before the first step.
#[test]
fn an_undo_whose_logs_are_gone_is_not_begun() {
    let site = mirrored("manager");
    let run = recover(&site, "latest");
    for seed in 3..8 {
        work(&site, 5, seed);
        site.sql("alter system archive log current;");
    }
    site.says("slot021", "mkdir /u03/arch/hidden && mv /u03/arch/ORCL/* /u03/arch/hidden/");
    let told = refused(&site, &["undo", &run, "--yes"], 1, "REC-073");
    assert!(told.contains("sequence") || told.contains("first log"), "{told}");
    assert_eq!(state_of(&site, &run), "done");
    must_be_open(&site);
    site.says("slot021", "mv /u03/arch/hidden/* /u03/arch/ORCL/");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}
