use super::{super::*, *};
use crate::{fault::Remedy, model::ObjectId};
use rstest::rstest;
use std::{collections::BTreeSet, time::Duration};

const TAG: &str = "ovm.ORCL-20261121T204512-4f2a.clone";
const CLONE: &str = "clone Vm id=0004fb0000060000aaaaaaaaaaaaaaaa destType=VmTemplate destName=ovm.ORCL-20261121T204512-4f2a.clone serverPool=p1";
const MADE: &str = "0004fb00001400001111111111111111";

fn spec() -> CloneSpec {
    CloneSpec {
        source: Ref { id: id(VM), name: Some("slot021".into()) },
        to: CloneTo::VmTemplate,
        name: name(TAG),
        pool: (&id("p1")).into(),
        customizer: None,
        repository: None,
    }
}

const JOB: &str = "show Job id=1582725527174";
const OPEN: &str = "  Summary Done = No\n  Summary State = In Progress";
const DONE: &str = "  Summary Done = Yes\n  Summary State = Success";

fn shown(script: Script) -> Script {
    script.ok(&format!("show Vm id={MADE}"), &format!("  Status = Stopped\n  Name = {TAG}\n  Id = {MADE}"))
}

fn made() -> String {
    format!("  id:{MADE}  name:{TAG}")
}

#[rstest]
#[case("3.2.8.744")]
#[case("3.3.1.1065")]
#[case("3.4.6.2105")]
fn a_clone_says_its_job_and_its_times(#[case] version: &str) {
    let script = Script::new().version(version).job(CLONE, &made());
    let script = shown(script.ok(JOB, DONE).ok(JOB, DONE));
    let clone = manager(script).clone_vm(&spec()).unwrap();
    assert_eq!((clone.id.as_str(), clone.job_ms, clone.wall_ms), (MADE, Some(766), Some(900)));
    assert_eq!(clone.job.as_ref().map(ObjectId::as_str), Some("1582725527174"));
}

#[test]
fn an_open_job_is_waited_for_where_no_window_is() {
    let script = v34().job(CLONE, &made()).ok(JOB, OPEN).ok(JOB, OPEN).ok(JOB, DONE).ok(JOB, DONE);
    assert_eq!(manager(shown(script)).clone_vm(&spec()).unwrap().id.as_str(), MADE);
}

#[test]
fn an_open_job_after_the_window_is_an_error() {
    let manager = manager(v34().job(CLONE, &made()).ok(JOB, OPEN));
    let Sent::Done(clone) = manager.start_clone(&spec(), Duration::from_secs(90)).unwrap() else { panic!() };
    let error = manager.confirm_clone(&spec(), clone).unwrap_err();
    assert!(error.to_string().contains("job 1582725527174 shows `In Progress`"), "{error}");
}

#[test]
fn a_job_that_is_not_shown_any_more_is_no_error() {
    let manager = manager(shown(v34().job(CLONE, &made()).fails(JOB, "unknown")));
    let Sent::Done(clone) = manager.start_clone(&spec(), Duration::from_secs(90)).unwrap() else { panic!() };
    assert_eq!(manager.confirm_clone(&spec(), clone.clone()).unwrap(), clone);
}

#[test]
fn inside_the_window_one_command_is_sent_and_no_look() {
    let manager = manager(v34().lost(CLONE));
    manager.connect().unwrap();
    let sent = manager.start_clone(&spec(), Duration::from_secs(90)).unwrap();
    assert!(matches!(sent, Sent::InDoubt(_)));
}

#[test]
fn a_lock_in_the_window_is_waited_for_no_longer_than_the_call_may_take() {
    let locked = vm_lines("").replace("Locked = false", "Locked = true");
    let mut script = v34().fails(CLONE, "GEN_000029:Object x was locked when it was fetched.");
    for _ in 0..4 {
        script = script.ok(&show_vm(), &locked);
    }
    let error = manager(script).start_clone(&spec(), Duration::from_secs(10)).unwrap_err();
    assert!(matches!(error, OvmError::Locked { waited, .. } if waited < Duration::from_secs(10)), "{error}");
}

#[test]
fn a_clone_that_finishes_late_is_found_after_its_job() {
    let script = v34()
        .lost(CLONE)
        .ok("list Job", "  id:77  name:Clone VM slot021")
        .ok("show Job id=77", "  Summary Done = No\n  Summary State = In Progress")
        .ok("list Job", "  id:77  name:Clone VM slot021")
        .ok("show Job id=77", "  Summary Done = Yes\n  Summary State = Success")
        .ok(&show_vm(), &vm_lines(""))
        .ok("list Vm", &made())
        .ok(&format!("show Vm id={MADE}"), &format!("  Status = Stopped\n  Name = {TAG}"));
    let clone = manager(script).clone_vm(&spec()).unwrap();
    assert_eq!((clone.id.as_str(), clone.job, clone.wall_ms), (MADE, None, None));
}

