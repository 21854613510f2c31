//! Rules on the Vm and its repositories.

use super::Seen;
use crate::survey::{Finding, HostFacts, RepositoryFacts, VmFacts};

/// A thin clone needs little, but a full repository stops production's writes: this much must be free.
const FREE_AT_LEAST: u64 = 1 << 30;

pub fn rules(seen: &Seen<'_>) -> Vec<Finding> {
    let mut all = machine(seen.vm);
    all.extend(same(seen.host, seen.vm));
    all.extend(seen.repositories.iter().flat_map(repository));
    all
}

/// What must hold for a Vm whose disks are mapped or cloned, production's and the media host's alike.
pub fn machine(vm: &VmFacts) -> Vec<Finding> {
    vec![running(vm), domain(vm), locked(vm)]
}

/// Whether host and Vm are one machine: a wrong line in the configuration would have the disks of another machine cloned
/// and swapped. A Vm's id is the UUID of its domain, without the dashes (its vm.cfg has both). Nothing where the kernel
/// does not tell.
pub fn same(host: &HostFacts, vm: &VmFacts) -> Option<Finding> {
    let uuid = host.uuid.as_ref()?;
    if uuid.replace('-', "").eq_ignore_ascii_case(vm.id.as_str()) {
        return Some(Finding::ok("VM-SAME", &vm.name, "its host is this Vm (/sys/hypervisor/uuid)"));
    }
    let text = format!("its host is another machine: domain {uuid}, and the id of this Vm is {}", vm.id);
    Some(Finding::error("VM-SAME", &vm.name, text, "correct host or vm in the configuration: they are one machine"))
}

fn running(vm: &VmFacts) -> Finding {
    if vm.status.eq_ignore_ascii_case("running") {
        return Finding::ok("VM-STATUS", &vm.name, "the Vm is running");
    }
    let remedy = format!("start it at the manager (OVM CLI: start Vm name={}); is vm = the right name?", vm.name);
    Finding::error("VM-STATUS", &vm.name, format!("the Vm is {}", vm.status), remedy)
}

/// Hot plug needs paravirtual block devices.
fn domain(vm: &VmFacts) -> Finding {
    let kind = vm.domain_type.to_uppercase();
    if kind.contains("HVM") && !kind.contains("PV") {
        let text = format!("its domain type is {}: emulated disks cannot be plugged while it runs", vm.domain_type);
        return Finding::error("VM-HVM", &vm.name, text, "use Xen PVM or Xen HVM PV Drivers");
    }
    Finding::ok("VM-HVM", &vm.name, format!("domain type {}", vm.domain_type))
}

fn locked(vm: &VmFacts) -> Finding {
    if vm.locked {
        return Finding::error("VM-LOCKED", &vm.name, "a job holds the Vm (Locked = true)", "wait for it: list Job");
    }
    Finding::ok("VM-LOCKED", &vm.name, "no job holds the Vm")
}

fn repository(repository: &RepositoryFacts) -> Vec<Finding> {
    let mut all = Vec::new();
    // The file system of an NFS repository is named `nfs:<path>`; hot clones need OCFS2 (Concepts Guide, "Cloning").
    if repository.file_system.to_lowercase().starts_with("nfs") {
        let text = format!("it lies on {}: a running Vm is cloned hot on OCFS2 only", repository.file_system);
        all.push(Finding::error("REPO-NFS", &repository.name, text, "move the disks to an OCFS2 repository"));
    }
    if repository.locked {
        all.push(Finding::error("REPO-LOCKED", &repository.name, "a job holds it (Locked = true)", "wait: list Job"));
    }
    match repository.free_bytes {
        Some(free) if free < FREE_AT_LEAST => {
            let text = format!("only {} MiB are free; a snapshot grows with every change", free >> 20);
            all.push(Finding::error("REPO-SPACE", &repository.name, text, "delete old snapshots or extend it"));
        }
        Some(free) => all.push(Finding::ok("REPO-SPACE", &repository.name, format!("{} MiB are free", free >> 20))),
        None => all.push(Finding::warn("REPO-SPACE", &repository.name, "its free space is not known", "")),
    }
    all
}
