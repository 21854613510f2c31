//! Disks that cannot be cloned as they are, and a repository without room.

use super::{clean::assert_clean, refusal::refused, site::Site};
use insta::assert_snapshot;
use ovmirror::survey::{self, Choices, DbFacts, HostFacts, Seen, VmFacts};
use serde_json::{Value, json};
use std::fs;

const BACKUP: [&str; 3] = ["backup", "ORCL", "--snapshot-only"];

/// A file system over two disks has no one instant, unless it is frozen.
#[test]
fn two_disks() {
    let Some(site) = Site::real(&["--layout", "two-disk"]) else { return };
    assert_snapshot!(refused(&site, &BACKUP, 1, "LAY-UNIT"), @r#"
    Error [LAY-UNIT]: /u02: xfs on slot 2, 4: its disks are not cloned at one instant
    Hint: set quiesce = "fsfreeze" for this database
    Hint: see every finding with its remedy: ovmirror check
    "#);
    assert_clean(&site, false);
    site.reconfigure("kept = ", "quiesce = \"fsfreeze\"\nkept = ");
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    assert_clean(&site, true);
}

/// Oracle Linux 5 has no fsfreeze: choosing it does not help.
#[test]
fn two_disks_of_an_old_guest() {
    let Some(site) = Site::real(&["--layout", "two-disk", "--old-guest"]) else { return };
    site.reconfigure("kept = ", "quiesce = \"fsfreeze\"\nkept = ");
    assert_snapshot!(refused(&site, &BACKUP, 1, "LAY-FREEZE"), @r"
    Error [LAY-FREEZE]: /u02: xfs on slot 2, 4: it cannot be frozen, because the guest has no fsfreeze (Oracle Linux 5 has none)
    Hint: move its files to a file system on one virtual disk
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_clean(&site, false);
}

/// The manager of the site says that slot 2 is a LUN; the guest sees no difference.
#[test]
fn physical_disk() {
    let mut site = Site::up(&["--mode", "portable"]);
    site.lab(&["down"]).expect(0);
    let file = site.dir.join("manager/state.json");
    let mut state: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    lun(&mut state);
    fs::write(&file, state.to_string()).unwrap();
    site.start(&["--mode", "portable"]);
    assert_snapshot!(refused(&site, &BACKUP, 1, "LAY-PHYSICAL"), @r"
    Error [LAY-PHYSICAL]: xvdc (slot 2): datafiles lie on the physical disk data_lun, which cannot be cloned hot
    Hint: move them to a virtual disk on an OCFS2 repository
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_clean(&site, false);
    let disks = site.json(&["vm", "slot021"]);
    let kinds: Vec<&Value> = disks["disks"].as_array().unwrap().iter().map(|disk| &disk["kind"]).collect();
    assert_eq!(kinds, ["virtual", "virtual", "physical", "virtual"], "{disks}");
}

fn lun(state: &mut Value) {
    let objects = state["objects"].as_object_mut().unwrap();
    let vm = objects.values().find(|object| object["name"] == "slot021").unwrap()["id"].clone();
    let mapping = objects.values_mut().find(|object| {
        let mapping = &object["body"]["vm_disk_mapping"];
        mapping["vm"] == vm && mapping["slot"] == 2
    });
    let id = "0004fb0000180000a1b2c3d4e5f60718";
    mapping.unwrap()["body"]["vm_disk_mapping"]["medium"] = json!({ "physical": id });
    let body = json!({ "physical_disk": { "shareable": false, "size": 8_589_934_592_u64, "page83": "36001405aabb" } });
    let lun = json!({ "id": id, "name": "data_lun", "description": "", "lock": null, "sequence": 5, "body": body });
    objects.insert(id.to_owned(), lun);
}

/// The manager's own number is old: room was taken since it looked.
#[test]
fn full_repository() {
    let Some(site) = Site::real(&["--repository-size", "2"]) else { return };
    site.says("ovs1", "cd /OVS/Repositories/* && fallocate -l 1200M filler");
    let text = refused(&site, &BACKUP, 1, "REPO-SPACE");
    assert!(text.starts_with("Error [REPO-SPACE]: slotreposan01: only ") && text.contains("MiB are free"), "{text}");
    assert!(text.contains("Hint: delete old snapshots or extend it"), "{text}");
    assert_clean(&site, false);
}

/// The lab's engine makes no file with such a name, so the survey is asked itself.
#[test]
fn asm() {
    let file = "+DATA/ORCL/DATAFILE/system.257.1";
    let db: DbFacts = serde_json::from_value(json!({
        "identity": {
            "dbid": 1, "name": "ORCL", "db_unique_name": "ORCL", "log_mode": "ARCHIVELOG", "open_mode": "READ WRITE",
            "role": "PRIMARY", "controlfile_type": "CURRENT", "resetlogs_change": "1", "resetlogs_time": "",
            "current_scn": "9", "flashback_on": "NO", "fs_failover_status": "DISABLED", "cdb": false,
            "version": "19.0.0.0.0", "host_name": "slot021", "startup_time": "", "parallel": false,
            "enabled_threads": 1
        },
        "datafiles": [], "files": [{ "kind": "data", "path": file }], "active": [], "rman_sessions": 0,
        "parameters": {}, "closed_containers": []
    }))
    .unwrap();
    let vm: VmFacts = serde_json::from_value(json!({
        "id": "0004fb0000060000a1b2c3d4e5f60718", "name": "slot021", "status": "Running", "domain_type": "XEN_PVM",
        "locked": false, "memory_mb": 2048, "pool": null, "disks": []
    }))
    .unwrap();
    let host = HostFacts::default();
    let choices = Choices { fsfreeze: false, skip: Vec::new(), prefix: None, media_home: None, sid: "ORCL".to_owned() };
    let layout = survey::lay_out(&db, &host, &vm);
    let seen =
        Seen { db: &db, host: &host, vm: &vm, repositories: &[], layout: &layout, media: None, choices: &choices };
    let fault = survey::finding::refusal(&survey::findings(&seen)).expect("it is refused");
    assert_eq!((fault.code.as_str(), fault.kind.exit_code()), ("LAY-ASM", 1));
    assert!(fault.message.starts_with(file) && fault.message.contains("lies in ASM"), "{fault}");
    assert!(fault.hints.iter().any(|hint| hint.text.contains("use RMAN in the VM")), "{:?}", fault.hints);
}
