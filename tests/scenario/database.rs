//! A database that is not as a split mirror needs it.

use super::{
    clean::assert_clean,
    refusal::refused,
    site::{Site, until},
};
use insta::assert_snapshot;

const BACKUP: [&str; 3] = ["backup", "ORCL", "--snapshot-only"];

/// Shuts it down and mounts it, does this, opens it.
fn in_mount(site: &Site, statement: &str) {
    let said = site.sql(&format!("shutdown immediate\nstartup mount\n{statement}\nalter database open;"));
    assert!(!said.contains("ORA-") || said.contains("ORA-01109"), "{said}");
}

#[test]
fn database() {
    let site = Site::up(&["--mode", "portable"]);
    noarchivelog(&site);
    already_in_backup_mode(&site);
    down(&site);
    no_sqlplus(&site);
}

fn noarchivelog(site: &Site) {
    in_mount(site, "alter database noarchivelog;");
    assert_snapshot!(refused(site, &BACKUP, 1, "DB-ARCHIVELOG"), @r"
    Error [DB-ARCHIVELOG]: ORCL: the database is in NOARCHIVELOG mode: BEGIN BACKUP would end with ORA-01123
    Hint: in MOUNT: ALTER DATABASE ARCHIVELOG; then open it and try again
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_clean(site, false);
    in_mount(site, "alter database archivelog;");
}

/// Somebody else's window is left as it is.
fn already_in_backup_mode(site: &Site) {
    let active = || site.sql("select count(*) from v$backup where status = 'ACTIVE';");
    site.sql("alter database begin backup;");
    let before = active();
    assert_ne!(before, "0");
    assert_snapshot!(refused(site, &BACKUP, 1, "DB-ACTIVE"), @r"
    Error [DB-ACTIVE]: /u02/oradata/ORCL/system01.dbf: datafile 1 is already in backup mode (6 in all): ORA-01146
    Hint: if no other backup runs: ALTER DATABASE END BACKUP; a window of ovmirror's own is ended by ovmirror heal
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_eq!(active(), before);
    site.sql("alter database end backup;");
    assert_clean(site, false);
}

fn down(site: &Site) {
    site.sql("shutdown immediate");
    let text = refused(site, &BACKUP, 3, "ORA-01034");
    assert!(text.contains("ORA-01034: ORACLE not available\n") && text.contains("Hint: start the instance"), "{text}");
    assert_clean(site, false);
    site.sql("startup");
}

fn no_sqlplus(site: &Site) {
    let program = format!("{}/bin/sqlplus", site.oracle_home());
    let hide = |host: &str| site.says(host, &format!("mv {program} {program}.away"));
    let show = |host: &str| site.says(host, &format!("mv {program}.away {program}"));
    hide("slot021");
    let text = refused(site, &["backup", "ORCL"], 1, "DB-HOME");
    show("slot021");
    assert!(text.contains("sqlplus is not in ") && text.contains("correct oracle_home"), "{text}");
    hide("bckvm");
    let text = refused(site, &["backup", "ORCL"], 1, "MEDIA-HOME");
    show("bckvm");
    assert!(text.contains("bckvm: sqlplus not found in ") && text.contains("correct oracle_home"), "{text}");
    assert_clean(site, false);
}

/// Refused, unless the configuration names the file: then it is left out, on tape too.
#[test]
fn offline_file() {
    let Some(site) = Site::real(&[]) else { return };
    let file = "/u02/oradata/ORCL/data02.dbf";
    site.sql(&format!("alter database datafile '{file}' offline;"));
    assert_snapshot!(refused(&site, &BACKUP, 1, "DB-OFFLINE"), @r"
    Error [DB-OFFLINE]: /u02/oradata/ORCL/data02.dbf: datafile 6 is RECOVER
    Hint: bring it online, or name it in skip to accept a backup without it
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_clean(&site, false);
    site.reconfigure("kept = ", &format!("skip = [\"{file}\"]\nkept = "));
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    assert_clean(&site, true);
    let shown = site.json(&["list"]);
    assert_eq!(shown["snapshots"][0]["tape"]["state"], "ok", "{shown}");
}

/// The archived log goes after END BACKUP and before it is kept: the manager's answer to the renaming of the golden disk
/// is held back meanwhile.
#[test]
fn needed_log_deleted() {
    let site = Site::up(&["--mode", "portable"]);
    let held = site.fault("manager", "edit VirtualDisk", 1, "slow=6000");
    let run = site.begin(&["--json", "backup", "ORCL", "--snapshot-only"]);
    until("the renaming", || site.seen(&held) == 1);
    let gone = site.says("slot021", "rm -v /u03/arch/ORCL/*");
    assert!(!gone.is_empty());
    let said = run.end().expect(4);
    let text = super::refusal::told(&site, &said, "LOG-002");
    assert!(text.contains("cannot be kept") && text.contains("a cleanup job deletes logs too early"), "{text}");
    assert_clean(&site, false);
}
