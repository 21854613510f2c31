//! A whole backup under each release, way and choice, and under each open point of the real systems (a switch of the
//! lab): it succeeds, or it refuses with the reason and leaves nothing behind.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/hold.rs"]
mod hold;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;

/// Choices in the configuration file: the line that is there, and what follows it.
#[cfg(test)]
mod choice {
    pub type Choice = (&'static str, &'static str);
    pub const CLONE_TO_VM: Choice = ("server_pool = \"slot\"", "clone_to = \"Vm\"");
    pub const WAY_SERVER: Choice = ("server = \"ovs1\"", "way = \"server\"");
    pub const FSFREEZE: Choice = ("server = \"ovs1\"", "quiesce = \"fsfreeze\"");
    pub const VALIDATE: Choice = ("server = \"ovs1\"", "validate = \"always\"");
    pub const PREFIX: Choice = ("vm = \"bckvm\"", "mount = \"prefix\"");
    pub const STANDBY: Choice = ("vm = \"bckvm\"", "controlfile = \"standby\"");
}

#[cfg(test)]
mod tests {
    use super::{choice::*, clean::assert_clean, hold::hold_writes, site::Site};
    use rstest::rstest;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    fn made(up: &[&str], choices: &[Choice]) -> Site {
        made_if_possible(up, choices).unwrap()
    }

    fn made_if_possible(up: &[&str], choices: &[Choice]) -> Option<Site> {
        let site = Site::possible(up)?;
        for (line, choice) in choices {
            site.reconfigure(line, &format!("{line}\n{choice}"));
        }
        Some(site)
    }

    /// Each snapshot is proved and on tape, in pieces.
    fn assert_good(site: &Site, snapshots: usize) {
        let list = site.json(&["list"]);
        let all = list["snapshots"].as_array().unwrap();
        assert_eq!(all.len(), snapshots, "{list}");
        for snapshot in all {
            assert_eq!((&snapshot["state"], &snapshot["tape"]["state"]), (&"proved".into(), &"ok".into()), "{list}");
            assert!(snapshot["tape"]["pieces"].as_u64().unwrap() > 0, "{list}");
        }
        assert_clean(site, true);
    }

    #[rstest]
    #[case::old_everything(&["--release", "3.2", "--oracle", "11.2", "--old-guest"], &[])]
    #[case::portable(&["--mode", "portable", "--release", "3.3", "--oracle", "12.2"], &[])]
    #[case::newest_with_validate(&["--release", "3.4", "--oracle", "23"], &[VALIDATE])]
    #[case::clone_to_vm(&[], &[CLONE_TO_VM])]
    #[case::clone_to_vm_on_3_2(&["--release", "3.2"], &[CLONE_TO_VM])]
    #[case::way_server(&[], &[WAY_SERVER])]
    #[case::prefix(&[], &[PREFIX])]
    #[case::standby(&[], &[STANDBY])]
    #[case::one_file_system_on_two_disks(&["--layout", "two-disk"], &[FSFREEZE])]
    fn matrix_backup(#[case] up: &[&str], #[case] choices: &[Choice]) {
        let Some(site) = made_if_possible(up, choices) else { return };
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert_good(&site, 1);
    }

    #[rstest]
    #[case::backup(&[])]
    #[case::standby(&[STANDBY])]
    fn matrix_roll_forward(#[case] choices: &[Choice]) {
        let site = made(&[], choices);
        site.ovmirror(&["backup", "--roll-forward", "ORCL"]).expect(0);
        assert_good(&site, 1);
        assert_eq!(attempts(&site), BTreeSet::from(["2".to_owned()]));
    }

    #[test]
    fn matrix_two_databases_in_one_call() {
        let site = made(&["--databases", "2"], &[]);
        site.ovmirror(&["backup", "ORCL", "ORCL2"]).expect(0);
        assert_good(&site, 2);
    }

    /// Numbers of the attempts in the tags of the newest snapshot's recorded pieces.
    fn attempts(site: &Site) -> BTreeSet<String> {
        let shown = site.json(&["show", &site.newest_snapshot()]);
        let pieces = shown["snapshots"][0]["pieces"].as_array().unwrap().clone();
        let tags = pieces.iter().filter_map(|piece| piece["tag"].as_str()).filter(|tag| tag.starts_with("SM_"));
        tags.map(|tag| tag.rsplit('_').next().unwrap().to_owned()).collect()
    }

