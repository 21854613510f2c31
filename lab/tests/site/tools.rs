//! Programs of a guest that give a disk's file system its identity.

use crate::support::{Lab, modes, text};

/// A site whose guest has a copy of /u02's disk, taken while that was mounted and written, at slot 50.
fn with_copy(mode: &str) -> Lab {
    let lab = Lab::up(mode, &[]);
    let place = "/OVS/Repositories/*/VirtualDisks";
    lab.says("slot021", "echo kept >/u02/f && sync && echo more >/u02/g && sync -d /u02/g");
    lab.says("ovs1", &format!("cd {place} && reflink {} copy.img", lab.disk("slot021", 2)));
    lab.must(&["disk", "attach", "slot021", "50", "copy.img"]);
    lab
}

#[test]
fn a_copy_needs_nouuid_or_an_identity_of_its_own() {
    for mode in modes() {
        let lab = with_copy(mode);
        let uuid = |device: &str| lab.says("slot021", &format!("sudo -n blkid -c /dev/null -s UUID -o value {device}"));
        assert_eq!(uuid("/dev/xvdc"), uuid("/dev/xvday"), "{mode}");
        let twin = lab.ssh("slot021", "sudo -n mount -t xfs /dev/xvday /mnt");
        assert_eq!(twin.status.code(), Some(32), "{mode}: {}", text(&twin.stderr));
        // With work in its journal nothing is changed, and the exit status does not say so.
        let dirty = lab.says("slot021", "sudo -n xfs_admin -U generate /dev/xvday 2>&1");
        assert!(dirty.contains("valuable metadata changes in a log"), "{mode}: {dirty}");
        assert_eq!(uuid("/dev/xvdc"), uuid("/dev/xvday"), "{mode}");
        lab.says("slot021", "sudo -n mount -t xfs -o ro,nouuid /dev/xvday /mnt && cat /mnt/f && sudo -n umount /mnt");
        lab.says("slot021", "sudo -n xfs_admin -U generate -L copy /dev/xvday");
        assert_ne!(uuid("/dev/xvdc"), uuid("/dev/xvday"), "{mode}");
        assert_eq!(lab.says("slot021", "sudo -n xfs_admin -l /dev/xvday"), "label = \"copy\"", "{mode}");
        assert_eq!(lab.says("slot021", "sudo -n mount LABEL=copy /mnt && cat /mnt/f"), "kept", "{mode}");
        let mounted = lab.ssh("slot021", "sudo -n xfs_admin -U generate /dev/xvday");
        assert_eq!(mounted.status.code(), Some(1), "{mode}");
        assert!(text(&mounted.stderr).contains("contains a mounted filesystem"), "{mode}: {}", text(&mounted.stderr));
    }
}

/// The newest of two disks with one UUID answers to it: a guest whose fstab has UUIDs mounts the copy over /u02.
#[test]
fn a_uuid_that_two_disks_carry_is_the_newer_ones() {
    for mode in modes() {
        let lab = with_copy(mode);
        lab.says("slot021", "echo live >/u02/f && sudo -n umount /u02");
        let word = format!("UUID={}", lab.says("slot021", "sudo -n blkid -c /dev/null -s UUID -o value /dev/xvdc"));
        lab.says("slot021", &format!("sudo -n mount -t xfs {word} /u02"));
        assert_eq!(
            lab.says("slot021", "cat /u02/f; grep ' /u02 ' /proc/mounts | cut -d' ' -f1"),
            "kept\n/dev/xvday",
            "{mode}"
        );
    }
}

#[test]
fn ext4_has_its_own_ways() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        lab.must(&["disk", "create", "new.img", "320"]);
        lab.must(&["disk", "attach", "slot021", "4", "new.img"]);
        lab.says("slot021", "sudo -n mkfs.ext4 -q -L old /dev/xvde && sudo -n mount -t ext4 /dev/xvde /mnt");
        lab.says("slot021", "grep -q '^/dev/xvde /mnt ' /proc/mounts && sudo -n umount /mnt");
        let nouuid = lab.ssh("slot021", "sudo -n mount -t ext4 -o nouuid /dev/xvde /mnt");
        assert_eq!(nouuid.status.code(), Some(32), "{mode}: ext4 has no option nouuid");
        let uuid = || lab.says("slot021", "sudo -n blkid -c /dev/null -s UUID -o value /dev/xvde");
        let before = uuid();
        // A mount in a later second than the last check makes tune2fs ask for one.
        let new = "sudo -n tune2fs -U random /dev/xvde";
        lab.says("slot021", &format!("{new} || {{ sudo -n e2fsck -f -p /dev/xvde && {new}; }}"));
        lab.says("slot021", "sudo -n e2label /dev/xvde new");
        assert_ne!(before, uuid(), "{mode}");
        assert_eq!(lab.says("slot021", "sudo -n e2label /dev/xvde"), "new", "{mode}");
        let xfs = lab.ssh("slot021", "sudo -n xfs_admin -U generate /dev/xvde");
        assert!(text(&xfs.stderr).contains("is not a valid XFS filesystem"), "{mode}: {}", text(&xfs.stderr));
    }
}

#[test]
fn who_may_not_read_a_device_gets_what_root_saw_last() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let blkid = "PATH=$PATH:/sbin:/usr/sbin; blkid -s UUID -o value /dev/xvdc";
        let seen = lab.says("slot021", "sudo -n blkid -s UUID -o value /dev/xvdc");
        assert_eq!(lab.says("slot021", blkid), seen, "{mode}");
        lab.says("slot021", "sudo -n umount /u02 && sudo -n xfs_admin -U generate /dev/xvdc");
        assert_eq!(lab.says("slot021", blkid), seen, "{mode}: the old one, from the cache");
        assert_ne!(lab.says("slot021", "sudo -n blkid -c /dev/null -s UUID -o value /dev/xvdc"), seen, "{mode}");
    }
}

#[test]
fn a_journal_is_not_thrown_away() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let refused = lab.ssh("slot021", "sudo -n xfs_repair -L /dev/xvdc");
        assert_eq!(refused.status.code(), Some(1), "{mode}");
        assert!(text(&refused.stderr).contains("a password is required"), "{mode}: {}", text(&refused.stderr));
        lab.says("slot021", "sudo -n umount /u02");
        let skipped = lab.ssh("slot021", "sudo -n mount -t xfs -o norecovery /dev/xvdc /u02");
        assert_eq!(skipped.status.code(), Some(32), "{mode}: norecovery needs ro");
    }
}
