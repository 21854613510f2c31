//! A part of the crash matrix where the machine is a real one: its guest, its host and its power go.

use super::{SLOW, answers};
use crate::{
    clean::assert_clean,
    site::{Said, Site, until_within},
    watch::Watched,
    witness::{must_be_equal, work},
};
use serde_json::Value;

const SNAPSHOT: [&str; 3] = ["backup", "ORCL", "--snapshot-only"];

/// Xen takes the guest away before the clone is made; the manager gives it back.
pub fn guest_destroyed_in_the_window(site: &Site) {
    // One that is good, which must not be touched.
    site.ovmirror(&SNAPSHOT).expect(0);
    work(site, 5, 3);
    let mut watched = Watched::start(site, &SNAPSHOT);
    watched.must_reach("] clone: ");
    // It stands still meanwhile, so that it is this step which meets a guest that has gone.
    watched.signal("STOP");
    site.says("ovs1", &format!("xm destroy {}", vm_id(site)));
    // The manager believes that it runs; whoever looks after it knows better.
    for verb in ["kill", "start"] {
        until_within(SLOW, &format!("{verb} slot021"), || {
            site.manager(&format!("{verb} Vm name=slot021")).contains("Status: Success")
        });
    }
    answers(site, "slot021");
    watched.signal("CONT");
    must_have_failed(&watched.end());
    healed(site);
}

/// The host is reset in the moment when the datafile disk is away from its slot.
pub fn host_reset_in_a_recovery(site: &mut Site) {
    site.ovmirror(&SNAPSHOT).expect(0);
    work(site, 5, 4);
    let mut watched = Watched::start(site, &["recover", "ORCL", "--yes", "--to", "latest"]);
    watched.must_reach("] map_new:");
    watched.signal("STOP");
    // The answer is lost with the host.
    site.ssh("ovs1", "echo b > /proc/sysrq-trigger");
    off(site);
    watched.signal("CONT");
    must_have_failed(&watched.end());
    site.lab(&["down"]).expect(0);
    site.start(&[]);
    healed(site);
    given_up(site);
}

/// Everything is cut off while the database is in backup mode.
pub fn power_cut_in_the_window(site: &mut Site) {
    site.ovmirror(&SNAPSHOT).expect(0);
    work(site, 5, 5);
    let mut watched = Watched::start(site, &SNAPSHOT);
    watched.must_reach("] clone: ");
    watched.signal("STOP");
    site.lab(&["down", "--now"]).expect(0);
    watched.signal("CONT");
    must_have_failed(&watched.end());
    site.start(&[]);
    healed(site);
}

fn must_have_failed(said: &Said) {
    assert!([3, 4, 5].contains(&said.status), "ended with {}: {}", said.status, said.stderr);
}

fn vm_id(site: &Site) -> String {
    let site: Value = serde_json::from_slice(&std::fs::read(site.dir.join("site.json")).unwrap()).unwrap();
    let machines = site["machines"].as_array().unwrap();
    machines.iter().find(|m| m["name"] == "slot021").unwrap()["id"].as_str().unwrap().to_owned()
}

/// The emulated machine has gone.
fn off(site: &Site) {
    until_within(SLOW, "the host is off", || {
        let status = site.lab(&["status", "--json"]).object();
        status["machines"].as_array().unwrap().iter().all(|machine| machine["running"] == false)
    });
}

/// As a DBA does it: heal, start the database, heal what only an open or a mounted one shows. Then all is as if nothing had
/// been, and a second `heal` has nothing to do.
fn healed(site: &Site) {
    let first = site.ovmirror(&["heal"]);
    let started = site.sql("startup;");
    let second = site.ovmirror(&["heal"]);
    let opened = site.sql("alter database open;");
    let mode = site.sql("select open_mode from v$database;");
    assert_eq!(mode, "READ WRITE", "{}\n{started}\n{}\n{opened}", first.stderr, second.stderr);
    site.ovmirror(&["heal"]).expect(0);
    let again = site.json(&["heal"]);
    assert_eq!(again["runs"].as_array().map(Vec::len), Some(0), "{again}");
    must_be_equal(site);
    assert_clean(site, true);
}

/// A recovery that was finished by `heal` is taken back, as its disks are not wanted any more.
fn given_up(site: &Site) {
    let runs = site.json(&["runs"]);
    let newest = runs["runs"].as_array().unwrap().iter().find(|run| run["flow"] == "recover").unwrap().clone();
    let id = newest["id"].as_str().unwrap();
    if newest["state"] == "done" {
        site.ovmirror(&["undo", id, "--yes"]).expect(0);
    }
    site.ovmirror(&["commit", id, "--yes"]).expect(0);
    must_be_equal(site);
    assert_clean(site, true);
}
