//! Changes, each read back (law 7). Whether an object may be changed at all is the caller's question (law 8).

use super::{
    block::Block,
    dialect::{Source, VmEdit},
    error::OvmError,
    kind::ObjectKind,
    manager::{Change, Manager, Sent},
    object::{Mapping, Repository, VirtualDisk, Vm, VmDisk},
    quote::OvmName,
    read::only,
    record::{Ref, entries},
};
use crate::{
    model::ObjectId,
    port::{Polled, poll},
};
use std::time::Duration;

impl Manager {
    pub(super) fn small(&self, text: String, touches: Vec<(ObjectKind, ObjectId)>, needles: Vec<String>) -> Change {
        Change { text, deadline: self.deadlines.command, touches, needles }
    }

    pub(super) fn lasting(&self, text: String, touches: Vec<(ObjectKind, ObjectId)>, needles: Vec<String>) -> Change {
        Change { text, deadline: self.deadlines.job, touches, needles }
    }

    /// Makes an empty sparse disk of at least `bytes` (the manager counts whole GiB).
    pub fn create_disk(&self, repository: &ObjectId, bytes: u64, name: &OvmName) -> Result<VirtualDisk, OvmError> {
        let change = self.disk_change(repository, bytes, name)?;
        let disk = self.disk(&self.create(&change, ObjectKind::VirtualDisk, name)?)?;
        match disk.max_bytes {
            Some(made) if made < bytes => Err(read_back(
                &change,
                format!("disk {}", disk.id),
                &format!("{bytes} bytes"),
                &format!("{made} bytes"),
            )),
            _ => Ok(disk),
        }
    }

    fn disk_change(&self, repository: &ObjectId, bytes: u64, name: &OvmName) -> Result<Change, OvmError> {
        let release = self.release()?;
        let Some(text) = release.create_disk(repository, bytes.div_ceil(1 << 30).max(1), name) else {
            return Err(OvmError::Unsupported { release: release.text(), what: "make virtual disks by its CLI" });
        };
        let touches = vec![(ObjectKind::Repository, repository.clone())];
        Ok(self.lasting(text, touches, words(&[name.as_str(), repository.as_str()])))
    }

    /// The disk of a `create_disk` that nobody read the answer of (see `settle_mapping`).
    pub fn settle_disk(&self, repository: &ObjectId, bytes: u64, name: &OvmName) -> Result<Option<ObjectId>, OvmError> {
        let (change, kind) = (self.disk_change(repository, bytes, name)?, ObjectKind::VirtualDisk);
        let look = || Ok(only(kind, name.as_str(), self.named(kind, name.as_str())?)?.map(|found| found.id));
        self.settled(&change, look)
    }

