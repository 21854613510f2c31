//! A SHUTDOWN IMMEDIATE that does not end, since sessions hold the database.

use super::state::{identity, mirrored, must_be_open};
use crate::site::Site;

const ARGS: [&str; 5] = ["recover", "ORCL", "--yes", "--to", "latest"];

fn hang(site: &Site) {
    site.no_faults();
    site.fault("sqlplus", "SHUTDOWN IMMEDIATE", 1, "hang");
}

/// The processes that wait for SQL*Plus.
fn waiting(site: &Site) -> String {
    site.says("slot021", "ps -e -o pid=,args= | awk '$2 ~ /sqlplus$/ { print $1 }'").trim().to_owned()
}

#[test]
fn a_shutdown_that_does_not_end_is_named_and_can_be_aborted() {
    let site = mirrored("manager");
    let config = std::fs::read_to_string(site.config()).unwrap();
    std::fs::write(site.config(), config + "\n[deadlines]\nstart_stop = \"11 s\"\n").unwrap();
    let before = identity(&site);
    hang(&site);
    let said = site.ovmirror(&ARGS).expect(4).stderr;
    for text in [
        "Note: ORCL: SHUTDOWN IMMEDIATE has lasted 10s; it may take 11s",
        "[REC-022]: ORCL: SHUTDOWN IMMEDIATE did not end within 11s",
        "--abort",
        "start_stop under [deadlines]",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert_eq!(identity(&site), before);
    // A SHUTDOWN that is left waiting would go through behind the undo.
    assert_eq!(waiting(&site), "");
    assert!(said.contains("its program there (process ") && said.contains(") was ended"), "{said}");
    hang(&site);
    site.ovmirror(&[&ARGS[..], &["--abort"]].concat()).expect(0);
    assert_eq!(waiting(&site), "");
    must_be_open(&site);
    assert_eq!(waiting(&site), "", "who waited is ended behind SHUTDOWN ABORT");
}

/// Nor may one that is only slow come about later.
#[test]
fn a_shutdown_that_comes_too_late_does_not_come() {
    let site = mirrored("manager");
    let config = std::fs::read_to_string(site.config()).unwrap();
    std::fs::write(site.config(), config + "\n[deadlines]\nstart_stop = \"4 s\"\n").unwrap();
    site.no_faults();
    site.fault("sqlplus", "SHUTDOWN IMMEDIATE", 1, "slow=9000");
    let said = site.ovmirror(&ARGS).expect(4).stderr;
    assert!(said.contains("[REC-022]"), "{said}");
    assert_eq!(waiting(&site), "", "nobody is left who could shut it down");
    must_be_open(&site);
}
