//! A snapshot's files at the database's own machine: mounted read only, listed, copied, and gone again. Whatever fails or is
//! killed on the way, nothing is left, and the golden disk is as it was.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/refusal.rs"]
mod refusal;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;

#[cfg(test)]
mod tests {
    use super::{
        clean::{assert_clean, ours},
        refusal::refused,
        site::{Site, until},
        watch::Watched,
    };
    use rstest::rstest;
    use serde_json::Value;

    const NOTE: &str = "/u02/oradata/note.txt";
    const AT: &str = "/home/oracle/at";

    /// A snapshot that has a file with another content than the live disk has now.
    fn with_snapshot(site: &Site) -> String {
        site.says("slot021", &format!("echo before > {NOTE}"));
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        site.says("slot021", &format!("echo after > {NOTE}; rm -f {NOTE}.more; echo new > {NOTE}.more"));
        site.newest_snapshot()
    }

    /// Content of the golden disk as the server has it; holes are left out, since an image is sparse.
    fn golden(site: &Site) -> String {
        let list = site.json(&["list"]);
        let id = list["snapshots"][0]["disks"][0]["id"].as_str().unwrap().to_owned();
        site.says("ovs1", &format!("cd /OVS/Repositories/*/VirtualDisks && tar -S -cf - {id} | sha256sum"))
    }

    fn disks_of(site: &Site, vm: &str) -> Vec<Value> {
        site.json(&["vm", vm])["disks"].as_array().unwrap().clone()
    }

    fn opened(site: &Site, snapshot: &str) -> String {
        let said = site.ovmirror(&["--json", "extract", snapshot, "--at", AT]).expect(0);
        said.object()["runs"][0]["id"].as_str().unwrap().to_owned()
    }

    /// As before the extract; the mount point that it made is gone, too.
    fn nothing_left(site: &Site) {
        assert_clean(site, true);
        assert_eq!(site.says("slot021", &format!("ls -d {AT} 2>/dev/null || true")), "");
        assert_eq!(disks_of(site, "slot021").iter().filter(|disk| disk["slot"].as_u64() >= Some(50)).count(), 0);
        assert_eq!(site.json(&["status"])["open_extracts"].as_array().unwrap().len(), 0);
    }

    fn look_and_close(site: &Site) {
        let snapshot = with_snapshot(site);
        let before = golden(site);
        let run = opened(site, &snapshot);
        let there = format!("{AT}/oradata/note.txt");
        assert_eq!(site.says("slot021", &format!("cat {there}; ls {AT}/oradata")), "before\nORCL\nnote.txt");
        let mount = site.says("slot021", &format!("grep ' {AT} ' /proc/mounts"));
        let options: Vec<&str> = mount.split(' ').nth(3).unwrap().split(',').collect();
        assert!(mount.starts_with("/dev/xvday ") && options.contains(&"ro"), "{mount}");
        assert!(!options.contains(&"norecovery") && !options.contains(&"noload"), "{mount}");
        let write = site.ssh("slot021", &format!("echo x >> {there}"));
        assert!(write.status != 0 && write.stderr.contains("Read-only file system"), "{}", write.stderr);
        open_is_seen(site, &snapshot, &run);
        assert_eq!(golden(site), before);
        site.ovmirror(&["extract", "--close", &run]).expect(0);
        nothing_left(site);
        assert_eq!(golden(site), before);
        assert_eq!(site.says("slot021", &format!("cat {NOTE}")), "after", "the live disk is as it was");
        // Once more is no fault.
        site.ovmirror(&["extract", "--close", &run]).expect(0);
    }

    /// Law 3: another disk than the golden one is plugged, and it carries the run's name.
    fn open_is_seen(site: &Site, snapshot: &str, run: &str) {
        let golden = site.json(&["list"])["snapshots"][0]["disks"][0]["id"].clone();
        let disks = disks_of(site, "slot021");
        assert!(disks.iter().all(|disk| disk["disk"] != golden), "{disks:?}");
        let mine: Vec<&Value> = disks.iter().filter(|disk| disk["slot"] == 50).collect();
        assert_eq!(mine[0]["name"], format!("ovm.{run}.work.2"));
        let open = site.json(&["status"])["open_extracts"].clone();
        assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
        assert_eq!((&open[0]["id"], &open[0]["snapshot"], &open[0]["at"]), (&run.into(), &snapshot.into(), &AT.into()));
        assert!(site.ovmirror(&["status"]).stdout.contains(run));
    }

    #[test]
    fn extract_shows_the_snapshot_and_goes() {
        let Some(site) = Site::real(&[]) else { return };
        look_and_close(&site);
    }