    /// How a backup ends under a switch.
    enum Ends {
        Good,
        /// Exit status, what is said, and whether the snapshot stays.
        Refused(i32, &'static str, bool),
        /// Fractured blocks: the second attempt counts.
        Mended,
    }
    use Ends::{Good, Mended, Refused};

    fn try_quirk(name: &str, value: &str, up: &[&str], choices: &[Choice], ends: &Ends) {
        let quirk = format!("{name}={value}");
        let Some(site) = made_if_possible(&[&["--quirk", quirk.as_str()], up].concat(), choices) else { return };
        if matches!(ends, Mended) {
            hold_writes(&site);
        }
        let said = site.ovmirror(&["backup", "ORCL"]);
        match ends {
            Good => {
                said.expect(0);
                assert_good(&site, 1);
            }
            Refused(status, text, snapshot) => {
                let said = said.expect(*status);
                assert!(said.stderr.contains(text), "{}", said.stderr);
                assert_clean(&site, *snapshot);
            }
            Mended => {
                said.expect(0);
                assert_good(&site, 1);
                assert_eq!(attempts(&site), BTreeSet::from(["2".to_owned()]));
            }
        }
    }

    /// One test for each value, and the list of them.
    macro_rules! quirks {
        ($($test:ident: $name:literal = $value:literal, $up:expr, $choices:expr, $ends:expr;)*) => {
            const TRIED: &[(&str, &str)] = &[$(($name, $value)),*];
            $(#[test]
            fn $test() {
                try_quirk($name, $value, $up, $choices, &$ends);
            })*
        };
    }

    quirks! {
        quirk_template_refused: "template-clone-of-running-vm" = "refused", &[], &[],
            Refused(4, "clone_to = \"Vm\"", false);
        quirk_clone_without_data: "clone-prints-data" = "no", &[], &[], Good;
        quirk_delete_with_data: "delete-prints-data" = "yes", &[], &[], Good;
        quirk_empty_list: "empty-list" = "nothing", &[], &[], Good;
        quirk_several_jobs: "job-ids" = "several", &[], &[], Good;
        quirk_half_clone: "clone-leaves-half-objects" = "yes", &[], &[], Good;
        quirk_clone_locks: "clone-locks-repository" = "yes", &[], &[], Good;
        quirk_clone_of_used_disk: "clone-of-disk-in-use" = "accepted", &[], &[], Good;
        quirk_shared_disk: "mapping-of-shared-disk" = "accepted", &[], &[], Good;
        quirk_busy_detach: "busy-detach" = "success", &[], &[], Good;
        quirk_template_status: "template-status" = "Stopped", &[], &[], Good;
        quirk_mapping_order: "mapping-order" = "id", &["--layout", "two-disk"], &[FSFREEZE], Good;
        quirk_mapping_names: "mapping-names-on-3.2" = "shown", &["--release", "3.2"], &[], Good;
        quirk_refresh: "refresh-forgets-vanished" = "no", &[], &[WAY_SERVER], Good;
        quirk_space: "space-after" = "any", &[], &[], Good;
        quirk_rename: "rename-disk-of-template" = "refused", &[], &[CLONE_TO_VM], Good;
        quirk_delete_of_mapped_vm: "delete-of-mapped-vm" = "refused", &[], &[], Good;
        quirk_slash: "slash-escape" = "any", &[], &[], Good;
        quirk_echo: "echo-wraps" = "yes", &[], &[], Good;
        quirk_unprimed: "unprimed-key" = "closed", &[], &[], Good;
        quirk_key_cache: "key-cache" = "15min", &[], &[], Good;
        quirk_keyboard: "keyboard-interactive" = "yes", &[], &[], Good;
        quirk_lock_2s: "lock-retry" = "2s", &[], &[], Good;
        quirk_lock_none: "lock-retry" = "none", &[], &[], Good;
        quirk_detach_taken: "detach-of-mounted" = "taken", &[], &[], Good;
        quirk_v_backup: "v-backup-on-backup-controlfile" = "not-active", &[], &[], Good;
        quirk_recovery_stays: "recovery-advances-controlfile" = "no", &[], &[], Mended;
        quirk_lock_file: "lock-file-name" = "db-name", &[], &[], Good;
        quirk_standby_recovery: "standby-hot-files" = "refused", &[], &[STANDBY], Good;
        quirk_rman_backup_control_file: "backup-with-backup-controlfile" = "refused", &[], &[],
            Refused(7, "RMAN-", true);
        quirk_implicit_control_file: "implicit-controlfile-on-backup-controlfile" = "skipped", &[], &[], Good;
        quirk_fractured_fails: "rman-fractured-block" = "fails", &[], &[], Mended;
        quirk_fractured_counts: "rman-fractured-block" = "counts", &[], &[], Mended;
        quirk_rman_standby: "rman-standby-hot-files" = "refused", &[], &[STANDBY], Refused(7, "RMAN-06056", true);
        quirk_half_piece: "half-piece-after-kill" = "removed", &[], &[], Good;
        quirk_closed_pdb_has_no_row: "v-backup-of-closed-pdbs" = "no-row", &["--layout", "pdbs"], &[], Good;
        quirk_closed_pdb_wants_redo: "closed-pdb-under-backup-controlfile" = "since-close", &["--layout", "pdbs"], &[],
            Good;
    }

