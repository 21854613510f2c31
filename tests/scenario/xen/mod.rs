//! What is seen on real Xen.

pub mod crash;
pub mod end;
pub mod lost;
pub mod lvm;
pub mod reflink;
pub mod swap;
pub mod ways;

use crate::site::{PATIENCE, Site, until_within};
use std::{collections::BTreeMap, time::Duration};

/// How long a guest under emulation takes to boot or to end.
pub const SLOW: Duration = PATIENCE.saturating_mul(5);

/// The number that the guest's kernel gave each of its disks when it appeared; it gives none twice.
pub fn sequences(site: &Site) -> BTreeMap<String, u64> {
    let said = site.says("slot021", "cd /sys/block && for d in xvd*; do echo $d $(cat $d/diskseq); done");
    let pair = |line: &str| {
        let (disk, number) = line.split_once(' ').unwrap();
        (disk.to_owned(), number.parse().unwrap())
    };
    said.lines().map(pair).collect()
}

/// Another one behind each boot.
pub fn boot_id(site: &Site) -> String {
    site.says("slot021", "cat /proc/sys/kernel/random/boot_id")
}

/// Waits until a guest answers.
pub fn answers(site: &Site, host: &str) {
    until_within(SLOW, &format!("{host} answers"), || site.ssh(host, "true").status == 0);
}
