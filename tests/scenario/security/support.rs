//! What a helper gets to see: `-v`, and the support bundle.

use super::canary::{Secrets, watched};
use crate::{
    clean::assert_clean,
    site::{Said, Site},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

/// What is in a bundle, as `tar` sees it.
fn tar(flags: &str, file: &Path) -> String {
    let said: Said = Command::new("tar").arg(flags).arg(file).output().unwrap().into();
    said.expect(0).stdout
}

#[test]
fn bundle_of_a_failed_run() {
    let site = Site::up(&["--mode", "portable"]);
    let password = fs::read_to_string(site.dir.join("manager.password")).unwrap().trim().to_owned();
    let secrets = Secrets(vec![password.clone(), "tiger-in-the-log".to_owned()]);
    site.fault("rman", "", 1, "garble");
    let said = site.ovmirror(&["backup", "ORCL"]).expect(7);
    site.no_faults();
    let runs = site.json(&["runs"]);
    let run = runs["runs"].as_array().unwrap().iter().find(|run| run["flow"] == "offload").unwrap().clone();
    let id = run["id"].as_str().unwrap();
    // As a site's own template could have it.
    let log = site.dir.join(format!("state/artifacts/ORCL/{id}/rman.log"));
    let text = fs::read_to_string(&log).unwrap_or_else(|error| panic!("{error}: {}", said.stderr));
    fs::write(&log, format!("{text}CONNECT CATALOG rco/tiger-in-the-log@cat\nthe word {password} stood here\n"))
        .unwrap();
    let file = site.dir.join("bundle.tar");
    let made = site.ovmirror(&["support-bundle", id, "--out", file.to_str().unwrap()]).expect(0);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let listed = tar("-tf", &file);
    for part in ["README.txt", "versions.json", "config.json", "journal.jsonl", "logs/rman.log"] {
        assert!(listed.contains(&format!("/{part}\n")), "{part} is missing: {listed}");
        assert!(made.stdout.contains(part), "{part} is not told: {}", made.stdout);
    }
    assert!(!listed.contains(".ctl") && !listed.contains(".dbf"), "{listed}");
    let content = tar("-xOf", &file);
    assert!(content.contains("CONNECT CATALOG rco/***@cat\nthe word *** stood here\n"), "{content}");
    assert!(content.contains(&format!("\"id\":\"{id}\"")) && content.contains("\"undone\""), "the journal is inside");
    assert!(!secrets.in_text(&fs::read(&file).unwrap()), "a secret is in the bundle");
    let again = site.ovmirror(&["--json", "support-bundle", id, "--out", file.to_str().unwrap()]).expect(1);
    assert_eq!(again.object()["error"]["code"], "SUP-001");
    let unknown = site.ovmirror(&["--json", "support-bundle", "ORCL-2099"]).expect(1);
    assert!(!unknown.object()["error"]["hints"].as_array().unwrap().is_empty());
    let stored = site.json(&["support-bundle", id, "--out", site.dir.join("b2.tar").to_str().unwrap()]);
    assert_eq!(stored["bundle"]["run"], id);
}

/// `host [status, N ms] command`, or `host [N ms] (…)` of a session.
fn timed(line: &str) -> bool {
    let inside = line.split_once(" [").and_then(|(_, rest)| rest.split_once(" ms] "));
    inside.is_some_and(|(before, what)| {
        before.rsplit(' ').next().is_some_and(|n| n.parse::<u64>().is_ok()) && !what.is_empty()
    })
}

#[test]
fn every_command_is_shown_with_host_and_duration() {
    let site = Site::up(&["--mode", "portable"]);
    let password = fs::read_to_string(site.dir.join("manager.password")).unwrap().trim().to_owned();
    let secrets = Secrets(vec![password]);
    let said = watched(&site, &secrets, &["-v", "backup", "--snapshot-only", "ORCL"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    let of = |host: &str| said.stderr.lines().filter(|line| line.contains(&format!("{host} ["))).collect::<Vec<_>>();
    let (database, manager) = (of("slot021"), of("manager"));
    assert!(database.len() > 10 && manager.len() > 5, "{}", said.stderr);
    let untimed: Vec<_> = database.iter().chain(&manager).filter(|line| !timed(line)).collect();
    assert!(untimed.is_empty(), "without a duration: {untimed:#?}");
    assert!(manager.iter().any(|line| line.contains("] clone Vm id=")), "{manager:#?}");
    assert!(database.iter().any(|line| line.contains("(in the open session) the answer to ")), "{database:#?}");
    assert!(!said.stderr.contains("BEGIN BACKUP"), "input is shown: {}", said.stderr);
    let more = watched(&site, &secrets, &["-vv", "backup", "--snapshot-only", "ORCL"]);
    assert!(more.stderr.contains("slot021 | ALTER DATABASE BEGIN BACKUP;"), "{}", more.stderr);
    assert_clean(&site, true);
}
