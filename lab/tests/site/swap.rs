//! Files of disks move under a running guest, as in the papers: dom0's own programs, no manager.

use crate::support::{Lab, modes, text, until};

/// The server's folder of a repository's disks.
fn folder(lab: &Lab) -> String {
    format!("/OVS/Repositories/{}/VirtualDisks", lab.site()["repositories"][0]["id"].as_str().unwrap())
}

#[test]
fn a_disk_is_swapped_for_a_reflink_and_back() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let (disk, there) = (lab.disk("slot021", 2), folder(&lab));
        lab.says("slot021", "echo golden >/u02/f && sync");
        lab.says("ovs1", &format!("cd {there} && reflink {disk} ../snapshots/golden"));
        lab.says("slot021", "echo live >/u02/f && sudo -n umount /u02");
        let swap = |before: &str, after: &str, content: &str| {
            lab.must(&["disk", "detach", "slot021", "2"]);
            lab.says("ovs1", &format!("cd {there} && {before} && {after}"));
            lab.must(&["disk", "attach", "slot021", "2", &disk]);
            assert_eq!(lab.says("slot021", "sudo -n mount /u02 && cat /u02/f"), content, "{mode}");
            lab.says("slot021", "sudo -n umount /u02");
        };
        swap(&format!("mv {disk} ../snapshots/old"), &format!("reflink ../snapshots/golden {disk}"), "golden");
        swap(&format!("mv {disk} ../snapshots/new"), &format!("mv ../snapshots/old {disk}"), "live");
        lab.says(
            "ovs1",
            &format!("cd {there} && rm -f ../snapshots/new && test ! -e ../snapshots/new && rm -f absent"),
        );
        assert!(!lab.ssh("ovs1", &format!("cd {there} && rm absent")).status.success(), "{mode}");
    }
}

#[test]
fn a_guest_keeps_the_file_that_it_was_given() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let (disk, there) = (lab.disk("slot021", 2), folder(&lab));
        lab.says("slot021", "echo early >/u02/f && sync");
        lab.says(
            "ovs1",
            &format!("cd {there} && reflink {disk} spare && mv {disk} ../snapshots/old && mv spare {disk}"),
        );
        lab.says("slot021", "echo late >/u02/f && sudo -n umount /u02 && sudo -n mount /u02");
        assert_eq!(lab.says("slot021", "cat /u02/f"), "late", "{mode}: the guest sees the file of another name");
        lab.says("slot021", "sudo -n umount /u02");
        lab.must(&["disk", "detach", "slot021", "2"]);
        lab.must(&["disk", "attach", "slot021", "2", &disk]);
        assert_eq!(lab.says("slot021", "sudo -n mount /u02 && cat /u02/f"), "early", "{mode}");
    }
}

#[test]
fn a_disk_that_is_taken_after_it_moved_is_torn_where_it_lies() {
    for mode in modes() {
        let lab = Lab::up(mode, &["--quirk", "detach-of-mounted=taken"]);
        let (disk, there) = (lab.disk("slot021", 2), folder(&lab));
        lab.says("slot021", "echo early >/u02/f && sync");
        lab.says(
            "ovs1",
            &format!("cd {there} && reflink {disk} spare && mv {disk} ../snapshots/old && mv spare {disk}"),
        );
        lab.says("slot021", "echo late >/u02/f && sync");
        lab.must(&["disk", "detach", "slot021", "2"]);
        lab.says("slot021", "echo lost >/u02/f && sync && sudo -n umount /u02");
        for (before, content) in [("true".to_owned(), "early"), (format!("mv -f ../snapshots/old {disk}.2"), "late")] {
            lab.says("ovs1", &format!("cd {there} && {before}"));
            let name = if content == "late" { format!("{disk}.2") } else { disk.clone() };
            lab.must(&["disk", "attach", "slot021", "2", &name]);
            assert_eq!(
                lab.says("slot021", "sudo -n mount /u02 && cat /u02/f && sudo -n umount /u02"),
                content,
                "{mode}"
            );
            lab.must(&["disk", "detach", "slot021", "2"]);
        }
    }
}

#[test]
fn the_server_says_which_files_its_guests_hold() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let (disk, there, vm) = (lab.disk("slot021", 2), folder(&lab), lab.machine("slot021")["id"].clone());
        let vm = vm.as_str().unwrap();
        let held = |name: &str| format!("grep -lx '{name}' /sys/block/loop*/loop/backing_file");
        let live = format!("{there}/{disk}");
        assert_eq!(lab.says("ovs1", &held(&live)).lines().count(), 1, "{mode}");
        assert!(lab.says("ovs1", &format!("xm block-list {vm}")).contains("\n51744 "), "{mode}");
        lab.says("ovs1", &format!("cd {there} && mv {disk} ../snapshots/old"));
        let moved = format!("{}/snapshots/old", there.trim_end_matches("/VirtualDisks"));
        until("the name follows", || lab.ssh("ovs1", &held(&moved)).status.success());
        lab.says("slot021", "sudo -n umount /u02");
        lab.must(&["disk", "detach", "slot021", "2"]);
        assert!(!lab.ssh("ovs1", &held(&moved)).status.success(), "{mode}: held after the detach");
        assert!(!lab.says("ovs1", &format!("xm block-list {vm}")).contains("\n51744 "), "{mode}");
        let unknown = lab.ssh("ovs1", "xm block-list nobody");
        assert!(text(&unknown.stderr).contains("Domain 'nobody' does not exist"), "{mode}");
    }
}

/// In real mode only root reads a device, and nothing that sudo allows keeps one open.
#[test]
fn an_open_device_is_in_use() {
    if !modes().contains(&"portable") {
        return;
    }
    let lab = Lab::up("portable", &[]);
    lab.must(&["disk", "create", "new.img", "320"]);
    lab.must(&["disk", "attach", "slot021", "4", "new.img"]);
    lab.says("slot021", "(exec 3</dev/xvde; echo >/tmp/held; exec sleep 600 >/dev/null 2>&1) & echo $! >/tmp/pid; until test -e /tmp/held; do :; done");
    let refused = lab.lab(&["disk", "detach", "slot021", "4"]);
    assert!(text(&refused.stderr).contains("xvde is in use"), "{}", text(&refused.stderr));
    lab.says("slot021", "kill $(cat /tmp/pid)");
    until("the disk goes", || lab.ssh("slot021", "test ! -e /dev/xvde").status.success());
}
