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

#[test]
fn a_data_file_alone_on_its_disk_leaves_and_comes_back_while_the_rest_is_open() {
    let Some(lab) = Lab::real_whole(&["--layout", "alone"]) else { return };
    let which = "set pages 0 head off feed off\nselect file# from v$datafile where name like '/u04/%';";
    let file = lab.sql("slot021", which).trim().to_owned();
    let said = lab.sql("slot021", &format!("alter database datafile {file} offline;"));
    assert!(said.contains("Database altered."), "{said}");
    lab.says("slot021", "sudo -n umount /u04 && sudo -n mount /u04");
    let said = lab.sql("slot021", &format!("alter database datafile {file} online;"));
    assert!(said.contains("ORA-01113"), "{said}");
    let said = lab.sql("slot021", &format!("recover datafile {file}\nalter database datafile {file} online;"));
    assert!(said.contains("Media recovery complete.") && said.contains("Database altered."), "{said}");
}

#[test]
fn a_container_database_has_a_disk_for_each_pluggable_one() {
    let Some(lab) = Lab::real_whole(&["--layout", "pdbs"]) else { return };
    let rows = |query: &str| lab.sql("slot021", &format!("set pages 0 head off feed off\n{query};")).trim().to_owned();
    assert_eq!(rows("select cdb from v$database"), "YES");
    let modes = "select name || ' ' || open_mode from v$pdbs order by con_id";
    assert_eq!(rows(modes), "PDB$SEED READ ONLY\nPDB1 MOUNTED\nPDB2 MOUNTED");
    let said = lab.sql("slot021", "alter pluggable database all open;");
    assert!(said.contains("Pluggable database altered."), "{said}");
    lab.must(&["workload", "start", "--rate", "50"]);
    let said = lab.sql("slot021", "alter pluggable database pdb1 close immediate;");
    assert!(said.contains("Pluggable database altered."), "{said}");
    lab.says("slot021", "sudo -n umount /u04 && sudo -n mount /u04");
    let files = rows("select listagg(file#, ',') within group (order by file#) from v$datafile where con_id = 3");
    let said = lab.sql("slot021", "alter pluggable database pdb1 open;");
    assert!(!files.is_empty() && said.contains("Pluggable database altered."), "{files}: {said}");
    lab.must(&["workload", "stop"]);
    lab.must(&["verify"]);
    assert_eq!(rows("select count(*) from v$datafile where con_id = 3 and name like '/u04/%'"), "4");
}
