//! A store that is lost is rebuilt: from the artifacts, or from the manager and the golden copies alone.

use super::{
    clean::{assert_clean, ours},
    lost_store::{golden, kinds, lose_state, lose_store, orphans, state},
    site::Site,
    watch::Watched,
};
use serde_json::Value;
use std::fs;

fn listed(site: &Site) -> Vec<Value> {
    site.json(&["list"])["snapshots"].as_array().unwrap().clone()
}

/// What must be the same of a snapshot that is known again.
fn core(one: &Value) -> Value {
    let keys = ["id", "database", "dbid", "resetlogs_change", "begin_scn", "end_scn", "disks"];
    keys.iter().map(|key| one[*key].clone()).collect()
}

fn cores(all: &[Value]) -> Vec<Value> {
    let mut cores: Vec<Value> = all.iter().map(core).collect();
    cores.sort_by_key(ToString::to_string);
    cores
}

fn result<'a>(object: &'a Value, id: &str) -> &'a Value {
    object["snapshots"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{object}"))
}

/// Whatever works on a snapshot works on one that is known again.
fn serves(site: &Site, id: &str) {
    let plan = site.ovmirror(&["recover", "ORCL", "--to", "latest", "--plan"]).expect(0);
    assert!(plan.stdout.contains(id), "{}", plan.stdout);
    let files = site.ovmirror(&["extract", id, "--list"]).expect(0).stdout;
    assert!(files.contains("system01.dbf"), "{files}");
    site.ovmirror(&["offload", id]).expect(0);
    let taped = listed(site).into_iter().find(|one| one["id"] == id).unwrap();
    assert_eq!((&taped["state"], &taped["tape"]["state"]), (&"proved".into(), &"ok".into()), "{taped}");
}

