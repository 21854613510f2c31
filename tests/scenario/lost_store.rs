//! A store that is lost, and what the product says of what is left.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use super::site::Site;
use serde_json::Value;
use std::{fs, path::PathBuf};

/// The product's state folder.
pub fn state(site: &Site) -> PathBuf {
    let config = site.json(&["config", "show"]);
    PathBuf::from(config["config"]["state"].as_str().expect("the lab's configuration names it"))
}

/// Journal and catalog are gone; control files and logs are kept.
pub fn lose_store(site: &Site) {
    let state = state(site);
    for file in ["ovmirror.db", "ovmirror.db-wal", "ovmirror.db-shm"] {
        fs::remove_file(state.join(file)).ok();
    }
    assert_eq!(site.json(&["list"])["snapshots"].as_array().unwrap().len(), 0);
}

/// Everything is gone.
pub fn lose_state(site: &Site) {
    lose_store(site);
    fs::remove_dir_all(state(site).join("artifacts")).unwrap();
}

/// What is left over.
pub fn orphans(site: &Site) -> Vec<Value> {
    let object = site.json(&["orphans"]);
    assert_eq!(object["unseen"].as_array().map(Vec::len), Some(0), "{object}");
    object["orphans"].as_array().unwrap_or_else(|| panic!("{object}")).clone()
}

/// Kind and state of each.
pub fn kinds(found: &[Value]) -> Vec<String> {
    let words = |one: &Value| format!("{} {}", one["kind"].as_str().unwrap(), one["state"].as_str().unwrap());
    found.iter().map(words).collect()
}

/// Digest of the golden disks of a snapshot as the server has them; holes are left out, since an image is sparse.
pub fn golden(site: &Site, snapshot: &str) -> String {
    let listed = site.manager("list VirtualDisk");
    let ours = listed.lines().filter(|line| line.contains(&format!("ovm.{snapshot}.disk.")));
    let ids: Vec<&str> = ours.filter_map(|line| line.split("id:").nth(1)?.split_whitespace().next()).collect();
    assert!(!ids.is_empty(), "{listed}");
    site.says("ovs1", &format!("cd /OVS/Repositories/*/VirtualDisks && tar -S -cf - {} | sha256sum", ids.join(" ")))
}
