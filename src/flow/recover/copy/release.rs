//! The work copies have done their duty: two file systems of one id should not stay in one machine.

use super::{CopyUnit, map_here, mount::MountCopy, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    flow::recover::params::RecoverParams,
    step::{World, media::work_copy::WorkCopy, preview::told, private},
};
use std::sync::Arc;

pub struct ReleaseCopy(pub Arc<RecoverParams>);

impl ReleaseCopy {
    fn unmount(&self, cx: &Cx<'_, World>, unit: &CopyUnit) -> Result<(), Fault> {
        let (host, device) = (&self.0.site.host, self.0.copying.device(unit)?);
        let points = cx.all::<MountCopy>()?;
        let ours = points.iter().filter(|(key, _)| key.as_ref() == Some(&unit.unit.target));
        for (_, point) in ours {
            private::unmount(cx.world, cx.clock, host, &device, point)?;
        }
        Ok(())
    }
}

impl Step<World> for ReleaseCopy {
    const KIND: &'static str = "release_copy";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("unmount the work copy, unmap it from {} and delete it", self.0.site.vm_name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::release(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let p = &self.0;
        p.copying.units.iter().try_for_each(|unit| self.unmount(cx, unit))?;
        let copies = cx.all::<WorkCopy>()?;
        for disk in &p.copying.disks {
            let key = Some(disk.slot.to_string());
            for (_, copy) in copies.iter().filter(|(slot, _)| *slot == key) {
                map_here(p, disk).take_off(cx.world, cx.run, copy)?;
            }
        }
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Each part looks before it acts, so that it may be done again.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
