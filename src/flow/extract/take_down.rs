//! The way out of an extract that does not stay open.

use super::{ExtractParams, map_here, mount_read_only};
use crate::{
    driver::ovm::ObjectKind,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Remedy},
    step::{
        World,
        media::work_copy::WorkCopy,
        preview::{later, told},
        volume_group,
    },
};
use std::sync::Arc;

pub struct TakeDown(pub Arc<ExtractParams>);

impl Step<World> for TakeDown {
    const KIND: &'static str = "take_down";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "it is itself the way out" };
    type Out = ();

    fn describe(&self) -> String {
        format!("unmount the copy, unmap it from {} and delete it", self.0.guest.name)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(self.texts(world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        mount_read_only::unmount(cx, &self.0)?;
        if let Some(group) = self.0.group()? {
            volume_group::deactivate(cx.world, &self.0.guest.host, &group)?;
        }
        let copies = cx.all::<WorkCopy>()?;
        for disk in &self.0.disks {
            let key = disk.slot.to_string();
            let Some((_, copy)) = copies.iter().find(|(slot, _)| slot.as_ref() == Some(&key)) else { continue };
            map_here(&self.0, disk).take_off(cx.world, cx.run, copy)?;
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

impl TakeDown {
    fn texts(&self, world: &World) -> Result<Vec<String>, Fault> {
        let cli = world.manager.release().map_err(|e| e.fault())?;
        let point = self.0.at.as_ref().map_or("/HOME/.ovmirror/RUN/at", |at| at.dir.as_str());
        let mut texts = vec![format!("umount {point}")];
        texts.extend(self.0.group()?.map(|group| volume_group::words("-an", &group).join(" ")));
        for disk in &self.0.disks {
            texts.push(cli.delete(ObjectKind::VmDiskMapping, &later(&format!("MAPPING-{}", disk.slot))?));
            texts.push(cli.delete(ObjectKind::VirtualDisk, &later(&format!("WORK-COPY-{}", disk.slot))?));
        }
        Ok(texts)
    }
}
