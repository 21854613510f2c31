//! What a drill left: its evidence, and everything else as it was.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use super::site::Site;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

/// The artifacts of a run.
pub fn artifacts(site: &Site, run: &str) -> PathBuf {
    site.dir.join("state/artifacts/ORCL").join(run)
}

/// Id of the last drill.
pub fn last_drill(site: &Site) -> String {
    let runs = site.json(&["runs"]);
    let drills = runs["runs"].as_array().unwrap().iter().find(|run| run["flow"] == "drill").cloned();
    drills.expect("there was a drill")["id"].as_str().unwrap().to_owned()
}

/// `drill.json` of the last drill; it and the page are private.
pub fn evidence(site: &Site) -> Value {
    let folder = artifacts(site, &last_drill(site));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for name in ["drill.json", "drill.html"] {
        assert_eq!(fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    serde_json::from_str(&fs::read_to_string(folder.join("drill.json")).unwrap()).unwrap()
}

/// `drill.html` of the last drill.
pub fn page(site: &Site) -> String {
    fs::read_to_string(artifacts(site, &last_drill(site)).join("drill.html")).unwrap()
}

/// The newest snapshot, as `list` shows it.
pub fn newest(site: &Site) -> Value {
    let (id, list) = (site.newest_snapshot(), site.json(&["list"]));
    list["snapshots"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str()).unwrap().clone()
}

/// Who production is, what it has and what it noted.
pub fn production(site: &Site) -> String {
    let state = site.sql(
        "select dbid, resetlogs_change#, open_mode, controlfile_type, log_mode from v$database;
select incarnation#, resetlogs_change#, status from v$database_incarnation;
select file#, status, name from v$datafile;
select name from v$tempfile;
select member from v$logfile;
select count(*), max(sequence#) from v$archived_log;
select startup_time from v$instance;
select file#, status from v$backup;",
    );
    assert!(!state.contains("ORA-") && state.contains("READ WRITE"), "{state}");
    let alert = "/u01/app/oracle/diag/rdbms/orcl/ORCL/trace/alert_ORCL.log";
    state + "\n" + &site.says("slot021", &format!("wc -l < {alert}"))
}

/// The folder of the golden disk on the server, in portable mode.
pub fn golden_folder(site: &Site) -> String {
    let disk = newest(site)["disks"][0]["id"].as_str().unwrap().to_owned();
    site.says("ovs1", &format!("ls -d /OVS/Repositories/*/VirtualDisks/{disk}"))
}

/// A sum over every file of the golden disk, in portable mode.
pub fn golden(site: &Site) -> String {
    let folder = golden_folder(site);
    let sums = site.says("ovs1", &format!("cd {folder} && find . -type f | sort | xargs cksum"));
    assert!(sums.lines().count() > 6, "{sums}");
    sums
}

/// Spoils a block of `data01.dbf` on the golden disk, in portable mode.
pub fn spoil(site: &Site, block: u64) {
    let file = format!("{}/data/oradata/ORCL/data01.dbf", golden_folder(site));
    let place = block * 8192 + 100;
    site.says("ovs1", &format!("printf spoiled | dd of={file} bs=1 seek={place} conv=notrunc"));
}