    #[test]
    fn extract_portable() {
        look_and_close(&Site::up(&["--mode", "portable"]));
    }

    #[test]
    fn extract_by_the_server() {
        let Some(site) = Site::real(&[]) else { return };
        site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nway = \"server\"");
        look_and_close(&site);
    }

    /// The database is not asked.
    #[test]
    fn extract_with_the_database_down() {
        let site = Site::up(&["--release", "3.2"]);
        let snapshot = with_snapshot(&site);
        site.sql("shutdown abort");
        let run = opened(&site, &snapshot);
        assert_eq!(site.says("slot021", &format!("cat {AT}/oradata/note.txt")), "before");
        site.ovmirror(&["undo", &run]).expect(0);
        site.sql("startup");
        nothing_left(&site);
    }

    #[test]
    fn extract_lists_and_copies_and_never_overwrites() {
        let site = Site::up(&[]);
        site.says("slot021", "touch -d '2020-02-03 04:05:06 UTC' /u02/oradata/old.txt");
        let snapshot = with_snapshot(&site);
        let files = site.json(&["extract", &snapshot, "--list"])["files"].as_array().unwrap().clone();
        let note = files.iter().find(|file| file["path"] == NOTE).unwrap();
        assert_eq!((&note["bytes"], &note["owner"]), (&7.into(), &"oracle:oinstall".into()));
        let part = site.json(&["extract", &snapshot, "--path", "/u02/oradata/ORCL"])["files"].clone();
        let part = part.as_array().unwrap();
        assert!(part.len() > 5 && part.len() < files.len(), "{part:?}");
        nothing_left(&site);
        copies(&site, &snapshot);
        nothing_left(&site);
    }

    fn copies(site: &Site, snapshot: &str) {
        site.says("slot021", "mkdir back");
        let copy = |path: &str| site.ovmirror(&["extract", snapshot, "--path", path, "--to", "/home/oracle/back"]);
        copy(NOTE).expect(0);
        copy("/u02/oradata/old.txt").expect(0);
        copy("/u02/oradata/ORCL/").expect(0);
        assert_eq!(
            site.says("slot021", "cat back/note.txt; stat -c '%Y %U' back/old.txt"),
            "before\n1580702706 oracle"
        );
        let names = "ls -A back; ls back/ORCL | wc -l";
        let there = site.says("slot021", names);
        assert!(there.starts_with("ORCL\nnote.txt\nold.txt\n"), "{there}");
        site.says("slot021", "echo mine > back/note.txt");
        let again = ["extract", snapshot, "--path", NOTE, "--to", "/home/oracle/back"];
        refused(site, &again, 1, "EXT-007");
        assert_eq!(site.says("slot021", &format!("cat back/note.txt; {names}")), format!("mine\n{there}"));
        refused(site, &["extract", snapshot, "--path", NOTE, "--to", "/home/oracle/nowhere"], 1, "EXT-008");
        refused(site, &["extract", snapshot, "--path", "/u02/oradata/none", "--to", "/home/oracle/back"], 4, "EXT-005");
        site.says("slot021", "rm -rf back");
    }

    #[test]
    fn extract_says_why_not() {
        let site = Site::up(&[]);
        let snapshot = with_snapshot(&site);
        let at = |dir: &str, code: &str| refused(&site, &["extract", &snapshot, "--at", dir], 1, code);
        site.says("slot021", "mkdir full && touch full/.x && touch file");
        assert!(at("/u02", "EXT-003").contains("/dev/xvdc is mounted at /u02"));
        assert!(at("/home/oracle/full", "EXT-004").contains("is not empty"));
        assert!(at("/home/oracle/file", "EXT-004").contains("is no folder"));
        assert!(at("/nowhere/at", "EXT-004").contains("mkdir -p /nowhere/at"));
        at("relative", "EXT-011");
        for dir in ["/home/oracle/two words", "/home/oracle/$(id)", "/home/oracle/it's"] {
            assert!(at(dir, "EXT-016").contains("/home/oracle/at"), "{dir}");
            let copy = ["extract", &snapshot, "--path", NOTE, "--to", dir];
            assert!(refused(&site, &copy, 1, "EXT-016").contains("--to /home/oracle/"), "{dir}");
        }
        let other = refused(&site, &["extract", &snapshot, "--at", AT, "--disk", "3"], 1, "EXT-002");
        assert!(other.contains("it holds /u02 (slot 2)"), "{other}");
        refused(&site, &["extract", &snapshot, "--path", "/u03/x"], 1, "EXT-002");
        refused(&site, &["extract", "--close", &snapshot], 1, "EXT-014");
        site.ovmirror(&["extract", &snapshot]).expect(2);
        nothing_left(&site);
    }

    #[test]
    fn extract_needs_a_free_slot() {
        let site = Site::up(&["--mode", "portable"]);
        let snapshot = with_snapshot(&site);
        let maps: Vec<String> = (50..100)
            .map(|slot| {
                format!("create VmDiskMapping slot={slot} virtualCd=EMPTY_CDROM name=cd{slot} on Vm name=slot021")
            })
            .collect();
        let said = site.manager_script(&maps);
        assert_eq!(said.matches("Status: Success").count(), 50, "{said}");
        let text = refused(&site, &["extract", &snapshot, "--at", AT], 1, "EXT-010");
        assert!(text.contains("no free slot from 50 to 99"), "{text}");
        assert_clean(&site, true);
    }

    /// Who looks at the files is not cut off.
    #[test]
    fn extract_that_is_in_use_is_closed_later() {
        let site = Site::up(&[]);
        let run = opened(&site, &with_snapshot(&site));
        site.says(
            "slot021",
            &format!("cd {AT} && {{ sleep 600 > /dev/null 2>&1 < /dev/null & echo $! > ~/sleeper; }}"),
        );
        let text = refused(&site, &["extract", "--close", &run], 1, "EXT-015");
        assert!(text.contains("sleep"), "{text}");
        assert_eq!(site.says("slot021", &format!("cat {AT}/oradata/note.txt")), "before");
        site.says("slot021", "kill $(cat sleeper); rm sleeper");
        until("nobody is there", || site.ovmirror(&["extract", "--close", &run]).status == 0);
        nothing_left(&site);
    }

    /// Each command that changes something fails, before and after its effect.
    #[rstest]
    #[case("manager", "cloneVdToRepo")]
    #[case("manager", "edit VirtualDisk")]
    #[case("manager", "create VmDiskMapping")]
    #[case("slot021", "mount -o rw")]
    #[case("slot021", "mount -o ro")]
    #[case("slot021", "mkdir")]
    fn extract_failing_is_taken_back(#[case] place: &str, #[case] command: &str) {
        let site = Site::up(&[]);
        let snapshot = with_snapshot(&site);
        let before = golden(&site);
        for how in ["fail", "cut-after"] {
            let fault = site.fault(place, command, 1, how);
            let said = site.ovmirror(&["extract", &snapshot, "--at", AT]);
            assert_eq!(site.seen(&fault), 1, "{how}: {}", said.stderr);
            // A lost answer is looked for, and what is found counts.
            if said.status == 0 {
                let run = site.json(&["status"])["open_extracts"][0]["id"].as_str().unwrap().to_owned();
                site.ovmirror(&["extract", "--close", &run]).expect(0);
            } else {
                said.expect(4);
            }
            nothing_left(&site);
            site.no_faults();
        }
        assert_eq!(golden(&site), before);
    }

    /// UUID and label that blkid sees on a device.
    fn ids(site: &Site, device: &str) -> (String, String) {
        let line = site.says("slot021", &format!("sudo blkid {device}"));
        let value = |name: &str| {
            let found = line.split(' ').find_map(|word| word.strip_prefix(&format!("{name}=\"")));
            found.unwrap_or_default().trim_end_matches('"').to_owned()
        };
        (value("UUID"), value("LABEL"))
    }

    /// A second file system of one id beside the first, and the next boot may mount the wrong one: the copy has other ids
    /// before the database's machine sees it, and the golden disk keeps its own.
    #[rstest]
    fn extract_gets_new_ids_where_fstab_looks_for_them(#[values("uuid", "label")] by: &str) {
        let Some(site) = Site::real(&["--fstab", by]) else { return };
        let snapshot = with_snapshot(&site);
        let before = golden(&site);
        let run = opened(&site, &snapshot);
        assert_eq!(site.says("slot021", &format!("cat {AT}/oradata/note.txt")), "before");
        let (live, copy) = (ids(&site, "/dev/xvdc"), ids(&site, "/dev/xvday"));
        assert!(!live.0.is_empty() && !copy.0.is_empty() && live.0 != copy.0, "{live:?} {copy:?}");
        assert_eq!((live.1.is_empty(), copy.1.as_str()), (by != "label", ""), "{live:?} {copy:?}");
        let mount = site.says("slot021", &format!("grep ' {AT} ' /proc/mounts"));
        assert!(!mount.contains("nouuid"), "{mount}");
        assert!(disks_of(&site, "bckvm").iter().all(|disk| disk["slot"].as_u64() < Some(20)), "it left the media host");
        site.ovmirror(&["extract", "--close", &run]).expect(0);
        nothing_left(&site);
        assert_eq!(golden(&site), before);
    }

    /// Nothing is left on the media host either, whatever happens there.
    #[test]
    fn extract_failing_at_its_new_ids_is_taken_back() {
        let Some(site) = Site::real(&["--fstab", "uuid"]) else { return };
        let snapshot = with_snapshot(&site);
        for command in ["mount -o rw", "xfs_admin -U"] {
            for how in ["fail", "cut-after"] {
                let fault = site.fault("bckvm", command, 1, how);
                site.ovmirror(&["extract", &snapshot, "--at", AT]).expect(4);
                assert_eq!(site.seen(&fault), 1, "{command} {how}");
                nothing_left(&site);
                site.no_faults();
            }
        }
        for step in ["map:ids-2", "new_ids", "unmap_ids:2"] {
            Watched::killed_at(&site, &["extract", &snapshot, "--at", AT], step);
            site.ovmirror(&["heal"]).expect(0);
            nothing_left(&site);
        }
        site.reconfigure("media = \"bckvm\"\n", "");
        let text = refused(&site, &["extract", &snapshot, "--at", AT], 1, "EXT-013");
        assert!(text.contains("UUID="), "{text}");
    }

    /// Two disks of datafiles in two repositories: one is named, or known by the path.
    #[test]
    fn extract_of_one_file_system_among_several() {
        let Some(site) = Site::real(&["--layout", "spread"]) else { return };
        site.says("slot021", "mkdir -p /u04/oradata && echo there > /u04/oradata/there.txt");
        let snapshot = with_snapshot(&site);
        let text = refused(&site, &["extract", &snapshot, "--at", AT], 1, "EXT-002");
        assert!(text.contains("/u02 (slot 2), /u04 (slot 4)") && text.contains("--disk"), "{text}");
        for disk in ["4", "/u04"] {
            let said = site.ovmirror(&["--json", "extract", &snapshot, "--at", AT, "--disk", disk]).expect(0);
            assert_eq!(site.says("slot021", &format!("cat {AT}/oradata/there.txt")), "there");
            let run = said.object()["runs"][0]["id"].as_str().unwrap().to_owned();
            site.ovmirror(&["extract", "--close", &run]).expect(0);
        }
        let files = site.json(&["extract", &snapshot, "--path", "/u04/oradata/there.txt"])["files"].clone();
        assert_eq!((files.as_array().unwrap().len(), &files[0]["bytes"]), (1, &6.into()), "{files}");
        nothing_left(&site);
    }

    const OPEN: [&str; 5] = ["disks_before", "work_copy:2", "map:2", "replay", "mount_read_only"];

    #[test]
    fn extract_killed_at_each_step_is_healed() {
        let site = Site::up(&[]);
        let snapshot = with_snapshot(&site);
        let before = golden(&site);
        for step in OPEN {
            Watched::killed_at(&site, &["extract", &snapshot, "--at", AT], step);
            site.ovmirror(&["heal"]).expect(0);
            nothing_left(&site);
        }
        site.says("slot021", "mkdir back");
        for step in ["copy_out", "take_down"] {
            Watched::killed_at(&site, &["extract", &snapshot, "--path", NOTE, "--to", "/home/oracle/back"], step);
            site.ovmirror(&["heal"]).expect(0);
            nothing_left(&site);
            assert!(!site.says("slot021", "ls -A back").contains(".ovm"), "a part of the copy is left");
            site.says("slot021", "rm -f back/*");
        }
        assert_eq!(golden(&site), before);
    }

    #[rstest]
    fn extract_killed_is_resumed(#[values("work_copy:2", "map:2", "replay", "mount_read_only")] step: &str) {
        let site = Site::up(&[]);
        let run = Watched::killed_at(&site, &["extract", &with_snapshot(&site), "--at", AT], step);
        site.ovmirror(&["resume", &run]).expect(0);
        assert_eq!(site.says("slot021", &format!("cat {AT}/oradata/note.txt")), "before", "{step}");
        site.ovmirror(&["extract", "--close", &run]).expect(0);
        nothing_left(&site);
    }

    /// Killed on the way out: the run is taken back by whoever comes next.
    #[test]
    fn extract_killed_while_it_closes_is_healed() {
        let site = Site::up(&[]);
        let snapshot = with_snapshot(&site);
        for step in ["undo mount_read_only", "undo map:2", "undo work_copy:2"] {
            let run = opened(&site, &snapshot);
            Watched::killed_at(&site, &["extract", "--close", &run], step);
            site.ovmirror(&["heal"]).expect(0);
            nothing_left(&site);
        }
        assert_eq!(ours(&site).iter().filter(|name| name.contains(".work")).count(), 0);
    }
}
