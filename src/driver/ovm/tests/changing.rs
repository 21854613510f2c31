use super::{super::*, *};
use crate::fault::{Remedy, Retry};
use rstest::rstest;

const TAG: &str = "ovm.ORCL-20261121T204512-4f2a.cust";
const CREATE: &str =
    "create VmCloneCustomizer name=ovm.ORCL-20261121T204512-4f2a.cust on Vm id=0004fb0000060000aaaaaaaaaaaaaaaa";
const GEN_000029: &str =
    "GEN_000029:Object slot021 of type Vm could not be modified as it was locked when it was fetched.";

fn entry(id: &str, name: &str) -> String {
    format!("  id:{id}  name:{name}")
}

#[test]
fn a_create_is_read_back() {
    let script =
        v34().job(CREATE, &entry("c1", TAG)).ok("show VmCloneCustomizer id=c1", &format!("  Name = {TAG}\n  Id = c1"));
    assert_eq!(manager(script).create_customizer(&id(VM), &name(TAG)).unwrap(), id("c1"));
}

#[test]
fn a_create_that_shows_another_name_is_an_error() {
    let script = v34().job(CREATE, &entry("c1", TAG)).ok("show VmCloneCustomizer id=c1", "  Name = x\n  Id = c1");
    let error = manager(script).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert_eq!(error.code(), "OVM-008");
}

#[test]
fn an_answer_lost_after_the_effect_is_success() {
    let script = v34()
        .lost(CREATE)
        .unreachable("list Job")
        .ok("list Job", "  id:15  name:Create VmCloneCustomizer on slot021")
        .ok(&show_vm(), &vm_lines(""))
        .ok("list VmCloneCustomizer", &entry("c1", TAG));
    assert_eq!(manager(script).create_customizer(&id(VM), &name(TAG)).unwrap(), id("c1"));
}

