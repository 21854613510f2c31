//! What law 16 is for, shown on a disk that nobody needs: Xen takes a mounted disk and says that all is well.

use super::SLOW;
use crate::site::{Site, until_within};

const DISK: &str = "throw-away.img";
/// Far from any slot that is in use.
const SLOTS: [(&str, &str); 2] = [("9", "xvdj"), ("10", "xvdk")];

/// Keeps a file open, and writes to it as soon as its disk has gone.
const WRITER: &str = "sh -c 'exec 3> lost/late; waited=0; while [ -e /sys/block/xvdj ] && [ $waited -lt 900 ]; do \
                      sleep 0.2; waited=$((waited + 1)); done; echo late >&3; echo $? > late.status' \
                      < /dev/null > /dev/null 2>&1 &";

fn disk(site: &Site, verb: &str, more: &[&str]) {
    site.lab(&[&["disk", verb], more].concat()).expect(0);
}

fn plug(site: &Site, (slot, device): (&str, &str)) {
    disk(site, "attach", &["slot021", slot, DISK]);
    until_within(SLOW, "the disk appears", || site.ssh("slot021", &format!("test -b /dev/{device}")).status == 0);
}

/// What was on the disk stays, what is written behind the end of it is gone.
pub fn what_a_mounted_disk_loses(site: &Site) {
    disk(site, "create", &[DISK, "64"]);
    plug(site, SLOTS[0]);
    let fill = "sudo mkfs.ext4 -q /dev/xvdj && mkdir lost && sudo mount /dev/xvdj /home/oracle/lost && \
                sudo chown oracle /home/oracle/lost && echo kept > lost/kept && touch lost/late && sync -f lost/kept";
    site.says("slot021", fill);
    site.says("slot021", WRITER);
    disk(site, "detach", &["slot021", SLOTS[0].0]);
    until_within(SLOW, "the writer writes", || site.ssh("slot021", "test -s late.status").status == 0);
    eprintln!("   to write to a disk that has gone ended with {}", site.says("slot021", "cat late.status"));
    site.says("slot021", "sudo umount /home/oracle/lost");
    plug(site, SLOTS[1]);
    site.says("slot021", "sudo mount /dev/xvdk /home/oracle/lost");
    assert_eq!(site.says("slot021", "cat lost/kept lost/late"), "kept", "nothing was lost");
    site.says("slot021", "sudo umount /home/oracle/lost && rmdir lost && rm late.status");
    disk(site, "detach", &["slot021", SLOTS[1].0]);
    disk(site, "delete", &[DISK]);
}
