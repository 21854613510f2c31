//! The golden disk was deleted at the manager: what needs it is refused before a run begins, and what was begun before is
//! taken back without it.

use super::{
    clean::{assert_clean, ours},
    site::{Site, until},
    tests::{DRILL, PORTABLE, WAY_SERVER, made},
};
use rstest::rstest;

/// Somebody deletes the clone and its disk.
fn lose_golden(site: &Site) {
    let id = site.newest_snapshot();
    let disk = site.json(&["list"])["snapshots"][0]["disks"][0]["id"].as_str().unwrap().to_owned();
    let said = site.manager(&format!("delete Vm name=ovm.{id}.clone"));
    assert!(said.contains("Status: Success"), "{said}");
    let said = site.manager(&format!("delete VirtualDisk id={disk}"));
    assert!(said.contains("Status: Success"), "{said}");
}

#[test]
fn what_needs_a_lost_golden_disk_is_refused() {
    let site = made(&PORTABLE, &[]);
    let id = site.newest_snapshot();
    lose_golden(&site);
    let runs = site.json(&["runs"]);
    for args in
        [&["drill", "ORCL"][..], &["drill", "ORCL", "--dry-run"], &["offload", &id], &["extract", &id, "--list"]]
    {
        let said = site.ovmirror(args).expect(1);
        assert!(
            said.stderr.contains("[SNP-012]") && said.stderr.contains("is not whole at the manager"),
            "{}",
            said.stderr
        );
        assert!(
            said.stderr.contains("ovmirror list ORCL") && said.stderr.contains("ovmirror backup ORCL"),
            "{}",
            said.stderr
        );
    }
    assert_eq!(site.json(&["runs"]), runs, "no run was begun");
    assert_clean(&site, true);
}

/// The manager answers nothing to this command, the product is killed, and the golden disk is deleted: the run is taken
/// back, with what it had made.
#[rstest]
#[case::nothing_was_made(&[], "cloneVdToRepo", 0)]
#[case::a_copy_has_no_name_yet(&[], "edit VirtualDisk", 1)]
#[case::way_server(&[WAY_SERVER], "refresh Repository", 0)]
fn a_run_is_taken_back_without_its_golden_disk(
    #[case] choices: &[super::tests::Choice],
    #[case] command: &str,
    #[case] copies: usize,
) {
    let site = made(&PORTABLE, choices);
    let held = site.fault("manager", command, 1, "hang");
    let run = site.begin(&DRILL);
    until("the manager was asked", || site.seen(&held) >= 1);
    run.kill();
    site.no_faults();
    status_names_it(&site);
    lose_golden(&site);
    assert_eq!(ours(&site).len(), copies, "{:?}", ours(&site));
    site.ovmirror(&["heal"]).expect(0);
    assert_clean(&site, true);
    assert_eq!(ours(&site), Vec::<String>::new());
    assert_eq!(site.json(&["status"])["unsettled"], serde_json::json!([]));
}

/// The first command of the night names what waits, and what to type.
fn status_names_it(site: &Site) {
    let run = site.json(&["runs"])["runs"][0]["id"].as_str().unwrap().to_owned();
    let object = site.json(&["status"]);
    assert_eq!((&object["runs"], &object["unsettled"][0]["id"]), (&serde_json::json!([]), &run.clone().into()));
    assert_eq!(object["unsettled"][0]["state"], "interrupted");
    let text = site.ovmirror(&["status"]).expect(0).stdout;
    for wanted in ["1 run is not settled", "ovmirror heal ORCL", &format!("ovmirror undo {run}")] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}
