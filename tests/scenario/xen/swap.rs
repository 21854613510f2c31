//! The datafile disk changes in the guest, and nothing else does.

use super::{RECOVER, boot_id, refuses_to_unmap, sequences};
use crate::{
    clean::assert_clean,
    site::Site,
    witness::{must_be_equal, work},
};

const NOTE: &str = "/u02/oradata/note.txt";

/// The kernel counts: a disk that comes is a new one to it, whatever is on it.
pub fn one_disk_goes_and_comes(site: &Site) {
    work(site, 10, 1);
    site.says("slot021", &format!("echo before > {NOTE}"));
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    site.says("slot021", &format!("echo after > {NOTE}"));
    work(site, 10, 2);
    // A file on the redo disk stays open all the while.
    let holder = site.says("slot021", "sleep 900 3> /u03/held < /dev/null > /dev/null 2>&1 & echo $!");
    let (before, boot) = (sequences(site), boot_id(site));
    let said = site.ovmirror(&[&["--json"][..], &RECOVER].concat()).expect(0).object();
    let after = sequences(site);
    assert_eq!(boot_id(site), boot, "the guest never went down");
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (disk, number) in &before {
        if disk == "xvdc" {
            assert!(after[disk] > *number, "the datafile disk is the one that was there: {before:?} {after:?}");
        } else {
            assert_eq!(after[disk], *number, "{disk} left: {before:?} {after:?}");
        }
    }
    assert_eq!(site.says("slot021", &format!("readlink /proc/{holder}/fd/3; cat {NOTE}")), "/u03/held\nbefore");
    assert_eq!(site.says("slot021", "cat /sys/block/xvdc/device/nodename"), "device/vbd/51744");
    let mount = site.says("slot021", "grep ' /u02 ' /proc/mounts");
    assert!(mount.starts_with("/dev/xvdc /u02 xfs rw"), "{mount}");
    must_be_equal(site);
    site.says("slot021", &format!("kill {holder}; rm /u03/held"));
    taken_back(site, said["run"]["id"].as_str().unwrap());
}

/// The disk that was kept comes back with what was written on it since.
fn taken_back(site: &Site, run: &str) {
    site.ovmirror(&["undo", run, "--yes"]).expect(0);
    assert_eq!(site.says("slot021", &format!("cat {NOTE}; rm {NOTE}")), "after");
    must_be_equal(site);
    site.ovmirror(&["commit", run, "--yes"]).expect(0);
    assert_clean(site, true);
}

/// Says that it has unmounted the datafiles, and has not; all else it leaves to the real one.
const SABOTAGED: &str = "#!/bin/sh\ncase \"$*\" in */u02*) exit 0 ;; esac\nexec /home/oracle/umount.real \"$@\"\n";

/// The datafiles stay mounted.
pub fn a_mounted_disk_stays(site: &Site) {
    let sabotage = "cp /bin/umount umount.real && cat > umount.lies && chmod 755 umount.lies && \
                    sudo mount --bind /home/oracle/umount.lies /bin/umount";
    site.feed("slot021", sabotage, SABOTAGED).expect(0);
    refuses_to_unmap(site, "umount /u02", "sudo umount /bin/umount && rm umount.real umount.lies");
}
