//! Snapshots come back into a store that was lost: as events of a run, like everything that the catalog knows.

mod bring_logs;
mod params;
mod record;

pub use bring_logs::BringLogs;
pub use params::{Found, RebuildParams, Source};
pub use record::RecordFound;

use crate::{
    engine::{AnyStep, Flow, erase},
    fault::Fault,
    step::World,
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "rebuild";

/// The procedure, top-down.
pub fn flow(params: RebuildParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let lacking = p.found.iter().filter(|found| found.source == Source::Description);
    let mut steps: Vec<Box<dyn AnyStep<World>>> =
        lacking.map(|found| erase(BringLogs { found: found.clone() })).collect();
    steps.push(erase(RecordFound(p)));
    Flow::new(NAME, steps)
}
