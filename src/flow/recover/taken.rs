//! A disk that another run restored from tape: it is taken by its mark, and given back to it. Restoring it may have taken
//! hours, so an undo does not delete it; that run's own undo does.

use super::params::{FromTape, SwapDisk};
use crate::{
    driver::ovm::OvmName,
    engine::Cx,
    fault::{Fault, Kind, Remedy},
    flow::from_tape::FreshDisk,
    model::ObjectId,
    step::{World, copies},
};

pub struct Taken<'a> {
    pub tape: &'a FromTape,
    pub disk: &'a SwapDisk,
}

impl Taken<'_> {
    fn mark(&self) -> String {
        FreshDisk::mark(&self.tape.run, self.disk.slot)
    }

    fn rename(&self, cx: &Cx<'_, World>, name: &str) -> Result<(), Fault> {
        let name = OvmName::new(name).map_err(|e| e.fault())?;
        cx.world.manager.rename_disk(&self.disk.golden, &name).map(drop).map_err(|e| e.fault())
    }

    /// From the other run's mark to this one's.
    pub fn take(&self, cx: &Cx<'_, World>) -> Result<ObjectId, Fault> {
        let (mark, own) = (self.mark(), self.disk.new_tag(cx.run)?.to_string());
        let shown = cx.world.manager.disk(&self.disk.golden).map_err(|e| e.fault())?;
        if shown.name != mark && shown.name != own {
            let text = format!("disk {} is named {}, not {mark}", self.disk.golden, shown.name);
            return Err(
                Fault::new(Kind::External, "REC-031", text).hint("restore the disks again: --from-tape SNAPSHOT")
            );
        }
        if cx.world.manager.is_mapped(&self.disk.golden).map_err(|e| e.fault())? {
            return Err(Fault::new(Kind::External, "REC-032", format!("disk {mark} is mapped by a Vm"))
                .hint("disconnect it there, then try again"));
        }
        self.rename(cx, &own)?;
        Ok(self.disk.golden.clone())
    }

    /// Back, where this run has it.
    pub fn give_back(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        match copies::found(cx.world, &self.disk.new_tag(cx.run)?.to_string())? {
            Some(id) if id == self.disk.golden => self.rename(cx, &self.mark()),
            _ => Ok(()),
        }
    }
}