#[test]
fn an_answer_lost_before_the_effect_says_that_nothing_was_made() {
    let look = |script: Script| {
        script
            .ok("list Job", "  None")
            .ok(&show_vm(), &vm_lines(""))
            .ok("list VmCloneCustomizer", &entry("c7", "ovm.ORCL-20261121T204512-4f2b.cust"))
    };
    let script = look(look(v34().lost(CREATE))).ok("list Job", "  None");
    let error = manager(script).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert!(matches!(error, OvmError::NoEffect { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Again);
    assert!(error.fault().causes[0].contains("deadline"), "{:?}", error.fault());
}

#[test]
fn an_open_job_and_a_lock_are_waited_for() {
    let script = v34()
        .lost(CREATE)
        .ok("list Job", &format!("  id:16  name:Create {TAG}\n  id:15  name:other"))
        .ok("show Job id=16", "  Summary Done = No\n  Summary State = In Progress")
        .ok("list Job", &format!("  id:16  name:Create {TAG}"))
        .ok("show Job id=16", "  Summary Done = Yes\n  Summary State = Success")
        .ok(&show_vm(), &vm_lines("").replace("Locked = false", "Locked = true"))
        .ok("list Job", "  None")
        .ok(&show_vm(), &vm_lines(""))
        .ok("list VmCloneCustomizer", &entry("c1", TAG));
    assert_eq!(manager(script).create_customizer(&id(VM), &name(TAG)).unwrap(), id("c1"));
}

#[test]
fn a_look_that_fails_leaves_a_doubt() {
    let script = v34().lost(CREATE).fails("list Job", "no permission");
    let error = manager(script).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert!(matches!(error, OvmError::InDoubt { .. }), "{error}");
    assert_eq!(error.retry(), Retry::InDoubt);
    assert!(error.fault().causes[0].contains("no permission"));
}

#[test]
fn a_garbled_answer_to_a_change_is_looked_into() {
    let script = v34()
        .says(CREATE, "OVM> create\n\rCommand: create\n\rStatus: Suc")
        .ok("list Job", "  None")
        .ok(&show_vm(), &vm_lines(""))
        .ok("list VmCloneCustomizer", &entry("c1", TAG));
    assert_eq!(manager(script).create_customizer(&id(VM), &name(TAG)).unwrap(), id("c1"));
}

#[test]
fn a_lock_is_waited_for_and_the_command_repeated() {
    let script = v34()
        .fails(CREATE, GEN_000029)
        .ok(&show_vm(), &vm_lines("").replace("Locked = false", "Locked = true"))
        .ok(&show_vm(), &vm_lines(""))
        .job(CREATE, &entry("c1", TAG))
        .ok("show VmCloneCustomizer id=c1", &format!("  Name = {TAG}"));
    assert_eq!(manager(script).create_customizer(&id(VM), &name(TAG)).unwrap(), id("c1"));
}

#[test]
fn a_lock_that_stays_ends_the_wait() {
    let locked = vm_lines("").replace("Locked = false", "Locked = true");
    let mut script = v34().fails(CREATE, GEN_000029);
    for _ in 0..29 {
        script = script.ok(&show_vm(), &locked);
    }
    let error = manager(script).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert!(matches!(error, OvmError::Locked { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Again);
}

#[test]
fn another_refusal_is_not_repeated() {
    let script = v34().fails(CREATE, "something of the vendor's");
    let error = manager(script).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert!(error.to_string().ends_with("something of the vendor's"));
    assert_eq!((error.code().as_str(), error.hints().len()), ("OVM-006", 0));
}

#[test]
fn release_3_2_makes_no_customizers() {
    let error = manager(Script::new().version("3.2.8.744")).create_customizer(&id(VM), &name(TAG)).unwrap_err();
    assert_eq!(error.code(), "OVM-012");
}

fn map(version: &str, key: &str) -> (String, String, String) {
    let create = format!("create VmDiskMapping slot=2 {key}={DISK} name=xvdc on Vm id={VM}");
    let vm = vm_lines("\n  VmDiskMapping 1 = m2");
    let label = if version.starts_with("3.2") { "Virtual Disk Id" } else { "Virtual Disk" };
    (create, vm, format!("  Slot = 2\n  {label} = {DISK}  [u01]\n  Vm = {VM}  [slot021]"))
}

#[rstest]
#[case("3.2.8.744", "storageDevice")]
#[case("3.3.1.1065", "virtualDisk")]
#[case("3.4.6.2105", "virtualDisk")]
fn a_mapping_is_read_back_by_slot_and_disk(#[case] version: &str, #[case] key: &str) {
    let (create, vm, mapping) = map(version, key);
    let script = Script::new()
        .version(version)
        .job(&create, "  id:m2  name:xvdc")
        .ok(&show_vm(), &vm)
        .ok("show VmDiskMapping id=m2", &mapping)
        .ok("show VmDiskMapping id=m2", &mapping);
    let made = manager(script).create_mapping(&id(VM), 2, &id(DISK), Source::Virtual, &name("xvdc")).unwrap();
    assert_eq!((made.id, made.slot), (id("m2"), 2));
}

#[test]
fn a_slot_with_another_disk_is_an_error() {
    let (create, vm, mapping) = map("3.4.6.2105", "virtualDisk");
    let other = mapping.replace(DISK, "other.img");
    let script = v34().job(&create, "").ok(&show_vm(), &vm).ok("show VmDiskMapping id=m2", &other);
    let error = manager(script).create_mapping(&id(VM), 2, &id(DISK), Source::Virtual, &name("xvdc")).unwrap_err();
    assert!(error.to_string().contains("other.img"), "{error}");
}

#[test]
fn a_mapping_that_is_not_there_after_success_is_an_error() {
    let (create, _, _) = map("3.4.6.2105", "virtualDisk");
    let script = v34().job(&create, "").ok(&show_vm(), &vm_lines(""));
    let error = manager(script).create_mapping(&id(VM), 2, &id(DISK), Source::Virtual, &name("xvdc")).unwrap_err();
    assert_eq!(error.code(), "OVM-008");
}

#[test]
fn a_lost_mapping_with_another_disk_in_its_slot_was_not_made() {
    let (create, vm, mapping) = map("3.4.6.2105", "virtualDisk");
    let other = mapping.replace(DISK, "other.img");
    let look = |s: Script| {
        let s = s.ok("list Job", "  None").ok(&show_vm(), &vm);
        s.ok(&show_vm(), &vm).ok("show VmDiskMapping id=m2", &other)
    };
    let script = look(look(v34().lost(&create))).ok("list Job", "  None");
    let error = manager(script).create_mapping(&id(VM), 2, &id(DISK), Source::Virtual, &name("xvdc")).unwrap_err();
    assert!(matches!(error, OvmError::NoEffect { .. }), "{error}");
}

#[rstest]
#[case("8.0", true)]
#[case("7.0", false)]
fn a_new_disk_is_at_least_as_large_as_asked(#[case] gib: &str, #[case] good: bool) {
    let create = "create VirtualDisk size=8 shareable=No sparse=Yes name=ovm.t on Repository id=r1";
    let shown = format!("  Name = ovm.t\n  Id = d1.img\n  Max (GiB) = {gib}");
    let script = v34().job(create, "  id:d1.img  name:ovm.t").ok("show VirtualDisk id=d1.img", &shown);
    let result =
        manager(script.ok("show VirtualDisk id=d1.img", &shown)).create_disk(&id("r1"), (7 << 30) + 1, &name("ovm.t"));
    assert_eq!(result.is_ok(), good);
}

#[test]
fn an_edit_that_cannot_be_seen_stays_in_doubt_when_its_answer_is_lost() {
    let edit = VmEdit { description: Some(Description::new("x").unwrap()), ..VmEdit::default() };
    let script = v34()
        .lost(&format!("edit Vm id={VM} description=x"))
        .ok("list Job", "  None")
        .ok(&show_vm(), &vm_lines(""))
        .ok(&show_vm(), &vm_lines(""));
    assert_eq!(manager(script).edit_vm(&id(VM), &edit).unwrap_err().code(), "OVM-009");
}

#[test]
fn a_delete_is_confirmed_by_the_list() {
    let script = v34()
        .job("delete VmDiskMapping id=m2", "")
        .ok("list VmDiskMapping", "  id:m2  name:xvdc")
        .ok("list VmDiskMapping", "  id:m3  name:xvdd");
    manager(script).delete_mapping(&id("m2")).unwrap();
}

#[test]
fn a_refused_detach_stays_in_doubt() {
    let script = v34().fails("delete VmDiskMapping id=m2", "busy").ok("list VmDiskMapping", "  id:m2  name:xvdc");
    let error = manager(script).delete_mapping(&id("m2")).unwrap_err();
    assert!(matches!(error, OvmError::DetachRefused { .. }), "{error}");
    assert_eq!(error.retry(), Retry::InDoubt);
}

#[test]
fn deleting_what_is_gone_succeeds() {
    let script = v34().fails("delete VirtualDisk id=d1.img", "no such thing").ok("list VirtualDisk", "  None");
    manager(script).delete_disk(&id("d1.img")).unwrap();
}

#[test]
fn a_lost_delete_is_settled() {
    let script = v34()
        .lost("delete Vm id=v9")
        .ok("list Job", "  None")
        .fails("show Vm id=v9", "unknown object")
        .ok("list Vm", "  None");
    manager(script).delete_vm(&id("v9")).unwrap();
}

#[test]
fn what_stays_after_its_delete_is_named() {
    let mut script = v34().job("delete Vnic id=n1", "");
    for _ in 0..31 {
        script = script.ok("list Vnic", "  id:n1  name:00:21:f6:01:00:0b");
    }
    let error = manager(script).delete_vnic(&id("n1")).unwrap_err();
    assert_eq!(error.hints()[0].command.as_deref(), Some("show Vnic id=n1"));
}

#[rstest]
#[case("\n  Description = dbid=7\n  High Availability = No", None)]
#[case("\n  High Availability = No", None)]
#[case("\n  Description = dbid=8\n  High Availability = No", Some("dbid=8"))]
#[case("\n  Description = dbid=7\n  High Availability = Yes", Some("high availability true"))]
fn an_edit_is_read_back(#[case] shown: &str, #[case] problem: Option<&str>) {
    let edit =
        VmEdit { name: None, description: Some(Description::new("dbid=7").unwrap()), high_availability: Some(false) };
    let command = format!("edit Vm id={VM} description=\"dbid=7\" highAvailability=No");
    let result = manager(v34().job(&command, "").ok(&show_vm(), &vm_lines(shown))).edit_vm(&id(VM), &edit);
    match problem {
        None => assert_eq!(result.unwrap().name, "slot021"),
        Some(part) => assert!(result.unwrap_err().to_string().contains(part)),
    }
}

#[test]
fn a_rename_is_read_back() {
    let script = v34()
        .job("edit VirtualDisk id=d1.img name=\"u01 (2)\"", "")
        .ok("show VirtualDisk id=d1.img", "  Name = u01 (2)");
    assert_eq!(manager(script).rename_disk(&id("d1.img"), &name("u01 (2)")).unwrap().name, "u01 (2)");
}

#[test]
fn a_refresh_covers_the_file_system_and_may_be_asked_again() {
    let shown = "  Name = repo\n  File System = f1  [fs]\n  File System Free (GiB) = 3.0\n  Locked = false";
    let settled = |s: Script| s.ok("list Job", "  None").ok("show Repository id=r1", shown);
    let script = settled(settled(v34().lost("refresh Repository id=r1")))
        .ok("list Job", "  None")
        .job("refresh Repository id=r1", "")
        .ok("show Repository id=r1", shown)
        .job("refresh FileSystem id=f1", "")
        .ok("show Repository id=r1", shown);
    assert_eq!(manager(script).refresh_repository(&id("r1")).unwrap().free_bytes, Some(3 << 30));
}

#[test]
fn a_stop_waits_for_the_state() {
    let stopped = vm_lines("").replace("Running", "Stopped");
    let script = v34()
        .ok(&show_vm(), &vm_lines(""))
        .job(&format!("stop Vm id={VM}"), "")
        .ok(&show_vm(), &vm_lines("").replace("Running", "Stopping"))
        .ok(&show_vm(), &stopped);
    assert_eq!(manager(script).stop(&id(VM)).unwrap().status, "Stopped");
    assert_eq!(manager(v34().ok(&show_vm(), &stopped)).stop(&id(VM)).unwrap().status, "Stopped");
}

/// A mapping whose command was sent by a process that is gone: its job ends first, and absence is seen twice.
#[test]
fn a_mapping_that_nobody_waited_for_is_settled() {
    let jobs = "  id:77  name:Create VmDiskMapping ovm.x.map.2";
    let ended = "  Summary Done = Yes\n  Summary State = Success";
    let look = |s: Script| {
        s.ok("list Job", jobs).ok("show Job id=77", ended).ok(&show_vm(), &vm_lines("")).ok(&show_vm(), &vm_lines(""))
    };
    let script = v34().ok("list Job", jobs).ok("show Job id=77", "  Summary Done = No\n  Summary State = In Progress");
    let script = look(look(script)).ok("list Job", "  None");
    assert_eq!(manager(script).settle_mapping(&id(VM), 20, &id(DISK), &name("ovm.x.map.2")).unwrap(), None);
}
