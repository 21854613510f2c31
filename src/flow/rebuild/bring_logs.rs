//! The archived logs of a window whose kept ones are lost, as far as production has them still.

use super::params::Found;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    flow::snapshot::{self, Layout},
    step::{World, params::KeptLog},
};

pub struct BringLogs {
    pub found: Found,
}

impl BringLogs {
    fn bring(&self, cx: &Cx<'_, World>) -> Result<Vec<KeptLog>, Fault> {
        let record = &self.found.record;
        let layout = layout_of(&self.found)?;
        let release = layout.surveyed.identity.version.parse()?;
        let window = (record.resetlogs_change, record.begin_scn, record.end_scn);
        let wanted = snapshot::needed(cx.world, &layout.site, release, window)?;
        snapshot::keep_all(cx, &layout.site.host, &wanted, &cx.world.artifacts_of(&record.id))
    }
}

/// The record's layout, taken apart.
pub fn layout_of(found: &Found) -> Result<Layout, Fault> {
    serde_json::from_value(found.record.layout.clone()).map_err(|error| {
        let text = format!("the record of {} cannot be read", found.record.id);
        Fault::new(Kind::Bug, "RBD-001", text).cause(error.to_string())
    })
}

impl Step<World> for BringLogs {
    const KIND: &'static str = "bring_logs";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "copies of archived logs take nothing from anybody" };
    type Out = Vec<KeptLog>;

    fn key(&self) -> Option<String> {
        Some(self.found.record.id.to_string())
    }

    fn describe(&self) -> String {
        format!("copy the archived logs of the window of {}, if they are there", self.found.record.id)
    }

    /// A snapshot without its logs is good still where production has them when it is used.
    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Vec<KeptLog>>, Fault> {
        Ok(match self.bring(cx) {
            Ok(logs) => Ran::Done(logs),
            Err(fault) => Ran::Warned(Vec::new(), format!("its logs are not kept: {fault}")),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Vec<KeptLog>>, Fault> {
        // Copying again overwrites the same files.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Vec<KeptLog>>) -> Result<(), Fault> {
        Ok(())
    }
}
