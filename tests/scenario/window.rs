//! What happens while a window is open.

use super::{
    clean::assert_clean,
    refusal::{refused, told},
    site::{Site, until},
};

const BACKUP: [&str; 4] = ["--json", "backup", "ORCL", "--snapshot-only"];

/// Waits until the database is in backup mode.
fn window(site: &Site) {
    until("backup mode", || site.sql("select count(*) from v$backup where status = 'ACTIVE';") != "0");
}

#[test]
fn window_of_another() {
    let site = Site::up(&["--mode", "portable", "--job-time", "2"]);
    file_added(&site);
    locked(&site);
}

fn file_added(site: &Site) {
    let run = site.begin(&BACKUP);
    window(site);
    let added = site.sql("alter tablespace users add datafile '/u02/oradata/ORCL/users02.dbf' size 1m;");
    assert!(!added.contains("ORA-"), "{added}");
    let said = run.end().expect(4);
    insta::assert_snapshot!(told(site, &said, "SNP-007"), @r"
    Failed and taken back [SNP-007]: the snapshot is not usable: datafile 7 was added or changed during the window
      at: run RUN, step end
    Hint: backup mode has been ended; try again when nobody changes the structure of the database
    Hint: what was done and taken back: ovmirror show RUN
    ");
    assert_clean(site, false);
}

fn locked(site: &Site) {
    let run = site.begin(&BACKUP);
    window(site);
    let text = refused(site, &["backup", "ORCL", "--snapshot-only"], 6, "LCK-001");
    assert!(text.starts_with("Locked [LCK-001]: ORCL is locked by run RUN (process "), "{text}");
    assert!(text.contains("ovmirror status") && text.contains("--wait-lock"), "{text}");
    let second = site.ovmirror(&["--json", "backup", "ORCL", "--snapshot-only", "--wait-lock", "60s"]).expect(0);
    run.end().expect(0);
    let (all, mine) = (site.json(&["list"]), second.object());
    assert_eq!(all["snapshots"].as_array().unwrap().len(), 2, "{all}");
    assert_eq!(mine["snapshots"].as_array().unwrap().len(), 1, "{mine}");
    assert_clean(site, true);
}
