//! The control file of the window and the needed archived logs become artifacts: recovery of the snapshot then depends
//! on nothing that production may delete.

use super::preview;
use super::{
    begin::Begin,
    needed_logs::{Log, NeededLogs},
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::HostName,
    port::{Amount, Event},
    step::{
        World,
        files::{self, Moved},
        names::run_id,
        params::{KeptLog, SnapshotParams},
        preview::told,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

pub struct KeepLogs(pub Arc<SnapshotParams>);

/// What is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// The artifacts folder.
    pub folder: PathBuf,
    /// `control.ctl` in it.
    pub control: Moved,
    /// `standby.ctl` in it, where the media host wants one.
    pub standby: Option<Moved>,
    /// The logs.
    pub logs: Vec<KeptLog>,
}

fn keep(world: &World, host: &HostName, log: &Log, folder: &Path) -> Result<KeptLog, Fault> {
    let file = log.name.rsplit('/').next().unwrap_or(&log.name).to_owned();
    let moved = files::fetch(world, host, &log.name, &folder.join("logs").join(&file));
    let moved = moved.map_err(|fault| {
        let text = format!("the archived log {} cannot be kept", log.name);
        Fault::new(Kind::External, "LOG-002", text)
            .cause(fault.to_string())
            .hint("it was there a moment ago: a cleanup job deletes logs too early. Then try again")
            .on(host)
    })?;
    Ok(KeptLog { thread: log.thread, sequence: log.sequence, first: log.first, next: log.next, file, moved })
}

/// Copies logs into `logs/` of an artifacts folder.
pub fn keep_all(cx: &Cx<'_, World>, host: &HostName, wanted: &[Log], folder: &Path) -> Result<Vec<KeptLog>, Fault> {
    distinct(wanted)?;
    files::make_folder(&folder.join("logs"))?;
    let total: u64 = wanted.iter().map(|log| log.bytes).sum();
    let mut logs: Vec<KeptLog> = Vec::new();
    for log in wanted {
        let done = logs.iter().map(|kept| kept.moved.bytes).sum();
        cx.monitor.tell(&Event::Progress { done, total, of: Amount::Bytes, text: log.name.clone() });
        logs.push(keep(cx.world, host, log, folder)?);
    }
    Ok(logs)
}

/// Two destinations may use one file name for different logs: then a kept one would overwrite another.
fn distinct(logs: &[Log]) -> Result<(), Fault> {
    let mut names = BTreeSet::new();
    let file = |log: &Log| log.name.rsplit('/').next().unwrap_or_default().to_owned();
    match logs.iter().find(|log| !names.insert(file(log))) {
        None => Ok(()),
        Some(log) => Err(Fault::new(Kind::User, "LOG-003", format!("two needed logs are named {}", file(log)))
            .hint("LOG_ARCHIVE_FORMAT must hold %t, %s and %r")),
    }
}

impl Step<World> for KeepLogs {
    const KIND: &'static str = "keep_logs";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Kept;

    fn describe(&self) -> String {
        "keep the control file and the needed archived logs".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::keep_logs(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Kept>, Fault> {
        let host = &self.0.site.host;
        let folder = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&folder)?;
        let source = cx.out::<Begin>()?.controlfile;
        let control = files::fetch(cx.world, host, &source, &folder.join("control.ctl"))?;
        let standby = match self.0.standby {
            true => Some(files::fetch(cx.world, host, &super::begin::standby(&source), &folder.join("standby.ctl"))?),
            false => None,
        };
        let logs = keep_all(cx, host, &cx.out::<NeededLogs>()?, &folder)?;
        Ok(Ran::Done(Kept { folder, control, standby, logs }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Kept>, Fault> {
        Ok(Probe::Partial("files may be there in part".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Kept>) -> Result<(), Fault> {
        files::remove_folder(&cx.world.artifacts_of(&run_id(cx.run)?))
    }
}
