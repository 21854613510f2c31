//! Where disks and files of a database lie, by the option that asked for it.

use crate::support::{Lab, modes, text};

#[test]
fn a_spread_database_lies_on_two_repositories() {
    for mode in modes() {
        let lab = Lab::up(mode, &["--layout", "spread"]);
        let mounts = lab.says("slot021", "cut -d' ' -f1,2 /proc/mounts | grep ^/dev/xvd");
        assert_eq!(mounts, "/dev/xvda /\n/dev/xvdb /u01\n/dev/xvdc /u02\n/dev/xvdd /u03\n/dev/xvde /u04", "{mode}");
        let repositories = lab.says("ovs1", "cat /OVS/Repositories/*/.ovsrepo | grep ALIAS | sort");
        assert_eq!(repositories, "OVS_REPO_ALIAS=slotreposan01\nOVS_REPO_ALIAS=slotreposan02");
        let second = lab.site()["repositories"][1]["id"].as_str().unwrap().to_owned();
        let there = lab.says("ovs1", &format!("ls /OVS/Repositories/{second}/VirtualDisks"));
        assert_eq!(there, lab.disk("slot021", 4), "{mode}");
        lab.must(&["down"]);
        lab.start(mode, &[]);
        lab.says("slot021", "grep -q '^/dev/xvde /u04 ' /proc/mounts");
    }
}

#[test]
fn fstab_names_file_systems_as_asked() {
    for mode in modes() {
        for (by, first) in [("uuid", "UUID="), ("label", "LABEL=data")] {
            let lab = Lab::up(mode, &["--fstab", by]);
            let line = lab.says("slot021", "grep ' /u02 ' /etc/fstab");
            assert!(line.starts_with(first), "{mode}: {line}");
            assert!(lab.says("slot021", "grep ' /u02 ' /proc/mounts").starts_with("/dev/xvdc "), "{mode}: {by}");
            let word = line.split(' ').next().unwrap();
            lab.says("slot021", &format!("sudo -n umount /u02 && sudo -n mount -t xfs {word} /u02"));
            let tag = if by == "uuid" { "UUID" } else { "LABEL" };
            let value = lab.says("slot021", &format!("sudo -n blkid -s {tag} -o value /dev/xvdc"));
            assert_eq!(format!("{tag}={value}"), word, "{mode}");
        }
    }
}

#[test]
fn a_site_is_not_made_again_in_another_way() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &["--layout", "mixed"]);
    lab.must(&["down"]);
    for (option, value) in [("--layout", "spread"), ("--fstab", "uuid"), ("--data-size", "1")] {
        let output = lab.lab(&["up", "--hosts-only", option, value]);
        assert!(text(&output.stderr).contains(&format!("another {option}")), "{}", text(&output.stderr));
    }
}

#[test]
fn a_large_database_is_of_real_blocks() {
    let Some(lab) = Lab::real_whole(&["--data-size", "1"]) else { return };
    assert_eq!(lab.says("slot021", "cat /sys/block/xvdc/size"), "2097152");
    let sizes = lab.says("slot021", "cd /u02/oradata/ORCL && stat -c '%n %s %b' data0*.dbf");
    for line in sizes.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let (bytes, blocks): (u64, u64) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
        assert!(bytes > 400 << 20 && blocks * 512 >= bytes, "a sparse data file: {line}");
    }
    let headers = "set pages 0\nselect count(*) from v$datafile_header where error is null and bytes > 400*1024*1024;";
    assert_eq!(lab.sql("slot021", headers).trim(), "2");
}
