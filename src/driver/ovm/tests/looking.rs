use super::{super::*, *};
use crate::fault::{Remedy, Retry};
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("3.2.8.744", Release::V32)]
#[case("3.3.1.1065", Release::V33)]
#[case("3.4.6.2105", Release::V34)]
fn the_release_is_asked_for_once(#[case] text: &str, #[case] release: Release) {
    let manager = manager(Script::new().version(text));
    assert_eq!(manager.connect().unwrap(), release);
    assert_eq!(manager.release().unwrap(), release);
}

#[rstest]
#[case("3.1.1.399", "OVM-004", "3.1.1.399")]
#[case("Command not found", "OVM-003", "Command not found")]
fn other_releases_are_refused_with_the_text(#[case] text: &str, #[case] code: &str, #[case] part: &str) {
    let error = manager(Script::new().version(text)).connect().unwrap_err();
    let fault = error.fault();
    assert_eq!(fault.code, code);
    assert!(format!("{fault:?}").contains(part), "{fault:?}");
}

#[test]
fn the_way_to_the_manager_fails_unchanged() {
    let error = manager(Script::new().unreachable("showversion")).connect().unwrap_err();
    assert_eq!((error.code().as_str(), error.retry()), ("SSH-001", Retry::Again));
}

/// The stored sample of a stopped guest, which lost its leading blanks, with the tail that 3.4 adds.
const STOPPED: &str = "Status = Stopped
Memory (MB) = 8192
Max. Memory (MB) = 16384
Processors = 4
Max. Processors = 8
Priority = 50
Processor Cap = 100
High Availability = No
Operating System = Oracle Linux 6
Mouse Type = OS Default
Domain Type = Xen PVM
Keymap = en-us
Start Policy = Use Pool Policy
Origin = ftp://?uname?:?pwd?@10.1.3.93/../OVM_OL6U8_x86_64_...
Server Pool = 0004fb0000020000e778eb160b9eab47  [slot]
Repository = 0004fb0000030000c43cdd00584279ea  [slotreposan01]
Vnic 1 = 0004fb0000070000bbbbbbbbbbbbbbbb  [00:21:f6:01:00:0b]
VmDiskMapping 1 = 0004fb00001300001111111111111111  [Mapping for disk Id (0004fb00001200001.img)]
VmDiskMapping 2 = 0004fb00001300002222222222222222
Tag 1 = 0004fb0000240000cccccccccccccccc  [tag]
Name = menlnxolasc01
Id = 0004fb0000060000aaaaaaaaaaaaaaaa
Locked = false";

#[test]
fn a_vm_is_read_by_label() {
    let vm = manager(v34().ok(&show_vm(), STOPPED)).vm(&(&id(VM)).into()).unwrap();
    assert_eq!((vm.name.as_str(), vm.status.as_str(), vm.memory_mb), ("menlnxolasc01", "Stopped", Some(8192)));
    assert_eq!(vm.domain_type.as_deref(), Some("Xen PVM"));
    assert!(vm.pool.unwrap().is_named("slot"));
    assert_eq!((vm.mappings.len(), vm.vnics.len(), vm.server), (2, 1, None));
    assert_eq!((vm.high_availability, vm.locked, vm.description), (Some(false), Some(false), None));
}

#[test]
fn a_vm_by_name_is_sent_quoted() {
    let by_name = ObjectRef::Name(name("my db/1"));
    let script = v34().ok("show Vm name=\"my db//1\"", STOPPED);
    assert_eq!(manager(script).vm(&by_name).unwrap().id, id(VM));
}

#[test]
fn an_answer_about_another_object_is_not_taken() {
    let error = manager(v34().ok("show Vm id=0004fb00ff", STOPPED)).vm(&(&id("0004fb00ff")).into()).unwrap_err();
    assert!(error.to_string().contains("where 0004fb00ff was asked for"), "{error}");
}

const VMS: &str = "  id:0004fb0000060000aaaaaaaaaaaaaaaa  name:slot021
  id:0004fb0000060000bbbbbbbbbbbbbbbb  name:bckvm
  id:0004fb00001400001111111111111111  name:slot021
  id:0004fb00000600002222222222222222  name:two; words
  id:0004fb00000600003333333333333333  name:two; words";

#[test]
fn a_vm_is_found_beside_a_template_of_its_name() {
    let script = v34().ok("list Vm", VMS).ok(&show_vm(), &vm_lines(""));
    let vm = manager(script).find_vm("slot021").unwrap();
    assert!(!vm.is_template() && vm.is_running());
}

