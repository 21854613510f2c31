//! The lines of `setup sudoers`, in the place of the site's own, are enough for every flow, and none of them is a wildcard.

use crate::{
    clean::assert_clean,
    site::{Said, Site},
};
use rstest::rstest;
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

/// The file on a host of a real site, seen from here: in the root of its first process.
fn sudoers_of(site: &Site, host: &str) -> PathBuf {
    let words = format!("host-init\0{}\0", site.dir.join(format!("hosts/{host}/spec.json")).display());
    let mut found: Vec<u32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(&words)))
        .collect();
    found.sort_unstable();
    // `unshare` stands before it with the same words.
    PathBuf::from(format!("/proc/{}/root/etc/sudoers", found.last().expect("the host runs")))
}

/// The printed text by host.
fn printed(site: &Site, args: &[&str]) -> Vec<(String, String)> {
    let text = site.ovmirror(&[&["setup", "sudoers"], args].concat()).expect(0).stdout;
    let parts =
        text.split("\n# ").enumerate().map(|(at, part)| if at == 0 { part.to_owned() } else { format!("# {part}") });
    let mut hosts: Vec<(String, String)> = Vec::new();
    for part in parts {
        match part.lines().next().and_then(|head| head.strip_prefix("# ")?.split_once(", for user ")) {
            Some((host, _)) => hosts.push((host.to_owned(), part.clone() + "\n")),
            None => hosts.last_mut().unwrap().1 += &(part.clone() + "\n"),
        }
    }
    hosts
}

/// Puts the printed lines in the place of the host's own.
fn install(site: &Site, patterns: bool, args: &[&str]) {
    for (host, text) in printed(site, args) {
        let file = sudoers_of(site, &host);
        let own = fs::read_to_string(&file).unwrap();
        let head: String =
            own.lines().filter(|line| !line.starts_with("oracle ")).map(|line| format!("{line}\n")).collect();
        let text = if patterns { text.replace("\n#oracle ", "\noracle ") } else { text };
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, head + &text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        let checked: Said = Command::new("visudo").arg("-cf").arg(&file).output().unwrap().into();
        assert_eq!(checked.status, 0, "{host}: {}{}", checked.stdout, checked.stderr);
    }
}

/// The run that an answer is of.
fn id(said: Value) -> String {
    said["run"]["id"].as_str().or(said["runs"][0]["id"].as_str()).unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[rstest]
#[case::one_disk(&[])]
#[case::two_disks_frozen(&["--layout", "two-disk"])]
#[case::by_uuid(&["--fstab", "uuid"])]
fn printed_lines_are_enough(#[case] options: &[&str]) {
    let Some(site) = Site::real(options) else { return };
    let frozen = options.contains(&"two-disk");
    if frozen {
        site.reconfigure("kept = ", "quiesce = \"fsfreeze\"\nkept = ");
    }
    let exact: Vec<String> = printed(&site, &[]).into_iter().map(|(_, text)| text).collect();
    let lines: Vec<&str> =
        exact.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("oracle ")).collect();
    assert!(lines.iter().all(|line| !line.contains(['*', '?', '[', '!'])), "a wildcard in {lines:#?}");
    install(&site, false, &[]);
    assert_ne!(
        site.ssh("slot021", "sudo -n chown 0:0 /home/oracle").status,
        0,
        "the site's own lines are still in force"
    );
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    site.ovmirror(&["drill", "ORCL"]).expect(0);
    let run = id(site.json(&["recover", "ORCL", "--to", "latest", "--yes"]));
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    site.ovmirror(&["commit", &run, "--yes"]).expect(0);
    assert_clean(&site, true);
    let snapshot = site.newest_snapshot();
    let said = site.ovmirror(&["extract", &snapshot, "--list"]).expect(4);
    assert!(said.stderr.contains("sudo"), "{}", said.stderr);
    install(&site, true, &["--at", "/home/oracle/at"]);
    site.ovmirror(&["extract", &snapshot, "--list"]).expect(0);
    let opened = id(site.json(&["extract", &snapshot, "--at", "/home/oracle/at"]));
    site.ovmirror(&["extract", "--close", &opened]).expect(0);
    assert_clean(&site, true);
}

/// mkfs is allowed by a line of its own, for the device and with the words of this restore.
#[rstest]
#[case::one_disk(&[])]
#[case::two_disks(&["--layout", "two-disk"])]
fn a_restore_from_tape_needs_the_lines_of_its_snapshot(#[case] options: &[&str]) {
    let Some(site) = Site::real(options) else { return };
    if options.contains(&"two-disk") {
        site.reconfigure("kept = ", "quiesce = \"fsfreeze\"\nkept = ");
    }
    install(&site, false, &[]);
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    let snapshot = site.newest_snapshot();
    let restore = ["recover", "ORCL", "--from-tape", &snapshot, "--to", "latest", "--yes"];
    let said = site.ovmirror(&restore).expect(4);
    assert!(said.stderr.contains("ovmirror setup sudoers --from-tape SNAPSHOT"), "{}", said.stderr);
    let text = site.ovmirror(&["setup", "sudoers", "--from-tape", &snapshot]).expect(0).stdout;
    let made: Vec<&str> = text.lines().filter(|line| line.contains("mkfs")).collect();
    assert_eq!(made.len(), 1, "{text}");
    assert!(made[0].ends_with("/dev/xvday") && !made[0].contains(['*', '?', '[', '!']), "{made:?}");
    assert!(text.contains("# ovs1: its user is root, who needs no lines"), "{text}");
    install(&site, false, &["--from-tape", &snapshot]);
    site.ovmirror(&restore).expect(0);
    assert_eq!(site.sql("select status from v$instance;"), "OPEN");
}

#[test]
fn copies_need_the_lines_of_the_run_s_folder() {
    let Some(site) = Site::real(&["--layout", "mixed"]) else { return };
    site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
    install(&site, true, &[]);
    let run = site.json(&["recover", "ORCL", "--to", "latest", "--copy", "--yes"]);
    site.ovmirror(&["undo", &id(run), "--yes"]).expect(0);
    assert_clean(&site, true);
}
