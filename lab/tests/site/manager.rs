//! Disks between manager, server and a guest with a database.

use crate::support::{Lab, modes, text, until};

fn folder(lab: &Lab, repository: usize) -> String {
    format!("/OVS/Repositories/{}/VirtualDisks", lab.site()["repositories"][repository]["id"].as_str().unwrap())
}

#[test]
fn a_file_that_moved_to_another_repository_is_found_there() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::whole(mode, &["--layout", "spread"]);
    let app = lab.disk("slot021", 4);
    let second = lab.site()["repositories"][1]["id"].as_str().unwrap().to_owned();
    assert_eq!(lab.value(&format!("VirtualDisk id={app}"), "Repository Id"), second);
    assert_eq!(lab.value("Repository name=slotreposan02", "Id"), second);
    let spare =
        lab.made("create VirtualDisk size=1 sparse=Yes shareable=No name=spare on Repository name=slotreposan01");
    lab.says("ovs1", &format!("mv {}/{spare} {}/", folder(&lab, 0), folder(&lab, 1)));
    lab.ok("refresh Repository name=slotreposan02");
    let first = lab.site()["repositories"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        lab.value(&format!("VirtualDisk id={spare}"), "Repository Id"),
        first,
        "not while it is known elsewhere"
    );
    lab.ok("refresh Repository name=slotreposan01; refresh Repository name=slotreposan02");
    assert_eq!(lab.value(&format!("VirtualDisk id={spare}"), "Repository Id"), second);
    lab.ok(&format!("create VmDiskMapping slot=50 virtualDisk={spare} name=m on Vm name=slot021"));
    lab.says("slot021", "test -e /dev/xvday");
}

#[test]
fn a_fresh_disk_is_empty_until_the_guest_makes_a_file_system() {
    for mode in modes() {
        let lab = Lab::whole(mode, &[]);
        let disk =
            lab.made("create VirtualDisk size=1 sparse=Yes shareable=No name=fresh on Repository name=slotreposan01");
        for (slot, name, node) in [(50, "xvday", "268448256"), (52, "xvdba", "268448768")] {
            let mapping =
                lab.made(&format!("create VmDiskMapping slot={slot} virtualDisk={disk} name=m on Vm name=slot021"));
            let said = lab.says("slot021", &format!("cat /sys/block/{name}/device/nodename /sys/block/{name}/size"));
            assert_eq!(said, format!("device/vbd/{node}\n2097152"), "{mode}");
            if slot == 50 {
                let empty = lab.ssh("slot021", &format!("sudo -n blkid -c /dev/null /dev/{name}"));
                assert_eq!(empty.status.code(), Some(2), "{mode}: {}", text(&empty.stdout));
                let bare = lab.ssh("slot021", &format!("sudo -n mount -t xfs /dev/{name} /mnt"));
                assert_eq!(bare.status.code(), Some(32), "{mode}");
                lab.says("slot021", &format!("sudo -n mkfs.xfs -q /dev/{name}"));
            }
            lab.says("slot021", &format!("sudo -n mount -t xfs /dev/{name} /mnt && sudo -n umount /mnt"));
            lab.ok(&format!("delete VmDiskMapping id={mapping}"));
            lab.says("slot021", &format!("test ! -e /dev/{name}"));
        }
    }
}

#[test]
fn a_disk_that_was_swapped_under_its_id_keeps_id_and_name() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::whole(mode, &[]);
    let (disk, there) = (lab.disk("slot021", 2), folder(&lab, 0));
    let name = lab.value(&format!("VirtualDisk id={disk}"), "Name");
    lab.says("slot021", "echo early >/u02/f && sync");
    lab.says("ovs1", &format!("cd {there} && reflink {disk} ../snapshots/golden"));
    lab.sql("slot021", "shutdown immediate");
    lab.says("slot021", "echo late >/u02/f && sudo -n umount /u02");
    lab.ok(&format!("delete VmDiskMapping id={}", lab.mapping("slot021", 2)));
    lab.says("ovs1", &format!("cd {there} && mv {disk} ../snapshots/old && reflink ../snapshots/golden {disk}"));
    lab.ok("refresh Repository name=slotreposan01");
    assert_eq!(lab.value(&format!("VirtualDisk id={disk}"), "Name"), name);
    lab.ok(&format!("create VmDiskMapping slot=2 virtualDisk={disk} name=swapped on Vm name=slot021"));
    assert_eq!(lab.says("slot021", "sudo -n mount /u02 && cat /u02/f"), "early");
}

