//! What is refused before the first change, with the reason and what would work instead.

use super::state::{identity, mirrored, must_be_open, now, runs, traces};
use crate::{refusal::refused, site::Site, witness::work};
use std::{fs, path::PathBuf};

const HOME: &str = "/u03/arch/ORCL";

/// Refuses with this code, and nothing has changed. Gives what a person reads.
fn refuses(site: &Site, to: &str, code: &str) -> String {
    refuses_so(site, &["recover", "ORCL", "--yes", "--to", to], code)
}

fn refuses_so(site: &Site, args: &[&str], code: &str) -> String {
    let look = || (identity(site), runs(site));
    let before = look();
    let text = refused(site, args, 1, code);
    assert_eq!(look(), before, "{code} changed something");
    text
}

#[test]
fn recover_refusals() {
    let site = mirrored("manager");
    let before = traces(&site);
    targets(&site);
    logs(&site);
    kept_logs(&site);
    another_disk(&site);
    guard(&site);
    kept_folder(&site);
    offline(&site);
    assert_eq!(traces(&site), before, "a refusal left something");
    down(&site);
}

fn targets(site: &Site) {
    let list = site.json(&["list"]);
    let end: u64 = list["snapshots"][0]["end_scn"].as_str().unwrap().parse().unwrap();
    let text = refuses(site, &format!("scn={end}"), "REC-010");
    assert!(text.contains(&format!("--to scn={}", end + 1)), "what works instead is said: {text}");
    let begun = list["snapshots"][0]["begun_at"].as_str().unwrap();
    refuses(site, &format!("time={}Z", &begun[..19]), "REC-010");
    let text = refuses(site, &format!("scn={}", now(site) + 100_000), "REC-054");
    assert!(text.contains("--to latest"), "{text}");
    refuses(site, "time=2099-01-01T00:00:00Z", "REC-058");
    refuses(site, "time=2026-11-21 20:45:12", "REC-005");
    let text = refuses(site, "time=2026-10-25 02:30:00 Europe/Zurich", "REC-007");
    assert!(text.contains("02:30:00+02:00") && text.contains("02:30:00+01:00"), "both readings: {text}");
    refuses(site, "snapshot=ORCL-1999", "REC-055");
    refuses(site, "yesterday", "REC-003");
}

/// Names of archived logs, oldest first.
fn archived(site: &Site) -> Vec<String> {
    let all = site.sql("select name from v$archived_log where deleted = 'NO' order by sequence#;");
    all.lines().map(|line| line.trim().to_owned()).collect()
}

fn logs(site: &Site) {
    for seed in 3..9 {
        work(site, 5, seed);
        site.sql("alter system switch logfile;");
    }
    let all = archived(site);
    assert!(all.iter().all(|name| name.starts_with(HOME)), "{all:?}");
    // So old that no group of online logs holds it any more.
    let (last, other) = (all[all.len() - 4].as_str(), all[all.len() - 5].as_str());
    site.says("slot021", &format!("mv {last} {last}.away"));
    let text = refuses(site, "latest", "REC-011");
    assert!(text.contains("--to scn="), "what works instead is said: {text}");
    // What it says works.
    let instead = text.split("--to ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    site.ovmirror(&["recover", "ORCL", "--plan", "--to", &instead]).expect(0);
    site.says("slot021", &format!("cp {other} {last}"));
    let text = refuses(site, "latest", "REC-012");
    assert!(text.contains(last), "{text}");
    site.says("slot021", &format!("head -c 1024 {last}.away > {last}"));
    refuses(site, "latest", "REC-012");
    site.says("slot021", &format!("mv {last}.away {last}"));
    site.ovmirror(&["recover", "ORCL", "--plan", "--to", "latest"]).expect(0);
    altered(site, last);
}

/// A byte in the middle of a log: size and header are as they were, and only who reads all of it finds out.
fn altered(site: &Site, log: &str) {
    let poke = |byte: &str| {
        let middle = format!("$(( $(wc -c < {log}) / 2 ))");
        site.says("slot021", &format!("printf '{byte}' | dd of={log} bs=1 seek={middle} conv=notrunc 2>/dev/null"));
    };
    site.says("slot021", &format!("cp {log} {log}.good"));
    poke("\\377\\001\\377");
    site.ovmirror(&["recover", "ORCL", "--plan", "--to", "latest"]).expect(0);
    let args = ["recover", "ORCL", "--yes", "--verify-logs", "--to", "latest"];
    let text = refuses_so(site, &args, "REC-013");
    assert!(text.contains(log) && text.contains("ORA-19599"), "{text}");
    site.says("slot021", &format!("mv {log}.good {log}"));
    let plan = site.ovmirror(&["recover", "ORCL", "--plan", "--verify-logs", "--to", "latest"]).expect(0);
    assert!(plan.stderr.contains(&format!("is whole: {log}")), "{}", plan.stderr);
}

/// A log that production has deleted is taken from the artifacts, unless it was altered there.
fn kept_logs(site: &Site) {
    let folder: PathBuf = {
        let artifacts = site.json(&["show", &site.newest_snapshot()]);
        let id = artifacts["snapshots"][0]["id"].as_str().unwrap().to_owned();
        let mut found = walk(&site.dir).into_iter().filter(|path| path.ends_with(format!("{id}/logs")));
        found.next().expect("the snapshot keeps logs")
    };
    let kept = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let name = kept.file_name().unwrap().to_string_lossy().into_owned();
    let live = archived(site).into_iter().find(|path| path.ends_with(&name)).unwrap();
    site.says("slot021", &format!("mv {live} {live}.away"));
    let plan = site.ovmirror(&["recover", "ORCL", "--plan", "--to", "latest"]).expect(0);
    assert!(plan.stdout.contains(&name), "{}", plan.stdout);
    let good = fs::read(&kept).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    fs::write(&kept, bad).unwrap();
    refuses(site, "latest", "LOG-004");
    fs::write(&kept, good).unwrap();
    site.says("slot021", &format!("mv {live}.away {live}"));
}

/// Folders below a folder.
fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    let below: Vec<PathBuf> = folders.iter().flat_map(|path| walk(path)).collect();
    [folders, below].concat()
}

