//! The way back of a recovery is given up: what it kept is deleted. From here on it cannot be undone.

mod delete_disk;
mod delete_kept;
pub mod params;

pub use params::CommitParams;

use crate::{
    catalog,
    engine::{AnyStep, Flow, erase},
    fault::Fault,
    step::World,
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = catalog::COMMIT;

/// The procedure, top-down.
pub fn flow(params: CommitParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let disks = p.recovery.disks.iter();
    let mut steps: Vec<Box<dyn AnyStep<World>>> =
        disks.map(|disk| erase(delete_disk::DeleteDisk { p: p.clone(), disk: disk.clone() })).collect();
    steps.push(erase(delete_kept::DeleteKept(p)));
    Flow::new(NAME, steps)
}
