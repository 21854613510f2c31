//! Clones, copies, mappings and refreshes of the manager, through the OpenSSH client.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod manager_support;

use manager_support::{site, site_with};
use ovmirror_lab::host::seam::Machines;
use ovmirror_lab::manager::Release::{V3_2, V3_4};
use ovmirror_lab::manager::seed::{PhysicalSpec, RepositorySpec};
use rstest::rstest;
use std::fs;
use std::time::Duration;

const HOT: &str = "clone Vm name=slot021 destType=VmTemplate destName=T serverPool=slot";

#[test]
fn a_hot_clone_to_a_template_has_its_own_disks_at_the_slots() {
    let site = site(V3_4, &[]);
    let template = site.made(HOT);
    assert!(template.starts_with("0004fb0000140000"), "{template}");
    assert_eq!(site.value("Vm", &template, "Status").unwrap(), "Template");
    let mut slots = Vec::new();
    for mapping in site.links("Vm", &template, "VmDiskMapping ") {
        let slot: usize = site.value("VmDiskMapping", &mapping, "Slot").unwrap().parse().unwrap();
        let disk = site.value("VmDiskMapping", &mapping, "Virtual Disk").unwrap();
        let (id, name) = disk.split_once("  [").unwrap();
        let letter = ["a", "b", "c", "d"][slot];
        assert_eq!(name, format!("slot021_xvd{letter} (2)]"));
        assert!(id.ends_with(".img"));
        let expected = format!("content of slot021_xvd{letter}");
        assert_eq!(fs::read_to_string(site.file(id)).unwrap(), expected);
        slots.push(slot);
    }
    assert_eq!(slots, [0, 1, 2, 3]);
    assert_eq!(*site.machines.clones.lock().unwrap(), [true; 4]);
    let repository = &site.spec.repositories[0].id;
    let config = site.folder.join(format!("Repositories/{repository}/Templates/{template}/vm.cfg"));
    let text = fs::read_to_string(config).unwrap();
    assert!(text.contains("OVM_simple_name = 'T'"), "{text}");
    assert!(text.contains(",xvdd,w'"), "{text}");
    site.refused(&format!("start Vm id={template}"));
    site.ok(&format!("delete Vm id={template}"));
    assert_eq!(site.list("VirtualDisk").len(), 10, "disks stay");
}

#[test]
fn a_vm_clone_copies_cards_and_takes_only_the_mapped_disks_with_a_customizer() {
    let site = site_with(V3_4, &[], Duration::ZERO, |spec| {
        let id = "0004fb0000180000aaaaaaaaaaaaaaaa".to_owned();
        let page83 = "360000".to_owned();
        spec.physical.push(PhysicalSpec {
            id: id.clone(),
            name: "lun1".to_owned(),
            bytes: 1 << 30,
            shareable: false,
            page83,
        });
        spec.vms[0].slots.push((7, id));
        spec.vms[0].slots.push((8, "EMPTY_CDROM".to_owned()));
    });
    let vm = site.vm("slot021");
    let plain = "clone Vm name=slot021 destType=Vm destName=C serverPool=slot";
    assert!(site.refused(plain).contains("not a virtual disk"));
    site.made("create VmCloneCustomizer name=c on Vm name=slot021");
    let mapping = site.mapping(&vm, 2);
    site.ok(&format!("create VmCloneStorageMapping cloneType=THIN_CLONE name=m vmDiskMapping={mapping} repository=slotreposan01 on VmCloneCustomizer name=c"));
    let clone = site.made(&format!("{plain} cloneCustomizer=c"));
    assert!(clone.starts_with("0004fb0000060000"));
    assert_eq!(site.value("Vm", &clone, "Status").unwrap(), "Stopped");
    assert_eq!(site.links("Vm", &clone, "Vnic ").len(), 1);
    let mappings = site.links("Vm", &clone, "VmDiskMapping ");
    assert_eq!(mappings.len(), 1);
    assert_eq!(site.value("VmDiskMapping", &mappings[0], "Slot").unwrap(), "2");
    site.ok("delete VmCloneCustomizer name=c");
    assert!(site.list("VmCloneStorageMapping").is_empty());
}

