//! The records enter the store with this step's `done`.

use super::{
    bring_logs::{BringLogs, layout_of},
    params::{Found, RebuildParams, Source},
};
use crate::{
    catalog::{CatalogChange, SnapshotRecord},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    flow::snapshot::{value, values},
    step::{World, files},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct RecordFound(pub Arc<RebuildParams>);

/// The step's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rebuilt {
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl RecordFound {
    /// With the logs that were brought.
    fn whole(cx: &Cx<'_, World>, found: &Found) -> Result<SnapshotRecord, Fault> {
        let id = found.record.id.to_string();
        let brought = cx.all::<BringLogs>()?.into_iter().find(|(key, _)| key.as_ref() == Some(&id));
        let Some((_, logs)) = brought else { return Ok(found.record.clone()) };
        let mut layout = layout_of(found)?;
        layout.logs = logs;
        let (logs, layout) = (values(&layout.logs)?, value(&layout)?);
        Ok(SnapshotRecord { logs, layout, ..found.record.clone() })
    }
}

/// The next lost store finds it in the artifacts.
fn keep(world: &World, record: &SnapshotRecord) -> Result<(), Fault> {
    let folder = world.artifacts_of(&record.id);
    files::make_folder(&folder)?;
    files::write(&folder.join("record.json"), &serde_json::to_string_pretty(record).unwrap_or_default())
}

impl Step<World> for RecordFound {
    const KIND: &'static str = "record_found";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "what is there is known again, and the records are kept" };
    type Out = Rebuilt;

    fn describe(&self) -> String {
        let ids: Vec<String> = self.0.found.iter().map(|found| found.record.id.to_string()).collect();
        format!("record {}", ids.join(", "))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Rebuilt>, Fault> {
        let mut catalog = Vec::new();
        for found in &self.0.found {
            let record = Self::whole(cx, found)?;
            if found.source == Source::Description {
                keep(cx.world, &record)?;
            }
            catalog.push(CatalogChange::SnapshotMade(Box::new(record)));
        }
        Ok(Ran::Done(Rebuilt { catalog }))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Rebuilt>, Fault> {
        // The records are made by this step's `done` alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Rebuilt>) -> Result<(), Fault> {
        Ok(())
    }
}