#[rstest]
#[case("a; delete Vm id=1")]
#[case("it's \"x\"")]
#[case("$(id) `id`")]
#[case("a/b//c")]
#[case("Datenträger  [x]  name:y = z")]
#[case("--help")]
#[case(&"n".repeat(300))]
fn a_hostile_name_is_found_and_never_sent(#[case] hostile: &str) {
    let list = format!("  id:{VM}  name:{hostile}\n  id:v2  name:{hostile}x");
    let shown = vm_lines("").replace("Name = slot021", &format!("Name = {hostile}"));
    let vm = manager(v34().ok("list Vm", &list).ok(&show_vm(), &shown)).find_vm(hostile).unwrap();
    assert_eq!((vm.id, vm.name.as_str()), (id(VM), hostile));
}

#[test]
fn an_id_tells_objects_of_one_name_apart() {
    let script = v34().ok("list Repository", "  id:r1  name:repo\n  id:r2  name:repo");
    assert_eq!(manager(script).find(ObjectKind::Repository, "r2").unwrap().id, id("r2"));
}

proptest! {
    #[test]
    fn garbage_is_an_error_that_shows_it(text in "(?s)[^\0]{1,200}") {
        let error = manager(v34().says("list Vm", &text)).list(ObjectKind::Vm).unwrap_err();
        let shown = format!("{:?}", error);
        prop_assert!(shown.contains(&format!("{text:?}")), "{}", shown);
    }

    #[test]
    fn garbled_data_never_panic(data in "(?s)(  [A-Za-z (]{0,9}( = |:)[^\0]{0,20}\n?){0,6}") {
        let _ = manager(v34().ok(&show_vm(), &data)).vm(&(&id(VM)).into());
        let _ = manager(v34().ok("show VmDiskMapping id=m1", &data)).mapping(&id("m1"));
    }
}

#[test]
fn a_missing_vm_comes_with_near_names() {
    let error = manager(v34().ok("list Vm", VMS)).find_vm("slot21").unwrap_err();
    assert_eq!(error.code(), "OVM-001");
    assert!(error.hints()[0].text.contains("slot021"), "{:?}", error.hints());
    assert!(!error.hints()[0].text.contains("two"), "{:?}", error.hints());
}

#[test]
fn names_that_are_not_unique_are_refused_with_their_ids() {
    let error = manager(v34().ok("list Vm", VMS)).find_vm("two; words").unwrap_err();
    assert!(matches!(&error, OvmError::Ambiguous { ids, .. } if ids.len() == 2), "{error}");
    assert!(error.hints()[0].text.contains("0004fb00000600003333333333333333"));
}

#[test]
fn an_empty_list_is_none() {
    assert!(manager(v34().ok("list VirtualDisk", "  None")).list(ObjectKind::VirtualDisk).unwrap().is_empty());
}

#[rstest]
#[case::v32("3.2.8.744", format!("  Name = m1\n  Id = m1\n  Slot = 2\n  Emulated Block Device = false\n  Virtual Disk Id = {DISK}  [u01 [x]]\n  Vm = {VM}  [slot021]"), DiskKind::Virtual)]
#[case::v33("3.3.1.1065", format!("  Name = m1\n  Id = m1\n  Slot = 2\n  Virtual Disk Id = 0004fb00001800008188f5f91b172e9d  [u01 [x]]"), DiskKind::Physical)]
#[case::v34("3.4.6.2105", format!("  Slot = 2\n  Virtual Disk = {DISK}  [u01 [x]]\n  Vm = {VM}  [slot021]\n  Name = m1\n  Id = m1\n  Locked = false"), DiskKind::Virtual)]
#[case::by_file("3.4.6.2105", "  Slot = 2\n  Virtual Disk = slot021_xvdc  [u01 [x]]".to_owned(), DiskKind::Virtual)]
#[case::lun("3.4.6.2105", "  Slot = 2\n  Physical Disk = 0004fb00001800008188f5f91b172e9d  [u01 [x]]".to_owned(), DiskKind::Physical)]
#[case::cd("3.4.6.2105", "  Slot = 2\n  Some Drive = 0004fb00001500009f6ce2a34d84d851.iso  [u01 [x]]".to_owned(), DiskKind::Cd)]
#[case::empty("3.2.8.744", "  Slot = 2\n  Virtual Disk Id = EMPTY_CDROM  [u01 [x]]".to_owned(), DiskKind::Empty)]
fn mappings_of_all_dialects(#[case] version: &str, #[case] data: String, #[case] kind: DiskKind) {
    let script = Script::new().version(version).ok("show VmDiskMapping id=m1", &data);
    let mapping = manager(script).mapping(&id("m1")).unwrap();
    let disk = mapping.disk.unwrap();
    assert_eq!((mapping.slot, disk.kind, disk.name.as_deref()), (2, kind, Some("u01 [x]")));
}