#[rstest]
#[case(&["template-clone-of-running-vm=refused"], "ocfs2", "OVMRU_005002E")]
#[case(&[], "nfs", "OCFS2")]
fn a_hot_clone_may_be_refused(#[case] quirks: &[&str], #[case] kind: &str, #[case] text: &str) {
    let site = site_with(V3_4, quirks, Duration::ZERO, |spec| kind.clone_into(&mut spec.repositories[0].kind));
    assert!(site.refused(HOT).contains(text));
    assert_eq!(site.list("Vm").len(), 2);
}

#[test]
fn on_nfs_a_hot_clone_may_copy() {
    let nfs = |spec: &mut ovmirror_lab::manager::seed::SiteSpec| spec.repositories[0].kind = "nfs".to_owned();
    let site = site_with(V3_4, &["hot-clone-on-nfs=copied", "clone-prints-data=no"], Duration::ZERO, nfs);
    assert!(!site.ok(HOT).contains("Data:"));
    assert_eq!(*site.machines.clones.lock().unwrap(), [false; 4]);
}

#[test]
fn disks_are_plugged_while_the_vm_runs() {
    let site = site(V3_4, &["delete-prints-data=yes"]);
    let template = site.made(HOT);
    let golden = site.value("VmDiskMapping", &site.mapping(&template, 2), "Virtual Disk").unwrap();
    let golden = golden.split("  [").next().unwrap();
    let map = |disk: &str, slot: u32| {
        format!("create VmDiskMapping slot={slot} virtualDisk={disk} name='w {slot}' on Vm name=bckvm")
    };
    assert!(site.refused(&map(golden, 5)).contains("not shareable"));
    let work = site.made(&format!("cloneVdToRepo VirtualDisk id={golden} target=slotreposan01 cloneType=THIN_CLONE"));
    assert!(site.refused(&map(&work, 1)).contains("Slot: 1"));
    let mapping = site.made(&map(&work, 5));
    assert_eq!(site.machines.running.lock().unwrap()["bckvm"][&5], work);
    assert_eq!(site.value("VmDiskMapping", &mapping, "Name").unwrap(), "w 5");
    site.machines.mounted.lock().unwrap().insert(("bckvm".to_owned(), 5));
    let refused = site.refused(&format!("delete VmDiskMapping id={mapping}"));
    assert!(refused.starts_with("OVMRU_") && refused.contains("in use by the guest"), "{refused}");
    assert_eq!(site.value("VmDiskMapping", &mapping, "Slot").unwrap(), "5");
    site.machines.mounted.lock().unwrap().clear();
    assert!(site.ok(&format!("delete VmDiskMapping id={mapping}")).contains("name:w 5"));
    assert!(!site.machines.running.lock().unwrap()["bckvm"].contains_key(&5));
    site.ok(&format!("delete VirtualDisk id={work}"));
    assert!(!site.file(&work).exists());
}

#[test]
fn by_quirk_a_mounted_disk_goes_later_and_a_disk_of_a_template_is_shared() {
    let site = site(V3_4, &["busy-detach=success", "mapping-of-shared-disk=accepted"]);
    let template = site.made(HOT);
    let golden = site.value("VmDiskMapping", &site.mapping(&template, 2), "Virtual Disk").unwrap();
    let golden = golden.split("  [").next().unwrap();
    let mapping = site.made(&format!("create VmDiskMapping slot=5 virtualDisk={golden} name=w on Vm name=bckvm"));
    site.machines.mounted.lock().unwrap().insert(("bckvm".to_owned(), 5));
    site.ok(&format!("delete VmDiskMapping id={mapping}"));
    assert!(site.machines.running.lock().unwrap()["bckvm"].contains_key(&5));
    site.refused("create VmDiskMapping slot=9 virtualDisk=slot021_xvda name=w on Vm name=bckvm");
}

