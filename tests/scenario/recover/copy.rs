//! `--copy`: datafiles that share their disk with redo and a control file are copied back.

use super::state::{identity, kept, mirrored_on, must_be_open, now, state_of, traces};
use crate::{refusal::refused, site::Site, watch::Watched, witness::work};
use rstest::rstest;

const DATAFILES: &str = "/u02/oradata/ORCL";

/// As `state::mirrored`, with everything on one disk but the archived logs.
fn mixed(way: &str) -> Site {
    mirrored_on("mixed", way)
}

fn copy(to: &str) -> [&str; 6] {
    ["recover", "ORCL", "--yes", "--copy", "--to", to]
}

fn recover(site: &Site, to: &str) -> String {
    let said = site.ovmirror(&[&["--json"], copy(to).as_slice()].concat()).expect(0);
    said.object()["run"]["id"].as_str().unwrap().to_owned()
}

/// Datafiles that lie beside their names.
fn beside(site: &Site) -> Vec<String> {
    let all = site.says("slot021", &format!("ls {DATAFILES}"));
    all.lines().filter(|name| name.contains(".ovm-")).map(str::to_owned).collect()
}

fn nothing_left(site: &Site, run: &str, before: &std::collections::BTreeSet<String>) {
    site.ovmirror(&["commit", run, "--yes"]).expect(0);
    assert_eq!(traces(site), *before, "something of {run} is left");
}

/// Complete and to an SCN, and taken back from both: with another datafile gone, since that is why people recover.
#[rstest]
fn copied_back(#[values("manager", "server")] way: &str) {
    let site = mixed(way);
    plan(&site);
    let before = traces(&site);
    let run = recover(&site, "latest");
    must_be_open(&site);
    assert_eq!(beside(&site).len(), 6);
    work(&site, 10, 3);
    site.ovmirror(&["undo", &run]).expect(0);
    must_be_open(&site);
    assert!(beside(&site).iter().all(|name| name.ends_with(".new")), "copies that were open are kept");
    nothing_left(&site, &run, &before);
    to_an_scn(&site);
    without_a_datafile(&site);
}

/// The plan names what is copied; without the word it is refused, with a part too.
fn plan(site: &Site) {
    let text = refused(site, &["recover", "ORCL", "--plan", "--to", "latest"], 1, "REC-MIXED");
    assert!(text.contains("add --copy"), "{text}");
    let plan = site.json(&["recover", "ORCL", "--plan", "--copy", "--to", "latest"]);
    let copies = plan["plan"]["copies"].as_array().unwrap();
    assert_eq!((copies.len(), copies[0]["files"].as_array().unwrap().len()), (1, 6), "{plan}");
    assert!(copies[0]["bytes"].as_u64().unwrap() > 1 << 20 && plan["plan"]["disks"].as_array().unwrap().is_empty());
    site.ovmirror(&["recover", "ORCL", "--copy", "--tablespace", "USERS", "--to", "latest"]).expect(2);
}

/// A file from behind the target goes aside too, and comes back.
fn to_an_scn(site: &Site) {
    let point = now(site) + 1;
    work(site, 10, 4);
    let since = format!("create tablespace LATER datafile '{DATAFILES}/later01.dbf' size 256k;");
    assert!(!site.sql(&since).contains("ORA-"));
    let (before, whole) = (identity(site), now(site));
    let run = recover(site, &format!("scn={point}"));
    must_be_open(site);
    assert_eq!(identity(site).resetlogs, point.to_string());
    assert!(!site.sql(&since).contains("ORA-"), "the name is free");
    work(site, 10, 5);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(site);
    assert_eq!(identity(site), before);
    assert!(now(site) >= whole);
    assert_eq!(beside(site).len(), 7, "what was left is kept: {:?}", beside(site));
    let aside = site.says("slot021", &format!("ls {}/{run}/aside", kept(site)));
    assert!(aside.contains("control1") && aside.contains("redo1"), "{aside}");
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_eq!(beside(site), Vec::<String>::new());
}

/// A datafile that is not there has no old one, and the others have.
fn without_a_datafile(site: &Site) {
    site.sql("shutdown abort");
    site.says("slot021", &format!("rm {DATAFILES}/users01.dbf"));
    let said = site.ovmirror(&[copy("latest").as_slice(), &["--mount"]].concat());
    assert_eq!(said.status, 0, "{}", said.stderr);
    must_be_open(site);
    let beside = beside(site);
    // The file that was added since is one of them.
    assert!(beside.len() == 6 && !beside.iter().any(|name| name.starts_with("users01")), "{beside:?}");
}

