//! Restore tests of snapshots on the media host: what they prove, what they find, and that nothing else is changed.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/drill_steps.rs"]
mod drill_steps;
#[cfg(test)]
#[path = "scenario/hold.rs"]
mod hold;
#[cfg(test)]
#[path = "scenario/lost_golden.rs"]
mod lost_golden;
#[cfg(test)]
#[path = "scenario/restored.rs"]
mod restored;
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
        hold::hold_writes,
        restored::{evidence, golden, last_drill, newest, page, production, spoil},
        site::{Site, until},
    };
    use rstest::rstest;
    use serde_json::Value;
    use std::fs;

    pub(super) const PORTABLE: [&str; 2] = ["--mode", "portable"];
    pub(super) const DRILL: [&str; 2] = ["drill", "ORCL"];

    /// Choices in the configuration file: the line that is there, and what follows it.
    pub(super) type Choice = (&'static str, &'static str);
    pub(super) const STANDBY: Choice = ("vm = \"bckvm\"", "controlfile = \"standby\"");
    const PREFIX: Choice = ("vm = \"bckvm\"", "mount = \"prefix\"");
    pub(super) const WAY_SERVER: Choice = ("server = \"ovs1\"", "way = \"server\"");

    /// A site with a snapshot.
    pub(super) fn made(up: &[&str], choices: &[Choice]) -> Site {
        let site = Site::up(up);
        configure(&site, choices);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        site
    }

    fn configure(site: &Site, choices: &[Choice]) {
        for (line, choice) in choices {
            site.reconfigure(line, &format!("{line}\n{choice}"));
        }
    }

    /// Passed, opened in this way, every block read, and nothing left.
    pub(super) fn assert_passed(site: &Site, how: &str) -> Value {
        let (seen, snapshot) = (evidence(site), newest(site));
        assert_eq!((&seen["passed"], &seen["open"]["how"]), (&true.into(), &how.into()), "{seen}");
        assert_eq!(seen["snapshot"], snapshot["id"], "{seen}");
        assert_eq!(seen["recovered_through"], snapshot["end_scn"], "{seen}");
        assert_eq!((&seen["simulated"], &seen["findings"]), (&true.into(), &serde_json::json!([])));
        let files = seen["files"].as_array().unwrap();
        assert_eq!(files.len(), 6, "{seen}");
        assert!(files.iter().all(|file| file["blocks"].as_u64() > Some(200) && file["good"] == true), "{seen}");
        assert_eq!(seen["open"]["not"].as_array().unwrap().len(), 2, "{seen}");
        assert!(page(site).contains(snapshot["id"].as_str().unwrap()));
        assert_eq!(snapshot["state"], "proved");
        assert_eq!(drilled(site), instant(&seen["at"]));
        assert_clean(site, true);
        seen
    }

    fn instant(text: &Value) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap().timestamp()
    }

    fn drilled(site: &Site) -> i64 {
        instant(&newest(site)["drilled_at"])
    }

    #[rstest]
    #[case::portable(&PORTABLE, &[], "readonly")]
    #[case::best_mode(&[], &[], "readonly")]
    #[case::standby(&[], &[STANDBY], "standby")]
    #[case::standby_portable(&PORTABLE, &[STANDBY], "standby")]
    #[case::prefix(&[], &[PREFIX], "readonly")]
    #[case::prefix_standby(&PORTABLE, &[PREFIX, STANDBY], "standby")]
    #[case::way_server(&[], &[WAY_SERVER], "readonly")]
    #[case::old_everything(&["--release", "3.2", "--oracle", "11.2", "--old-guest"], &[], "readonly")]
    #[case::newest(&["--release", "3.4", "--oracle", "23"], &[], "readonly")]
    fn drill_passes(#[case] up: &[&str], #[case] choices: &[Choice], #[case] how: &str) {
        let site = made(up, choices);
        let before = production(&site);
        let said = site.ovmirror(&DRILL).expect(0);
        assert!(said.stdout.contains("passed at "), "{}", said.stdout);
        assert_passed(&site, how);
        assert_eq!(production(&site), before);
    }

    #[test]
    fn drill_in_real_mode() {
        let Some(site) = Site::real(&[]) else { return };
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        let object = site.ovmirror(&["--json", "drill", &site.newest_snapshot()]).expect(0).object();
        assert_eq!((&object["drill"]["passed"], &object["schema"]), (&true.into(), &1.into()), "{object}");
        assert_passed(&site, "readonly");
    }

    /// Ways that a release refuses are told, and the next one is taken.
    #[rstest]
    #[case::read_only(&["open-read-only=refused"], &[], "resetlogs", "readonly", "ORA-")]
    #[case::standby(&["standby-hot-files=refused"], &[STANDBY], "readonly", "standby", "recovery was refused")]
    #[case::both(&["standby-hot-files=refused", "open-read-only=refused"], &[STANDBY], "resetlogs", "readonly", "ORA-")]
    fn drill_takes_the_next_way(
        #[case] quirks: &[&str],
        #[case] choices: &[Choice],
        #[case] how: &str,
        #[case] refused: &str,
        #[case] why: &str,
    ) {
        let up: Vec<&str> = quirks.iter().flat_map(|quirk| ["--quirk", *quirk]).chain(PORTABLE).collect();
        let site = made(&up, choices);
        let before = (production(&site), golden(&site));
        site.ovmirror(&DRILL).expect(0);
        let seen = assert_passed(&site, how);
        let not = seen["open"]["not"].as_array().unwrap().iter().find(|way| way["how"] == refused).unwrap().clone();
        assert!(not["why"].as_str().unwrap().contains(why), "{not}");
        assert_eq!((production(&site), golden(&site)), before);
    }

    /// An opened copy goes nowhere: the golden disk is as it was, and what goes to tape is another copy of it.
    #[test]
    fn drill_s_copy_is_never_put_on_tape() {
        let site = made(&["--quirk", "open-read-only=refused", "--mode", "portable"], &[]);
        let (before, id) = (golden(&site), site.newest_snapshot());
        let held = site.fault("rman", "", 1, "slow=6000");
        let run = site.begin(&DRILL);
        until("RMAN reads the open copy", || site.seen(&held) >= 1);
        assert_eq!(site.sql_at("bckvm", "ORCL", "select open_mode from v$database;"), "READ WRITE");
        site.ovmirror(&["offload", &id]).expect(6);
        run.end().expect(0);
        assert_passed(&site, "resetlogs");
        assert_eq!(golden(&site), before);
        site.ovmirror(&["offload", &id]).expect(0);
        assert_eq!(newest(&site)["tape"]["state"], "ok");
        assert_clean(&site, true);
    }

    /// Law 6, and the instance's own parameters: nothing of production's runs, listens or is written.
    #[test]
    fn drill_s_instance_is_its_own() {
        let site = made(&["--quirk", "open-read-only=refused"], &[]);
        let held = site.fault("rman", "", 1, "slow=6000");
        let run = site.begin(&DRILL);
        until("RMAN reads the open copy", || site.seen(&held) >= 1);
        let value = |name: &str| {
            let text = site.sql_at("bckvm", "ORCL", &format!("select value from v$parameter where name = '{name}';"));
            text.trim().to_owned()
        };
        for (name, wanted) in [
            ("job_queue_processes", "0"),
            ("aq_tm_processes", "0"),
            ("_system_trig_enabled", "FALSE"),
            ("open_links", "0"),
            ("dispatchers", ""),
            ("remote_listener", ""),
        ] {
            assert_eq!(value(name), wanted, "{name}");
        }
        assert!(value("local_listener").contains("PROTOCOL=IPC"), "{}", value("local_listener"));
        let own = site.says("bckvm", "echo ~/.ovmirror/*");
        assert!(value("log_archive_dest_1").contains(&format!("{own}/arch")));
        let names = site.sql_at("bckvm", "ORCL", "select member from v$logfile;\nselect name from v$tempfile;");
        assert!(names.lines().count() >= 4 && names.lines().all(|name| name.starts_with(&own)), "{names}");
        assert_eq!(site.says("bckvm", "ls /u03 2>/dev/null || true"), "", "a log of production's name");
        run.end().expect(0);
        assert_passed(&site, "resetlogs");
    }

    /// Blocks that were cut while they were written are made whole by recovery.
    #[test]
    fn drill_mends_fractured_blocks() {
        let site = Site::up(&PORTABLE);
        hold_writes(&site);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        site.ovmirror(&DRILL).expect(0);
        assert_passed(&site, "readonly");
    }

    /// Failed, said so, and kept the evidence.
    fn assert_failed(site: &Site, why: &str, state: &str) -> Value {
        let said = site.ovmirror(&["--json", "drill", "ORCL"]).expect(8);
        let object = said.stdout.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap()).unwrap();
        assert_eq!(object["drill"]["passed"], false, "{object}");
        assert!(said.stderr.contains("The drill failed [DRL-010]") && said.stderr.contains(why), "{}", said.stderr);
        let seen = evidence(site);
        assert_eq!((&seen["passed"], &newest(site)["state"]), (&false.into(), &state.into()), "{seen}");
        assert!(seen["findings"].to_string().contains(why), "{seen}");
        assert!(page(site).contains("Failed"));
        assert_eq!(newest(site)["drilled_at"], Value::Null);
        assert_clean(site, true);
        seen
    }

    /// A rejected snapshot is drilled no more.
    fn assert_not_again(site: &Site) {
        let id = site.newest_snapshot();
        assert!(site.ovmirror(&DRILL).expect(1).stderr.contains("DRL-006"));
        assert!(site.ovmirror(&["drill", &id]).expect(1).stderr.contains("it was rejected"));
    }

    #[test]
    fn drill_finds_a_damaged_block() {
        let site = made(&PORTABLE, &[]);
        spoil(&site, 300);
        let seen = assert_failed(&site, "blocks are damaged", "rejected");
        let damaged = seen["files"].as_array().unwrap().iter().find(|file| file["good"] == false).unwrap().clone();
        assert!(damaged["name"].as_str().unwrap().ends_with("/data01.dbf"), "{damaged}");
        assert!(seen["corruption"].to_string().contains("block 300"), "{seen}");
        assert_not_again(&site);
    }

    #[test]
    fn drill_finds_a_damaged_header() {
        let site = made(&PORTABLE, &[]);
        spoil(&site, 1);
        let seen = assert_failed(&site, "the snapshot is rejected: datafile", "rejected");
        assert_eq!((&seen["open"]["how"], &seen["blocks"]), (&Value::Null, &0.into()), "{seen}");
        assert_not_again(&site);
    }

    /// Torn blocks without the redo that mends them.
    #[test]
    fn drill_finds_that_recovery_cannot_do() {
        let site = Site::up(&["--quirk", "begin-backup-sabotage=yes", "--mode", "portable"]);
        hold_writes(&site);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        assert_failed(&site, "recovery was refused", "rejected");
        assert_not_again(&site);
    }

    pub(super) fn check(site: &Site, name: &str, text: &str) {
        fs::write(site.dir.join(name), text).unwrap();
    }

    pub(super) fn with_checks(site: &Site, names: &str) {
        let checks = format!("checks = [{names}]");
        let line = "kept = \"/home/oracle/kept\"";
        site.reconfigure(line, &format!("{line}\n{checks}"));
    }

    const SIX: &str = "-- columns: OK, FILES\n-- as many as there were; no more\nSELECT CASE WHEN COUNT(*) = 6 THEN 1 \
                       ELSE 0 END AS ok, COUNT(*) AS files FROM v$datafile;\n";

    #[rstest]
    #[case::csv(&PORTABLE)]
    #[case::before_csv(&["--oracle", "11.2"])]
    fn drill_runs_the_site_s_checks(#[case] up: &[&str]) {
        let site = made(up, &[]);
        check(&site, "six.sql", SIX);
        check(&site, "name.sql", "-- columns: NAME\nselect '<b>' || name as name from v$database");
        with_checks(&site, "\"six.sql\", \"name.sql\"");
        site.ovmirror(&DRILL).expect(0);
        let seen = assert_passed(&site, "readonly");
        let checks = seen["checks"].as_array().unwrap();
        assert_eq!((&checks[0]["rows"][0][0], &checks[0]["rows"][0][1]), (&"1".into(), &"6".into()), "{seen}");
        assert_eq!((&checks[1]["rows"][0][0], &checks[1]["row_count"]), (&"<b>ORCL".into(), &1.into()), "{seen}");
        assert!(page(&site).contains("&lt;b&gt;ORCL") && !page(&site).contains("<b>ORCL"));
    }

    #[test]
    fn drill_fails_by_a_check() {
        let site = made(&PORTABLE, &[]);
        check(&site, "zero.sql", "SELECT 0 AS ok, 'a row of production' AS text FROM dual");
        check(&site, "absent.sql", "SELECT a FROM no_such_table");
        with_checks(&site, "\"zero.sql\", \"absent.sql\"");
        let seen = assert_failed(&site, "check zero.sql: OK is not 1", "proved");
        assert!(seen["findings"].to_string().contains("ORA-00942"), "{seen}");
        let shown = site.json(&["show", &last_drill(&site)]).to_string();
        assert!(shown.contains("zero.sql"), "{shown}");
        let answers = shown.replace("SELECT 0 AS ok, 'a row of production' AS text FROM dual", "");
        assert!(!answers.contains("a row of production"), "answers stand in the artifacts alone: {answers}");
    }

    #[rstest]
    #[case::no_query("DELETE FROM t", "DRL-020")]
    #[case::two("SELECT 1 FROM dual; DROP TABLE t", "DRL-020")]
    #[case::over_a_link("SELECT a FROM t@production", "DRL-020")]
    fn drill_refuses_what_is_no_query(#[case] text: &str, #[case] code: &str) {
        let site = Site::up(&PORTABLE);
        site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        check(&site, "bad.sql", text);
        with_checks(&site, "\"bad.sql\"");
        let said = site.ovmirror(&DRILL).expect(1);
        assert!(said.stderr.contains(code), "{}", said.stderr);
        assert_eq!(site.json(&["runs"])["runs"].as_array().unwrap().len(), 1, "no run was begun");
    }

    #[test]
    fn drill_recovers_to_a_target() {
        let site = made(&PORTABLE, &[]);
        let snapshot = newest(&site);
        let end: u64 = snapshot["end_scn"].as_str().unwrap().parse().unwrap();
        let refused = site.ovmirror(&["drill", "ORCL", "--to", &format!("scn={end}")]).expect(1);
        assert!(refused.stderr.contains("DRL-002") && refused.stderr.contains(&format!("scn={}", end + 1)));
        let refused = site.ovmirror(&["drill", "ORCL", "--to", "scn=99999999999"]).expect(1);
        assert!(refused.stderr.contains("--to latest-kept"), "{}", refused.stderr);
        site.ovmirror(&["drill", "ORCL", "--to", &format!("scn={}", end + 1)]).expect(0);
        assert_passed(&site, "readonly");
        site.ovmirror(&["drill", "ORCL", "--to", "latest-kept"]).expect(0);
        let seen = evidence(&site);
        let through: u64 = seen["recovered_through"].as_str().unwrap().parse().unwrap();
        assert!(through >= end, "{seen}");
    }

    #[test]
    fn drill_shows_what_it_would_do() {
        let site = made(&PORTABLE, &[]);
        check(&site, "six.sql", SIX);
        with_checks(&site, "\"six.sql\"");
        let said = site.ovmirror(&["drill", "ORCL", "--dry-run"]).expect(0);
        for text in [
            "_system_trig_enabled=FALSE",
            "RENAME FILE '/u03/oradata/ORCL/redo01.log'",
            "UNTIL CHANGE ",
            "OPEN READ ONLY",
            "OPEN RESETLOGS",
            "VALIDATE CHECK LOGICAL DATAFILE 1, ",
            "AS files FROM v$datafile",
            "no return: ",
        ] {
            assert!(said.stdout.contains(text), "{text} is not shown: {}", said.stdout);
        }
        assert_eq!(site.json(&["runs"])["runs"].as_array().unwrap().len(), 1);
        assert_clean(&site, true);
    }

    /// A RECOVER that stands still is ended with its SQL*Plus, and the drill taken back.
    #[test]
    fn a_recover_that_hangs_is_ended() {
        let site = made(&PORTABLE, &[]);
        let config = fs::read_to_string(site.config()).unwrap();
        fs::write(site.config(), config + "\n[deadlines]\nrman_stall = \"3s\"\n").unwrap();
        site.fault("sqlplus", "RECOVER", 1, "hang");
        let said = site.ovmirror(&DRILL).expect(4);
        assert!(said.stderr.contains("its SQL*Plus was ended"), "{}", said.stderr);
        assert_clean(&site, true);
    }
}