#[test]
fn the_papers_swap_works_on_3_2() {
    let site = site(V3_2, &[]);
    let (vm, live) = (site.vm("slot021"), site.file(&site.disk("slot021_xvdc")));
    fs::copy(&live, live.with_file_name("slot021_xvdc_20130313")).unwrap();
    site.ok("refresh repository name=slotreposan01");
    let mapping = site
        .made("create VmDiskMapping slot=50 storageDevice=slot021_xvdc_20130313 name=xvdc_20130313 on vm name=slot021");
    assert_eq!(site.machines.running.lock().unwrap()["slot021"][&50], "slot021_xvdc_20130313");
    site.ok(&format!("delete VmDiskMapping id={mapping}"));
    site.ok("delete VirtualDisk id=slot021_xvdc_20130313");
    assert!(!live.with_file_name("slot021_xvdc_20130313").exists());
    let slot2 = site.mapping(&vm, 2);
    site.ok(&format!("delete VmDiskMapping id={slot2}"));
    site.ok("create VmDiskMapping slot=2 storageDevice=slot021_xvdc name=slot021_xvdc on vm name=slot021");
    site.ok("create VmDiskMapping slot=9 name=cd on Vm name=slot021");
    let cd = site.mapping(&vm, 9);
    assert!(site.value("VmDiskMapping", &cd, "Virtual Disk Id").unwrap().starts_with("EMPTY_CDROM"));
    site.ok("create Vnic name=00:21:f6:01:00:0b network=vlanpublic");
    site.ok("add Vnic name=00:21:f6:01:00:0b to Vm name=slot021");
    assert_eq!(site.links("Vm", &vm, "Vnic ").len(), 2);
}

#[test]
fn refresh_learns_and_forgets() {
    let site = site(V3_4, &[]);
    let spare =
        site.made("create VirtualDisk size=1 shareable=No sparse=Yes name=spare on Repository name=slotreposan01");
    let repository = site.spec.repositories[0].id.clone();
    let free = || site.value("Repository", &repository, "File System Free (GiB)").unwrap();
    let before = free();
    fs::remove_file(site.file(&spare)).unwrap();
    fs::write(site.file("a b;c"), "x").unwrap();
    fs::write(site.file("d"), "x").unwrap();
    site.ok("refresh Repository name=slotreposan01");
    assert!(!site.list("VirtualDisk").contains(&spare));
    assert!(site.ok("show VirtualDisk name='a b;c'").contains("Id = a b;c"));
    assert_eq!(free(), before, "not before the file system is refreshed");
    let file_system = site.list("FileSystem")[0].clone();
    site.ok(&format!("refresh FileSystem id={file_system}"));
    assert_ne!(free(), before);
}

#[test]
fn thin_copies_stay_in_their_repository() {
    let site = site_with(V3_4, &[], Duration::ZERO, |spec| {
        let id = "0004fb0000030000bbbbbbbbbbbbbbbb".to_owned();
        spec.repositories.push(RepositorySpec { id, name: "nfs01".to_owned(), kind: "nfs".to_owned() });
    });
    site.ok("stop Vm name=slot021");
    let copy =
        |to: &str, kind: &str| format!("cloneVdToRepo VirtualDisk name=slot021_xvda target={to} cloneType={kind}");
    assert!(site.refused(&copy("nfs01", "THIN_CLONE")).contains("OCFS2"));
    let disk = site.made(&copy("nfs01", "SPARSE_COPY"));
    assert!(site.value("VirtualDisk", &disk, "Repository Id").unwrap().ends_with("[nfs01]"));
    assert!(
        site.refused("create RepositoryExport clientHostName=c name=e repository=nfs01 on Server name=ovs1")
            .contains("OCFS2")
    );
    site.ok("create RepositoryExport clientHostName=c name=e repository=slotreposan01 options='rw, async' on Server name=ovs1");
    site.ok("start Vm name=slot021");
    assert_eq!(site.machines.running.lock().unwrap()["slot021"].len(), 4);
    assert_eq!(site.value("Vm", &site.vm("slot021"), "Status").unwrap(), "Running");
}