/// What was lost has no old file: the copy that was begun for it goes again, and another recovery makes it anew.
#[test]
fn killed_while_it_copies_what_was_lost() {
    let site = mixed("manager");
    let lost = format!("{DATAFILES}/users01.dbf");
    site.sql("shutdown immediate");
    site.says("slot021", &format!("rm {lost}"));
    let args = [copy("latest").as_slice(), &["--mount"]].concat();
    let run = Watched::killed_at(&site, &args, "start_mount");
    site.ovmirror(&["heal"]).expect(0);
    assert_eq!(state_of(&site, &run), "undone");
    assert_eq!(site.says("slot021", &format!("ls {lost} 2>/dev/null || true")), "");
    site.ovmirror(&args).expect(0);
    must_be_open(&site);
}

/// A recovery may have both: an online log lies beside some of the datafiles, and the others have a disk of their own.
#[test]
fn swapped_and_copied() {
    let site = Site::up(&["--mode", "portable", "--layout", "spread"]);
    site.sql("shutdown immediate");
    site.says("slot021", &format!("mv /u03/oradata/ORCL/redo01.log {DATAFILES}/"));
    let rename = format!("alter database rename file '/u03/oradata/ORCL/redo01.log' to '{DATAFILES}/redo01.log';");
    assert!(!site.sql(&format!("startup mount\n{rename}\nalter database open;")).contains("ORA-"));
    work(&site, 20, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let point = now(&site) + 1;
    work(&site, 20, 2);
    let before = traces(&site);
    let plan = site.json(&["recover", "ORCL", "--plan", "--copy", "--to", "latest"]);
    assert_eq!(
        (&plan["plan"]["disks"][0]["mounts"][0], &plan["plan"]["copies"][0]["mount"]),
        (&"/u04".into(), &"/u02".into())
    );
    let run = recover(&site, "latest");
    must_be_open(&site);
    work(&site, 10, 3);
    site.ovmirror(&["undo", &run]).expect(0);
    must_be_open(&site);
    nothing_left(&site, &run, &before);
    let run = recover(&site, &format!("scn={point}"));
    must_be_open(&site);
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    must_be_open(&site);
}

/// Killed where it copies, the job goes on without it; `heal` brings the old files back.
#[test]
fn killed_while_it_copies() {
    let site = mixed("manager");
    let before = traces(&site);
    for step in ["mount_copy:/u02", "set_aside:/u02", "copy_files:/u02", "release_copy"] {
        let run = Watched::killed_at(&site, &copy("latest"), step);
        site.ovmirror(&["heal"]).expect(0);
        assert_eq!(state_of(&site, &run), "undone", "{step}");
        must_be_open(&site);
        nothing_left(&site, &run, &before);
    }
    let run = Watched::killed_at(&site, &copy("latest"), "copy_files:/u02");
    site.ovmirror(&["resume", &run]).expect(0);
    must_be_open(&site);
}

/// Nothing is mixed: the disk is swapped, and the plan says so.
#[test]
fn nothing_to_copy() {
    let site = super::state::mirrored("manager");
    let plan = site.ovmirror(&["recover", "ORCL", "--plan", "--copy", "--to", "latest"]).expect(0).stdout;
    assert!(plan.contains("nothing is copied") && plan.contains("swap       slot 2"), "{plan}");
}

/// What speaks against it is found out before the database goes down, and before anything is made.
#[test]
fn refused_before_the_first_change() {
    let Some(site) = Site::real(&["--layout", "mixed"]) else { return };
    work(&site, 20, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let before = traces(&site);
    let free = "df -P -k /u02 | sed -n 2p | awk '{print $4}'";
    site.says("slot021", &format!("fallocate -l $(($({free}) - 10000))k /u02/filler"));
    let text = refused(&site, &copy("latest"), 1, "REC-103");
    assert!(text.contains("/u02 has ") && text.contains("KiB"), "{text}");
    site.says("slot021", "rm /u02/filler");
    // Whether it may mount is found out while the database works.
    site.fault("slot021", "mount -o rw,nouuid", 1, "fail=sudo: a password is required");
    let text = refused(&site, &copy("latest"), 4, "CMD-001");
    assert!(
        text.contains("NOPASSWD: /bin/mount -o rw\\,nouuid -t xfs /dev/xvday /home/oracle/.ovmirror/ORCL-[0-9]"),
        "{text}"
    );
    site.no_faults();
    assert_eq!(traces(&site), before);
    must_be_open(&site);
}
