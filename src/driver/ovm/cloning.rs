//! Clones of VMs and of single disks.

use super::{
    block::Block,
    change::{made, read_back, words},
    dialect::CloneSpec,
    error::OvmError,
    job::job_ms,
    kind::ObjectKind,
    manager::{Change, Manager, Sent},
    object::{Job, VirtualDisk},
    quote::OvmName,
    read::only,
    record::Ref,
};
use crate::model::ObjectId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// A clone that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClonedVm {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// The job that made it, where the manager said it.
    pub job: Option<ObjectId>,
    /// How long the job took by the manager's own times.
    pub job_ms: Option<u64>,
    /// From sending the command to its answer; `None` when the answer was lost.
    pub wall_ms: Option<u64>,
}

impl Manager {
    /// Sends the clone command, once, and nothing else: inside the window this is one round trip. The answer is not
    /// read back (`confirm_clone`), a lost one is not looked into (`settle_clone`); both belong after END BACKUP.
    /// `connect` comes before the window. A refusal that names jobs may have left something half made: `find_clone`.
    pub fn start_clone(&self, spec: &CloneSpec, deadline: Duration) -> Result<Sent<ClonedVm>, OvmError> {
        let change = self.clone_change(spec, deadline)?;
        let (block, took) = match self.send(&change)? {
            Sent::Done(done) => done,
            Sent::InDoubt(why) => return Ok(Sent::InDoubt(why)),
        };
        Ok(match self.made_or_listed(spec, &block)? {
            Some(id) => Sent::Done(cloned(id, spec, &block, took)),
            None => Sent::InDoubt(nameless(&change, &block)),
        })
    }

    /// The clone's id: from the answer, or, where a success names nothing, from the list by the clone's
    /// name, which no other object has. An answer that names something else is not looked past.
    fn made_or_listed(&self, spec: &CloneSpec, block: &Block) -> Result<Option<ObjectId>, OvmError> {
        match made(block) {
            Some(found) if found.is_named(spec.name.as_str()) => Ok(Some(found.id)),
            None if block.data.iter().all(|line| line.trim().is_empty()) => {
                Ok(self.find_clone(spec)?.map(|found| found.id))
            }
            _ => Ok(None),
        }
    }

    /// After a lost answer: waits for an open job on the source, then finds the clone by its name.
    pub fn settle_clone(&self, spec: &CloneSpec, why: OvmError) -> Result<ClonedVm, OvmError> {
        let change = self.clone_change(spec, self.deadlines.job)?;
        self.settle(&change, why, || self.find_clone(spec))
    }

    /// Shows the clone and compares its name. A job that is still open is an error: the manager then answers before
    /// it has cloned (CommandMode Asynchronous), so the clone may have gone on after END BACKUP.
    pub fn confirm_clone(&self, spec: &CloneSpec, clone: ClonedVm) -> Result<ClonedVm, OvmError> {
        let change = self.clone_change(spec, self.deadlines.job)?;
        if let Some(job) = self.job_of(&clone)?.filter(|job| !job.done) {
            let seen = job.state.unwrap_or_else(|| "open".to_owned());
            return Err(read_back(&change, format!("job {}", job.id), "done", &seen));
        }
        let vm = self.vm(&(&clone.id).into())?;
        if vm.name == spec.name.as_str() {
            return Ok(clone);
        }
        Err(read_back(&change, format!("VM {}", clone.id), spec.name.as_str(), &vm.name))
    }

