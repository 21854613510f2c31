//! Looking at objects. Nothing here changes anything.

use super::{
    block::Unclear,
    error::OvmError,
    kind::ObjectKind,
    manager::Manager,
    object::{DiskKind, Mapping, Repository, ServerPool, VirtualDisk, Vm, VmDisk, is_template},
    quote::ObjectRef,
    record::{Record, Ref},
};
use crate::model::ObjectId;
use serde::Serialize;
use std::collections::BTreeSet;

impl Manager {
    /// All objects of a type.
    pub fn list(&self, kind: ObjectKind) -> Result<Vec<Ref>, OvmError> {
        self.ask_list(kind)
    }

    /// Objects of a type with exactly this name. The name is compared here and never sent.
    pub fn named(&self, kind: ObjectKind, name: &str) -> Result<Vec<Ref>, OvmError> {
        Ok(self.ask_list(kind)?.into_iter().filter(|entry| entry.is_named(name)).collect())
    }

    /// The only object of a type with exactly this name; two of them are an error.
    pub fn only_named(&self, kind: ObjectKind, name: &str) -> Result<Option<Ref>, OvmError> {
        only(kind, name, self.named(kind, name)?)
    }

    /// Every disk mapping that the manager knows, as it is shown. One that went meanwhile is left out.
    pub fn mappings(&self) -> Result<Vec<Mapping>, OvmError> {
        let mut all = Vec::new();
        for entry in self.list(ObjectKind::VmDiskMapping)? {
            match self.mapping(&entry.id) {
                Ok(mapping) => all.push(Mapping { name: mapping.name.clone().or(entry.name), ..mapping }),
                Err(OvmError::Refused { .. }) if !self.exists(ObjectKind::VmDiskMapping, &entry.id)? => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Whether a type lists this id.
    pub fn exists(&self, kind: ObjectKind, id: &ObjectId) -> Result<bool, OvmError> {
        Ok(self.ask_list(kind)?.iter().any(|entry| entry.id == *id))
    }

    /// A VM or template.
    pub fn vm(&self, object: &ObjectRef) -> Result<Vm, OvmError> {
        self.read(ObjectKind::Vm, object, Vm::read)
    }

    /// The object of this id or name, which the caller has from a person: it is compared here and never sent, so
    /// any name will do. None: the nearest names. Several: their ids.
    pub fn find(&self, kind: ObjectKind, wanted: &str) -> Result<Ref, OvmError> {
        choose(kind, wanted, self.ask_list(kind)?)
    }

    /// The VM of this id or name; templates of the same name do not count.
    pub fn find_vm(&self, wanted: &str) -> Result<Vm, OvmError> {
        let mut all = self.ask_list(ObjectKind::Vm)?;
        all.retain(|vm| !is_template(&vm.id));
        let found = choose(ObjectKind::Vm, wanted, all)?;
        self.vm(&(&found.id).into())
    }

    /// A disk mapping.
    pub fn mapping(&self, id: &ObjectId) -> Result<Mapping, OvmError> {
        self.read(ObjectKind::VmDiskMapping, &id.into(), Mapping::read)
    }

    /// Whether any mapping that the manager knows connects this disk.
    pub fn is_mapped(&self, disk: &ObjectId) -> Result<bool, OvmError> {
        for entry in self.list(ObjectKind::VmDiskMapping)? {
            if self.mapping(&entry.id)?.disk.is_some_and(|mapped| mapped.id == *disk) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A virtual disk.
    pub fn disk(&self, id: &ObjectId) -> Result<VirtualDisk, OvmError> {
        self.read(ObjectKind::VirtualDisk, &id.into(), VirtualDisk::read)
    }

    /// A repository.
    pub fn repository(&self, object: &ObjectRef) -> Result<Repository, OvmError> {
        self.read(ObjectKind::Repository, object, Repository::read)
    }

    /// A server pool.
    pub fn server_pool(&self, object: &ObjectRef) -> Result<ServerPool, OvmError> {
        self.read(ObjectKind::ServerPool, object, ServerPool::read)
    }

    /// The disks of a VM by slot. Each pair comes from its own mapping; the order of lines means nothing.
    pub fn vm_disks(&self, vm: &ObjectId) -> Result<Vec<VmDisk>, OvmError> {
        let shown = self.vm(&vm.into())?;
        self.disks_of(&shown)
    }

    /// The disks of a VM that was read before.
    pub fn disks_of(&self, vm: &Vm) -> Result<Vec<VmDisk>, OvmError> {
        let mut disks = Vec::new();
        for entry in &vm.mappings {
            let mapping = self.mapping(&entry.id)?;
            check_owner(vm, &mapping)?;
            disks.push(VmDisk { slot: mapping.slot, mapping: name_of(entry, &mapping), disk: mapping.disk });
        }
        disks.sort_by_key(|disk| disk.slot);
        match disks.windows(2).find(|pair| pair[0].slot == pair[1].slot) {
            Some(pair) => Err(strange(vm, format!("two mappings have slot {}", pair[0].slot))),
            None => Ok(disks),
        }
    }

    /// The virtual disk whose file has this name: found by id or by name after `refresh_repository`.
    pub fn disk_by_file(&self, repository: &ObjectId, file: &str) -> Result<VirtualDisk, OvmError> {
        let found = self.find(ObjectKind::VirtualDisk, file)?;
        let disk = self.disk(&found.id)?;
        match &disk.repository {
            Some(r) if r.id != *repository => Err(OvmError::ReadBack {
                command: format!("refresh Repository id={repository}"),
                object: format!("disk {}", disk.id),
                wanted: format!("repository {repository}"),
                found: r.id.to_string(),
            }),
            _ => Ok(disk),
        }
    }

    /// What `ovmirror vm NAME` shows.
    pub fn vm_report(&self, vm: Vm) -> Result<VmReport, OvmError> {
        let disks = self.disks_of(&vm)?;
        let disks = disks.into_iter().map(|disk| self.report_disk(disk)).collect::<Result<_, _>>()?;
        Ok(VmReport { vm, disks })
    }

    fn report_disk(&self, disk: VmDisk) -> Result<ReportDisk, OvmError> {
        let mut line = ReportDisk::bare(&disk);
        match disk.disk.as_ref().map(|d| (d.kind, &d.id)) {
            Some((DiskKind::Virtual, id)) => {
                let shown = self.disk(id)?;
                (line.name, line.bytes) = (Some(shown.name), shown.max_bytes);
                line.repository = shown.repository.map(|r| r.label().to_owned());
            }
            Some((DiskKind::Physical, id)) => {
                let size = |_: ObjectId, record: &Record| record.gib("Size (GiB)");
                line.bytes = self.read(ObjectKind::PhysicalDisk, &id.into(), size)?;
            }
            Some((DiskKind::Cd | DiskKind::Empty, _)) | None => {}
        }
        Ok(line)
    }

    /// Shows an object and reads it. The answer must be about the object that was asked for.
    pub(super) fn read<T>(
        &self,
        kind: ObjectKind,
        object: &ObjectRef,
        read: impl FnOnce(ObjectId, &Record) -> Result<T, Unclear>,
    ) -> Result<T, OvmError> {
        let text = self.release()?.show(kind, object);
        self.ask_record(&text, |record| read(shown_id(object, record)?, record))
    }
}

/// One disk of `ovmirror vm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportDisk {
    /// The slot.
    pub slot: u32,
    /// The mapping's id.
    pub mapping: ObjectId,
    /// The disk's id.
    pub disk: Option<ObjectId>,
    /// `virtual`, `physical` or `cd`.
    pub kind: &'static str,
    /// The disk's name.
    pub name: Option<String>,
    /// The repository's name.
    pub repository: Option<String>,
    /// Its size.
    pub bytes: Option<u64>,
}

impl ReportDisk {
    fn bare(disk: &VmDisk) -> Self {
        let connected = disk.disk.as_ref();
        Self {
            slot: disk.slot,
            mapping: disk.mapping.id.clone(),
            disk: connected.filter(|d| d.kind != DiskKind::Empty).map(|d| d.id.clone()),
            kind: match connected.map(|d| d.kind) {
                Some(DiskKind::Virtual) => "virtual",
                Some(DiskKind::Physical) => "physical",
                Some(DiskKind::Cd | DiskKind::Empty) | None => "cd",
            },
            name: connected.and_then(|d| d.name.clone()),
            repository: None,
            bytes: None,
        }
    }
}

/// What `ovmirror vm NAME` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VmReport {
    /// The VM.
    #[serde(flatten)]
    pub vm: Vm,
    /// Its disks by slot.
    pub disks: Vec<ReportDisk>,
}

/// The id that a record shows; where it shows none, the id that was asked for.
fn shown_id(object: &ObjectRef, record: &Record) -> Result<ObjectId, Unclear> {
    let shown = record.one("Id")?.map(|id| ObjectId::new(id.trim()).map_err(|e| Unclear::new(e.to_string())));
    match (shown.transpose()?, object) {
        (Some(shown), ObjectRef::Id(asked)) if shown != *asked => {
            Err(Unclear::new(format!("it shows {shown} where {asked} was asked for")))
        }
        (Some(shown), _) => Ok(shown),
        (None, ObjectRef::Id(asked)) => Ok(asked.clone()),
        (None, ObjectRef::Name(_)) => Err(Unclear::new("`Id` is missing")),
    }
}

/// The one with this id, else the only one with this name.
fn choose(kind: ObjectKind, wanted: &str, all: Vec<Ref>) -> Result<Ref, OvmError> {
    if let Some(found) = all.iter().find(|entry| entry.id.as_str() == wanted) {
        return Ok(found.clone());
    }
    let hits = all.iter().filter(|entry| entry.is_named(wanted)).cloned().collect();
    only(kind, wanted, hits)?.ok_or_else(|| OvmError::NotFound {
        kind,
        name: wanted.to_owned(),
        near: nearest(wanted, &all),
    })
}

/// Of the objects that fit a name the only one.
pub(super) fn only(kind: ObjectKind, name: &str, mut hits: Vec<Ref>) -> Result<Option<Ref>, OvmError> {
    if hits.len() > 1 {
        let ids = hits.into_iter().map(|hit| hit.id).collect();
        return Err(OvmError::Ambiguous { kind, name: name.to_owned(), ids });
    }
    Ok(hits.pop())
}

fn name_of(entry: &Ref, mapping: &Mapping) -> Ref {
    Ref { id: mapping.id.clone(), name: mapping.name.clone().or_else(|| entry.name.clone()) }
}

fn check_owner(vm: &Vm, mapping: &Mapping) -> Result<(), OvmError> {
    match &mapping.vm {
        Some(owner) if owner.id != vm.id => {
            Err(strange(vm, format!("its mapping {} belongs to {}", mapping.id, owner.id)))
        }
        _ => Ok(()),
    }
}

fn strange(vm: &Vm, why: String) -> OvmError {
    OvmError::NotUnderstood { command: format!("show Vm id={}", vm.id), why, output: format!("{:?}", vm.mappings) }
}

/// At most three names that share the longest beginning and end with the one asked for.
fn nearest(name: &str, all: &[Ref]) -> Vec<String> {
    let names: BTreeSet<&str> = all.iter().filter_map(|entry| entry.name.as_deref()).collect();
    let mut scored: Vec<_> = names.into_iter().map(|other| (likeness(name, other), other)).collect();
    scored.retain(|(score, _)| *score >= 2);
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().take(3).map(|(_, other)| other.to_owned()).collect()
}

fn likeness(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    (head + tail).min(a.len()).min(b.len())
}