    /// Switches that no command of a backup meets.
    const UNTOUCHED: [(&str, &str); 10] = [
        (
            "begin-backup-sabotage",
            "the roll forward finds blocks that no redo makes whole: the lab's own test of `demo --sabotage`",
        ),
        ("hot-clone-on-nfs", "the survey refuses repositories that are not OCFS2, and the lab has one"),
        ("idle-limit", "a session that idles for 15 minutes is longer than any test; tests/ssh/loss.rs cuts idle ones"),
        ("command-timeout", "the manager's own limit is hours; window_limit aborts the job long before"),
        ("descriptors-kept-after-offline", "a backup takes nothing offline"),
        ("open-read-only", "a backup never opens the clone (law 5)"),
        ("pdb-files-from-root", "a backup recovers nothing there; tests/scenario/recover/parts.rs does"),
        ("sqlplus-recover-pluggable", "no flow says it: the files of a container are named by their numbers"),
        ("pdb-open-after-abort", "no flow closes a container with ABORT"),
        ("recovery-with-older-controlfile", "only `recover --controlfile snapshot` meets it, and is taken back there"),
    ];

    #[test]
    fn quirks_are_all_tried_or_named() {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_ovmirror")).with_file_name("ovmirror-lab");
        let output = std::process::Command::new(program).arg("quirks").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let switches = text.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split_once('=').unwrap());
        let known: BTreeMap<&str, Vec<&str>> = switches.map(|(name, v)| (name, v.split('|').collect())).collect();
        assert!(!known.is_empty());
        for (name, values) in &known {
            let untouched = UNTOUCHED.iter().any(|(other, _)| other == name);
            let missing: Vec<_> = values[1..].iter().filter(|value| !TRIED.contains(&(name, value))).collect();
            assert!(untouched || missing.is_empty(), "{name}: {missing:?} is neither tried nor named as untouched");
        }
        for name in TRIED.iter().chain(&UNTOUCHED).map(|(name, _)| name) {
            assert!(known.contains_key(name), "the lab has no switch {name}");
        }
    }

    /// The remedy that the refusal names is one.
    #[test]
    fn quirk_template_refused_with_its_remedy() {
        let site = made(&["--quirk", "template-clone-of-running-vm=refused"], &[CLONE_TO_VM]);
        site.ovmirror(&["backup", "ORCL"]).expect(0);
        assert_good(&site, 1);
    }

    #[test]
    fn quirk_standby_recovery_is_refused_with_its_reason() {
        let site = made(&["--quirk", "standby-hot-files=refused"], &[STANDBY]);
        let said = site.ovmirror(&["--json", "backup", "--roll-forward", "ORCL"]).expect(7);
        let error: Value = said.object();
        assert!(error["error"]["message"].is_string(), "{error}");
        assert_clean(&site, true);
    }
}