#[test]
fn a_clone_whose_job_failed_is_told_with_the_job() {
    let jobs = "  id:77  name:Clone VM slot021";
    let ended = "  Summary Done = Yes\n  Summary State = Failure";
    let look = |s: Script| {
        s.ok("list Job", jobs).ok("show Job id=77", ended).ok(&show_vm(), &vm_lines("")).ok("list Vm", "  None")
    };
    let script = look(look(v34().lost(CLONE))).ok("list Job", jobs).ok("show Job id=77", ended);
    let error = manager(script).clone_vm(&spec()).unwrap_err();
    let OvmError::NoEffect { seen, .. } = &error else { panic!("{error}") };
    assert_eq!(seen.as_deref(), Some("job 77 (Clone VM slot021): Failure"));
    assert!(error.hints()[0].text.ends_with("Failure"), "{:?}", error.hints());
}

#[test]
fn two_objects_with_the_tag_are_not_chosen_from() {
    let script = v34()
        .lost(CLONE)
        .ok("list Job", "  None")
        .ok(&show_vm(), &vm_lines(""))
        .ok("list Vm", &format!("{}\n  id:v2  name:{TAG}", made()));
    let fault = manager(script).clone_vm(&spec()).unwrap_err().fault();
    assert_eq!(fault.code, "OVM-009");
    assert!(fault.causes[0].contains("2 objects"), "{fault:?}");
}

#[test]
fn a_success_that_names_nothing_is_looked_up_by_name() {
    let script = v34().job(CLONE, "").ok("list Vm", &made()).ok(JOB, DONE).ok(JOB, DONE);
    assert_eq!(manager(shown(script)).clone_vm(&spec()).unwrap().id.as_str(), MADE);
}

#[rstest]
#[case("", "  None")]
#[case("  id:v9  name:another", "")]
fn a_success_without_the_clone_is_a_doubt(#[case] data: &str, #[case] listed: &str) {
    let script = v34().job(CLONE, data);
    let script = if listed.is_empty() { script } else { script.ok("list Vm", listed) };
    let sent = manager(script).start_clone(&spec(), Duration::from_secs(90)).unwrap();
    assert!(matches!(sent, Sent::InDoubt(OvmError::NotUnderstood { .. })), "{sent:?}");
}

#[test]
fn a_failure_whose_job_is_still_open_is_a_doubt() {
    let refused = "OVM> x\nCommand: x\nStatus: Failure\nTime: t\nJobId: 78\nError Msg: command timed out\nOVM> ";
    let command = "delete Vm id=v9";
    let script = v34()
        .says(command, refused)
        .ok("show Job id=78", "  Summary Done = No")
        .ok("list Job", "  None")
        .fails("show Vm id=v9", "unknown")
        .ok("list Vm", "  None");
    manager(script).delete_vm(&id("v9")).unwrap();
}

const SOURCE: &str = "  Name = u01\n  Id = d1.img\n  Max (GiB) = 4.0\n  Repository Id = r1  [repo]";
const AFTER: &str =
    "  id:d7.img  name:u01 (3)\n  id:d8.img  name:someone's\n  id:d1.img  name:u01\n  id:d0.img  name:u01 (2)";

fn before() -> BTreeSet<ObjectId> {
    ["d1.img", "d0.img"].into_iter().map(id).collect()
}

fn one_disk(version: &str, command: &str) -> Script {
    Script::new().version(version).ok("show VirtualDisk id=d1.img", SOURCE).job(command, "")
}

const THIN: &str = "cloneVdToRepo VirtualDisk id=d1.img target=r1 cloneType=THIN_CLONE";

fn renamed(script: Script) -> Script {
    script.job("edit VirtualDisk id=d7.img name=ovm.w", "").ok("show VirtualDisk id=d7.img", "  Name = ovm.w")
}

#[rstest]
#[case("3.2.8.744", "clone VirtualDisk id=d1.img target=r1 cloneType=Sparse")]
#[case("3.3.1.1065", "cloneVdToRepo VirtualDisk id=d1.img target=r1 cloneType=THIN_CLONE")]
#[case("3.4.6.2105", "cloneVdToRepo VirtualDisk id=d1.img target=r1 cloneType=THIN_CLONE")]
fn a_cloned_disk_is_the_new_one_with_its_sources_name(#[case] version: &str, #[case] command: &str) {
    let script = renamed(one_disk(version, command).ok("list VirtualDisk", AFTER));
    assert_eq!(
        manager(script).clone_disk(&before(), &id("d1.img"), &id("r1"), &name("ovm.w")).unwrap().id,
        id("d7.img")
    );
}

#[test]
fn two_new_copies_are_not_chosen_from() {
    let after = format!("{AFTER}\n  id:d9.img  name:u01 (4)");
    let manager = manager(one_disk("3.4.6.2105", THIN).ok("list VirtualDisk", &after));
    let error = manager.clone_disk(&before(), &id("d1.img"), &id("r1"), &name("ovm.w"));
    assert_eq!(error.unwrap_err().code(), "OVM-002");
}

