//! Disks come and go, as the hypervisor does it.

use crate::support::{Lab, modes, text, until};

#[test]
fn a_disk_comes_and_goes() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        lab.must(&["disk", "create", "new.img", "320"]);
        for (slot, name, node) in [("4", "xvde", "51776"), ("50", "xvday", "268448256")] {
            lab.must(&["disk", "attach", "slot021", slot, "new.img"]);
            let line = format!("test -e /dev/{name} && cat /sys/block/{name}/device/nodename /sys/block/{name}/size");
            assert_eq!(lab.says("slot021", &line), format!("device/vbd/{node}\n655360"), "{mode}");
            lab.must(&["disk", "detach", "slot021", slot]);
            lab.says("slot021", &format!("test ! -e /dev/{name} && test ! -e /sys/block/{name}"));
        }
        let twice = lab.lab(&["disk", "attach", "slot021", "2", "new.img"]);
        assert!(text(&twice.stderr).contains("xvdc is already connected"), "{}", text(&twice.stderr));
        let nothing = lab.lab(&["disk", "detach", "slot021", "9"]);
        assert!(text(&nothing.stderr).contains("xvdj is not connected"), "{}", text(&nothing.stderr));
        let missing = lab.lab(&["disk", "attach", "slot021", "4", "absent.img"]);
        assert!(text(&missing.stderr).contains("No such file"), "{}", text(&missing.stderr));
    }
}

#[test]
fn a_fresh_disk_takes_a_file_system() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        lab.must(&["disk", "create", "new.img", "320"]);
        lab.must(&["disk", "attach", "slot021", "4", "new.img"]);
        let bare = lab.ssh("slot021", "sudo -n mount -t xfs /dev/xvde /mnt");
        assert_eq!(bare.status.code(), Some(32), "{mode}: an empty disk was mounted");
        lab.says("slot021", "sudo -n mkfs.xfs -q -L kept /dev/xvde && sudo -n mount /dev/xvde /mnt");
        assert_eq!(lab.says("slot021", "sudo -n blkid -s LABEL -o value /dev/xvde"), "kept", "{mode}");
    }
}

#[test]
fn a_mounted_disk_goes_at_the_last_umount() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let refused = lab.lab(&["disk", "detach", "slot021", "2"]);
        assert!(
            !refused.status.success() && text(&refused.stderr).contains("device xvdc is in use"),
            "{}",
            text(&refused.stderr)
        );
        lab.says("slot021", "test -e /dev/xvdc && echo still >/u02/f && sudo -n umount /u02");
        until("the disk goes", || lab.ssh("slot021", "test ! -e /dev/xvdc").status.success());
        lab.must(&["disk", "attach", "slot021", "2", &lab.disk("slot021", 2)]);
        assert_eq!(lab.says("slot021", "sudo -n mount /u02 && cat /u02/f"), "still", "{mode}");
    }
}

#[test]
fn a_disk_that_is_taken_loses_what_comes_later() {
    for mode in modes() {
        let lab = Lab::up(mode, &["--quirk", "detach-of-mounted=taken"]);
        lab.says("slot021", "echo early >/u02/f && sync");
        lab.must(&["disk", "detach", "slot021", "2"]);
        lab.says("slot021", "test ! -e /dev/xvdc && echo late >/u02/f && sync && sudo -n umount /u02");
        lab.must(&["disk", "attach", "slot021", "2", &lab.disk("slot021", 2)]);
        assert_eq!(lab.says("slot021", "sudo -n mount /u02 && cat /u02/f"), "early", "{mode}");
    }
}

#[test]
fn a_reflink_is_the_disk_of_that_moment() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let (disk, place) = (lab.disk("slot021", 2), "/OVS/Repositories/*/VirtualDisks");
        lab.says("slot021", "echo before >/u02/f && sync");
        lab.says("ovs1", &format!("cd {place} && reflink {disk} golden.img"));
        let again = lab.ssh("ovs1", &format!("cd {place} && reflink {disk} golden.img"));
        assert!(
            !again.status.success() && text(&again.stderr).contains("File exists"),
            "{mode}: {}",
            text(&again.stderr)
        );
        lab.says("slot021", "echo after >/u02/f && sync");
        lab.must(&["disk", "attach", "bckvm", "2", "golden.img"]);
        assert_eq!(lab.says("bckvm", "sudo -n mount -o nouuid /dev/xvdc /mnt && cat /mnt/f"), "before", "{mode}");
        assert_eq!(lab.says("slot021", "cat /u02/f"), "after", "{mode}");
    }
}

#[test]
fn a_file_system_over_two_disks_freezes_as_one() {
    let Some(lab) = Lab::real(&["--layout", "two-disk"]) else { return };
    assert!(lab.says("slot021", "grep ' /u02 ' /proc/mounts").contains("logdev=/dev/xvde"));
    let refused = lab.lab(&["disk", "detach", "slot021", "4"]);
    assert!(text(&refused.stderr).contains("xvde is in use"), "{}", text(&refused.stderr));
    lab.says("slot021", "sudo -n fsfreeze -f /u02 && sudo -n fsfreeze -u /u02");
}