#[test]
fn a_mapped_disk_whose_file_is_gone_stays_known() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::whole(mode, &[]);
    let (disk, there) = (lab.disk("slot021", 2), folder(&lab, 0));
    lab.says("ovs1", &format!("cd {there} && mv {disk} ../snapshots/away"));
    lab.ok("refresh Repository name=slotreposan01");
    assert_eq!(lab.value(&format!("VirtualDisk id={disk}"), "Id"), disk);
    lab.sql("slot021", "shutdown abort");
    lab.says("slot021", "sudo -n umount /u02");
    lab.ok(&format!("delete VmDiskMapping id={}", lab.mapping("slot021", 2)));
    let absent = lab.refused(&format!("create VmDiskMapping slot=2 virtualDisk={disk} name=m on Vm name=slot021"));
    assert!(absent.contains("No such file or directory"), "{absent}");
    lab.ok("refresh Repository name=slotreposan01");
    assert!(lab.refused(&format!("show VirtualDisk id={disk}")).contains(&disk), "forgotten when nothing maps it");
    lab.says("ovs1", &format!("cd {there} && mv ../snapshots/away {disk}"));
    lab.ok("refresh Repository name=slotreposan01");
    lab.ok(&format!("create VmDiskMapping slot=2 virtualDisk={disk} name=m on Vm name=slot021"));
    lab.says("slot021", "sudo -n mount /u02");
    assert!(lab.sql("slot021", "startup").contains("Database opened"));
}

/// The default: what the guest holds it keeps, and gives it up at the last umount, without anybody asking again.
#[test]
fn the_disk_of_a_running_database_is_refused_and_goes_later() {
    for mode in modes() {
        let lab = Lab::whole(mode, &[]);
        let mapping = lab.mapping("slot021", 2);
        assert!(lab.refused(&format!("delete VmDiskMapping id={mapping}")).contains("xvdc is in use"), "{mode}");
        let held = lab.ssh("slot021", "sudo -n umount /u02");
        assert!(text(&held.stderr).contains("target is busy"), "{mode}: the instance holds its files");
        assert!(lab.sql("slot021", "alter system checkpoint;").contains("System altered"), "{mode}");
        lab.sql("slot021", "shutdown immediate");
        lab.says("slot021", "test -e /dev/xvdc && sudo -n umount /u02");
        until("the refused detach fires", || lab.ssh("slot021", "test ! -e /dev/xvdc").status.success());
        lab.ok(&format!("delete VmDiskMapping id={mapping}"));
    }
}

/// The other switch, seen on real Xen: gone at once with success, and what the instance writes from then on is lost.
#[test]
fn the_disk_of_a_running_database_is_taken_and_writes_are_lost() {
    for mode in modes() {
        let lab = Lab::whole(mode, &["--quirk", "detach-of-mounted=taken"]);
        let disk = lab.disk("slot021", 2);
        let scn = |text: &str| text.split_whitespace().find_map(|w| w.parse::<u64>().ok()).unwrap();
        let asked = "set pages 0\nselect checkpoint_change# from v$datafile_header where file# = 1;";
        lab.ok(&format!("delete VmDiskMapping id={}", lab.mapping("slot021", 2)));
        lab.says("slot021", "test ! -e /dev/xvdc");
        let before = scn(&lab.sql("slot021", asked));
        lab.sql("slot021", "alter system switch logfile;\nalter system checkpoint;");
        let written = scn(&lab.sql("slot021", asked));
        assert!(written > before, "{mode}: the instance goes on writing: {before} {written}");
        lab.sql("slot021", "shutdown abort");
        lab.says("slot021", "sudo -n umount /u02");
        lab.ok(&format!("create VmDiskMapping slot=2 virtualDisk={disk} name=m on Vm name=slot021"));
        lab.says("slot021", "sudo -n mount /u02");
        lab.sql("slot021", "startup mount");
        let left = scn(&lab.sql("slot021", asked));
        assert!(left < written, "{mode}: {left} must be older than {written}");
    }
}
