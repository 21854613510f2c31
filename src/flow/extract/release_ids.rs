//! The copy has its new ids: it leaves the media host for the database's own machine.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{
        World,
        media::{map::MapDisk, work_copy::WorkCopy},
    },
};

pub struct ReleaseIds(pub MapDisk);

impl Step<World> for ReleaseIds {
    const KIND: &'static str = "unmap_ids";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.0.disk.slot.to_string())
    }

    fn describe(&self) -> String {
        format!("unmap the work copy of slot {} from {}", self.0.disk.slot, self.0.guest.name)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let copies = cx.all::<WorkCopy>()?;
        for (_, copy) in copies.iter().filter(|(slot, _)| *slot == self.key()) {
            self.0.unmap(cx.world, cx.run, copy)?;
        }
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