/// A switch, what leads there, and the command that is refused with it and goes without.
#[rstest]
#[case("rename-disk-of-template=refused", &[HOT], "edit VirtualDisk name='slot021_xvda (2)' name=x", "belongs to the template")]
#[case("delete-of-mapped-vm=refused", &[HOT], "delete Vm name=T", "still has disk mappings")]
fn quirks_refuse(#[case] quirk: &str, #[case] before: &[&str], #[case] command: &str, #[case] text: &str) {
    let strict = site(V3_4, &[quirk]);
    before.iter().for_each(|c| drop(strict.ok(c)));
    let refused = strict.refused(command);
    assert!(refused.contains(text), "{refused}");
    let lenient = site(V3_4, &[]);
    before.iter().for_each(|c| drop(lenient.ok(c)));
    lenient.ok(command);
}

#[test]
fn a_disk_in_use_is_cloned_by_quirk_only() {
    let copy = "cloneVdToRepo VirtualDisk name=slot021_xvdc target=slotreposan01 cloneType=THIN_CLONE";
    assert!(site(V3_4, &[]).refused(copy).starts_with("OVMRU_005002E"));
    site(V3_4, &["clone-of-disk-in-use=accepted"]).made(copy);
}

#[test]
fn plain_hvm_guests_plug_only_when_off() {
    let site = site_with(V3_4, &[], Duration::ZERO, |spec| spec.vms[0].domain = "XEN_HVM".to_owned());
    let mapping = site.mapping(&site.vm("slot021"), 2);
    let delete = format!("delete VmDiskMapping id={mapping}");
    assert!(site.refused(&delete).starts_with("OVMRU_005002E"));
    site.ok("kill Vm name=slot021");
    site.ok(&delete);
    assert!(!site.machines.running.lock().unwrap().contains_key("slot021"));
}

#[test]
fn a_move_takes_disks_and_config_along() {
    let other = "0004fb0000030000bbbbbbbbbbbbbbbb";
    let site = site_with(V3_4, &[], Duration::ZERO, |spec| {
        spec.repositories.push(RepositorySpec {
            id: other.to_owned(),
            name: "nfs01".to_owned(),
            kind: "nfs".to_owned(),
        });
    });
    let (vm, disk) = (site.vm("slot021"), site.disk("slot021_xvdc"));
    site.ok("create VmCloneCustomizer name=c on Vm name=slot021");
    let mapping = site.mapping(&vm, 2);
    site.ok(&format!("create VmCloneStorageMapping cloneType=SPARSE_COPY name=m vmDiskMapping={mapping} repository=nfs01 on VmCloneCustomizer name=c"));
    let hot = format!("{} cloneCustomizer=c", HOT);
    assert!(site.refused(&hot).contains("THIN_CLONE"));
    site.ok("stop Vm name=slot021");
    site.ok("moveVmToRepository Vm name=slot021 cloneCustomizer=c targetRepository=nfs01");
    assert!(!site.file(&disk).exists());
    assert_eq!(site.machines.scan(other).unwrap(), std::slice::from_ref(&disk));
    assert!(site.value("VirtualDisk", &disk, "Repository Id").unwrap().starts_with(other));
    assert!(site.folder.join(format!("Repositories/{other}/VirtualMachines/{vm}/vm.cfg")).exists());
    site.refused("migrate Vm name=slot021");
    site.refused("suspend Vm name=bckvm");
}
