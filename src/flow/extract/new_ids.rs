//! New ids for a copy whose twin is looked for by its id: two file systems of one UUID or label in one machine, and the
//! next boot may mount the wrong one.

use super::{ExtractParams, NewIds};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{
        World, device, folder,
        media::places,
        params::WorkDisk,
        preview::told,
        private,
        shell::{self, failed},
    },
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct GiveNewIds {
    pub p: Arc<ExtractParams>,
    pub ids: NewIds,
}

/// UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Of the twin.
    pub old: String,
    /// Of the copy.
    pub new: String,
}

/// The programs of one kind of file system.
struct Tools {
    /// Shows the UUID behind this word.
    show: Vec<String>,
    word: &'static str,
    /// Gives a new UUID.
    uuid: Vec<String>,
    /// Takes the label away.
    label: Vec<String>,
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

impl GiveNewIds {
    fn disks(&self) -> Vec<WorkDisk> {
        self.ids.naming(&self.p)
    }

    fn device(&self) -> Result<String, Fault> {
        places::device(&self.disks(), &self.p.unit)
    }

    /// xfs_admin(8) wants the external log, too; tune2fs(8).
    fn tools(&self, device: &str) -> Result<Tools, Fault> {
        let log = places::log_device(&self.disks(), &self.p.unit)?;
        match self.p.unit.fstype.as_str() {
            "xfs" => {
                let mut uuid = words(&["xfs_admin", "-U", "generate", device]);
                uuid.extend(log);
                let label = words(&["xfs_admin", "-L", "--", device]);
                Ok(Tools { show: words(&["xfs_admin", "-u", device]), word: "UUID =", uuid, label })
            }
            "ext2" | "ext3" | "ext4" => Ok(Tools {
                show: words(&["tune2fs", "-l", device]),
                word: "Filesystem UUID:",
                uuid: words(&["tune2fs", "-U", "random", device]),
                label: words(&["tune2fs", "-L", "", device]),
            }),
            other => Err(Fault::new(Kind::Bug, "EXT-022", format!("nobody knows how to give {other} a new id"))),
        }
    }

    fn mount_words(&self, device: &str, point: &str) -> Result<Vec<String>, Fault> {
        let options = places::mount_options(&self.disks(), &self.p.unit, "rw", true)?;
        Ok(device::mount_words(&options, &self.p.unit.fstype, device, point))
    }

    fn privileged(&self, cx: &Cx<'_, World>, words: &[String]) -> Result<String, Fault> {
        let host = &self.ids.guest.host;
        let answer = shell::privileged(cx.world, host, &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        if answer.ok() {
            return Ok(answer.text());
        }
        Err(failed(&answer, host, &words.join(" ")).hint_command(
            format!("the user of {host} needs sudo for {}", words.first().map_or("it", String::as_str)),
            shell::SUDOERS,
        ))
    }

    fn uuid(&self, cx: &Cx<'_, World>, tools: &Tools) -> Result<String, Fault> {
        let printed = self.privileged(cx, &tools.show)?;
        let found = printed.lines().find_map(|line| line.trim().strip_prefix(tools.word));
        found.map(|uuid| uuid.trim().to_owned()).ok_or_else(|| folder::not_understood(&self.ids.guest.host, &printed))
    }

    /// xfs_admin and tune2fs refuse a file system whose journal is not replayed.
    fn replay(&self, cx: &Cx<'_, World>, device: &str) -> Result<(), Fault> {
        let host = &self.ids.guest.host;
        let point = private::point(cx.world, host, cx.run, "ids")?;
        private::mount(cx.world, host, &self.mount_words(device, &point)?)?;
        private::unmount(cx.world, cx.clock, host, device, &point)?;
        folder::remove(cx.world, host, cx.run)
    }

    /// tune2fs asks for a check first where every block's checksum holds the UUID. e2fsck may find nothing to mend
    /// (status 0): what a replayed journal leaves is whole, or the copy is not what it should be.
    fn change(&self, cx: &Cx<'_, World>, tools: &Tools, device: &str) -> Result<(), Fault> {
        match self.privileged(cx, &tools.uuid) {
            Err(fault) if fault.context.output.as_ref().is_some_and(|text| text.contains("e2fsck -f")) => {
                self.privileged(cx, &words(&["e2fsck", "-f", "-p", device]))?;
                self.privileged(cx, &tools.uuid)?;
            }
            other => drop(other?),
        }
        if self.ids.label {
            self.privileged(cx, &tools.label)?;
        }
        Ok(())
    }

    fn texts(&self) -> Result<Vec<String>, Fault> {
        const POINT: &str = "/HOME/.ovmirror/RUN/ids";
        let device = self.device()?;
        let tools = self.tools(&device)?;
        let mount = self.mount_words(&device, POINT)?.join(" ");
        let mut texts = vec![mount, format!("umount {POINT}"), tools.uuid.join(" ")];
        texts.extend(self.ids.label.then(|| tools.label.join(" ")));
        Ok(texts)
    }
}

impl Step<World> for GiveNewIds {
    const KIND: &'static str = "new_ids";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Given;

    fn describe(&self) -> String {
        let what = if self.ids.label { "a new UUID and no label" } else { "a new UUID" };
        format!("give the copy of {} {what} on {}", self.p.unit.target, self.ids.guest.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(self.texts())
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Given>, Fault> {
        let device = self.device()?;
        let tools = self.tools(&device)?;
        self.replay(cx, &device)?;
        let old = self.uuid(cx, &tools)?;
        self.change(cx, &tools, &device)?;
        let new = self.uuid(cx, &tools)?;
        if old == new {
            return Err(Fault::new(Kind::External, "EXT-023", format!("{device} has kept its UUID {old}")));
        }
        Ok(Ran::Done(Given { old, new }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Given>, Fault> {
        // Another id once more does no harm.
        Ok(Probe::Partial("it may be mounted still".to_owned()))
    }

    /// The ids go with the copy.
    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Given>) -> Result<(), Fault> {
        private::clear(cx.world, &self.ids.guest.host, cx.run, &self.device()?)
    }
}
