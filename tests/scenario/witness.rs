//! What the workload wrote down of what the database acknowledged.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use super::site::{Site, until};
use serde_json::Value;
use std::fs;

/// An acknowledged transaction.
#[derive(Debug, Clone, Copy)]
pub struct Ack {
    /// RESETLOGS_CHANGE# and RESETLOGS_TIME of the incarnation that it was sent to.
    pub branch: (u64, i64),
    pub scn: u64,
    /// Microseconds since the epoch.
    pub time_us: i64,
}

/// The log; a last line may be half written, and is left out.
fn lines(site: &Site) -> Vec<Value> {
    let text = fs::read_to_string(site.dir.join("shared/witness/ORCL.log")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// How many transactions were answered, be it that their rows lie in a file that is read only or offline.
fn answered(site: &Site) -> usize {
    lines(site).iter().filter(|line| line["ack"].is_object() || line["refused"].is_object()).count()
}

/// Every one, in the order in which they were sent.
pub fn acks(site: &Site) -> Vec<Ack> {
    let (mut branch, mut found) = ((0, 0), Vec::new());
    for line in lines(site) {
        if let Some(last) = line["begin"]["path"].as_array().and_then(|path| path.last()) {
            branch = (last[0].as_u64().unwrap(), last[1].as_i64().unwrap());
        }
        if let (Some(scn), Some(time_us)) = (line["ack"]["scn"].as_u64(), line["ack"]["time_us"].as_i64()) {
            found.push(Ack { branch, scn, time_us });
        }
    }
    found
}

/// Lets the workload run until so many more transactions are answered.
pub fn work(site: &Site, transactions: usize, seed: u64) {
    let before = answered(site);
    start(site, seed);
    until("the workload works", || answered(site) >= before + transactions);
    stop(site);
}

/// Starts it.
pub fn start(site: &Site, seed: u64) {
    site.lab(&["workload", "start", "--rate", "300", "--seed", &seed.to_string()]).expect(0);
}

/// Ends it; one whose instance went away has ended by itself.
pub fn stop(site: &Site) {
    site.lab(&["workload", "stop"]).expect(0);
}

/// Panics unless the database holds what was acknowledged, no more and no less. Returns the SCN of the look.
pub fn must_be_equal(site: &Site) -> u64 {
    let said = site.lab(&["verify", "--json"]);
    let report = said.object();
    assert!(said.status == 0 && report["equal"] == true, "database and witness differ: {report}");
    report["at_scn"].as_str().unwrap().parse().unwrap()
}