    /// The job that made a clone; none where the manager named none or does not show it any more.
    fn job_of(&self, clone: &ClonedVm) -> Result<Option<Job>, OvmError> {
        let Some(id) = &clone.job else { return Ok(None) };
        match self.show_job(id) {
            Ok(job) => Ok(Some(job)),
            Err(OvmError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The whole of it, where no window waits: an open job is simply waited for.
    pub fn clone_vm(&self, spec: &CloneSpec) -> Result<ClonedVm, OvmError> {
        let clone = match self.start_clone(spec, self.deadlines.job)? {
            Sent::Done(clone) => clone,
            Sent::InDoubt(why) => self.settle_clone(spec, why)?,
        };
        if let Some(job) = self.job_of(&clone)?.filter(|job| !job.done) {
            self.wait_job(&job.id, self.deadlines.job)?;
        }
        self.confirm_clone(spec, clone)
    }

    /// The clone, if it is there by now. For probes, and for the undo of a clone that finished late.
    pub fn find_clone(&self, spec: &CloneSpec) -> Result<Option<ClonedVm>, OvmError> {
        let hits = self.named(ObjectKind::Vm, spec.name.as_str())?;
        let found = only(ObjectKind::Vm, spec.name.as_str(), hits)?;
        let bare = |id| ClonedVm { id, name: spec.name.to_string(), job: None, job_ms: None, wall_ms: None };
        Ok(found.map(|found| bare(found.id)))
    }

    fn clone_change(&self, spec: &CloneSpec, deadline: Duration) -> Result<Change, OvmError> {
        let text = self.release()?.clone_vm(spec);
        let touches = vec![(ObjectKind::Vm, spec.source.id.clone())];
        let needles = words(&[spec.name.as_str(), spec.source.id.as_str(), spec.source.label()]);
        Ok(Change { text, deadline, touches, needles })
    }

    /// The ids of all virtual disks: taken and journalled before `clone_disk`.
    pub fn disk_ids(&self) -> Result<BTreeSet<ObjectId>, OvmError> {
        Ok(self.list(ObjectKind::VirtualDisk)?.into_iter().map(|disk| disk.id).collect())
    }

    /// Clones one disk and gives the clone its name. The command takes no name, so the clone is the disk that is not
    /// among the ids that were there before and is called after its source. One that may not be renamed is deleted.
    pub fn clone_disk(
        &self,
        before: &BTreeSet<ObjectId>,
        disk: &ObjectId,
        repository: &ObjectId,
        name: &OvmName,
    ) -> Result<VirtualDisk, OvmError> {
        let source = self.disk(disk)?;
        let text = self.release()?.clone_disk(disk, repository);
        let touches = vec![(ObjectKind::VirtualDisk, disk.clone())];
        let change = self.lasting(text, touches, words(&[disk.as_str(), &source.name]));
        let look = || self.new_disk(before, &source.name);
        let made = match self.change(&change)? {
            Sent::InDoubt(why) => self.settle(&change, why, look)?,
            Sent::Done((block, _)) => match made(&block).filter(|made| !before.contains(&made.id)) {
                Some(made) => made.id,
                None => look()?.ok_or_else(|| self.absent(&change, "the list of disks".to_owned(), "a new disk"))?,
            },
        };
        self.rename_disk(&made, name).inspect_err(|error| {
            if matches!(error, OvmError::Refused { .. }) {
                // Where this fails as well, the refusal is what counts: `unnamed_copy` finds the disk again.
                let _ = self.delete_disk(&made);
            }
        })
    }

    /// A copy of the disk that was cut off from its name: the one disk that was not there before, is called after its
    /// source, and is mapped by nobody (law 8). A clone that is still at work is waited for. The source may be gone by
    /// now: then `called` says how it was named.
    pub fn unnamed_copy(
        &self,
        before: &BTreeSet<ObjectId>,
        disk: &ObjectId,
        called: &str,
    ) -> Result<Option<ObjectId>, OvmError> {
        let shown = self.shown_name(disk)?;
        let name = shown.as_deref().unwrap_or(called);
        for job in self.open_jobs(&words(&[disk.as_str(), name]))? {
            self.wait_job(&job.id, self.deadlines.settle)?;
        }
        let Some(copy) = self.new_disk(before, name)? else { return Ok(None) };
        if self.is_mapped(&copy)? {
            return Ok(None);
        }
        if shown.is_none() && self.disk(&copy)?.name == name {
            return Err(either(&copy, name));
        }
        Ok(Some(copy))
    }

    /// The name of a disk; none where the manager lists it no more.
    fn shown_name(&self, disk: &ObjectId) -> Result<Option<String>, OvmError> {
        match self.disk(disk) {
            Ok(shown) => Ok(Some(shown.name)),
            Err(OvmError::Refused { .. }) if !self.exists(ObjectKind::VirtualDisk, disk)? => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The one disk that was not there before and is called after its source (`System.img (2)`).
    pub fn new_disk(&self, before: &BTreeSet<ObjectId>, source: &str) -> Result<Option<ObjectId>, OvmError> {
        let new = |disk: &Ref| !before.contains(&disk.id) && disk.name.as_deref().is_some_and(|n| is_copy(n, source));
        let hits = self.list(ObjectKind::VirtualDisk)?.into_iter().filter(new).collect();
        let name = format!("copy of {source}");
        Ok(only(ObjectKind::VirtualDisk, &name, hits)?.map(|found| found.id))
    }
}

/// The display name of a cloned disk is its source's name, mostly with ` (N)` behind it.
fn is_copy(name: &str, source: &str) -> bool {
    name.strip_prefix(source).is_some_and(|rest| {
        let number = rest.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')'));
        rest.is_empty() || number.is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()))
    })
}

/// Without the source its copy cannot be told from a source that somebody has brought back.
fn either(disk: &ObjectId, name: &str) -> OvmError {
    OvmError::NotUnderstood {
        command: format!("show VirtualDisk id={disk}"),
        why: format!("`{name}` may be a copy of the disk of that name, which is gone, or that disk brought back"),
        output: format!("{disk}  {name}"),
    }
}

fn cloned(id: ObjectId, spec: &CloneSpec, block: &Block, took: Duration) -> ClonedVm {
    let job = block.jobs.first().cloned();
    let ms = job.as_ref().zip(block.time.as_deref()).and_then(|(job, time)| job_ms(job, time, took));
    let wall_ms = u64::try_from(took.as_millis()).ok();
    ClonedVm { id, name: spec.name.to_string(), job, job_ms: ms, wall_ms }
}

fn nameless(change: &Change, block: &Block) -> OvmError {
    OvmError::NotUnderstood {
        command: change.text.clone(),
        why: "it does not name the clone".to_owned(),
        output: block.data.join("\n"),
    }
}
