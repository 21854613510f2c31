//! `sync` in the guest, and fsfreeze where one file system spans several disks.

use super::{preview, run_folder::RunFolder};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, params::SnapshotParams, preview::told, shell, window},
    text::{render, sh},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

pub struct Flush(pub Arc<SnapshotParams>);

/// How it went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flushed {
    /// The guest's own time for it, in ms (1/100 s resolution).
    pub ms: u64,
}

/// A freeze holds every writer: from its sending to the end of the clone it may not last longer. The `sync` before it
/// counts, too; that of the log switch has left it little to write.
pub const FREEZE_LIMIT: Duration = Duration::from_secs(30);

impl Flush {
    fn deadline(&self) -> Duration {
        let limit = Duration::from_secs(self.0.window_limit_s);
        if self.0.freeze.is_empty() { limit } else { limit.min(FREEZE_LIMIT) }
    }
}

impl Step<World> for Flush {
    const KIND: &'static str = "flush";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Flushed;

    fn urgent(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        match self.0.freeze.as_slice() {
            [] => format!("sync in {}", self.0.site.vm_name),
            points => format!("sync and freeze {} in {}", points.join(", "), self.0.site.vm_name),
        }
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::flush(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Flushed>, Fault> {
        let marker = format!("{}/frozen", cx.out::<RunFolder>()?.run);
        let context = sh::Flush { points: &self.0.freeze, marker: &marker, become_words: &cx.world.become_words };
        let text = render(&context)?;
        let printed = window::with(cx.world, |window| {
            window.frozen = (!self.0.freeze.is_empty()).then(|| cx.clock.elapsed());
            window.shell.ask(&text, self.deadline())
        })?;
        let ms = printed.lines().find_map(|line| line.strip_prefix("flushed ")?.trim().parse().ok());
        ms.map(|ms| Ran::Done(Flushed { ms })).ok_or_else(|| {
            Fault::new(Kind::External, "SNP-005", "the guest could not be flushed")
                .on(&self.0.site.host)
                .printed(&printed)
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Flushed>, Fault> {
        Ok(Probe::Partial("a flush is of use only with the clone that follows it".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Flushed>) -> Result<(), Fault> {
        if self.0.freeze.is_empty() {
            return Ok(());
        }
        let context = sh::Thaw { points: &self.0.freeze, become_words: &cx.world.become_words };
        let printed = shell::script(cx.world, &self.0.site.host, &context)?;
        let thawed = printed.lines().filter(|l| l.starts_with("thawed ") || l.starts_with("not-frozen ")).count();
        if thawed == self.0.freeze.len() {
            return Ok(());
        }
        Err(crate::step::folder::not_understood(&self.0.site.host, &printed))
    }
}
