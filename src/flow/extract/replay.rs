//! The journal of a crash image is replayed by a writable mount; a read-only mount alone would show the file system as it
//! was before, and `norecovery` files that are cut.

use super::ExtractParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    step::{World, device, folder, preview::told, private},
};
use std::sync::Arc;

pub struct Replay(pub Arc<ExtractParams>);

impl Replay {
    fn words(&self, point: &str) -> Result<Vec<String>, Fault> {
        let p = &self.0;
        Ok(device::mount_words(&p.options("rw")?, &p.unit.fstype, &p.device()?, point))
    }
}

impl Step<World> for Replay {
    const KIND: &'static str = "replay";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("replay the journal of the copy of {}: mount it writable once", self.0.unit.target)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        const POINT: &str = "/HOME/.ovmirror/RUN/replay";
        told(self.words(POINT).map(|words| vec![words.join(" "), format!("umount {POINT}")]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let (host, device) = (&self.0.guest.host, self.0.device()?);
        let point = private::point(cx.world, host, cx.run, "replay")?;
        private::mount(cx.world, host, &self.words(&point)?)?;
        private::unmount(cx.world, cx.clock, host, &device, &point)?;
        folder::remove(cx.world, host, cx.run)?;
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Whether a journal was replayed is not seen from outside; once more does no harm.
        Ok(Probe::Partial("it may be mounted still".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        private::clear(cx.world, &self.0.guest.host, cx.run, &self.0.device()?)
    }
}
