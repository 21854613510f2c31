//! The open points of reference 9 that a client's flow touches.

use crate::quirk::Quirk;

macro_rules! quirk {
    ($name:literal, [$($value:literal),+], $about:literal) => {
        Quirk { name: $name, values: &[$($value),+], about: $about }
    };
}

/// All of them; the first value is what the reference finds likeliest.
pub const ALL: &[Quirk] = &[
    quirk!("template-clone-of-running-vm", ["accepted", "refused"], "clone of a running Vm to a VmTemplate"),
    quirk!("hot-clone-on-nfs", ["refused", "copied"], "clone of a running Vm whose disks lie on NFS"),
    quirk!("clone-prints-data", ["yes", "no"], "whether clone answers with the id of what it made"),
    quirk!("delete-prints-data", ["no", "yes"], "whether delete prints Data:"),
    quirk!("empty-list", ["none", "nothing"], "an empty list prints None, or nothing after Data:"),
    quirk!("job-ids", ["one", "several"], "several ids on the JobId: line of a clone"),
    quirk!("clone-leaves-half-objects", ["no", "yes"], "a clone that fails leaves what it had made"),
    quirk!("clone-locks-repository", ["no", "yes"], "whether a clone holds the repositories it works in"),
    quirk!(
        "clone-of-disk-in-use",
        ["refused", "accepted"],
        "cloneVdToRepo or clone VirtualDisk of a disk that a running Vm maps"
    ),
    quirk!(
        "mapping-of-shared-disk",
        ["refused", "accepted"],
        "a second Vm may map a disk that is not shareable and belongs to a template or a stopped Vm"
    ),
    quirk!(
        "busy-detach",
        ["failure", "success"],
        "delete of a mapping whose disk the guest refuses to give up: failed, or said done and the mapping gone while the guest keeps the disk until its last umount (whether the guest refuses is the hosts' switch)"
    ),
    quirk!(
        "template-status",
        ["Template", "Stopped"],
        "Status = of a template (only the REST state TEMPLATE is known)"
    ),
    quirk!("mapping-order", ["slot", "id"], "the order of VmDiskMapping N in show Vm"),
    quirk!(
        "mapping-names-on-3.2",
        ["none", "shown"],
        "whether show Vm of 3.2 names the mappings (a transcript without, a paper with)"
    ),
    quirk!("refresh-forgets-vanished", ["yes", "no"], "refresh Repository forgets unmapped disks whose file is gone"),
    quirk!(
        "space-after",
        ["filesystem", "any"],
        "File System Free is new after refresh FileSystem only, or after refresh Repository too"
    ),
    quirk!("rename-disk-of-template", ["allowed", "refused"], "edit VirtualDisk name= of a disk that a template maps"),
    quirk!(
        "delete-of-mapped-vm",
        ["allowed", "refused"],
        "delete Vm while it has mappings: they go with it, or it is refused"
    ),
    quirk!(
        "slash-escape",
        ["special", "any"],
        "inside quotes / goes away before quotes and / only, or before any character"
    ),
    quirk!("echo-wraps", ["no", "yes"], "the echo and Command: lines break at 189 characters"),
    quirk!(
        "unprimed-key",
        ["refused", "closed"],
        "a key login before the first password login is refused, or let in and closed at once"
    ),
    quirk!("key-cache", ["restart", "15min"], "a password login serves keys until the restart, or for 15 minutes"),
    quirk!("keyboard-interactive", ["no", "yes"], "whether keyboard-interactive is offered"),
    quirk!("idle-limit", ["15min", "30min"], "when an idle session is cut"),
    quirk!("command-timeout", ["job-goes-on", "job-aborted"], "what becomes of the job when CommandTimeout fires"),
    quirk!("lock-retry", ["30s", "2s", "none"], "how long synchronous mode of 3.4 waits for a lock"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    fn sources(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if !path.ends_with("quirks.rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }

    /// Each switch is asked for somewhere, and only values it takes are asked for.
    #[test]
    fn every_switch_is_used_as_declared() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manager"), &mut text);
        for quirk in ALL {
            assert!(text.contains(&format!("(\"{}\"", quirk.name)), "{} is not used", quirk.name);
            for use_ in text.split(&format!("is(\"{}\", \"", quirk.name)).skip(1) {
                let value = use_.split('"').next().unwrap();
                assert!(quirk.values.contains(&value), "{} has no value {value}", quirk.name);
            }
        }
    }
}
