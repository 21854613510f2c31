//! SIGKILL at each step of a backup: `heal` leaves the site clean, and healing again changes nothing.
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
        clean::assert_clean,
        site::{Site, until},
        watch::Watched,
    };
    use rstest::rstest;
    use std::{thread::sleep, time::Duration};

    const SNAPSHOT: [&str; 13] = [
        "prepare_clone",
        "run_folder",
        "switch_log",
        "arm_guard",
        "begin",
        "flush",
        "clone",
        "end",
        "disarm_guard",
        "needed_logs",
        "read_back",
        "keep_logs",
        "record",
    ];
    const OFFLOAD: [&str; 15] = [
        "disks_before",
        "work_copy:2",
        "map:2",
        "mount:/u02",
        "stage",
        "start",
        "accept",
        "tape:1",
        "roll_forward",
        "tape:2",
        "evidence",
        "control_file_to_tape",
        "validate",
        "tear_down",
        "settle",
    ];

    fn has_snapshots(site: &Site) -> bool {
        !site.json(&["list"])["snapshots"].as_array().unwrap().is_empty()
    }

    /// Heals twice; the second time the journal is as the first left it.
    fn heals(site: &Site, run: &str, step: &str) {
        let said = site.ovmirror(&["heal"]);
        assert_eq!(said.status, 0, "killed at {step}: {}", said.stderr);
        eprintln!("killed at {step}: {}", said.stdout.trim());
        assert_clean(site, has_snapshots(site));
        let before = site.json(&["show", run]);
        let again = site.ovmirror(&["--json", "heal"]).expect(0).object();
        assert_eq!(again["runs"].as_array().unwrap().len(), 0, "{again}");
        assert_eq!(site.json(&["show", run]), before);
    }

    #[test]
    fn crash_snapshot_killed_at_each_step_is_healed() {
        let site = Site::up(&[]);
        for step in SNAPSHOT {
            let run = Watched::killed_at(&site, &["backup", "--snapshot-only", "ORCL"], step);
            heals(&site, &run, step);
        }
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert_clean(&site, true);
    }

    #[test]
    fn crash_offload_killed_at_each_step_is_healed() {
        let site = Site::up(&[]);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        // A kill in the last step may come too late, so it is the last one in the list.
        for step in OFFLOAD {
            // Killed on the way out, when the tape was proved already: another one is wanted.
            if site.json(&["list"])["snapshots"][0]["tape"]["state"] == "ok" {
                site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
            }
            let run = Watched::killed_at(&site, &["offload", &site.newest_snapshot()], step);
            heals(&site, &run, step);
        }
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert_clean(&site, true);
    }

    #[rstest]
    fn crash_resume_outside_the_window(
        #[values("switch_log", "keep_logs", "work_copy:2", "mount:/u02", "tape:1", "tear_down")] step: &str,
    ) {
        let site = Site::up(&[]);
        let run = Watched::killed_at(&site, &["backup", "ORCL"], step);
        let said = site.ovmirror(&["resume", &run]);
        assert_eq!(said.status, 0, "{step}: {}", said.stderr);
        assert_eq!(site.json(&["show", &run])["run"]["state"], "done");
        assert_clean(&site, true);
    }

    /// The copy of the control file leaves the live disk when no step needs it any more: a kill just after that loses
    /// nothing.
    #[test]
    fn crash_resume_when_the_control_file_copy_is_gone() {
        let site = Site::up(&[]);
        let held = site.fault("slot021", "rm -f /u02/.ovmirror", 1, "slow=6000");
        let mut watched = Watched::start(&site, &["backup", "--snapshot-only", "ORCL"]);
        watched.must_reach("] keep_logs: ");
        while site.seen(&held) == 0 {
            assert!(watched.runs(), "it ended and removed nothing");
            sleep(Duration::from_millis(50));
        }
        let run = watched.run();
        watched.kill();
        site.no_faults();
        site.says("slot021", "rm -f /u02/.ovmirror/*.ctl");
        let said = site.ovmirror(&["resume", &run]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert_clean(&site, true);
    }

    /// The manager goes on with what nobody waits for any more: it is looked for after its job, by whoever comes next.
    #[rstest]
    #[case::heal("heal", false)]
    #[case::resume("resume", true)]
    fn crash_while_the_manager_maps(#[case] remedy: &str, #[case] is_of_a_run: bool) {
        let site = Site::up(&["--job-time", "3"]);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
        let mut watched = Watched::start(&site, &["offload", &site.newest_snapshot()]);
        watched.must_reach("] map:2: ");
        let run = watched.run();
        until("the manager's job", || site.manager("list Job").contains(&format!("ovm.{run}.map.2")));
        watched.kill();
        let remedy = if is_of_a_run { vec![remedy, run.as_str()] } else { vec![remedy] };
        site.ovmirror(&remedy).expect(0);
        assert_clean(&site, true);
    }

    /// The VM goes down inside the window: the database cannot be opened (ORA-10873) until `heal` has ended backup mode,
    /// by recovery, never by END BACKUP in MOUNT (law 2).
    #[test]
    fn crash_of_the_vm_inside_the_window() {
        let site = Site::up(&["--mode", "portable", "--job-time", "1"]);
        let run = Watched::killed_at(&site, &["backup", "--snapshot-only", "ORCL"], "clone");
        for verb in ["kill", "start"] {
            let power = || site.manager(&format!("{verb} Vm name=slot021")).contains("Status: Success");
            until(verb, power);
        }
        assert!(site.sql("startup;").contains("ORA-10873"));
        let said = site.ovmirror(&["check", "ORCL"]);
        assert!(said.stdout.contains("ORA-10873"), "{}{}", said.stdout, said.stderr);
        site.ovmirror(&["heal"]).expect(0);
        assert_eq!(site.json(&["show", &run])["run"]["state"], "undone");
        assert!(!site.sql("alter database open;").contains("ORA-"));
        assert_clean(&site, false);
        site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
    }

    #[rstest]
    fn crash_resume_inside_the_window_goes_back(#[values("begin", "clone")] step: &str) {
        let site = Site::up(&["--job-time", "1"]);
        let run = Watched::killed_at(&site, &["backup", "ORCL"], step);
        site.ovmirror(&["resume", &run]).expect(4);
        assert_clean(&site, false);
    }

    /// The way is cut while the control file copy is removed from production: nobody comes back for it.
    #[test]
    fn no_control_file_copy_stays() {
        let site = Site::up(&["--mode", "portable"]);
        let cut = site.fault("slot021", ".stb.ctl", 1, "cut-before");
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        assert_eq!(site.seen(&cut), 2, "it was tried again");
        assert_clean(&site, true);
    }
}
