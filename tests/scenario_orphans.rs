//! What is left over: listed, taken away under the laws, and never what somebody still answers for. And a store that is
//! lost.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/leases.rs"]
mod leases;
#[cfg(test)]
#[path = "scenario/lost_store.rs"]
mod lost_store;
#[cfg(test)]
#[path = "scenario/rebuild.rs"]
mod rebuild;
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
        lost_store::{golden, kinds, lose_state, lose_store, orphans, state},
        site::{Site, until},
        watch::Watched,
    };
    use rstest::rstest;
    use serde_json::Value;

    const RELEASE: [&str; 4] = ["--json", "orphans", "--release", "--yes"];

    /// A snapshot, and an offload that was killed while RMAN worked.
    fn cut_off(site: &Site) -> String {
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        Watched::killed_at(site, &["offload", &site.newest_snapshot()], "evidence")
    }

    fn none_left(site: &Site) {
        assert_eq!(orphans(site), Vec::<Value>::new());
        let said = site.ovmirror(&["orphans"]).expect(0);
        assert_eq!(said.stdout, "nothing of ours is left over\n");
    }

    /// Whatever a run, a snapshot or an open extract answers for is no orphan.
    #[test]
    fn what_somebody_answers_for_is_no_orphan() {
        let site = Site::up(&[]);
        none_left(&site);
        let run = cut_off(&site);
        assert!(ours(&site).iter().any(|name| name.contains(&format!("{run}.work"))), "{:?}", ours(&site));
        none_left(&site);
        site.ovmirror(&RELEASE).expect(0);
        site.ovmirror(&["heal"]).expect(0);
        assert_clean(&site, true);
        let snapshot = site.newest_snapshot();
        let open = site.json(&["extract", &snapshot, "--at", "/home/oracle/at"]);
        none_left(&site);
        site.ovmirror(&RELEASE).expect(0);
        assert_ne!(site.says("slot021", "ls /home/oracle/at"), "");
        site.ovmirror(&["extract", "--close", open["runs"][0]["id"].as_str().unwrap()]).expect(0);
        none_left(&site);
        assert_clean(&site, true);
    }

    /// With the store everything is lost that says whose it is: the run's things go, the snapshot stays until that is
    /// asked for.
    #[rstest]
    #[case::by_the_manager(&[])]
    #[case::by_the_server(&[("kept = ", "way = \"server\"\nkept = "), ("[manager]\n", "[manager]\nclone_to = \"Vm\"\n")])]
    fn a_lost_runs_things_go_and_its_snapshot_stays(#[case] choices: &[(&str, &str)]) {
        let site = Site::up(&[]);
        for (from, to) in choices {
            site.reconfigure(from, to);
        }
        let run = cut_off(&site);
        let (snapshot, before) = (site.newest_snapshot(), golden(&site, &site.newest_snapshot()));
        lose_store(&site);
        let found = orphans(&site);
        assert_eq!(
            kinds(&found),
            ["instance orphan", "mount orphan", "mapping orphan", "clone unrecorded", "disk orphan", "folder orphan"],
            "{found:?}"
        );
        let of = |kind: &str| found.iter().find(|one| one["kind"] == kind).unwrap();
        assert_eq!((&of("clone")["run"], &of("disk")["run"]), (&snapshot.clone().into(), &run.clone().into()));
        assert_eq!((&of("mount")["place"], &of("disk")["place"]), (&"bckvm".into(), &"manager".into()));
        assert!(of("disk")["bytes"].as_u64().unwrap() > 0 && of("disk")["age_s"].is_u64(), "{}", of("disk"));
        dry_run_changes_nothing(&site, &found);
        let said = site.ovmirror(&RELEASE).expect(1);
        assert!(said.stderr.contains("[ORP-001]") && said.stderr.contains("ovmirror rebuild"), "{}", said.stderr);
        assert_eq!(kinds(&orphans(&site)), ["clone unrecorded"]);
        assert_eq!(golden(&site, &snapshot), before);
        assert_eq!(site.says("bckvm", "ps -e -o args= | grep '[o]ra_pmon' || true"), "");
        assert_eq!(site.says("bckvm", "grep ' /u02 ' /proc/mounts || true"), "");
        assert_eq!(site.says("bckvm", "ls -A ~/.ovmirror 2>/dev/null || true"), "");
        let said = site.ovmirror(&["orphans", "--release", "--unrecorded", "--yes"]).expect(0);
        assert!(said.stdout.contains(&format!("clone ovm.{snapshot}.clone is gone")), "{}", said.stdout);
        assert_eq!(ours(&site), Vec::<String>::new());
        none_left(&site);
        site.ovmirror(&RELEASE).expect(0);
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert_clean(&site, true);
    }

    fn dry_run_changes_nothing(site: &Site, found: &[Value]) {
        let said = site.ovmirror(&["orphans", "--dry-run"]).expect(0);
        for wanted in ["shutdown abort", "umount /u02", "delete VmDiskMapping id=", "delete VirtualDisk id=", "rm -rf"]
        {
            assert!(said.stdout.to_lowercase().contains(&wanted.to_lowercase()), "{wanted}: {}", said.stdout);
        }
        assert!(!said.stdout.contains("delete Vm id="), "the snapshot was not asked for: {}", said.stdout);
        let said = site.ovmirror(&["orphans", "--release"]).expect(1);
        assert!(said.stderr.contains("[CLI-002]"), "{}", said.stderr);
        assert_eq!(kinds(&orphans(site)), kinds(found));
    }

    /// What does not let go is named and left, and what it holds with it; the next call finishes.
    #[test]
    fn a_held_mount_is_named_and_left() {
        let site = Site::up(&[]);
        let run = cut_off(&site);
        lose_store(&site);
        site.says("bckvm", "cd /u02 && (nohup sleep 600 > /dev/null 2>&1 & echo $! > /tmp/holder)");
        let said = site.ovmirror(&RELEASE).expect(3);
        assert!(said.stderr.contains("[ORP-002]") && said.stderr.contains("umount /u02"), "{}", said.stderr);
        let released = said.stdout.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok()).unwrap();
        let gone = |kind: &str| {
            let one = released["released"].as_array().unwrap().iter().find(|one| one["kind"] == kind);
            one.unwrap_or_else(|| panic!("{kind}: {released}"))["gone"].clone()
        };
        assert_eq!(
            [gone("instance"), gone("mount"), gone("mapping"), gone("disk")],
            [true, false, false, false].map(Value::from)
        );
        assert!(ours(&site).iter().any(|name| name.contains(&format!("{run}.work"))));
        site.says("bckvm", "kill $(cat /tmp/holder); rm /tmp/holder");
        site.ovmirror(&RELEASE).expect(1);
        assert_eq!(kinds(&orphans(&site)), ["clone unrecorded"]);
    }

    /// A guard that lives is the only one who ends the window of a run that nobody knows: it is left at work.
    #[test]
    fn a_living_guard_is_left_at_work() {
        let site = Site::up(&["--job-time", "2"]);
        let run = Watched::killed_at(&site, &["backup", "ORCL", "--snapshot-only"], "clone");
        until("the manager's job", || !site.manager("list Job").contains("In Progress"));
        lose_store(&site);
        let found = orphans(&site);
        let folder = found.iter().find(|one| one["kind"] == "folder").unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!((&folder["state"], &folder["run"]), (&"left".into(), &run.clone().into()));
        let said = site.ovmirror(&RELEASE).expect(3);
        assert!(said.stderr.contains("[ORP-002]"), "{}", said.stderr);
        let guard = site.says("slot021", "ps -e -o args= | grep '[g]uard.sh' || true");
        assert!(guard.contains(&run), "the guard works on: {guard}");
        assert_eq!(site.says("slot021", &format!("ls /u02/.ovmirror/{run}.ctl 2>/dev/null || true")), "");
    }

    /// The old disks of a recovery are its way back: owned until `commit`, and not deletable by accident when the store
    /// is lost.
    #[test]
    fn a_way_back_is_owned_until_commit() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        site.ovmirror(&["recover", "ORCL", "--to", "latest", "--yes"]).expect(0);
        let states = |site: &Site| -> Vec<String> { kinds(&orphans(site)) };
        assert_ne!(site.says("slot021", "ls /u02/.ovmirror/*.ctl"), "", "the golden copy brought its control file");
        none_left(&site);
        lose_store(&site);
        let lost = states(&site);
        assert!(
            lost.contains(&"disk unrecorded".to_owned()) && lost.contains(&"kept unrecorded".to_owned()),
            "{lost:?}"
        );
        let before = ours(&site);
        site.ovmirror(&RELEASE).expect(1);
        assert_eq!(ours(&site), before, "old disk and snapshot stay");
        let said = site.ovmirror(&["orphans"]).expect(0).stdout;
        assert!(said.contains("rebuild first") && said.contains("the store lost can be used by nobody"), "{said}");
        site.ovmirror(&["rebuild"]).expect(0);
        let said = site.ovmirror(&["orphans"]).expect(0).stdout;
        assert!(!said.contains("rebuild"), "it brings no way back: {said}");
        let said = site.ovmirror(&RELEASE).expect(1).stderr;
        assert!(said.contains("[ORP-001]") && !said.contains("ovmirror rebuild"), "{said}");
        lose_store(&site);
        let live = site.json(&["vm", "slot021"]);
        site.ovmirror(&["orphans", "--release", "--unrecorded", "--yes"]).expect(0);
        none_left(&site);
        assert_eq!(site.json(&["vm", "slot021"]), live);
        assert_eq!(site.sql("select status from v$instance;"), "OPEN");
    }

    /// The copy of the control file that came with the golden disk is the recovery's: it goes with `commit`.
    #[test]
    fn what_came_with_a_swapped_disk_goes_with_the_commit() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        let run = site.json(&["recover", "ORCL", "--to", "latest", "--yes"])["run"]["id"].as_str().unwrap().to_owned();
        none_left(&site);
        site.ovmirror(&RELEASE).expect(0);
        assert_ne!(site.says("slot021", "ls /u02/.ovmirror/*.ctl"), "", "a release leaves it");
        site.ovmirror(&["commit", &run, "--yes"]).expect(0);
        assert_eq!(site.says("slot021", "ls /u02/.ovmirror/*.ctl 2>/dev/null || true"), "");
        none_left(&site);
    }

    /// A sqlplus that waits for an answer which does not come would stay behind its cut session for ever.
    #[test]
    fn a_hung_sqlplus_is_ended_at_its_deadline() {
        let site = Site::up(&[]);
        site.reconfigure("[manager]\n", "[deadlines]\nsql = \"3s\"\n\n[manager]\n");
        let running = || site.says("slot021", "ps -e -o args= | grep '^sqlplus' || true");
        assert_eq!(running(), "");
        let held = site.fault("sql", "v$datafile", 1, "hang");
        let said = site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(3);
        assert_eq!((site.seen(&held), running().as_str()), (1, ""));
        assert!(said.stderr.contains("the deadline of 3 s passed; its program there (process "), "{}", said.stderr);
        assert!(said.stderr.contains(") was ended") && !said.stderr.contains("ovm-pid"), "{}", said.stderr);
        site.no_faults();
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    }

    /// What is no database any more is said to be so, with the way out; what is moved away is rebuilt.
    #[test]
    fn a_damaged_store_is_rebuilt() {
        let site = Site::up(&["--mode", "portable"]);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        let snapshot = site.newest_snapshot();
        let file = state(&site).join("ovmirror.db");
        std::fs::write(&file, vec![b'x'; 8192]).unwrap();
        let said = site.ovmirror(&["list"]).expect(3);
        assert!(said.stderr.contains("[STO-001]") && said.stderr.contains("ovmirror rebuild"), "{}", said.stderr);
        lose_store(&site);
        let said = site.ovmirror(&["show", &snapshot]).expect(1);
        assert!(said.stderr.contains("[CAT-001]") && said.stderr.contains("ovmirror rebuild"), "{}", said.stderr);
        site.ovmirror(&["rebuild"]).expect(0);
        assert_eq!(site.newest_snapshot(), snapshot);
    }

    /// A mark on what production maps under another name makes nothing ours (law 8).
    #[test]
    fn what_production_maps_is_left() {
        let site = Site::up(&[]);
        let disks = site.json(&["vm", "slot021"]);
        let live = disks["disks"].as_array().unwrap().iter().find(|disk| disk["slot"] == 2).unwrap()["disk"].clone();
        let live = live.as_str().unwrap();
        let name = "ovm.ORCL-20261121T204512-4f2a.work.2";
        let said = site.manager(&format!("edit VirtualDisk id={live} name={name}"));
        assert!(said.contains("Status: Success"), "{said}");
        let found = orphans(&site);
        assert_eq!(kinds(&found), ["disk left"], "{found:?}");
        assert!(found[0]["because"].as_str().unwrap().contains("slot021 maps it"), "{found:?}");
        site.ovmirror(&["orphans", "--release", "--unrecorded", "--yes"]).expect(3);
        assert_eq!(ours(&site), [name]);
        let other = "ovm.SALES-20261121T204512-4f2a.work.2";
        site.manager(&format!("edit VirtualDisk id={live} name={other}"));
        let told = site.json(&["orphans"]);
        assert_eq!(
            (&told["orphans"], &told["strangers"][0]["name"]),
            (&serde_json::json!([]), &other.into()),
            "{told}"
        );
        site.ovmirror(&["orphans", "--release", "--unrecorded", "--yes"]).expect(0);
        assert_eq!(ours(&site), [other], "another database's mark is nobody's here");
        assert_eq!(site.sql("select status from v$instance;"), "OPEN");
    }

    /// Release 3.2 knows no customizers and shows no description: the artifacts tell, or nobody does.
    #[test]
    fn an_old_manager_tells_less() {
        let site = Site::up(&["--release", "3.2"]);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        none_left(&site);
        lose_store(&site);
        site.ovmirror(&["rebuild"]).expect(0);
        none_left(&site);
        lose_state(&site);
        let said = site.ovmirror(&["rebuild"]).expect(3);
        assert!(said.stderr.contains("neither artifacts nor a description"), "{}", said.stderr);
        assert_eq!(kinds(&orphans(&site)), ["clone unrecorded"]);
        site.ovmirror(&["orphans", "--release", "--unrecorded", "--yes"]).expect(0);
        assert_eq!(site.json(&["vm", "slot021"])["disks"].as_array().unwrap().len(), 4);
        none_left(&site);
    }
}
