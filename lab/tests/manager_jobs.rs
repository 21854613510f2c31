//! Jobs, locks and faults of the manager, through the OpenSSH client.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod manager_support;

use manager_support::{Site, site, site_with, until};
use ovmirror_lab::fault::Action;
use ovmirror_lab::host::seam::Machines;
use ovmirror_lab::manager::Release::V3_4;
use rstest::rstest;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

const HOT: &str = "clone Vm name=slot021 destType=VmTemplate destName=T serverPool=slot";

#[rstest]
#[case("no", 2, 6)]
#[case("yes", 3, 8)]
fn a_full_repository_fails_the_job(#[case] half: &str, #[case] vms: usize, #[case] disks: usize) {
    let site = site(V3_4, &[&format!("clone-leaves-half-objects={half}")]);
    *site.machines.room.lock().unwrap() = 2;
    assert!(site.refused(HOT).contains("No space left on device"));
    assert_eq!(site.list("Vm").len(), vms);
    assert_eq!(site.list("VirtualDisk").len(), disks);
    let files = site.machines.scan(&site.spec.repositories[0].id).unwrap().len();
    assert_eq!(files, disks);
    let job = &site.list("Job")[0];
    assert_eq!(site.value("Job", job, "Summary Done").unwrap(), "Yes");
    assert_eq!(site.value("Job", job, "Summary State").unwrap(), "Failure");
}

#[test]
fn a_job_outlives_its_session_and_holds_its_locks() {
    let site = site_with(V3_4, &["lock-retry=none"], Duration::from_secs(3), |_| {});
    site.ok(&format!("set CommandMode=Asynchronous;{HOT}"));
    assert_eq!(site.value("Vm", &site.vm("slot021"), "Locked").unwrap(), "true");
    let refused = site.refused("edit Vm name=slot021 description=x");
    assert!(refused.starts_with("GEN_000029:Object slot021:"), "{refused}");
    let job = site.list("Job")[0].clone();
    assert_eq!(site.value("Job", &job, "Summary Done").unwrap(), "No");
    wait_done(&site, &job);
    assert_eq!(site.value("Job", &job, "Summary State").unwrap(), "Success");
    assert_eq!(site.value("Vm", &site.vm("slot021"), "Locked").unwrap(), "false");
    site.ok("edit Vm name=slot021 description=x");
}

fn wait_done(site: &Site, job: &str) {
    until("the job is done", || site.value("Job", job, "Summary Done").unwrap() == "Yes");
}

#[test]
fn synchronous_mode_of_3_4_waits_for_a_lock() {
    let site = site_with(V3_4, &[], Duration::from_secs(2), |_| {});
    site.ok(&format!("set CommandMode=Asynchronous;{HOT}"));
    site.ok("edit Vm name=slot021 description=x");
    assert!(site.list("Vm").len() == 3, "the clone was done before the edit");
}

#[test]
fn an_aborted_job_is_taken_back() {
    let site = site_with(V3_4, &[], Duration::from_secs(30), |_| {});
    site.ok(&format!("set CommandMode=Asynchronous;{HOT}"));
    let job = site.list("Job")[0].clone();
    site.ok(&format!("abort Job id={job}"));
    assert_eq!(site.value("Job", &job, "Summary State").unwrap(), "Aborted");
    assert_eq!(site.list("Vm").len(), 2);
    assert_eq!(site.value("Vm", &site.vm("slot021"), "Locked").unwrap(), "false");
    assert!(site.refused(&format!("abort Job id={job}")).contains("already done"));
}

#[test]
fn a_restart_keeps_the_state_and_takes_back_what_was_running() {
    let mut site = site_with(V3_4, &[], Duration::from_secs(4), |_| {});
    site.ok("create Tag name=kept");
    site.ok(&format!("set CommandMode=Asynchronous;{HOT}"));
    until("a disk is cloned", || !site.machines.clones.lock().unwrap().is_empty());
    site.stop();
    assert!(site.machines.scan(&site.spec.repositories[0].id).unwrap().len() > 6, "half a clone lies there");
    site.start();
    site.prime();
    assert_eq!(site.list("Tag").len(), 1);
    assert_eq!(site.list("Vm").len(), 2);
    assert_eq!(site.machines.scan(&site.spec.repositories[0].id).unwrap().len(), 6);
    assert_eq!(site.value("Vm", &site.vm("slot021"), "Locked").unwrap(), "false");
}

#[test]
fn a_command_time_out_leaves_the_job() {
    let site = site_with(V3_4, &[], Duration::from_secs(2), |_| {});
    let text = site.run(&format!("set CommandTimeout=1;{HOT}"));
    assert!(text.contains("CommandTimeout of 1 seconds"), "{text}");
    let job = site.list("Job")[0].clone();
    wait_done(&site, &job);
    assert_eq!(site.list("Vm").len(), 3);
}

#[test]
fn faults_hit_their_command() {
    let site = site(V3_4, &[]);
    site.arm("name=failed", Action::Fail(String::new()));
    assert!(site.refused("create Tag name=failed").starts_with("OVMAPI_4010E"));
    site.arm("name=before", Action::CutBefore);
    let cut = site.by_key("create Tag name=before");
    assert!(!cut.status.success());
    site.arm("name=after", Action::CutAfter);
    let cut = site.by_key("create Tag name=after");
    assert!(!cut.status.success());
    assert!(!String::from_utf8_lossy(&cut.stdout).contains("Status"));
    site.arm("name=garbled", Action::Garble);
    assert!(!site.run("create Tag name=garbled").contains("Success"));
    site.arm("name=slow", Action::Slow(700));
    let start = Instant::now();
    site.ok("create Tag name=slow");
    assert!(start.elapsed() >= Duration::from_millis(700));
    let text = site.ok("list Tag");
    let names: Vec<_> = text.lines().filter_map(|l| l.split("  name:").nth(1)).collect();
    assert_eq!(names, ["after", "garbled", "slow"]);
}

#[test]
fn a_hanging_command_has_no_effect() {
    let site = site(V3_4, &[]);
    site.arm("name=hung", Action::Hang);
    let mut ssh = site.ssh();
    ssh.arg("-i").arg(site.folder.join("id")).args(["-n", "127.0.0.1", "create Tag name=hung"]);
    let mut child = ssh.stdout(Stdio::null()).spawn().unwrap();
    let spent = || fs::read_to_string(&site.options.faults).is_ok_and(|t| t.contains("\"seen\":1"));
    until("the command arrived", spent);
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(site.list("Tag").is_empty());
}

#[test]
fn many_sessions_work_at_once() {
    let site = site_with(V3_4, &[], Duration::from_millis(200), |_| {});
    std::thread::scope(|scope| {
        for n in 0..6 {
            let site = &site;
            scope.spawn(move || site.ok(&format!("create Tag name=t{n};refresh Repository name=slotreposan01")));
        }
    });
    assert_eq!(site.list("Tag").len(), 6);
}

#[test]
fn a_round_trip_takes_its_time() {
    let mut site = site(V3_4, &[]);
    site.stop();
    site.options.rtt = Duration::from_millis(400);
    site.start();
    site.prime();
    let start = Instant::now();
    site.run("showversion");
    assert!(start.elapsed() >= Duration::from_millis(400));
}
