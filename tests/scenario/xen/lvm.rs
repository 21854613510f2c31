//! Datafiles on a logical volume over two disks: the volume group is frozen, cloned, imported, swapped and released whole.

use super::{
    RECOVER, refuses_to_unmap, sequences,
    ways::{files_come_out, there_and_back},
};
use crate::{
    clean::assert_clean,
    site::Site,
    watch::Watched,
    witness::{must_be_equal, work},
};

const GROUP: &str = "vg-data";

/// Only root may see which disks a group has: whose host does not let ovmirror look gets the line to allow it.
pub fn it_must_be_seen(site: &Site) {
    let allowed = std::fs::read_to_string(site.config()).unwrap();
    std::fs::write(site.config(), allowed.replace("become = \"sudo\"", "become = \"false\"")).unwrap();
    let said = site.ovmirror(&["check", "ORCL"]).expect(3);
    let line = "oracle ALL=(root) NOPASSWD: /sbin/pvs --noheadings -o pv_name\\,vg_name";
    assert!(said.stderr.contains(line), "{}", said.stderr);
    std::fs::write(site.config(), allowed).unwrap();
}

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
    media_host_has_none(site);
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

/// No group, and no device of one, is left on the media host.
fn media_host_has_none(site: &Site) {
    assert_eq!(site.says("bckvm", "sudo vgs --noheadings; ls /dev/mapper"), "control");
}

/// SIGKILL in this step; then `heal` brings all back.
fn killed_at(site: &Site, args: &[&str], step: &str) {
    let mut watched = Watched::start(site, args);
    watched.must_reach(step);
    watched.kill();
    site.ovmirror(&["heal"]).expect(0);
    must_be_equal(site);
    assert_clean(site, true);
    media_host_has_none(site);
}

/// udev makes a group active by itself when its last disk comes, once in a boot, until it forgets: who is ended in that moment
/// leaves a group that no step of the run has activated.
pub fn it_is_let_go(site: &Site) {
    for (args, step, host) in [(&RECOVER[..], "] map_new:4", "slot021"), (&["drill", "ORCL"], "] map:4", "bckvm")] {
        site.says(host, "sudo mount -t tmpfs forgets /run/lvm");
        killed_at(site, args, step);
    }
}

/// Whoever ends ovmirror while the group is away, or while its copy is active on the media host: `heal` brings all back.
pub fn it_is_healed(site: &Site) {
    for (args, step) in
        [(&RECOVER[..], "] map_new:2"), (&["drill", "ORCL"], "] mount:/u02"), (&RECOVER, "] mount_swapped:")]
    {
        killed_at(site, args, step);
    }
}

/// Its copy is no twin of the group at the database's machine: it has a name and ids of its own.
pub fn it_is_extracted(site: &Site) {
    let (before, id) = (sequences(site), site.newest_snapshot());
    files_come_out(site, &id);
    let listed = site.ovmirror(&["extract", &id, "--path", "/u02/oradata/ORCL", "--list"]).expect(0);
    assert!(listed.stdout.contains("system01.dbf"), "{}", listed.stdout);
    assert_eq!(sequences(site), before);
    let groups = site.says("slot021", "sudo vgs --noheadings -o vg_name; ls /dev/mapper");
    assert_eq!(groups.split_whitespace().collect::<Vec<_>>(), [GROUP, "control", "vg--data-lv_data"]);
    media_host_has_none(site);
    assert_clean(site, true);
}

/// All of LVM's names lead to one program. It says that it has deactivated the group, and has not.
const SABOTAGED: &str = "#!/bin/sh\ncase \"$*\" in *-an*) exit 0 ;; esac\n\
    [ \"${0##*/}\" = lvm ] || set -- \"${0##*/}\" \"$@\"\nexec /home/oracle/real/lvm \"$@\"\n";

/// The group stays active.
pub fn an_active_group_stays(site: &Site) {
    let sabotage = "mkdir real && cp /usr/sbin/lvm real && cat > lvm.lies && chmod 755 lvm.lies && \
                    sudo mount --bind /home/oracle/lvm.lies /usr/sbin/lvm";
    site.feed("slot021", sabotage, SABOTAGED).expect(0);
    refuses_to_unmap(site, "LVM-002", "sudo umount /usr/sbin/lvm && rm -r real lvm.lies");
}
