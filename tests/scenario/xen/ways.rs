//! Each way and each kind of clone, with all that a snapshot is good for.

use crate::{
    clean::assert_clean,
    site::Site,
    witness::{must_be_equal, work},
};
use serde_json::Value;

/// What the clone command makes, and who makes the work copies.
const COMBINATIONS: [(&str, &str); 4] =
    [("VmTemplate", "server"), ("Vm", "manager"), ("Vm", "server"), ("VmTemplate", "manager")];

/// The lines that the configuration file begins its parts with.
const CLONE_TO: &str = "server_pool = \"slot\"";
const WAY: &str = "server = \"ovs1\"";

/// Backup with tape, recovery and back, files out of the snapshot, and a drill: each content is compared.
pub fn each_does_all(site: &Site) {
    let untouched = std::fs::read_to_string(site.config()).unwrap();
    for (number, (clone_to, way)) in (10..).zip(COMBINATIONS) {
        let begun = std::time::Instant::now();
        std::fs::write(site.config(), &untouched).unwrap();
        site.reconfigure(CLONE_TO, &format!("{CLONE_TO}\nclone_to = \"{clone_to}\""));
        site.reconfigure(WAY, &format!("{WAY}\nway = \"{way}\""));
        all(site, number);
        eprintln!("   clone_to = {clone_to}, way = {way}: {:.1?}", begun.elapsed());
    }
    std::fs::write(site.config(), untouched).unwrap();
}

/// All of it, as the configuration says.
pub fn all(site: &Site, seed: u64) {
    work(site, 5, seed);
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    let snapshot = newest(site);
    assert_eq!((&snapshot["state"], &snapshot["tape"]["state"]), (&"proved".into(), &"ok".into()), "{snapshot}");
    tape_is_equal(site, &snapshot);
    work(site, 5, seed + 100);
    there_and_back(site);
    let id = snapshot["id"].as_str().unwrap();
    files_come_out(site, id);
    let drill = site.ovmirror(&["--json", "drill", id]).expect(0).object();
    assert_eq!(drill["drill"]["passed"], true, "{drill}");
    assert_clean(site, true);
}

fn newest(site: &Site) -> Value {
    let id = site.newest_snapshot();
    let list = site.json(&["list"]);
    list["snapshots"].as_array().unwrap().iter().find(|snapshot| snapshot["id"] == *id).unwrap().clone()
}

/// The pieces on tape hold what the witness saw.
fn tape_is_equal(site: &Site, snapshot: &Value) {
    let (tape, scn) = (site.dir.join("tape"), snapshot["end_scn"].as_str().unwrap());
    let said = site.lab(&["verify", "--json", "--tape", tape.to_str().unwrap(), "--at", scn]).expect(0);
    assert_eq!(said.object()["equal"], true, "{}", said.stdout);
}

/// Every committed transaction is there behind the recovery, behind its undo, and behind its commit.
pub fn there_and_back(site: &Site) {
    let said = site.ovmirror(&["--json", "recover", "ORCL", "--yes", "--to", "latest"]).expect(0).object();
    let run = said["run"]["id"].as_str().unwrap();
    must_be_equal(site);
    site.ovmirror(&["undo", run, "--yes"]).expect(0);
    must_be_equal(site);
    site.ovmirror(&["commit", run, "--yes"]).expect(0);
    assert_clean(site, true);
}

/// An extract is opened, read and closed.
pub fn files_come_out(site: &Site, snapshot: &str) {
    let at = "/home/oracle/at";
    let said = site.ovmirror(&["--json", "extract", snapshot, "--at", at]).expect(0).object();
    let file = site.says("slot021", &format!("ls {at}/oradata/ORCL/system01.dbf"));
    assert!(file.ends_with("system01.dbf"), "{file}");
    site.ovmirror(&["extract", "--close", said["runs"][0]["id"].as_str().unwrap()]).expect(0);
}
