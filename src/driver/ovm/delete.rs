//! Deleting. Absence is confirmed by the list of the type, since no text of "not found" is documented.

use super::{
    change::words,
    error::OvmError,
    kind::ObjectKind,
    manager::{Manager, Sent},
};
use crate::{model::ObjectId, port::Polled};

impl Manager {
    /// Deletes a VM or template. Its disks stay: mappings and disks are deleted first.
    pub fn delete_vm(&self, id: &ObjectId) -> Result<(), OvmError> {
        self.delete(ObjectKind::Vm, id)
    }

    /// Deletes a virtual disk, which no mapping may connect any more.
    pub fn delete_disk(&self, id: &ObjectId) -> Result<(), OvmError> {
        self.delete(ObjectKind::VirtualDisk, id)
    }

    /// Deletes a clone customizer; its mappings go with it.
    pub fn delete_customizer(&self, id: &ObjectId) -> Result<(), OvmError> {
        self.delete(ObjectKind::VmCloneCustomizer, id)
    }

    /// Deletes a virtual network card.
    pub fn delete_vnic(&self, id: &ObjectId) -> Result<(), OvmError> {
        self.delete(ObjectKind::Vnic, id)
    }

    /// Detaches a disk. A refusal is `DetachRefused`: the guest may still let the disk go later (laws 7 and 16).
    pub fn delete_mapping(&self, id: &ObjectId) -> Result<(), OvmError> {
        self.delete(ObjectKind::VmDiskMapping, id).map_err(|error| match error {
            OvmError::Refused { text, .. } => OvmError::DetachRefused { mapping: id.clone(), text },
            other => other,
        })
    }

    /// Succeeds also when the object is gone already, so that an undo can be repeated.
    fn delete(&self, kind: ObjectKind, id: &ObjectId) -> Result<(), OvmError> {
        let text = self.release()?.delete(kind, id);
        let change = self.lasting(text, vec![(kind, id.clone())], words(&[id.as_str()]));
        let gone = || Ok((!self.exists(kind, id)?).then_some(()));
        match self.change(&change) {
            Ok(Sent::Done(_)) => self.wait_gone(kind, id),
            Ok(Sent::InDoubt(why)) => self.settle(&change, why, gone),
            Err(error @ OvmError::Refused { .. }) => match gone() {
                Ok(Some(())) => Ok(()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    fn wait_gone(&self, kind: ObjectKind, id: &ObjectId) -> Result<(), OvmError> {
        let look = || Ok(if self.exists(kind, id)? { Polled::NotYet("listed".to_owned()) } else { Polled::Done(()) });
        match self.wait(format!("{kind} {id}"), "gone", self.deadlines.command, look) {
            Err(OvmError::NotReached { .. }) => Err(OvmError::StillThere { kind, id: id.clone() }),
            other => other,
        }
    }
}
