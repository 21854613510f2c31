//! The laws of the design that a backup must keep, one test each; docs/laws.md lists them with those that stand beside
//! the code. Each fails when its law is broken.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;

#[cfg(test)]
mod tests {
    use super::{
        clean::{assert_clean, no_backup_mode, ours},
        site::{Site, until},
        watch::Watched,
    };
    use rstest::rstest;
    use std::{collections::BTreeSet, fs, path::Path};

    const ACTIVE: &str = "select count(*) from v$backup where status = 'ACTIVE';";

    fn active(site: &Site) -> u32 {
        site.sql(ACTIVE).parse().unwrap()
    }

    /// State of a step in the journal.
    fn step(site: &Site, run: &str, name: &str) -> String {
        let shown = site.json(&["show", run]);
        let steps = shown["run"]["steps"].as_array().unwrap().clone();
        let found = steps.iter().find(|step| step["step"] == name);
        found.map(|step| step["state"].as_str().unwrap().to_owned()).unwrap_or_default()
    }

    fn killed_in_window(site: &Site) -> String {
        let mut watched = Watched::start(site, &["backup", "ORCL"]);
        watched.must_reach("] clone: ");
        let run = watched.run();
        watched.kill();
        run
    }

    #[test]
    fn law_01_backup_mode_is_journalled_guarded_and_ended() {
        let site = Site::up(&["--job-time", "2"]);
        let run = killed_in_window(&site);
        assert!(active(&site) > 0);
        assert_eq!(step(&site, &run, "arm_guard"), "done");
        assert_eq!(step(&site, &run, "begin"), "done");
        let guard = format!("cd ~/.ovmirror/{run}; read p < guard.pid; kill -0 $p; read d < guard.deadline; ");
        let left = "read u r < /proc/uptime; echo $((d - ${u%%.*}))";
        let left: u32 = site.says("slot021", &format!("{guard}{left}")).parse().unwrap();
        assert!((150..=180).contains(&left), "window_limit 120 s and 60 s of grace, {left} s are left");
        site.ovmirror(&["heal"]).expect(0);
        assert_clean(&site, false);
    }