#[rstest]
#[case("  Name = m1", "`Slot` is missing")]
#[case("  Slot = two", "two")]
#[case("  Slot = 2\n  Virtual Disk = d1  u01", "not a reference")]
#[case("  Slot = 2\n  Virtual Disk = d1.img  [a]\n  Physical Disk = d2  [b]", "two disks")]
#[case("", "no data")]
fn garbled_mappings_are_errors(#[case] data: &str, #[case] part: &str) {
    let error = manager(v34().ok("show VmDiskMapping id=m1", data)).mapping(&id("m1")).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

fn mapping(slot: u32, id: &str, disk: &str, vm: &str) -> String {
    format!("  Slot = {slot}\n  Virtual Disk = {disk}  [d]\n  Vm = {vm}  [v]\n  Name = n\n  Id = {id}")
}

#[test]
fn disks_are_paired_by_mapping_and_sorted_by_slot() {
    let script = v34()
        .ok(&show_vm(), &vm_lines("\n  VmDiskMapping 1 = m5\n  VmDiskMapping 2 = m0"))
        .ok("show VmDiskMapping id=m5", &mapping(5, "m5", "d5.img", VM))
        .ok("show VmDiskMapping id=m0", &mapping(0, "m0", "d0.img", VM));
    let disks = manager(script).vm_disks(&id(VM)).unwrap();
    let seen: Vec<_> =
        disks.iter().map(|d| (d.slot, d.mapping.id.as_str(), d.disk.as_ref().unwrap().id.as_str())).collect();
    assert_eq!(seen, [(0, "m0", "d0.img"), (5, "m5", "d5.img")]);
}

#[rstest]
#[case(0, VM, "two mappings have slot 0")]
#[case(1, "0004fb0000060000ffffffffffffffff", "belongs to")]
fn mappings_that_do_not_fit_are_errors(#[case] slot: u32, #[case] owner: &str, #[case] part: &str) {
    let script = v34()
        .ok(&show_vm(), &vm_lines("\n  VmDiskMapping 1 = m5\n  VmDiskMapping 2 = m0"))
        .ok("show VmDiskMapping id=m5", &mapping(0, "m5", "d5.img", VM))
        .ok("show VmDiskMapping id=m0", &mapping(slot, "m0", "d0.img", owner));
    let error = manager(script).vm_disks(&id(VM)).unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn a_repository_and_a_disk_are_read() {
    let repository = "  File System = 0004fb0000050000aa  [fs_repo]
  File System Free (GiB) = 12.5
  Presented Server 1 = 44:45:4c:4c:00:00:10:20:80:00  [ovs1]
  Vm 1 = 0004fb0000060000aa  [slot021]
  Vm 2 = 0004fb0000140000bb  [gold]
  VirtualDisk 1 = 0004fb0000120000aa.img  [System.img (16)]
  Name = slotreposan01
  Id = r1
  Locked = true";
    let disk = "  Name = System.img (16)\n  Id = d1.img\n  Max (GiB) = 12.0\n  Used (GiB) = 0.25\n  Shareable = No\n  Repository Id = r1  [slotreposan01]";
    let script = v34().ok("show Repository id=r1", repository).ok("show VirtualDisk id=d1.img", disk);
    let manager = manager(script);
    let shown = manager.repository(&(&id("r1")).into()).unwrap();
    assert_eq!((shown.free_bytes, shown.locked, shown.vms.len()), (Some(25 << 29), Some(true), 2));
    assert_eq!(shown.servers[0].id.as_str(), "44:45:4c:4c:00:00:10:20:80:00");
    let disk = manager.disk(&id("d1.img")).unwrap();
    assert_eq!((disk.max_bytes, disk.used_bytes, disk.shareable), (Some(12 << 30), Some(1 << 28), Some(false)));
}

#[test]
fn a_cut_list_is_not_taken_for_a_whole_one() {
    let cut = "OVM> list Vm\n\rCommand: list Vm\n\rStatus: Success\n\rTime: x\n\rData: \n\r  id:a  name:b\n\r";
    let error = manager(v34().says("list Vm", cut)).list(ObjectKind::Vm).unwrap_err();
    assert!(error.to_string().contains("cut off"), "{error}");
    assert!(error.hints()[0].text.contains("id:a  name:b"));
}

#[test]
fn a_manager_without_prompts_is_understood() {
    let bare = "Command: list Vm\r\nStatus: Success\r\nTime: x\r\nData:\r\n  id:a  name:b\r\n";
    let script = Script::new().says("showversion", "3.4.6.2105\r\n").says("list Vm", bare);
    assert_eq!(manager(script).list(ObjectKind::Vm).unwrap().len(), 1);
}

#[test]
fn a_refusal_keeps_the_vendors_words() {
    let script =
        v34().fails(&show_vm(), "OVMRU_005002E Operation not allowed-\n\r Virtual Machine: x, is not STOPPED.");
    let fault = manager(script).vm(&(&id(VM)).into()).unwrap_err().fault();
    assert_eq!(fault.code, "OVMRU_005002E");
    assert!(fault.message.contains("not allowed-\n Virtual Machine: x"), "{}", fault.message);
}

#[test]
fn the_report_has_the_contracts_fields() {
    let script = v34()
        .ok(&show_vm(), &vm_lines("\n  VmDiskMapping 1 = m0\n  VmDiskMapping 2 = m1\n  VmDiskMapping 3 = m2"))
        .ok("show VmDiskMapping id=m0", &format!("  Slot = 0\n  Virtual Disk = {DISK}  [u01]"))
        .ok("show VmDiskMapping id=m1", "  Slot = 1\n  Physical Disk = p1  [lun]")
        .ok("show VmDiskMapping id=m2", "  Slot = 3\n  Virtual Cd = EMPTY_CDROM")
        .ok(&format!("show VirtualDisk id={DISK}"), "  Name = u01\n  Max (GiB) = 1.0\n  Repository Id = r1  [repo]")
        .ok("show PhysicalDisk id=p1", "  Name = lun\n  Id = p1\n  Size (GiB) = 200.0");
    let manager = manager(script);
    let report = manager.vm_report(manager.vm(&(&id(VM)).into()).unwrap()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["name"], "slot021");
    let expected = serde_json::json!([
        {"slot": 0, "mapping": "m0", "disk": DISK, "kind": "virtual", "name": "u01", "repository": "repo", "bytes": 1_u64 << 30},
        {"slot": 1, "mapping": "m1", "disk": "p1", "kind": "physical", "name": "lun", "repository": null, "bytes": 200_u64 << 30},
        {"slot": 3, "mapping": "m2", "disk": null, "kind": "cd", "name": null, "repository": null, "bytes": null},
    ]);
    assert_eq!(json["disks"], expected);
}

#[rstest]
#[case("slot021_xvdc", "r1", "")]
#[case("slot021_xvdx", "r1", "knows no VirtualDisk")]
#[case("slot021_xvdc", "r2", "repository r1")]
fn a_file_made_on_the_server_is_found(#[case] file: &str, #[case] repository: &str, #[case] problem: &str) {
    let script = v34().ok("list VirtualDisk", "  id:slot021_xvdc  name:slot021_xvdc\n  id:d2.img  name:other");
    let found = problem != "knows no VirtualDisk";
    let show = "  Name = slot021_xvdc\n  Repository Id = r1  [repo]";
    let script = if found { script.ok("show VirtualDisk id=slot021_xvdc", show) } else { script };
    match manager(script).disk_by_file(&id(repository), file) {
        Ok(disk) => assert_eq!((disk.id.as_str(), problem), ("slot021_xvdc", "")),
        Err(error) => {
            assert!(!problem.is_empty() && error.to_string().contains(problem) || repository == "r2", "{error}")
        }
    }
}

const TURNED_AWAY: &str = "OVM> Connection closed.\n\r";

#[test]
fn a_key_that_is_turned_away_is_served_after_one_login_by_password() {
    let script = Script::new().says("showversion", TURNED_AWAY).primed().version("3.4.6.2105");
    manager(script).connect().unwrap();
}

#[test]
fn a_manager_that_turns_away_after_the_login_too_is_an_error_that_shows_it() {
    let script = Script::new().says("showversion", TURNED_AWAY).primed().says("showversion", TURNED_AWAY);
    let fault = manager(script).connect().unwrap_err().fault();
    assert_eq!(fault.code, "OVM-003");
    assert!(fault.hints[0].text.contains("Connection closed"), "{fault:?}");
}
