//! What must hold after any run that did not leave something on purpose.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use super::site::Site;

/// Panics unless backup mode is over, nothing of ours is on a host, and the manager has no object of ours but those of
/// recorded snapshots; `expect_snapshot` says whether there are such.
pub fn assert_clean(site: &Site, expect_snapshot: bool) {
    no_backup_mode(site);
    let list = site.json(&["list"]);
    let snapshots: Vec<&str> =
        list["snapshots"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(!snapshots.is_empty(), expect_snapshot, "{list}");
    let left: Vec<String> = ours(site).into_iter().filter(|name| !golden(name, &snapshots)).collect();
    assert_eq!(left, Vec::<String>::new(), "objects of ours at the manager; snapshots: {snapshots:?}");
    for host in ["slot021", "bckvm"] {
        assert_eq!(site.says(host, "ls -A ~/.ovmirror 2>/dev/null || true"), "", "~/.ovmirror on {host}");
    }
    assert_eq!(site.says("slot021", "ls /u02/.ovmirror/*.ctl 2>/dev/null || true"), "", "control file copies");
    assert_eq!(site.says("bckvm", "grep ' /u02 ' /proc/mounts || true"), "", "mounted on bckvm");
    assert_eq!(site.says("bckvm", "ps -e -o args= | grep '^ora_pmon' || true"), "", "instances on bckvm");
}

/// No datafile is ACTIVE; a database that is down has none.
pub fn no_backup_mode(site: &Site) {
    let active = site.sql("select count(*) from v$backup where status = 'ACTIVE';");
    assert!(active == "0" || active.contains("ORA-01034"), "in backup mode: {active}");
}

/// Names at the manager that begin with our mark.
pub fn ours(site: &Site) -> Vec<String> {
    let kinds = ["Vm", "VirtualDisk", "VmDiskMapping", "VmCloneCustomizer"];
    let listed = kinds.map(|kind| site.manager(&format!("list {kind}")));
    let names = |text: &String| -> Vec<String> {
        text.lines().filter_map(|line| line.split_once("name:")).map(|(_, name)| name.trim().to_owned()).collect()
    };
    assert!(names(&listed[0]).iter().any(|name| name.starts_with("slot021")), "the manager lists no Vm: {}", listed[0]);
    listed.iter().flat_map(names).filter(|name| name.starts_with("ovm.")).collect()
}

/// Whether a name is the clone or a disk of a recorded snapshot.
fn golden(name: &str, snapshots: &[&str]) -> bool {
    let rest = snapshots.iter().find_map(|id| name.strip_prefix(&format!("ovm.{id}.")));
    let number = |slot: &str| slot.parse::<u32>().is_ok();
    rest.is_some_and(|rest| rest == "clone" || rest.strip_prefix("disk.").is_some_and(number))
}