    /// With nothing run at all.
    #[test]
    fn law_01_the_guard_ends_the_window() {
        let site = Site::up(&["--job-time", "2"]);
        site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nwindow_limit = \"2 s\"");
        let run = killed_in_window(&site);
        assert!(active(&site) > 0);
        until("the guard is near its end", || {
            let result = format!(
                "cat ~/.ovmirror/{run}/guard.result 2>/dev/null; read u r < /proc/uptime; echo $((${{u%%.*}} + 25 - $(cat ~/.ovmirror/{run}/guard.deadline)))"
            );
            let said = site.says("slot021", &result);
            said.starts_with("ended") || said.lines().last().unwrap().parse::<i32>().unwrap() >= 0
        });
        until("the guard ends backup mode", || active(&site) == 0);
        let late = format!(
            "cd ~/.ovmirror/{run}; read d < guard.deadline; sed -n 's/^.* up=\\([0-9]*\\) result ended.*$/\\1/p' guard.log | \
             while read up; do echo $((up - d)); done"
        );
        until("the guard writes its result", || !site.says("slot021", &late).is_empty());
        let late: i64 = site.says("slot021", &late).parse().unwrap();
        assert!((0..=5).contains(&late), "the window ended {late} s behind its deadline");
        site.ovmirror(&["heal"]).expect(0);
        let shown = site.json(&["show", &run]);
        let armed = shown["run"]["steps"].as_array().unwrap().iter().find(|step| step["step"] == "arm_guard").unwrap();
        assert!(armed["undo_notes"].to_string().contains("result ended"), "the guard's log is journalled: {shown}");
        assert_clean(&site, false);
    }

    /// The session of the person who typed it is lost.
    #[test]
    fn law_01_a_terminal_that_goes_away_ends_the_window() {
        let site = Site::up(&["--job-time", "2"]);
        let mut watched = Watched::start(&site, &["backup", "ORCL"]);
        watched.must_reach("] clone: ");
        watched.signal("HUP");
        watched.end().expect(4);
        assert_clean(&site, false);
    }

    #[test]
    fn law_02_end_backup_is_not_sent_over_somebody_elses_begin() {
        let site = Site::up(&["--job-time", "3"]);
        let mut watched = Watched::start(&site, &["backup", "ORCL"]);
        watched.must_reach("] clone: ");
        let run = watched.run();
        site.sql("alter tablespace users end backup;\nalter system checkpoint;\nalter tablespace users begin backup;");
        let theirs = site.sql("select file#||' '||change# from v$backup where status = 'ACTIVE' order by 1;");
        let said = watched.end().expect(5);
        assert!(said.stderr.contains("users"), "the file is named: {}", said.stderr);
        assert_eq!(site.sql("select file#||' '||change# from v$backup where status = 'ACTIVE' order by 1;"), theirs);
        site.sql("alter database end backup;");
        site.ovmirror(&["undo", &run]).expect(0);
        assert_clean(&site, false);
    }

    /// A guard that gave up before somebody's files has nothing to say when those are in backup mode no more.
    #[test]
    fn law_02_a_guard_that_gave_up_is_over_when_nothing_is_in_backup_mode() {
        let site = Site::up(&["--job-time", "3"]);
        let run = Watched::killed_at(&site, &["backup", "ORCL"], "clone");
        let folder = format!("/home/oracle/.ovmirror/{run}");
        site.says("slot021", &format!("kill $(cat {folder}/guard.pid) && echo stuck > {folder}/guard.result"));
        site.ovmirror(&["heal"]).expect(0);
        no_backup_mode(&site);
        assert_clean(&site, false);
    }

    #[test]
    fn law_03_the_golden_disk_is_never_mapped_nor_changed() {
        let Some(site) = Site::real(&[]) else { return };
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        let list = site.json(&["list"]);
        let golden = list["snapshots"][0]["disks"][0]["id"].as_str().unwrap().to_owned();
        // Holes are left out: the image is sparse.
        let digest = format!("cd /OVS/Repositories/*/VirtualDisks && tar -S -cf - {golden} | sha256sum");
        let before = site.says("ovs1", &digest);
        let mut watched = Watched::start(&site, &["offload", &site.newest_snapshot()]);
        let mut seen = BTreeSet::new();
        while watched.runs() {
            // A mapping that is deleted between two of its questions makes `vm` fail; the next look comes at once.
            let said = site.ovmirror(&["--json", "vm", "bckvm"]);
            for disk in said.object()["disks"].as_array().into_iter().flatten() {
                seen.insert(disk["disk"].as_str().unwrap_or_default().to_owned());
            }
        }
        watched.end().expect(0);
        assert!(seen.len() > 2, "the work copy was seen beside the two disks of the media host: {seen:?}");
        assert!(!seen.contains(&golden));
        assert_eq!(site.says("ovs1", &digest), before);
    }

    #[test]
    fn law_05_the_clone_is_never_open() {
        let site = Site::up(&[]);
        let mut watched = Watched::start(&site, &["backup", "ORCL"]);
        watched.must_reach("] accept: ");
        let mut seen = BTreeSet::new();
        while watched.runs() {
            let said = site.sql_at("bckvm", "ORCL", "select open_mode||' '||controlfile_type from v$database;");
            seen.insert(said.lines().next().unwrap_or_default().trim().to_owned());
        }
        watched.end().expect(0);
        let open: Vec<_> = seen.iter().filter(|line| line.contains("READ")).collect();
        assert!(open.is_empty() && seen.contains("MOUNTED BACKUP"), "{seen:?}");
    }

    #[rstest]
    #[case::mapping("create VmDiskMapping")]
    #[case::work_copy("cloneVdToRepo")]
    #[case::delete_mapping("delete VmDiskMapping")]
    #[case::rename("edit VirtualDisk")]
    fn law_07_a_lost_answer_is_looked_into(#[case] command: &str) {
        let site = Site::up(&[]);
        let fault = site.fault("manager", command, 1, "cut-after");
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert!(site.seen(&fault) > 0, "`{command}` was never sent");
        assert_clean(&site, true);
    }

    #[test]
    fn law_07_a_lost_clone_ends_the_window_and_leaves_no_second_one() {
        let site = Site::up(&[]);
        let fault = site.fault("manager", "clone Vm", 1, "cut-after");
        site.ovmirror(&["backup", "ORCL"]).expect(4);
        assert!(site.seen(&fault) > 0, "the clone was never sent");
        assert_clean(&site, false);
    }

    /// What carries the mark of a run that is not known here is not ours.
    #[test]
    fn law_08_nothing_of_others_is_deleted() {
        let site = Site::up(&[]);
        let alien = "ovm.ORCL-20200101T000000-0000.work.2";
        site.manager(&format!(
            "create VirtualDisk name={alien} size=1 sparse=Yes shareable=No on Repository name=slotreposan01"
        ));
        let others = || -> BTreeSet<String> {
            let names = ["Vm", "VirtualDisk", "VmDiskMapping"].map(|kind| site.manager(&format!("list {kind}")));
            let names = names.iter().flat_map(|text| text.lines()).filter(|line| line.contains("id:"));
            names.filter(|line| line.contains(alien) || !line.contains("name:ovm.")).map(str::to_owned).collect()
        };
        let before = others();
        assert!(ours(&site).iter().any(|name| name == alien), "{before:?}");
        let run = killed_in_window(&site);
        site.ovmirror(&["heal"]).expect(0);
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        let left: BTreeSet<String> = before.difference(&others()).cloned().collect();
        assert_eq!(left, BTreeSet::new(), "gone, though not ours ({run})");
    }

    /// A work copy whose name is refused, and one whose maker dies before it has a name.
    #[test]
    fn law_08_a_work_copy_without_its_name_is_found_again() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        let fault = site.fault("manager", "edit VirtualDisk", 1, "fail");
        site.ovmirror(&["offload", &site.newest_snapshot()]).expect(7);
        assert!(site.seen(&fault) > 0, "no disk was renamed");
        assert_clean(&site, true);
        site.no_faults();
        let fault = site.fault("manager", "edit VirtualDisk", 1, "hang");
        let mut watched = Watched::start(&site, &["offload", &site.newest_snapshot()]);
        watched.must_reach("] work_copy:2: ");
        let run = watched.run();
        until("the copy is to be named", || site.seen(&fault) > 0);
        watched.kill();
        site.no_faults();
        site.ovmirror(&["undo", &run]).expect(0);
        assert_clean(&site, true);
    }

    /// An instance of somebody else, started and not mounted, under the clone's SID at the media host.
    #[test]
    fn law_08_an_instance_of_others_is_not_ended() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        let at = |script: &str| site.sql_at("bckvm", "ORCL", script);
        site.feed("bckvm", "cat > /tmp/other.ora", "db_name=ORCL\ncontrol_files='/tmp/other.ctl'\n").expect(0);
        // It comes up after the media host was surveyed.
        let held = site.fault("bckvm", "/pfile.ora", 1, "slow=4000");
        let run = site.begin(&["offload", &site.newest_snapshot()]);
        until("the pfile", || site.seen(&held) >= 1);
        at("startup nomount pfile=/tmp/other.ora");
        let status = "select status from v$instance;";
        assert_eq!(at(status), "STARTED");
        let said = run.end().expect(5);
        assert!(said.stderr.contains("OFF-009") && said.stderr.contains("/tmp/other.ctl"), "{}", said.stderr);
        assert_eq!(at(status), "STARTED");
        at("shutdown abort");
        site.ovmirror(&["heal"]).expect(0);
        assert_clean(&site, true);
    }

    /// Another database answers under the SID and the address of ours, and is in backup mode by somebody else.
    #[test]
    fn law_10_another_database_gets_nothing() {
        let site = Site::up(&["--databases", "2", "--job-time", "2"]);
        let run = killed_in_window(&site);
        let other = |sid: &str, script: &str| site.sql_at("slot022", sid, script);
        other("ORCL2", "shutdown immediate");
        let pfile = "db_name=ORCL2\ncompatible=19.0.0\nundo_tablespace=UNDOTBS1\nlog_archive_dest_1='LOCATION=/u03/arch/ORCL2'\n\
            control_files='/u03/oradata/ORCL2/control01.ctl','/u03/oradata/ORCL2/control02.ctl'\n";
        site.feed("slot022", "cat > /tmp/other.ora", pfile).expect(0);
        other("ORCL", "startup pfile=/tmp/other.ora\nalter database begin backup;");
        let theirs = other("ORCL", ACTIVE);
        assert!(theirs.parse::<u32>().unwrap() > 0, "{theirs}");
        let port = |host: &str| format!("port = {}", site.report["hosts"][host]["port"]);
        site.reconfigure(&port("slot021"), &port("slot022"));
        let said = site.ovmirror(&["heal", "ORCL"]).expect(5);
        assert!(said.stderr.contains("another database"), "{}", said.stderr);
        assert_eq!(other("ORCL", ACTIVE), theirs);
        site.reconfigure(&port("slot022"), &port("slot021"));
        site.ovmirror(&["undo", &run]).expect(0);
        assert_clean(&site, false);
    }

    #[test]
    fn law_11_a_tape_that_failed_is_not_success() {
        let site = Site::up(&[]);
        // With a second channel RMAN would run the failed job there.
        site.reconfigure("sbt = {", "channels = 1\nsbt = {");
        site.fault("sbt", "", 1, "fail");
        let said = site.ovmirror(&["backup", "ORCL"]).expect(7);
        assert!(said.stderr.contains("ORA-") || said.stderr.contains("RMAN-"), "{}", said.stderr);
        assert_eq!(site.json(&["list"])["snapshots"][0]["tape"]["state"], "failed");
        assert_clean(&site, true);
        site.no_faults();
        site.ovmirror(&["offload", &site.newest_snapshot()]).expect(0);
        assert_eq!(site.json(&["list"])["snapshots"][0]["tape"]["state"], "ok");
    }

    /// The evidence was there: what fails on the way out is done again and takes nothing from it.
    #[rstest]
    #[case::disk("manager", "delete VirtualDisk", "fail")]
    #[case::mapping("manager", "delete VmDiskMapping", "cut-before")]
    #[case::umount("bckvm", "umount", "fail")]
    fn law_11_a_clean_up_that_fails_makes_no_tape_void(#[case] place: &str, #[case] what: &str, #[case] how: &str) {
        let site = Site::up(&[]);
        let fault = site.fault(place, what, 1, how);
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert!(site.seen(&fault) > 0, "`{what}` was never sent");
        assert_eq!(site.json(&["list"])["snapshots"][0]["tape"]["state"], "ok");
        assert_clean(&site, true);
    }

    fn holds(folder: &Path, secret: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                found.extend(holds(&path, secret));
            } else if fs::read(&path).unwrap().windows(secret.len()).any(|part| part == secret) {
                found.push(path.display().to_string());
            }
        }
        found
    }

    fn processes_with(secret: &str) -> Vec<String> {
        let folders = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let lines =
            folders.flat_map(|path| ["cmdline", "environ"].map(|file| fs::read(path.join(file)).unwrap_or_default()));
        let lines = lines.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
        lines.filter(|line| line.contains(secret)).collect()
    }

    #[test]
    fn law_13_no_secret_is_seen() {
        let site = Site::up(&[]);
        let secret = fs::read_to_string(site.dir.join("manager.password")).unwrap().trim().to_owned();
        assert!(secret.len() > 7);
        let mut watched = Watched::start(&site, &["-v", "backup", "ORCL"]);
        while watched.runs() {
            assert_eq!(processes_with(&secret), Vec::<String>::new());
            if !watched.reaches("\n") {
                break;
            }
        }
        let said = watched.end().expect(0);
        assert!(!said.stderr.contains(&secret));
        assert!(!site.ovmirror(&["--json", "show", &site.newest_snapshot()]).stdout.contains(&secret));
        assert_eq!(holds(&site.dir.join("state"), secret.as_bytes()), Vec::<String>::new());
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&site.dir.join("state/artifacts")), 0o700);
    }

    /// The lab puts a DEL in the place of every third character, and none of these reaches the terminal.
    #[rstest]
    #[case::show("show Vm")]
    #[case::list("list ")]
    fn law_14_a_garbled_answer_is_an_error_that_shows_it(#[case] command: &str) {
        let site = Site::up(&[]);
        let fault = site.fault("manager", command, 1, "garble");
        let said = site.ovmirror(&["backup", "ORCL"]).expect(3);
        assert!(site.seen(&fault) > 0, "`{command}` was never sent");
        assert!(said.stderr.contains(&format!("Hint: it printed: OVM> {command}")), "{}", said.stderr);
        assert!(said.stderr.contains(" | taus Sccss | "), "{:?}", said.stderr);
        assert_clean(&site, false);
    }

    #[test]
    fn law_14_a_garbled_answer_to_a_change_is_looked_into() {
        let site = Site::up(&[]);
        let fault = site.fault("manager", "create VmDiskMapping", 1, "garble");
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert!(site.seen(&fault) > 0, "no mapping was made");
        assert_clean(&site, true);
    }

    #[test]
    fn law_14_a_garbled_log_of_rman_is_no_success_and_is_kept() {
        let site = Site::up(&[]);
        let fault = site.fault("rman", "", 1, "garble");
        let said = site.ovmirror(&["backup", "ORCL"]).expect(7);
        assert!(site.seen(&fault) > 0, "RMAN was never started");
        let kept = said.stderr.lines().find_map(|line| line.strip_prefix("Hint: RMAN's log is kept: "));
        let text = fs::read_to_string(kept.unwrap_or_else(|| panic!("{}", said.stderr))).unwrap();
        assert!(text.len() > 100, "{text}");
        assert_clean(&site, true);
    }

    #[test]
    fn law_15_printed_times_have_an_offset() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        let list = site.json(&["list"]);
        let snapshot = &list["snapshots"][0];
        for field in ["begun_at", "ended_at"] {
            chrono::DateTime::parse_from_rfc3339(snapshot[field].as_str().unwrap()).unwrap();
        }
        let scn = |field: &str| snapshot[field].as_str().unwrap().parse::<u64>().unwrap();
        assert!(scn("begin_scn") < scn("end_scn"));
        assert!(site.ovmirror(&["list"]).expect(0).stdout.contains("+00:00"));
    }

    /// With way = server: two processes of the server have the work copy's file open.
    #[test]
    fn law_16_a_file_held_on_the_server_stays() {
        let Some(site) = Site::real(&[]) else { return };
        site.reconfigure("server = \"ovs1\"", "server = \"ovs1\"\nway = \"server\"");
        let mut watched = Watched::start(&site, &["backup", "ORCL"]);
        watched.must_reach("] stage: ");
        let open = "sleep 120 < $file > /dev/null 2>&1 & echo $!";
        let hold = format!("for file in /OVS/Repositories/*/VirtualDisks/*.work.2; do {open}; {open}; done");
        let holders = site.says("ovs1", &hold);
        let said = watched.end().expect(5);
        assert!(said.stderr.contains("SRV-010"), "{}", said.stderr);
        assert!(holders.lines().all(|pid| said.stderr.contains(pid)), "{holders}: {}", said.stderr);
        assert!(ours(&site).iter().any(|name| name.ends_with(".work.2")), "the work copy is left");
        site.says("ovs1", &format!("kill {}", holders.replace('\n', " ")));
        site.ovmirror(&["heal"]).expect(0);
        assert_clean(&site, true);
    }

    #[test]
    fn law_16_a_held_mount_is_named_and_never_forced() {
        let site = Site::up(&[]);
        let mut watched = Watched::start(&site, &["backup", "ORCL"]);
        watched.must_reach("] stage: ");
        let hold = "cd /u02 && { sleep 120 < /dev/null > /dev/null 2>&1 & echo $!; }";
        let holder = site.says("bckvm", hold);
        let said = watched.end().expect(5);
        assert!(said.stderr.contains(&holder) && said.stderr.contains("sleep"), "the holder is named: {}", said.stderr);
        assert!(site.says("bckvm", "grep ' /u02 ' /proc/mounts").contains("/dev/xvd"));
        site.says("bckvm", &format!("kill {holder}"));
        until("the holder is gone", || site.ssh("bckvm", &format!("kill -0 {holder}")).status != 0);
        assert!(said.stderr.contains("Hint: end the processes that use it\n"), "{}", said.stderr);
        site.ovmirror(&["heal"]).expect(0);
        assert_clean(&site, true);
        no_backup_mode(&site);
    }
}
