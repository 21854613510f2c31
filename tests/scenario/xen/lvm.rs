//! Datafiles on a logical volume over two disks: the volume group is frozen, cloned, imported, swapped and released whole.

use super::{sequences, ways::there_and_back};
use crate::{
    clean::assert_clean,
    site::Site,
    witness::{must_be_equal, work},
};

const GROUP: &str = "vg-data";
const RECOVER: [&str; 5] = ["recover", "ORCL", "--yes", "--to", "latest"];

/// A snapshot without the freeze would not be one instant of both disks.
pub fn it_is_frozen_or_refused(site: &Site) {
    let said = site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(1);
    assert!(said.stderr.contains("LAY-UNIT") && said.stderr.contains(GROUP), "{}", said.stderr);
    site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nquiesce = \"fsfreeze\"");
    let said = site.ovmirror(&["check", "ORCL"]).expect(0);
    assert!(said.stdout.contains("vgimportclone is there for vg-data"), "{}", said.stdout);
}

/// The copy has a name of its own on the media host while it is there, and is gone behind it.
pub fn it_goes_to_tape(site: &Site) {
    work(site, 5, 1);
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    let list = site.json(&["list"]);
    assert_eq!(list["snapshots"][0]["tape"]["state"], "ok", "{list}");
    assert_eq!(site.says("bckvm", "sudo vgs --noheadings; ls /dev/mapper"), "control");
    assert_clean(site, true);
}

/// Both disks come anew, and nothing else does.
pub fn it_is_swapped_whole(site: &Site) {
    work(site, 5, 2);
    let before = sequences(site);
    there_and_back(site);
    let after = sequences(site);
    for (disk, number) in &before {
        assert_eq!(after[disk] > *number, ["xvdc", "xvde"].contains(&disk.as_str()), "{disk}: {before:?} {after:?}");
    }
    let mount = site.says("slot021", "grep ' /u02 ' /proc/mounts");
    assert!(mount.starts_with("/dev/mapper/vg--data-lv_data /u02 xfs rw"), "{mount}");
}

/// A copy of the database is opened on the media host.
pub fn it_is_drilled(site: &Site) {
    let drill = site.ovmirror(&["--json", "drill", "ORCL"]).expect(0).object();
    assert_eq!(drill["drill"]["passed"], true, "{drill}");
    assert_clean(site, true);
}

/// What is not done with a group says so before anything is touched.
pub fn what_is_refused(site: &Site) {
    let said = site.ovmirror(&["extract", &site.newest_snapshot()]).expect(1);
    assert!(said.stderr.contains("EXT-017") && said.stderr.contains("ovmirror drill"), "{}", said.stderr);
}

/// Says that it has deactivated the group, and has not.
const SABOTAGED: &str = "#!/bin/sh\ncase \"$*\" in *-an*) exit 0 ;; esac\nexec /home/oracle/vgchange.real \"$@\"\n";

/// Law 16: the manager is never asked for the disks of a group that is still active.
pub fn an_active_group_stays(site: &Site) {
    let sabotage = "cp -L /sbin/vgchange vgchange.real && cat > vgchange.lies && chmod 755 vgchange.lies && \
                    sudo mount --bind /home/oracle/vgchange.lies /sbin/vgchange";
    site.feed("slot021", sabotage, SABOTAGED).expect(0);
    let before = sequences(site);
    let asked = site.fault("manager", "delete VmDiskMapping", 1_000_000, "fail");
    let said = site.ovmirror(&RECOVER).expect(4);
    assert!(said.stderr.contains("LVM-002"), "{}", said.stderr);
    assert_eq!(site.seen(&asked), 0, "the manager was asked to take a disk of an active group");
    site.no_faults();
    site.says("slot021", "sudo umount /sbin/vgchange && rm vgchange.real vgchange.lies");
    assert_eq!(sequences(site), before);
    must_be_equal(site);
    assert_clean(site, true);
}
