//! Recovery from tape onto fresh disks: without any snapshot at the manager, without the store, with damaged pieces, and
//! cut off at each step.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/page.rs"]
mod page;
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
        page::commands,
        refusal::refused,
        site::{Site, until},
        watch::Watched,
    };
    use rstest::rstest;
    use std::{fs, path::PathBuf, process::Command};

    const PORTABLE: [&str; 2] = ["--mode", "portable"];

    const STEPS: [&str; 16] = [
        "tape_stage",
        "tape_nomount",
        "tape_control",
        "tape_mount",
        "tape_known",
        "fresh_disk:2",
        "plug_fresh:2-db",
        "make_fs:/u02",
        "unplug_fresh:2",
        "plug_fresh:2-media",
        "mount:/u02",
        "restore",
        "verify_restored",
        "fetch_logs",
        "place_files",
        "take_off",
    ];

    fn current_scn(site: &Site) -> u64 {
        site.sql("select to_char(current_scn) from v$database;").parse().unwrap()
    }

    /// The database works until it has got on.
    fn work(site: &Site) {
        site.lab(&["workload", "start"]).expect(0);
        let begun = current_scn(site);
        until("the workload works", || current_scn(site) > begun + 100);
        site.lab(&["workload", "stop"]).expect(0);
    }

    /// A database with a backup on tape in the middle of its work; the snapshot's id.
    fn on_tape(site: &Site) -> String {
        on_tape_by(site, &["backup", "ORCL"])
    }

    fn on_tape_by(site: &Site, backup: &[&str]) -> String {
        work(site);
        site.ovmirror(backup).expect(0);
        work(site);
        site.newest_snapshot()
    }

    /// The snapshot is deleted at the manager by somebody: its mappings, disks and template.
    fn delete_golden(site: &Site, id: &str) {
        let clone = format!("ovm.{id}.clone");
        let shown = site.manager(&format!("show Vm name={clone}"));
        let mappings = shown.lines().filter_map(|line| line.trim().strip_prefix("VmDiskMapping"));
        let id_of = |line: &str| line.split(" = ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        for mapping in mappings.map(id_of) {
            site.manager(&format!("delete VmDiskMapping id={mapping}"));
        }
        site.manager(&format!("delete VirtualDisk name=ovm.{id}.disk.2"));
        site.manager(&format!("delete Vm name={clone}"));
        assert_eq!(ours(site), Vec::<String>::new(), "{shown}");
    }

    fn equal(site: &Site) {
        site.lab(&["verify", "ORCL"]).expect(0);
    }

    fn startup_time(site: &Site) -> String {
        site.sql("select to_char(startup_time, 'YYYY-MM-DD HH24:MI:SS') from v$instance;")
    }

    /// The newest run of a flow.
    fn newest_run(site: &Site, flow: &str) -> String {
        let runs = site.json(&["runs", "ORCL"]);
        let mut of: Vec<&serde_json::Value> =
            runs["runs"].as_array().unwrap().iter().filter(|run| run["flow"] == flow).collect();
        of.sort_by_key(|run| run["started_at"].as_str().unwrap().to_owned());
        of.last().unwrap()["id"].as_str().unwrap().to_owned()
    }

    fn tape(site: &Site) -> PathBuf {
        PathBuf::from(site.report["tape_dir"].as_str().unwrap())
    }

    /// Handles on tape that end so.
    fn handles(site: &Site, ending: &str) -> Vec<String> {
        let names = fs::read_dir(tape(site)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut all: Vec<String> = names.filter(|name| name.starts_with("ovm_") && name.ends_with(ending)).collect();
        all.sort();
        all
    }

    /// Everything that ovmirror keeps is gone.
    fn lose_store(site: &Site) {
        fs::rename(site.dir.join("state"), site.dir.join("state.lost")).unwrap();
    }

    /// The datafiles themselves are lost, and no snapshot is there: every committed transaction comes back.
    #[rstest]
    #[case::portable(&PORTABLE, "")]
    #[case::real(&[], "")]
    #[case::prefix(&[], "mount = \"prefix\"")]
    fn every_snapshot_is_gone(#[case] up: &[&str], #[case] choice: &str) {
        let site = Site::up(up);
        site.reconfigure("vm = \"bckvm\"", &format!("vm = \"bckvm\"\n{choice}"));
        let id = on_tape(&site);
        delete_golden(&site, &id);
        let text = refused(&site, &["recover", "ORCL", "--to", "latest", "--yes"], 1, "REC-060");
        assert!(text.contains("--from-tape RUN"), "{text}");
        site.says("slot021", "rm -rf /u02/oradata/ORCL");
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--abort", "--yes"]).expect(0);
        equal(&site);
        assert_eq!(site.says("slot021", "find /u02 -name 'ovm_datafile*'"), "");
        site.ovmirror(&["commit", &newest_run(&site, "recover"), "--yes"]).expect(0);
        assert_eq!(ours(&site), Vec::<String>::new());
        assert_eq!(site.says("bckvm", "ls -A ~/.ovmirror 2>/dev/null || true"), "");
        work(&site);
        equal(&site);
    }

    /// Each way in which the tape came to be, and a file system over two disks.
    #[rstest]
    #[case::rolled_forward(&[], "", &["--roll-forward"])]
    #[case::standby(&[], "vm = \"bckvm\"\ncontrolfile = \"standby\"", &[])]
    #[case::way_server(&[], "server = \"ovs1\"\nway = \"server\"", &[])]
    #[case::two_disks(&["--layout", "two-disk"], "vm = \"slot021\"\nquiesce = \"fsfreeze\"", &[])]
    fn however_it_was_made(#[case] up: &[&str], #[case] choice: &str, #[case] how: &[&str]) {
        let Some(site) = Site::possible(up) else { return };
        if let Some((line, _)) = choice.split_once('\n') {
            site.reconfigure(line, choice);
        }
        let id = on_tape_by(&site, &[&["backup", "ORCL"], how].concat());
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(0);
        equal(&site);
    }

    /// The database is down, and what lay on its datafile disk is no file system any more.
    #[test]
    fn the_disk_is_wiped() {
        let Some(site) = Site::real(&[]) else { return };
        let id = on_tape(&site);
        site.sql("shutdown abort");
        site.says("slot021", "sudo umount /u02 && sudo mkfs.xfs -q -f /dev/xvdc");
        let args = ["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"];
        assert!(refused(&site, &args, 1, "REC-050").contains("--mount"));
        site.ovmirror(&[&args[..], &["--mount"]].concat()).expect(0);
        equal(&site);
    }

    /// What /etc/fstab looks for at boot stays; otherwise the new file system has an id of its own. The root of the file
    /// system and the folders belong to whom they did.
    #[rstest]
    #[case::by_uuid("uuid", true)]
    #[case::by_label("label", false)]
    fn ids_and_owners(#[case] by: &str, #[case] same_uuid: bool) {
        let Some(site) = Site::real(&["--fstab", by]) else { return };
        let id = on_tape(&site);
        let value =
            |what: &str| site.says("slot021", &format!("sudo blkid -c /dev/null -s {what} -o value /dev/xvdc || true"));
        let owners = || site.says("slot021", "stat -c '%U %G %a %n' /u02 /u02/oradata /u02/oradata/ORCL");
        let before = (value("UUID"), value("LABEL"), owners());
        assert!(!before.0.is_empty());
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(0);
        assert_eq!((value("LABEL"), owners()), (before.1.clone(), before.2.clone()));
        assert_eq!(value("UUID") == before.0, same_uuid, "{before:?}");
        assert_eq!(before.1.is_empty(), by == "uuid", "{before:?}");
        equal(&site);
    }

    /// The window's logs are archived no more and kept no more: they come from tape with the datafiles.
    #[test]
    fn the_logs_of_the_window_are_on_tape() {
        let site = Site::up(&[]);
        work(&site);
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        let gone = site.says("slot021", "rm -v /u03/arch/ORCL/*");
        assert!(!gone.is_empty());
        work(&site);
        let id = site.newest_snapshot();
        fs::remove_dir_all(site.dir.join("state/artifacts/ORCL").join(&id)).unwrap();
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(0);
        equal(&site);
    }

    /// Rows are destroyed; the database goes back to before, and with `undo` to after.
    #[test]
    fn to_a_moment_and_back() {
        let site = Site::up(&[]);
        let id = on_tape(&site);
        let before = current_scn(&site);
        site.lab(&["disaster", "ORCL"]).expect(0);
        let to = format!("scn={before}");
        let plan = site.json(&["recover", "ORCL", "--from-tape", &id, "--to", &to, "--plan"]);
        assert_eq!((&plan["plan"]["resetlogs"], &plan["plan"]["way"]), (&true.into(), &"manager".into()), "{plan}");
        assert!(plan["plan"]["tape"]["pieces"].as_u64().unwrap() > 0, "{plan}");
        let steps = site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", &to, "--dry-run"]).expect(0).stdout;
        for told in ["flow from_tape", "mkfs.xfs", "SET NEWNAME FOR DATAFILE 1", "create VirtualDisk", "flow recover"] {
            assert!(steps.contains(told), "{told}: {steps}");
        }
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", &to, "--yes"]).expect(0);
        site.lab(&["verify", "ORCL", "--at", &before.to_string()]).expect(0);
        let recovery = newest_run(&site, "recover");
        site.ovmirror(&["undo", &recovery, "--yes"]).expect(0);
        equal(&site);
        // The disk that was recovered waits for commit under the recovery's mark, and the restore has nothing left.
        assert!(ours(&site).contains(&format!("ovm.{recovery}.work.2")), "{:?}", ours(&site));
        let restore = newest_run(&site, "from_tape");
        let again = ["recover", "ORCL", "--from-tape", &restore, "--to", "latest", "--yes"];
        for args in [&again[..], &["undo", &restore]] {
            let said = refused(&site, args, 1, "TAP-034");
            assert!(
                said.contains("went to the recovery") && said.contains("ovmirror commit RUN") && !said.contains("wait"),
                "{said}"
            );
        }
        equal(&site);
        assert!(ours(&site).contains(&format!("ovm.{recovery}.work.2")), "{:?}", ours(&site));
        site.ovmirror(&["commit", &recovery, "--yes"]).expect(0);
        let said = refused(&site, &again, 1, "TAP-034");
        assert!(said.contains("which is committed") && !said.contains("ovmirror commit"), "{said}");
    }

    /// Store and artifacts are lost, and the snapshots: what is left is the tape, and the page that says how. Exactly its
    /// commands are run.
    #[rstest]
    #[case::portable(&PORTABLE)]
    #[case::real(&[])]
    fn the_page_for_a_lost_store(#[case] up: &[&str]) {
        let site = Site::up(up);
        let id = on_tape(&site);
        delete_golden(&site, &id);
        lose_store(&site);
        let listed = commands("media host, list");
        let found = site.says("bckvm", &format!("export BACKUP_DIR={}; {listed}", tape(&site).display()));
        let handle = found.lines().next().unwrap().to_owned();
        assert_eq!(vec![handle.clone()], handles(&site, "_cf_1"));
        site.says("slot021", "rm -rf /u02/oradata/ORCL");
        let command = commands("control host, recover");
        let said = Command::new("sh")
            .args(["-c", &command.replace("ovmirror", env!("CARGO_BIN_EXE_ovmirror"))])
            .env("OVMIRROR_CONFIG", site.config())
            .env("HANDLE", &handle)
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        equal(&site);
    }

    /// A handle of another database is refused before anything is done; a run alone needs the DBID.
    #[test]
    fn whose_tape_it_is() {
        let site = Site::up(&PORTABLE);
        let early = format!("scn={}", current_scn(&site));
        on_tape(&site);
        let handle = handles(&site, "_cf_1").pop().unwrap();
        lose_store(&site);
        let dbid = handle.split('_').nth(1).unwrap().to_owned();
        let run = handle.split('_').nth(2).unwrap().to_owned();
        let with = |given: &str, more: &[&str], code: &str| {
            let args = ["recover", "ORCL", "--from-tape", given, "--to", "latest", "--yes"];
            refused(&site, &[&args, more].concat(), 1, code)
        };
        with(&handle.replace(&dbid, "7"), &[], "TAP-030");
        with(&handle, &["--dbid", "7"], "TAP-021");
        assert!(with(&run, &[], "CAT-001").contains("--dbid N"));
        let late = site.ovmirror(&["recover", "ORCL", "--from-tape", &run, "--dbid", &dbid, "--to", &early, "--yes"]);
        // What is on tape is recorded; a target before its END is refused, with the one that works.
        assert!(late.expect(1).stderr.contains("--to scn="));
        assert_eq!(site.json(&["list"])["snapshots"][0]["id"], run.as_str());
    }

    /// Every byte of a piece counts: a damaged one is found while production works, and nothing is left of the attempt.
    #[test]
    fn a_damaged_piece() {
        let site = Site::up(&[]);
        let id = on_tape(&site);
        let up_since = startup_time(&site);
        for piece in handles(&site, "_1_1") {
            let file = tape(&site).join(&piece);
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            fs::write(&file, bytes).unwrap();
        }
        let said = site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(4);
        assert!(said.stderr.contains("production works on as it was"), "{}", said.stderr);
        assert_eq!(startup_time(&site), up_since, "it never went down");
        assert_clean(&site, true);
        equal(&site);
    }

    /// SIGKILL at each step of the restore: production does not notice, and `heal` leaves nothing behind.
    #[test]
    fn killed_at_each_step() {
        let site = Site::up(&[]);
        let id = on_tape(&site);
        let up_since = startup_time(&site);
        let args = ["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"];
        for step in STEPS {
            Watched::killed_at(&site, &args, step);
            let healed = site.ovmirror(&["heal"]);
            assert_eq!(healed.status, 0, "killed at {step}: {}", healed.stderr);
            assert_clean(&site, true);
            assert_eq!(startup_time(&site), up_since, "killed at {step}");
        }
        site.ovmirror(&args).expect(0);
        equal(&site);
    }

    /// The same while the tape is read for a lost store: nothing is recorded, and the next attempt begins anew.
    #[test]
    fn killed_while_a_lost_store_is_made_up_for() {
        let site = Site::up(&PORTABLE);
        on_tape(&site);
        let handle = handles(&site, "_cf_1").pop().unwrap();
        lose_store(&site);
        let args = ["recover", "ORCL", "--from-tape", &handle, "--to", "latest", "--yes"];
        for step in ["tape_stage", "tape_nomount", "tape_control", "tape_mount", "tape_known", "put_away"] {
            Watched::killed_at(&site, &args, step);
            site.ovmirror(&["heal"]).expect(0);
            assert_eq!(site.says("bckvm", "ls -A ~/.ovmirror 2>/dev/null || true"), "", "killed at {step}");
            assert_eq!(site.says("bckvm", "ps -e -o args= | grep '[o]ra_pmon' || true"), "", "killed at {step}");
            assert_eq!(site.json(&["list"])["snapshots"].as_array().unwrap().len(), 0, "killed at {step}");
        }
        site.ovmirror(&args).expect(0);
        equal(&site);
    }

    /// Law 7: the manager made the disk, and its answer is lost. There is one disk, and it is used.
    #[test]
    fn a_lost_answer_makes_no_second_disk() {
        let site = Site::up(&PORTABLE);
        let id = on_tape(&site);
        let cut = site.fault("manager", "create VirtualDisk", 1, "cut-after");
        site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(0);
        assert_eq!(site.seen(&cut), 1, "the command was sent once");
        let left: Vec<String> = ours(&site).into_iter().filter(|name| name.contains(".tape.")).collect();
        assert_eq!(left, Vec::<String>::new());
        equal(&site);
    }

    /// What production and the media host refuse is taken back before production goes down.
    #[rstest]
    #[case::mkfs("slot021", "mkfs.xfs")]
    #[case::owner("slot021", "chown")]
    #[case::tape("sbt", "")]
    #[case::rman("rman", "")]
    fn refused_on_the_way(#[case] place: &str, #[case] what: &str) {
        let site = Site::up(&PORTABLE);
        let id = on_tape(&site);
        let up_since = startup_time(&site);
        site.fault(place, what, 1, "fail");
        let said = site.ovmirror(&["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]).expect(4);
        assert!(said.stderr.contains("Failed and taken back"), "{}", said.stderr);
        assert_clean(&site, true);
        assert_eq!(startup_time(&site), up_since);
        site.no_faults();
        equal(&site);
    }

    /// Steps of the recovery up to the one that changes the restored files.
    const SWAP: [&str; 8] = [
        "new_disk:2",
        "shut_down",
        "unmap_live:2",
        "swap:2",
        "map_new:2",
        "mount_swapped:/u02",
        "start_mount",
        "headers",
    ];

    /// A recovery that is cut off gives the restored disk back: another one takes it without reading the tape again.
    #[test]
    fn the_restored_disks_wait() {
        let site = Site::up(&[]);
        let mut from = on_tape(&site);
        for step in SWAP {
            let mut watched =
                Watched::start(&site, &["recover", "ORCL", "--from-tape", &from, "--to", "latest", "--yes"]);
            watched.must_reach(&format!("] {step}: "));
            watched.kill();
            let healed = site.ovmirror(&["heal"]);
            assert_eq!(healed.status, 0, "killed at {step}: {}", healed.stderr);
            equal(&site);
            from = newest_run(&site, "from_tape");
            let mark = format!("ovm.{from}.tape.2");
            let waiting: Vec<String> = ours(&site).into_iter().filter(|name| !name.contains(".disk.")).collect();
            assert!(waiting.contains(&mark), "killed at {step}: {waiting:?}");
            for piece in handles(&site, "_1_1") {
                fs::remove_file(tape(&site).join(piece)).unwrap();
            }
        }
        site.ovmirror(&["recover", "ORCL", "--from-tape", &from, "--to", "latest", "--yes"]).expect(0);
        equal(&site);
    }

    /// Without a recovery behind it, a restore is taken back by its run.
    #[test]
    fn a_restore_is_undone() {
        let site = Site::up(&PORTABLE);
        let id = on_tape(&site);
        let mut watched = Watched::start(&site, &["recover", "ORCL", "--from-tape", &id, "--to", "latest", "--yes"]);
        watched.must_reach("] recover_folder: ");
        watched.kill();
        site.ovmirror(&["heal"]).expect(0);
        let restored = newest_run(&site, "from_tape");
        site.ovmirror(&["undo", &restored]).expect(0);
        assert_clean(&site, true);
        equal(&site);
        refused(&site, &["recover", "ORCL", "--from-tape", &restored, "--to", "latest", "--yes"], 1, "TAP-023");
    }
}
