//! Folders on the database's VM: the run's own, and `.ovmirror` on the data mount for the control file copy.

use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, folder, params::SnapshotParams, shell},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct RunFolder(pub Arc<SnapshotParams>);

/// Where things go on the database's VM.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Folders {
    /// `~/.ovmirror/<run>`, absolute.
    pub run: String,
    /// `<data mount>/.ovmirror/<run>.ctl`: the golden copy carries it.
    pub controlfile: String,
}

impl RunFolder {
    fn data_mount(&self) -> Result<&str, Fault> {
        let units = self.0.surveyed.layout.data_units().map(|unit| unit.target.as_str());
        units.min().ok_or_else(|| Fault::new(Kind::Bug, "SNP-002", "no mount point holds datafiles"))
    }

    fn controlfile(&self, run: &str) -> Result<String, Fault> {
        Ok(format!("{}/.ovmirror/{run}.ctl", self.data_mount()?))
    }
}

impl Step<World> for RunFolder {
    const KIND: &'static str = "run_folder";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Folders;

    fn describe(&self) -> String {
        format!("make the run's private folders on {}", self.0.site.host)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Folders>, Fault> {
        let host = &self.0.site.host;
        let run = folder::make(cx.world, host, cx.run)?;
        let on_data = format!("{}/.ovmirror", self.data_mount()?);
        shell::words(cx.world, host, &["mkdir", "-p", "-m", "700", &on_data]).map_err(|fault| {
            fault.hint(format!("the Oracle user must be able to make {on_data}: it holds the control file copy"))
        })?;
        Ok(Ran::Done(Folders { run, controlfile: self.controlfile(cx.run)? }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Folders>, Fault> {
        // Making folders again changes nothing.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Folders>) -> Result<(), Fault> {
        let host = &self.0.site.host;
        let copy = self.controlfile(cx.run)?;
        shell::words(cx.world, host, &["rm", "-f", &copy, &super::begin::standby(&copy)])?;
        folder::remove(cx.world, host, cx.run)
    }
}
