//! What must hold once a cell is healed.

use super::world::World;
use crate::{clean, site::Site, witness::must_be_equal};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeMap;

/// What must not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Slot, disk and name of each disk of the database's VM.
    slots: Vec<String>,
    /// A sum over the files of each golden disk.
    golden: BTreeMap<String, String>,
}

impl Before {
    pub fn of(world: &World) -> Self {
        Self { slots: slots(&world.site), golden: golden(world) }
    }
}

fn slots(site: &Site) -> Vec<String> {
    let shown = site.json(&["vm", "slot021"]);
    let text = |disk: &Value| ["slot", "disk", "name"].map(|key| disk[key].to_string()).join(" ");
    shown["disks"].as_array().unwrap().iter().map(text).collect()
}

/// What each golden disk holds.
fn golden(world: &World) -> BTreeMap<String, String> {
    let snapshots = world.snapshots();
    let disks = snapshots.iter().flat_map(|one| one["disks"].as_array().unwrap());
    let id = |disk: &Value| disk["id"].as_str().unwrap().to_owned();
    disks.map(|disk| (id(disk), world.sum_of_disk(&id(disk)))).collect()
}

/// Number of events in the journal, of a store that SQLite finds whole.
pub fn events(site: &Site) -> u32 {
    let path = site.dir.join("state/ovmirror.db");
    let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let whole: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok", "the store");
    store.query_row("SELECT COUNT(*) FROM events", [], |row| row.get(0)).unwrap()
}

/// Every run has come to an end that needs nobody.
pub fn all_ended(world: &World) {
    for run in world.runs() {
        assert!(run["state"] == "done" || run["state"] == "undone", "not ended: {run}");
    }
}

/// The database works, is out of backup mode, and has every transaction that it acknowledged.
pub fn production(world: &World) {
    let mode = world.site.sql("select open_mode from v$database;");
    assert_eq!(mode, "READ WRITE", "the database is not open");
    clean::no_backup_mode(&world.site);
    must_be_equal(&world.site);
}

/// Live disks are where they were, golden ones are as they were.
pub fn disks(world: &World, before: &Before) {
    assert_eq!(slots(&world.site), before.slots, "disks of the database's VM");
    let now = golden(world);
    for (disk, sum) in &before.golden {
        assert_eq!(now.get(disk), Some(sum), "golden disk {disk}");
    }
}

/// Nothing of ours is anywhere that no snapshot accounts for.
pub fn nothing_left(world: &World) {
    let site = &world.site;
    clean::assert_clean(site, !world.snapshots().is_empty());
    let look = "ls -A /home/oracle/kept 2>/dev/null; ls -d /home/oracle/at 2>/dev/null; ls /u0*/oradata/*/*.ovm-* /u0*/.ovmirror/* 2>/dev/null; \
                ps -e -o args= | grep '[.]ovmirror/ORCL-'; grep ' /ovmirror' /proc/mounts; true";
    assert_eq!(site.says("slot021", look), "", "on slot021");
    let look = "ps -e -o args= | grep '[.]ovmirror/ORCL-'; grep -e ' /u02' -e '[.]ovmirror' /proc/mounts; true";
    assert_eq!(site.says("bckvm", look), "", "on bckvm");
    let beside = "ls -A /OVS/Repositories/*/snapshots 2>/dev/null | grep ovm || true";
    assert_eq!(site.says("ovs1", beside), "", "beside the disks on ovs1");
}