    /// What became of a change in another process: `None` when it is seen twice that it had no effect.
    fn settled<T>(
        &self,
        change: &Change,
        look: impl Fn() -> Result<Option<T>, OvmError>,
    ) -> Result<Option<T>, OvmError> {
        let nobody = OvmError::NotUnderstood {
            command: change.text.clone(),
            why: "nobody read the answer".to_owned(),
            output: String::new(),
        };
        match self.settle(change, nobody, look) {
            Ok(effect) => Ok(Some(effect)),
            Err(OvmError::NoEffect { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a clone customizer on a VM.
    pub fn create_customizer(&self, vm: &ObjectId, name: &OvmName) -> Result<ObjectId, OvmError> {
        let release = self.with_customizers()?;
        let text = release.create_customizer(vm, name);
        let change = self.small(text, vec![(ObjectKind::Vm, vm.clone())], words(&[name.as_str(), vm.as_str()]));
        self.create(&change, ObjectKind::VmCloneCustomizer, name)
    }

    /// Makes a THIN_CLONE storage mapping on a customizer: the disk of `mapping` becomes part of the clone.
    pub fn create_storage_mapping(
        &self,
        customizer: &ObjectId,
        mapping: &ObjectId,
        repository: &ObjectId,
        name: &OvmName,
    ) -> Result<ObjectId, OvmError> {
        let text = self.with_customizers()?.create_storage_mapping(customizer, mapping, repository, name);
        let touches = vec![(ObjectKind::VmCloneCustomizer, customizer.clone())];
        let change = self.small(text, touches, words(&[name.as_str(), customizer.as_str()]));
        self.create(&change, ObjectKind::VmCloneStorageMapping, name)
    }

    fn with_customizers(&self) -> Result<super::Release, OvmError> {
        let release = self.release()?;
        if release.has_customizers() {
            return Ok(release);
        }
        Err(OvmError::Unsupported { release: release.text(), what: "make and delete clone customizers" })
    }

    /// Connects a disk to a slot of a VM. Read back by slot and disk, since mappings may share a name.
    pub fn create_mapping(
        &self,
        vm: &ObjectId,
        slot: u32,
        disk: &ObjectId,
        from: Source,
        name: &OvmName,
    ) -> Result<Mapping, OvmError> {
        let change = self.mapping_change(vm, slot, disk, from, name)?;
        let look = || self.mapping_at(vm, slot, disk);
        let done = || match self.connected(vm, slot)? {
            Some(found) if found.disk.as_ref().is_some_and(|d| d.id == *disk) => self.mapping(&found.mapping.id),
            found => {
                let shown = found.and_then(|f| f.disk).map_or_else(|| "nothing".to_owned(), |d| d.id.to_string());
                Err(read_back(&change, format!("slot {slot} of VM {vm}"), disk.as_str(), &shown))
            }
        };
        self.change_or_look(&change, done, look)
    }

    fn mapping_change(
        &self,
        vm: &ObjectId,
        slot: u32,
        disk: &ObjectId,
        from: Source,
        name: &OvmName,
    ) -> Result<Change, OvmError> {
        let text = self.release()?.create_mapping(vm, slot, disk, from, name);
        let touches = vec![(ObjectKind::Vm, vm.clone())];
        Ok(self.small(text, touches, words(&[name.as_str(), vm.as_str(), disk.as_str()])))
    }

    /// The mapping of a `create_mapping` that nobody read the answer of, in another process: its job may be at work still
    /// or begin a moment later, so jobs and locks are waited for, and absence counts only when it is seen twice.
    pub fn settle_mapping(
        &self,
        vm: &ObjectId,
        slot: u32,
        disk: &ObjectId,
        name: &OvmName,
    ) -> Result<Option<Mapping>, OvmError> {
        let change = self.mapping_change(vm, slot, disk, Source::Virtual, name)?;
        self.settled(&change, || self.mapping_at(vm, slot, disk))
    }

    /// What a VM has at a slot.
    pub fn connected(&self, vm: &ObjectId, slot: u32) -> Result<Option<VmDisk>, OvmError> {
        Ok(self.vm_disks(vm)?.into_iter().find(|disk| disk.slot == slot))
    }

    /// The mapping of a VM at a slot, if it connects this disk. For probes.
    pub fn mapping_at(&self, vm: &ObjectId, slot: u32, disk: &ObjectId) -> Result<Option<Mapping>, OvmError> {
        let fits = |found: &VmDisk| found.disk.as_ref().is_some_and(|d| d.id == *disk);
        self.connected(vm, slot)?.filter(fits).map(|found| self.mapping(&found.mapping.id)).transpose()
    }

    /// Renames a virtual disk.
    pub fn rename_disk(&self, id: &ObjectId, name: &OvmName) -> Result<VirtualDisk, OvmError> {
        let text = self.release()?.rename(ObjectKind::VirtualDisk, id, name);
        let change =
            self.small(text, vec![(ObjectKind::VirtualDisk, id.clone())], words(&[name.as_str(), id.as_str()]));
        let look = || Ok(Some(self.disk(id)?).filter(|disk| disk.name == name.as_str()));
        let done = || match self.disk(id)? {
            disk if disk.name == name.as_str() => Ok(disk),
            disk => Err(read_back(&change, format!("disk {id}"), name.as_str(), &disk.name)),
        };
        self.change_or_look(&change, done, look)
    }

    /// Changes name, description or high availability of a VM or template, and returns it as it is then. A release
    /// that shows no description leaves `description` empty there: the caller sees that it could not be checked.
    pub fn edit_vm(&self, id: &ObjectId, edit: &VmEdit) -> Result<Vm, OvmError> {
        let text = self.release()?.edit_vm(id, edit);
        let change = self.small(text, vec![(ObjectKind::Vm, id.clone())], words(&[id.as_str()]));
        let look = || match self.vm(&id.into())? {
            vm if edit.description.is_some() && vm.description.is_none() => {
                Err(read_back(&change, format!("VM {id}"), "a description", "none"))
            }
            vm => Ok(Some(vm).filter(|vm| difference(vm, edit).is_none())),
        };
        let done = || {
            let vm = self.vm(&id.into())?;
            match difference(&vm, edit) {
                Some((wanted, found)) => Err(read_back(&change, format!("VM {id}"), &wanted, &found)),
                None => Ok(vm),
            }
        };
        self.change_or_look(&change, done, look)
    }

    /// Reads a repository's folder and its file system's free space anew. A refresh changes no object of ours, so
    /// after a lost answer and the end of its job it is simply asked for once more.
    pub fn refresh_repository(&self, id: &ObjectId) -> Result<Repository, OvmError> {
        self.refresh(ObjectKind::Repository, id)?;
        let shown = self.repository(&id.into())?;
        let Some(file_system) = &shown.file_system else { return Ok(shown) };
        self.refresh(ObjectKind::FileSystem, &file_system.id)?;
        self.repository(&id.into())
    }

    fn refresh(&self, kind: ObjectKind, id: &ObjectId) -> Result<(), OvmError> {
        let text = self.release()?.refresh(kind, id);
        let change = self.lasting(text, vec![(kind, id.clone())], words(&[id.as_str()]));
        match self.change(&change)? {
            Sent::Done(_) => return Ok(()),
            Sent::InDoubt(why) => match self.settle(&change, why, || Ok(None::<()>)) {
                Ok(()) | Err(OvmError::NoEffect { .. }) => {}
                Err(error) => return Err(error),
            },
        }
        match self.change(&change)? {
            Sent::Done(_) => Ok(()),
            Sent::InDoubt(why) => Err(why),
        }
    }

    /// Starts a VM and waits until it shows `Running`.
    pub fn start(&self, vm: &ObjectId) -> Result<Vm, OvmError> {
        self.power(vm, self.release()?.start(vm), "Running")
    }

    /// Asks the guest to shut down and waits until the VM shows `Stopped`.
    pub fn stop(&self, vm: &ObjectId) -> Result<Vm, OvmError> {
        self.power(vm, self.release()?.stop(vm), "Stopped")
    }

    fn power(&self, vm: &ObjectId, text: String, wanted: &'static str) -> Result<Vm, OvmError> {
        let reached = |vm: &Vm| vm.status.eq_ignore_ascii_case(wanted);
        let before = self.vm(&vm.into())?;
        if reached(&before) {
            return Ok(before);
        }
        let change = self.lasting(text, vec![(ObjectKind::Vm, vm.clone())], words(&[vm.as_str(), &before.name]));
        let look = || Ok(Some(self.vm(&vm.into())?).filter(reached));
        let wait = || self.wait_vm(vm, wanted, reached);
        self.change_or_look(&change, wait, look)
    }

    fn wait_vm(&self, id: &ObjectId, wanted: &'static str, reached: impl Fn(&Vm) -> bool) -> Result<Vm, OvmError> {
        let look = || match self.vm(&id.into())? {
            vm if reached(&vm) => Ok(Polled::Done(vm)),
            vm => Ok(Polled::NotYet(vm.status)),
        };
        self.wait(format!("VM {id}"), wanted, self.deadlines.job, look)
    }

    pub(super) fn wait<T>(
        &self,
        object: String,
        wanted: &'static str,
        deadline: Duration,
        look: impl FnMut() -> Result<Polled<T>, OvmError>,
    ) -> Result<T, OvmError> {
        poll(self.clock.as_ref(), self.deadlines.every, deadline, look).map_err(|end| match end {
            Ok(seen) => OvmError::NotReached { object, wanted, seen, waited: deadline },
            Err(error) => error,
        })
    }

    /// A create whose name is the run's tag, so that it is found by name when the answer is lost.
    fn create(&self, change: &Change, kind: ObjectKind, name: &OvmName) -> Result<ObjectId, OvmError> {
        let look = || Ok(only(kind, name.as_str(), self.named(kind, name.as_str())?)?.map(|found| found.id));
        match self.change(change)? {
            Sent::InDoubt(why) => self.settle(change, why, look),
            Sent::Done((block, _)) => {
                let id = match made(&block) {
                    Some(made) => made.id,
                    None => look()?.ok_or_else(|| self.absent(change, kind.to_string(), name))?,
                };
                self.check_name(change, kind, &id, name)?;
                Ok(id)
            }
        }
    }

    fn check_name(&self, change: &Change, kind: ObjectKind, id: &ObjectId, name: &OvmName) -> Result<(), OvmError> {
        let shown = self.read(kind, &id.into(), |_, record| Ok(record.need("Name")?.to_owned()))?;
        if shown == name.as_str() {
            Ok(())
        } else {
            Err(read_back(change, format!("{kind} {id}"), name.as_str(), &shown))
        }
    }

    pub(super) fn absent(&self, change: &Change, object: String, wanted: impl std::fmt::Display) -> OvmError {
        read_back(change, object, &wanted.to_string(), "nothing")
    }
}

/// The object that a create names under `Data:`; none unless it is exactly one.
pub(super) fn made(block: &Block) -> Option<Ref> {
    let mut found = entries(&block.data).ok()?;
    if found.len() == 1 { found.pop() } else { None }
}

pub(super) fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) fn read_back(change: &Change, object: String, wanted: &str, found: &str) -> OvmError {
    let command = change.text.clone();
    OvmError::ReadBack { command, object, wanted: format!("`{wanted}`"), found: format!("`{found}`") }
}

/// What of an edit the VM does not show (wanted, found).
fn difference(vm: &Vm, edit: &VmEdit) -> Option<(String, String)> {
    let name = edit.name.as_ref().filter(|name| name.as_str() != vm.name);
    if let Some(name) = name {
        return Some((name.to_string(), vm.name.clone()));
    }
    let shown = vm.description.as_deref();
    match (&edit.description, shown) {
        (Some(wanted), Some(shown)) if wanted.as_str().trim() != shown.trim() => {
            return Some((wanted.as_str().to_owned(), shown.to_owned()));
        }
        _ => {}
    }
    let flag = |on: bool| format!("high availability {on}");
    match (edit.high_availability, vm.high_availability) {
        (Some(wanted), Some(shown)) if wanted != shown => Some((flag(wanted), flag(shown))),
        _ => None,
    }
}
