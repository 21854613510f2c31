//! What goes wrong at the media host: the snapshot stays.

use super::{
    clean::assert_clean,
    refusal::{refused, told},
    site::{Site, replace, until},
};
use insta::assert_snapshot;
use serde_json::Value;
use std::{fs, path::PathBuf};

const BACKUP: [&str; 2] = ["backup", "ORCL"];

/// The newest snapshot.
fn newest(site: &Site) -> Value {
    let (id, list) = (site.newest_snapshot(), site.json(&["list"]));
    list["snapshots"].as_array().unwrap().iter().find(|snapshot| snapshot["id"] == id.as_str()).unwrap().clone()
}

fn offload(site: &Site) {
    let id = site.newest_snapshot();
    site.ovmirror(&["offload", &id]).expect(0);
    assert_eq!(newest(site)["tape"]["state"], "ok");
    assert_clean(site, true);
}

/// RMAN fails in the middle: the snapshot is there, and its tape half is made up for later.
#[test]
fn tape_refuses_data() {
    let Some(site) = Site::real(&[]) else { return };
    replace(&site.config(), "env = {", "env = { ORASBT_SIM_ERROR = \"sbtwrite2\",");
    let text = refused(&site, &BACKUP, 7, "ORA-19511");
    let id = site.newest_snapshot();
    assert!(text.starts_with("The snapshot is good, the tape is not [ORA-19511]: "), "{text}");
    assert!(text.contains("sbtwrite2") && text.contains("put the snapshot on tape: ovmirror offload RUN"), "{text}");
    assert_eq!(newest(&site)["tape"]["state"], "failed", "{id}");
    assert_clean(&site, true);
    replace(&site.config(), "ORASBT_SIM_ERROR = \"sbtwrite2\",", "");
    offload(&site);
}

/// Law 6: a name of production is there already, and what lies there stays as it was.
#[test]
fn name_of_production() {
    let Some(site) = Site::real(&[]) else { return };
    let file = "/u03/oradata/ORCL/redo01.log";
    site.says("bckvm", "sudo mkdir -m 777 /u03 && mkdir -p /u03/oradata/ORCL");
    site.says("bckvm", &format!("echo another database > {file}"));
    assert_snapshot!(refused(&site, &BACKUP, 7, "OFF-010"), @r#"
    The snapshot is good, the tape is not [OFF-010]: /u03/oradata/ORCL/redo01.log exists on bckvm
      because: the clone's control file names it, so what follows could write or delete it (law 6)
      at: run RUN, step start, host bckvm
    Hint: take the file away from bckvm if nothing needs it; if it belongs to another database there, use a media host without that database (a prefix does not help: the names are looked at before files are renamed)
    Hint: what was done and taken back: ovmirror show RUN
    Hint: when the cause is removed, put the snapshot on tape: ovmirror offload RUN
    "#);
    assert_eq!(site.says("bckvm", &format!("cat {file}")), "another database");
    assert_clean(&site, true);
    site.says("bckvm", &format!("rm {file}"));
    offload(&site);
    no_free_slot(&site);
}

/// Found before anything is done.
fn no_free_slot(site: &Site) {
    let drive =
        |slot: u32| format!("create VmDiskMapping slot={slot} virtualCd=EMPTY_CDROM name=cd{slot} on Vm name=bckvm");
    let answers = site.manager_script(&(20..50).map(drive).collect::<Vec<_>>());
    assert_eq!(answers.matches("Status: Success").count(), 30, "{answers}");
    assert_snapshot!(refused(site, &BACKUP, 1, "MEDIA-SLOTS"), @r"
    Error [MEDIA-SLOTS]: bckvm: 1 free slots from 20 to 49 are needed, 0 are there
    Hint: unmap disks that are no longer needed: ovmirror vm shows them
    Hint: see every finding with its remedy: ovmirror check
    ");
    assert_clean(site, true);
}

/// Another database of the same name: its control file must never be mounted over these disks unnoticed.
#[test]
fn foreign_control_file() {
    let Some(site) = Site::real(&[]) else { return };
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let foreign = {
        let other = Site::up(&["--mode", "portable"]);
        other.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        fs::read(control(&other)).unwrap()
    };
    swapped_artifact(&site, &foreign);
    swapped_at_the_host(&site, &foreign);
}

fn control(site: &Site) -> PathBuf {
    site.dir.join("state/artifacts/ORCL").join(site.newest_snapshot()).join("control.ctl")
}

fn swapped_artifact(site: &Site, foreign: &[u8]) {
    let (file, id) = (control(site), site.newest_snapshot());
    let own = fs::read(&file).unwrap();
    fs::write(&file, foreign).unwrap();
    assert_snapshot!(refused(site, &["offload", &id], 7, "OFF-019"), @r"
    The snapshot is good, the tape is not [OFF-019]: the kept control file control.ctl is not what was kept: its digest differs
      at: run RUN, step stage
    Hint: restore the artifacts folder from a copy
    Hint: what was done and taken back: ovmirror show RUN
    Hint: when the cause is removed, put the snapshot on tape: ovmirror offload RUN
    ");
    fs::write(&file, own).unwrap();
    assert_eq!(newest(site)["state"], "unproved");
    assert_clean(site, true);
}

/// After its digest was seen to be right: what is mounted is judged by itself.
fn swapped_at_the_host(site: &Site, foreign: &[u8]) {
    let id = site.newest_snapshot();
    let held = site.fault("bckvm", "/pfile.ora", 1, "slow=6000");
    let run = site.begin(&["--json", "offload", &id]);
    until("the pfile", || site.seen(&held) >= 1);
    site.feed("bckvm", "tee ~/.ovmirror/*/clone.ctl > /dev/null", foreign).expect(0);
    let said = run.end().expect(4);
    let text = told(site, &said, "OFF-012");
    assert!(
        text.starts_with("Failed and taken back [OFF-012]: the snapshot is rejected: DBID of the clone is "),
        "{text}"
    );
    assert_eq!(newest(site)["state"], "rejected");
    assert_clean(site, true);
}