#[test]
fn a_lost_store_is_rebuilt_from_the_artifacts() {
    let site = Site::up(&[]);
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    let taped = site.newest_snapshot();
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let (plain, before) = (site.newest_snapshot(), listed(&site));
    let pieces = site.json(&["show", &taped])["snapshots"][0]["pieces"].clone();
    lose_store(&site);
    assert_eq!(kinds(&orphans(&site)), ["clone unrecorded", "clone unrecorded"]);
    let said = site.ovmirror(&["rebuild", "--dry-run"]).expect(0);
    assert!(said.stdout.contains(&format!("{taped} would be recorded from its artifacts, proved")), "{}", said.stdout);
    assert_eq!(listed(&site).len(), 0, "a dry run records nothing");
    let object = site.ovmirror(&["--json", "rebuild", "ORCL"]).expect(0).object();
    assert_eq!(result(&object, &plain)["source"], "artifacts", "{object}");
    let after = listed(&site);
    assert_eq!(cores(&after), cores(&before));
    let words = |id: &str| {
        let one = after.iter().find(|one| one["id"] == id).unwrap();
        (one["state"].as_str().unwrap().to_owned(), one["tape"]["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(words(&taped), ("proved".to_owned(), "ok".to_owned()));
    assert_eq!(words(&plain), ("unproved".to_owned(), "pending".to_owned()));
    assert_eq!(site.json(&["show", &taped])["snapshots"][0]["pieces"], pieces);
    assert_eq!(orphans(&site), Vec::<Value>::new());
    let runs = site.json(&["runs"]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "one run, which the journal keeps: {runs}");
    let again = site.ovmirror(&["--json", "rebuild"]).expect(0).object();
    assert_eq!(result(&again, &plain)["result"], "known", "{again}");
    assert_eq!(site.json(&["runs"]), runs);
    serves(&site, &plain);
    assert_clean(&site, true);
}

#[test]
fn a_lost_state_is_rebuilt_from_the_golden_copy() {
    let site = Site::up(&[]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let (id, before) = (site.newest_snapshot(), listed(&site));
    let control = state(&site).join("artifacts/ORCL").join(&id).join("control.ctl");
    let (kept, digest) = (fs::read(&control).unwrap(), golden(&site, &id));
    lose_state(&site);
    let object = site.ovmirror(&["--json", "rebuild"]).expect(0).object();
    let one = result(&object, &id);
    assert_eq!(
        (&one["result"], &one["source"], &one["state"]),
        (&"recorded".into(), &"description".into(), &"unproved".into())
    );
    let told = |key: &str| one[key].to_string();
    assert!(
        told("known").contains("control file, from the golden copy")
            && told("known").contains("archived logs, from production"),
        "{one}"
    );
    assert!(told("unknown").contains("files, mounts and parameters are those of today"), "{one}");
    assert!(told("unknown").contains("whether it is on tape"), "{one}");
    assert_eq!(cores(&listed(&site)), cores(&before));
    assert!(fs::read(&control).unwrap() == kept, "the control file in the golden copy is the one that was kept");
    assert_eq!(golden(&site, &id), digest);
    assert_clean(&site, true);
    serves(&site, &id);
    site.ovmirror(&["recover", "ORCL", "--to", "latest", "--yes"]).expect(0);
    assert_eq!(site.sql("select status from v$instance;"), "OPEN");
    assert_eq!(golden(&site, &id), digest);
}

#[test]
fn what_is_not_whole_or_not_its_own_is_refused() {
    let site = Site::up(&[]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let id = site.newest_snapshot();
    let record = state(&site).join("artifacts/ORCL").join(&id).join("record.json");
    let good = fs::read_to_string(&record).unwrap();
    lose_store(&site);
    let end = serde_json::from_str::<Value>(&good).unwrap()["end_scn"].clone();
    fs::write(&record, good.replace(&end.to_string(), "\"77\"")).unwrap();
    let said = site.ovmirror(&["rebuild"]).expect(3);
    assert!(said.stderr.contains("[RBD-014]") && said.stderr.contains("SCN at END"), "{}", said.stderr);
    assert_eq!(listed(&site).len(), 0);
    fs::write(&record, "no json").unwrap();
    let said = site.ovmirror(&["rebuild"]).expect(3);
    assert!(said.stderr.contains("is no record"), "{}", said.stderr);
    fs::remove_file(&record).unwrap();
    edit_description(&site, &id, "mine now");
    let said = site.ovmirror(&["rebuild"]).expect(3);
    assert!(said.stderr.contains("was not understood"), "{}", said.stderr);
    assert_eq!((listed(&site).len(), ours(&site).len() > 1), (0, true), "nothing recorded, nothing deleted");
    fs::write(&record, &good).unwrap();
    edit_description(&site, &id, "");
    site.ovmirror(&["rebuild"]).expect(0);
    assert_eq!(listed(&site).len(), 1);
    assert_clean(&site, true);
}

fn edit_description(site: &Site, id: &str, text: &str) {
    let said = site.manager(&format!("edit Vm name=ovm.{id}.clone description=\"{text}\""));
    assert!(said.contains("Status: Success"), "{said}");
}

/// The recoveries that left a branch are lost with the store; the control file knows the path.
#[test]
fn what_a_resetlogs_left_behind_is_known_again() {
    let site = Site::up(&["--mode", "portable"]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let on_path = site.newest_snapshot();
    let scn = site.sql("select to_char(current_scn, 'TM9') from v$database;");
    site.ovmirror(&["recover", "ORCL", "--to", &format!("scn={scn}"), "--yes"]).expect(0);
    let left = site.newest_snapshot();
    assert_ne!(left, on_path, "a snapshot of the new incarnation was made");
    let recovery =
        site.json(&["runs"])["runs"].as_array().unwrap().iter().find(|run| run["flow"] == "recover").cloned();
    site.ovmirror(&["undo", recovery.unwrap()["id"].as_str().unwrap(), "--yes"]).expect(0);
    let states = || -> Vec<(String, String)> {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        listed(&site).iter().map(|one| (text(one, "id"), text(one, "state"))).collect()
    };
    let before = states();
    assert_eq!(before, [(left.clone(), "orphan".to_owned()), (on_path.clone(), "unproved".to_owned())]);
    lose_store(&site);
    site.ovmirror(&["rebuild"]).expect(0);
    assert_eq!(states(), before);
    let drilled = site.ovmirror(&["--json", "drill", "ORCL"]).expect(0).object();
    assert!(drilled.to_string().contains(&on_path) && !drilled.to_string().contains(&left), "{drilled}");
}

/// Kept logs and control files are production data (law 13).
#[test]
fn law_13_artifacts_that_others_may_read_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::up(&["--mode", "portable"]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let artifacts = state(&site).join("artifacts");
    let mode = |mode| fs::set_permissions(&artifacts, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    let said = site.ovmirror(&["list"]).expect(1);
    assert!(said.stderr.contains("[STO-002]") && said.stderr.contains("chmod 700"), "{}", said.stderr);
    mode(0o700);
    site.ovmirror(&["list"]).expect(0);
}

/// It cannot be healed, and must not be passed over: the database is in backup mode.
#[test]
fn a_run_of_a_database_that_is_not_configured_any_more_is_named() {
    let site = Site::up(&["--mode", "portable", "--job-time", "3"]);
    let run = Watched::killed_at(&site, &["backup", "ORCL", "--snapshot-only"], "clone");
    site.reconfigure("[databases.ORCL]", "[databases.OTHER]");
    let said = site.ovmirror(&["heal"]).expect(1);
    assert!(said.stderr.contains("[CFG-009]") && said.stderr.contains(&run), "{}", said.stderr);
    site.reconfigure("[databases.OTHER]", "[databases.ORCL]");
    site.ovmirror(&["heal"]).expect(0);
    assert_clean(&site, false);
}
