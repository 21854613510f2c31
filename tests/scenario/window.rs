//! What happens while a window is open.

use super::{
    clean::{assert_clean, no_backup_mode},
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
    only_shown(&site);
    file_added(&site);
    locked(&site);
}

/// `--dry-run` shows what both halves would send, and sends nothing of it.
fn only_shown(site: &Site) {
    let plans = site.json(&["backup", "ORCL", "--dry-run"])["plans"].clone();
    let sends = |flow: usize, step: &str| {
        let steps = plans[flow]["steps"].as_array().unwrap();
        let found = steps.iter().find(|planned| planned["step"] == step).unwrap_or_else(|| panic!("{step}"));
        found["sends"].to_string()
    };
    for (flow, step, text) in [
        (0, "prepare_clone", "create VmCloneCustomizer name=ovm.RUN.cust on Vm id="),
        (0, "begin", "ALTER DATABASE BEGIN BACKUP"),
        (0, "begin", "/u02/.ovmirror/RUN.ctl"),
        (0, "clone", "destType=VmTemplate destName=ovm.RUN.clone"),
        (0, "end", "ALTER DATABASE END BACKUP"),
        (1, "work_copy:2", "cloneVdToRepo VirtualDisk id=GOLDEN-DISK-2"),
        (1, "map:2", "create VmDiskMapping slot=20 virtualDisk=WORK-COPY-2"),
        (1, "mount:/u02", "mount -o rw"),
        (1, "tape:1", "CATALOG START WITH"),
        (1, "roll_forward", "RECOVER AUTOMATIC FROM"),
        (1, "tear_down", "SHUTDOWN ABORT"),
    ] {
        assert!(sends(flow, step).contains(text), "{step}: {}", sends(flow, step));
    }
    assert!(!plans.to_string().contains("not known before"), "{plans}");
    assert_eq!(site.json(&["runs"])["runs"].as_array().unwrap().len(), 0);
    assert_clean(site, false);
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

/// The window's time is spent: backup mode ends first, then the job is aborted, then what it has made goes, also where it
/// cannot be aborted and ends later.
#[rstest::rstest]
#[case::aborted(None)]
#[case::ends_later(Some("abort Job"))]
fn window_that_is_too_long(#[case] refused_at: Option<&str>) {
    let site = Site::up(&["--mode", "portable", "--job-time", "7"]);
    site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nwindow_limit = \"2 s\"");
    if let Some(command) = refused_at {
        site.fault("manager", command, 1, "fail");
    }
    let said = site.ovmirror(&["-v", "backup", "ORCL", "--snapshot-only"]).expect(4);
    let at = |text: &str| said.stderr.find(text).unwrap_or_else(|| panic!("{text}: {}", said.stderr));
    assert!(at("undo begin: done") < at("abort Job"), "{}", said.stderr);
    no_backup_mode(&site);
    assert_clean(&site, false);
}
