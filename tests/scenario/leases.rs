//! Runs of two databases that share a media host and a repository, and two control hosts that share a store.

use super::{
    clean::assert_clean,
    lost_store::state,
    site::{Site, until},
    watch::Watched,
};
use chrono::{DateTime, FixedOffset};
use serde_json::Value;

const SNAPSHOT_2: [&str; 3] = ["backup", "ORCL2", "--snapshot-only"];

fn newest(site: &Site, database: &str) -> Value {
    let list = site.json(&["list", database]);
    list["snapshots"].as_array().unwrap().first().unwrap_or_else(|| panic!("{list}")).clone()
}

fn time(value: &Value) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap()
}

fn runs_of(site: &Site, database: &str) -> usize {
    site.json(&["runs", database])["runs"].as_array().unwrap().len()
}

/// The second one is refused by the name of the first, or waits for it where that is asked for. Its snapshots do not wait
/// for somebody's tape.
#[test]
fn tape_halves_queue_at_their_media_host() {
    let site = Site::up(&["--databases", "2"]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    site.ovmirror(&SNAPSHOT_2).expect(0);
    let id = |database: &str| newest(&site, database)["id"].as_str().unwrap().to_owned();
    let (one, two) = (id("ORCL"), id("ORCL2"));
    let held = site.fault("bckvm", "clone.ctl", 1, "slow=15000");
    let mut first = Watched::start(&site, &["offload", &one]);
    first.must_reach("] stage: ");
    until("the copying", || site.seen(&held) >= 1);
    let (run, before) = (first.run(), runs_of(&site, "ORCL2"));
    let said = site.ovmirror(&["offload", &two]).expect(6);
    let used = format!("[LCK-003]: media host bckvm is used by run {run} (process ");
    assert!(said.stderr.contains(&used) && said.stderr.contains("at step stage"), "{}", said.stderr);
    assert!(said.stderr.contains("--wait-lock"), "{}", said.stderr);
    assert_eq!(runs_of(&site, "ORCL2"), before, "no run was begun");
    // The database itself: the one who waits is told who has it.
    let said = site.ovmirror(&["undo", &one, "--wait-lock", "2s"]).expect(6);
    assert!(said.stderr.contains(&format!("ORCL is locked by run {run} (process ")), "{}", said.stderr);
    assert!(said.stderr.contains("waiting for up to 2 s"), "{}", said.stderr);
    let said = site.ovmirror(&["backup", "ORCL2"]).expect(7);
    assert!(said.stderr.contains("[LCK-003]") && said.stderr.contains("ovmirror offload ORCL2-"), "{}", said.stderr);
    assert!(first.runs(), "the first one still works");
    let held = site.json(&["status"])["leases"].clone();
    assert_eq!((held.as_array().unwrap().len(), &held[0]["what"]), (1, &"media host bckvm".into()), "{held}");
    assert_eq!((&held[0]["run"], &held[0]["step"]), (&run.as_str().into(), &"stage".into()), "{held}");
    assert!(held[0]["pid"].is_u64() && held[0]["since"].is_string(), "{held}");
    let text = site.ovmirror(&["status"]).expect(0).stdout;
    assert!(text.contains("IN USE") && text.contains(&format!("media host bckvm  {run}")), "{text}");
    let said = site.ovmirror(&["offload", &two, "--wait-lock", "2min"]).expect(0);
    assert!(said.stderr.contains("waiting for up to 120 s"), "{}", said.stderr);
    let first = first.end();
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert_eq!(site.json(&["status"])["leases"], serde_json::json!([]));
    let runs = site.json(&["runs"]);
    let runs: Vec<&Value> = runs["runs"].as_array().unwrap().iter().filter(|run| run["flow"] == "offload").collect();
    assert!(time(&runs[0]["started_at"]) >= time(&runs[1]["ended_at"]), "{runs:?}");
    assert_clean(&site, true);
}

/// The manager locks a repository while it clones there: a window that had to wait for it would be open all the time.
#[test]
fn a_window_waits_for_no_other_snapshot() {
    let site = Site::up(&["--databases", "2"]);
    let held = site.fault("slot021", "mkdir -p -m 700", 1, "slow=12000");
    let mut first = Watched::start(&site, &["backup", "ORCL", "--snapshot-only"]);
    first.must_reach("] run_folder: ");
    until("the making of a folder", || site.seen(&held) >= 1);
    let said = site.ovmirror(&SNAPSHOT_2).expect(0);
    assert!(said.stderr.contains("repository ") && said.stderr.contains("is used by run ORCL-"), "{}", said.stderr);
    assert_eq!(first.end().status, 0);
    let (one, two) = (newest(&site, "ORCL"), newest(&site, "ORCL2"));
    assert!(time(&two["begun_at"]) >= time(&one["ended_at"]), "{one} {two}");
    assert_clean(&site, true);
}

#[test]
fn a_store_of_another_control_host_is_refused_until_it_is_taken_over() {
    let site = Site::up(&["--mode", "portable"]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let store = rusqlite::Connection::open(state(&site).join("ovmirror.db")).unwrap();
    let moved = "UPDATE meta SET value = 'c0ffee ctl9' WHERE name = 'control_host'";
    assert_eq!(store.execute(moved, []).unwrap(), 1);
    for args in [&["list"][..], &["backup", "ORCL"], &["heal"], &["orphans"]] {
        let said = site.ovmirror(args).expect(1);
        assert!(said.stderr.contains("[STO-011]") && said.stderr.contains("control host ctl9"), "{}", said.stderr);
        assert!(said.stderr.contains("ovmirror take-over"), "{}", said.stderr);
    }
    let said = site.ovmirror(&["take-over"]).expect(1);
    assert!(said.stderr.contains("[CLI-002]"), "{}", said.stderr);
    site.ovmirror(&["list"]).expect(1);
    assert_eq!(site.json(&["take-over", "--yes"])["taken_over"]["from"], "ctl9");
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    assert_clean(&site, true);
}