#[test]
fn a_copy_that_may_not_be_renamed_is_deleted() {
    let script = one_disk("3.4.6.2105", THIN)
        .ok("list VirtualDisk", AFTER)
        .fails("edit VirtualDisk id=d7.img name=ovm.w", "no")
        .job("delete VirtualDisk id=d7.img", "")
        .ok("list VirtualDisk", "  id:d1.img  name:u01");
    let error = manager(script).clone_disk(&before(), &id("d1.img"), &id("r1"), &name("ovm.w")).unwrap_err();
    assert!(matches!(error, OvmError::Refused { .. }), "{error}");
}

#[rstest]
#[case::ours(AFTER, "x.img", Some("d7.img"))]
#[case::mapped_by_somebody(AFTER, "d7.img", None)]
fn a_copy_without_its_name_is_found(#[case] after: &str, #[case] mapped: &str, #[case] found: Option<&str>) {
    let mapping = format!("  Vm Id = v1  [v]\n  Slot = 3\n  Virtual Disk Id = {mapped}  [u01]\n  Name = m");
    let script = v34()
        .ok("show VirtualDisk id=d1.img", SOURCE)
        .ok("list Job", "  id:77  name:Clone Virtual Disk u01")
        .ok("show Job id=77", OPEN)
        .ok("show Job id=77", DONE)
        .ok("list VirtualDisk", after)
        .ok("list VmDiskMapping", "  id:m1  name:m")
        .ok("show VmDiskMapping id=m1", &mapping);
    let copy = manager(script).unnamed_copy(&before(), &id("d1.img"), "ovm.x.disk.2").unwrap();
    assert_eq!(copy.as_ref().map(ObjectId::as_str), found);
}

#[test]
fn disks_that_were_there_before_or_have_another_name_are_not_ours() {
    let script = v34()
        .ok("show VirtualDisk id=d1.img", SOURCE)
        .ok("list Job", "  None")
        .ok("list VirtualDisk", "  id:d8.img  name:someone's\n  id:d1.img  name:u01\n  id:d0.img  name:u01 (2)");
    assert_eq!(manager(script).unnamed_copy(&before(), &id("d1.img"), "ovm.x.disk.2").unwrap(), None);
}

const COPY_OF_GONE: &str = "  Name = ovm.x.disk.2 (3)\n  Id = d7.img\n  Max (GiB) = 4.0\n  Repository Id = r1  [repo]";

/// The source is gone: what it was called tells its copy, unless it may be the source itself again.
#[rstest]
#[case::nothing_was_made("  id:d8.img  name:someone's", None)]
#[case::a_copy("  id:d7.img  name:ovm.x.disk.2 (3)", Some("d7.img"))]
#[case::of_another_slot("  id:d7.img  name:ovm.x.disk.22", None)]
fn a_copy_is_found_without_its_source(#[case] after: &str, #[case] found: Option<&str>) {
    let mut script = v34()
        .fails("show VirtualDisk id=d1.img", "no such object")
        .ok("list VirtualDisk", after)
        .ok("list Job", "  None")
        .ok("list VirtualDisk", after);
    if found.is_some() {
        script = script.ok("list VmDiskMapping", "  None").ok("show VirtualDisk id=d7.img", COPY_OF_GONE);
    }
    let copy = manager(script).unnamed_copy(&before(), &id("d1.img"), "ovm.x.disk.2").unwrap();
    assert_eq!(copy.as_ref().map(ObjectId::as_str), found);
}

#[test]
fn what_may_be_the_source_brought_back_is_not_taken_for_its_copy() {
    let script = v34()
        .fails("show VirtualDisk id=d1.img", "no such object")
        .ok("list VirtualDisk", "  None")
        .ok("list Job", "  None")
        .ok("list VirtualDisk", "  id:d7.img  name:ovm.x.disk.2")
        .ok("list VmDiskMapping", "  None")
        .ok("show VirtualDisk id=d7.img", &COPY_OF_GONE.replace(" (3)", ""));
    let error = manager(script).unnamed_copy(&before(), &id("d1.img"), "ovm.x.disk.2").unwrap_err();
    assert!(error.to_string().contains("brought back"), "{error}");
}

#[test]
fn jobs_are_found_aborted_and_waited_for() {
    let script = v34()
        .ok("list Job", "  id:77  name:Clone VM slot021\n  id:70  name:Stop VM x")
        .job("abort Job id=77", "")
        .ok("show Job id=77", "  Summary Done = No\n  Summary State = In Progress")
        .lost("show Job id=77")
        .ok("show Job id=77", "  Summary Done = Yes\n  Summary State = Aborted\n  Id = 77");
    let manager = manager(script);
    let jobs = manager.find_job("slot021").unwrap();
    let job = manager.abort_job(&jobs[0].id).unwrap();
    assert!(job.done && !job.succeeded() && jobs.len() == 1);
}

#[test]
fn aborting_a_job_that_is_over_is_no_error() {
    let script = v34()
        .fails("abort Job id=77", "not running")
        .ok("show Job id=77", "  Summary Done = Yes\n  Summary State = Success");
    assert!(manager(script).abort_job(&id("77")).unwrap().succeeded());
}