/// The golden disk is known by its place and by its mark (law 9).
fn another_disk(site: &Site) {
    let list = site.json(&["list"]);
    let (id, disk) = (list["snapshots"][0]["id"].as_str().unwrap(), list["snapshots"][0]["disks"][0]["id"].as_str());
    let rename = |name: &str| site.manager(&format!("edit VirtualDisk id={} name={name}", disk.unwrap()));
    rename("somebody-elses");
    let text = refuses(site, "latest", "REC-060");
    assert!(text.contains("somebody-elses"), "{text}");
    rename(&format!("ovm.{id}.disk.2"));
}

/// Where the way back is kept is looked at while the database works: also behind a link.
fn kept_folder(site: &Site) {
    let good = super::state::kept(site);
    let configured = |from: &str, to: &str| {
        site.reconfigure(&format!("kept = \"{from}\""), &format!("kept = \"{to}\""));
    };
    site.says("slot021", "ln -s /u02/oradata $HOME/elsewhere");
    let link = format!("{}/elsewhere/kept", site.says("slot021", "echo $HOME"));
    let mut before = good.clone();
    for (kept, why) in [("/etc/passwd/kept", "may write"), (link.as_str(), "is swapped")] {
        configured(&before, kept);
        let text = refuses(site, "latest", "REC-064");
        assert!(text.contains(why), "{text}");
        kept.clone_into(&mut before);
    }
    configured(&before, &good);
    site.says("slot021", "rm $HOME/elsewhere");
}

/// A guard of whoever it may be: it may send END BACKUP at any moment.
fn guard(site: &Site) {
    let folder = "d=$HOME/.ovmirror/ORCL-20200101T000000-abcd; mkdir -p $d";
    let body = "printf 'sleep 60 & wait\\n' > $d/guard.sh";
    let run = "{ sh $d/guard.sh < /dev/null > /dev/null 2>&1 & echo $! > $d/guard.pid; }; cat $d/guard.pid";
    let pid = site.says("slot021", &format!("{folder}; {body}; {run}"));
    let text = refuses(site, "latest", "REC-GUARD");
    assert!(text.contains("the guard of run RUN lives"), "{text}");
    site.says("slot021", &format!("kill {pid}; rm -r $HOME/.ovmirror/ORCL-20200101T000000-abcd"));
}

/// A newer snapshot that does not serve costs nothing but redo.
#[test]
fn recover_passes_over_a_newer_snapshot_that_is_gone() {
    let site = mirrored("manager");
    let older = site.newest_snapshot();
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let newer = site.newest_snapshot();
    work(&site, 10, 3);
    let list = site.json(&["list"]);
    let snapshots = list["snapshots"].as_array().unwrap();
    let disk = snapshots.iter().find(|one| one["id"] == newer.as_str()).unwrap()["disks"][0]["id"].as_str().unwrap();
    site.manager(&format!("edit VirtualDisk id={disk} name=somebody-elses"));
    let plan = site.json(&["recover", "ORCL", "--plan", "--to", "latest"])["plan"].clone();
    let findings = plan["findings"].as_array().unwrap();
    assert!(findings.iter().any(|one| one["code"] == "REC-OLDER" && one["subject"] == newer.as_str()), "{plan}");
    let said = site.json(&["recover", "ORCL", "--yes", "--to", "latest"]);
    assert_eq!(said["from"], older.as_str(), "{said}");
    must_be_open(&site);
}

/// RECOVER leaves it out, so that it would stay as old as the snapshot.
fn offline(site: &Site) {
    site.sql("alter tablespace users offline;");
    let text = refuses(site, "latest", "REC-OFFLINE");
    assert!(text.contains("(ALTER TABLESPACE USERS ONLINE)"), "{text}");
    site.sql("alter tablespace users online;");
}

/// A database that is down is mounted only where that was agreed to, and goes down again unless it is recovered.
fn down(site: &Site) {
    let is_down = || assert!(site.sql("select open_mode from v$database;").contains("ORA-01034"), "it is up");
    site.sql("shutdown immediate");
    refuses(site, "latest", "REC-050");
    refuses_so(site, &["recover", "ORCL", "--yes", "--mount", "--to", "scn=1"], "REC-010");
    is_down();
    site.ovmirror(&["recover", "ORCL", "--plan", "--mount", "--to", "latest"]).expect(0);
    is_down();
    site.ovmirror(&["recover", "ORCL", "--yes", "--mount", "--to", "latest"]).expect(0);
    must_be_open(site);
}
