//! What a recovery may change, and what must be as before when it was taken back or refused.

use crate::{
    site::Site,
    watch::Watched,
    witness::{must_be_equal, work},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What V$DATABASE shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub open_mode: String,
    pub resetlogs: String,
}

pub fn identity(site: &Site) -> Identity {
    let said = site.sql("select open_mode||'/'||to_char(resetlogs_change#, 'TM9') from v$database;");
    let (open_mode, resetlogs) = said.split_once('/').unwrap_or((&said, ""));
    Identity { open_mode: open_mode.to_owned(), resetlogs: resetlogs.to_owned() }
}

/// Panics unless it is open for everybody and holds what the witness saw.
pub fn must_be_open(site: &Site) {
    assert_eq!(identity(site).open_mode, "READ WRITE");
    must_be_equal(site);
}

/// Objects at the manager, files on the server, files and mounts in the guest; what belongs to a recorded snapshot and
/// what the database writes by itself is left out.
pub fn traces(site: &Site) -> BTreeSet<String> {
    let list = site.json(&["list"]);
    let snapshots = list["snapshots"].as_array().unwrap();
    let disks = snapshots.iter().flat_map(|one| one["disks"].as_array().unwrap());
    let known: Vec<&str> = snapshots.iter().chain(disks).map(|one| one["id"].as_str().unwrap()).collect();
    let all = [manager(site), slots(site), files(site)].concat();
    all.into_iter().filter(|line| !known.iter().any(|id| line.contains(id))).collect()
}

fn manager(site: &Site) -> Vec<String> {
    let kinds = ["Vm", "VirtualDisk", "VmCloneCustomizer"].map(|kind| site.manager(&format!("list {kind}")));
    let lines = kinds.iter().flat_map(|text| text.lines()).filter(|line| line.contains("name:"));
    lines.map(|line| line.trim().to_owned()).collect()
}

fn slots(site: &Site) -> Vec<String> {
    let shown = site.json(&["vm", "slot021"]);
    let disks = shown["disks"].as_array().unwrap();
    let text = |disk: &Value, key: &str| disk[key].to_string();
    disks.iter().map(|disk| ["slot", "disk", "name"].map(|key| text(disk, key)).join(" ")).collect()
}

fn files(site: &Site) -> Vec<String> {
    let server = "cd /OVS/Repositories && ls -d */VirtualDisks/* */snapshots/* 2>/dev/null; true";
    let guest = format!(
        "ls -d ~/.ovmirror/* /u02/.ovmirror/* {kept}/* 2>/dev/null; ls /u02/oradata/*/* /u03/oradata/*/*; \
         while read -r device point rest; do case $point in /u0*) echo $device $point;; esac; done < /proc/mounts",
        kept = kept(site)
    );
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    [lines(site.says("ovs1", server)), lines(site.says("slot021", &guest))].concat()
}

/// The folder of the kept sets.
pub fn kept(site: &Site) -> String {
    let config = std::fs::read_to_string(site.config()).unwrap();
    let line = config.lines().find_map(|line| line.strip_prefix("kept = \"")).expect("it is configured");
    line.trim_end_matches('"').to_owned()
}

/// Number of runs in the journal.
pub fn runs(site: &Site) -> usize {
    site.json(&["runs"])["runs"].as_array().unwrap().len()
}

/// A site that has worked, was mirrored and has worked again.
pub fn mirrored(way: &str) -> Site {
    mirrored_on("papers", way)
}

/// The same with the disks of a layout.
pub fn mirrored_on(layout: &str, way: &str) -> Site {
    let site = Site::up(&["--mode", "portable", "--layout", layout]);
    if way == "server" {
        site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nway = \"server\"");
    }
    work(&site, 20, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 20, 2);
    site
}

/// SCN up to which the database and the witness agree now: `scn=` this plus one brings it back.
pub fn now(site: &Site) -> u64 {
    must_be_equal(site)
}

/// Recovers; gives the run.
pub fn recover(site: &Site, to: &str) -> String {
    let said = site.ovmirror(&["--json", "recover", "ORCL", "--yes", "--to", to]).expect(0);
    said.object()["run"]["id"].as_str().unwrap().to_owned()
}

/// State of a run.
pub fn state_of(site: &Site, run: &str) -> String {
    site.json(&["show", run])["run"]["state"].as_str().unwrap().to_owned()
}

/// A recovery that is killed as soon as a step begins.
pub fn killed_at(site: &Site, to: &str, step: &str) -> String {
    Watched::killed_at(site, &["recover", "ORCL", "--yes", "--to", to], step)
}
