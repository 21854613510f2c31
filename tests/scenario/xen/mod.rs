//! What is seen on real Xen.

pub mod crash;
pub mod end;
pub mod lost;
pub mod lvm;
pub mod reflink;
pub mod swap;
pub mod ways;

use crate::{
    clean::assert_clean,
    site::{PATIENCE, Site, until_within},
    witness::must_be_equal,
};
use std::{collections::BTreeMap, time::Duration};

/// The recovery that most parts try.
pub const RECOVER: [&str; 5] = ["recover", "ORCL", "--yes", "--to", "latest"];

/// Law 16, where a program of slot021 lies: the recovery stops with these words, the manager is never asked to take a disk, and
/// the kernel has the same ones as before. `mend` ends the lie.
pub fn refuses_to_unmap(site: &Site, words: &str, mend: &str) {
    let before = sequences(site);
    let asked = site.fault("manager", "delete VmDiskMapping", 1_000_000, "fail");
    let said = site.ovmirror(&RECOVER).expect(4);
    assert!(said.stderr.contains(words), "{}", said.stderr);
    assert_eq!(site.seen(&asked), 0, "the manager was asked to take a disk that is in use");
    site.no_faults();
    site.says("slot021", mend);
    assert_eq!(sequences(site), before);
    must_be_equal(site);
    assert_clean(site, true);
}

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
