//! A drill that falls, is killed or goes on, at each of its steps.

use super::{
    clean::assert_clean,
    restored::{golden, newest, production},
    site::{Site, until},
    tests::{DRILL, PORTABLE, STANDBY, assert_passed, check, made, with_checks},
    watch::Watched,
};
use rstest::rstest;
use serde_json::Value;

/// A step, and the first command of it that fails or is cut off.
const FALLS: [(&str, &str, &str, &str); 12] = [
    ("work_copy:2", "manager", "cloneVdToRepo", "fail"),
    ("map:2", "manager", "create VmDiskMapping", "fail"),
    ("mount:/u02", "bckvm", "mount", "fail"),
    ("stage", "bckvm", "pfile.ora", "fail"),
    ("start", "sqlplus", "STARTUP MOUNT", "fail"),
    ("accept", "sql", "datafile_header", "fail"),
    ("redirect_files:backup", "sql", "RENAME FILE", "cut-before"),
    ("recover_copy:backup", "sqlplus", "UNTIL CHANGE", "cut-before"),
    ("open_copy:backup", "sql", "OPEN READ ONLY", "cut-after"),
    ("validate_blocks", "rman", "VALIDATE", "cut-before"),
    ("validate_blocks", "sql", "database_block_corruption", "fail"),
    ("run_checks", "sql", "six_files", "cut-before"),
];

#[test]
fn drill_that_falls_at_a_step_is_taken_back() {
    let site = made(&PORTABLE, &[]);
    check(&site, "six.sql", "SELECT COUNT(*) AS six_files FROM v$datafile");
    with_checks(&site, "\"six.sql\"");
    let before = (production(&site), golden(&site));
    for (step, place, text, how) in FALLS {
        let fault = site.fault(place, text, 1, how);
        let said = site.ovmirror(&DRILL);
        assert!(site.seen(&fault) > 0 && said.status == 4, "{step}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("] {step}: failed: ")), "{step}: {}", said.stderr);
        assert_eq!(newest(&site)["drilled_at"], Value::Null, "{step}");
        site.no_faults();
        assert_clean(&site, true);
    }
    assert_eq!((production(&site), golden(&site)), before);
    site.ovmirror(&DRILL).expect(0);
    assert_passed(&site, "readonly");
}

/// The evidence stands before the clean-up, which is done by taking the run back where it falls.
#[rstest]
#[case("bckvm", "umount")]
#[case("manager", "delete VmDiskMapping")]
fn drill_whose_clean_up_falls_has_passed(#[case] place: &str, #[case] text: &str) {
    let site = made(&PORTABLE, &[]);
    let fault = site.fault(place, text, 1, "fail");
    let said = site.ovmirror(&DRILL).expect(0);
    assert!(site.seen(&fault) > 0 && said.stderr.contains("] tear_down: failed: "), "{}", said.stderr);
    assert_passed(&site, "readonly");
}

/// What RMAN's session suffers says nothing of the snapshot.
#[test]
fn drill_is_not_failed_by_a_lost_session() {
    let site = made(&PORTABLE, &[]);
    site.fault("rman", "VALIDATE", 1, "fail");
    assert!(site.ovmirror(&DRILL).expect(4).stderr.contains("ORA-03113"));
    assert_eq!(newest(&site)["state"], "proved");
    assert_clean(&site, true);
}

fn killed_at(site: &Site, step: &str) -> String {
    Watched::killed_at(site, &DRILL, step)
}

fn heals(site: &Site, step: &str) {
    let said = site.ovmirror(&["heal"]);
    assert_eq!(said.status, 0, "killed at {step}: {}", said.stderr);
    assert_clean(site, true);
}

const STEPS: [&str; 15] = [
    "disks_before",
    "work_copy:2",
    "map:2",
    "mount:/u02",
    "stage",
    "start",
    "accept",
    "redirect_files:backup",
    "recover_copy:backup",
    "open_copy:backup",
    "validate_blocks",
    "run_checks",
    "drill_evidence",
    "tear_down",
    "drill_done",
];

#[test]
fn drill_killed_at_each_step_is_healed() {
    let site = made(&["--quirk", "open-read-only=refused"], &[]);
    let before = production(&site);
    for step in STEPS {
        killed_at(&site, step);
        heals(&site, step);
    }
    assert_eq!(production(&site), before);
    site.ovmirror(&DRILL).expect(0);
    assert_passed(&site, "resetlogs");
}

#[test]
fn drill_killed_in_the_second_attempt_is_healed() {
    let site = made(&["--quirk", "standby-hot-files=refused"], &[STANDBY]);
    for step in ["recover_copy:standby", "remount_copy", "redirect_files:backup", "recover_copy:backup"] {
        killed_at(&site, step);
        heals(&site, step);
    }
    site.ovmirror(&DRILL).expect(0);
    assert_passed(&site, "readonly");
}

#[rstest]
fn drill_is_resumed(
    #[values("start", "redirect_files:backup", "recover_copy:backup", "open_copy:backup", "validate_blocks")]
    step: &str,
) {
    let site = made(&["--quirk", "open-read-only=refused"], &[]);
    let run = killed_at(&site, step);
    let said = site.ovmirror(&["resume", &run]);
    assert_eq!(said.status, 0, "{step}: {}", said.stderr);
    assert_passed(&site, "resetlogs");
}

/// Between OPEN and its record: what is open is seen, and not opened again.
#[test]
fn drill_is_resumed_behind_its_open() {
    let site = made(&["--quirk", "open-read-only=refused", "--mode", "portable"], &[]);
    // The third question is that behind OPEN: the others are those of the headers and before OPEN.
    let held = site.fault("sql", "controlfile_type", 3, "slow=6000");
    let mut watched = Watched::start(&site, &DRILL);
    watched.must_reach("] open_copy:backup: ");
    until("the question behind OPEN", || site.seen(&held) >= 3);
    let run = watched.run();
    watched.kill();
    site.no_faults();
    site.ovmirror(&["resume", &run]).expect(0);
    let seen = assert_passed(&site, "resetlogs");
    assert!(seen["open"]["not"].to_string().contains("the run was interrupted"), "{seen}");
}

#[test]
fn drill_that_is_resumed_fails_as_well() {
    let site = made(&PORTABLE, &[]);
    check(&site, "zero.sql", "SELECT 0 AS ok FROM dual");
    with_checks(&site, "\"zero.sql\"");
    let run = killed_at(&site, "validate_blocks");
    assert!(site.ovmirror(&["resume", &run]).expect(8).stderr.contains("OK is not 1"));
    assert_clean(&site, true);
}
