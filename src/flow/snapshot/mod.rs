//! The snapshot: a reflink of the database's disks, cut inside backup mode.

mod begin;
mod clone;
mod description;
mod disarm;
mod end;
mod flush;
mod guard;
mod keep_logs;
mod needed_logs;
mod prepare;
pub mod preview;
mod read_back;
mod record;
mod run_folder;
mod switch_log;

use crate::{
    engine::{Flow, erase},
    fault::Fault,
    step::{World, params::SnapshotParams},
};
use std::sync::Arc;

pub use begin::{Begin, Begun, standby as standby_copy};
pub use clone::{CloneVm, remove_named};
pub use description::Described;
pub use end::{EndBackup, Ended};
pub use keep_logs::{KeepLogs, keep_all};
pub use needed_logs::{NeededLogs, needed};
pub use read_back::{GoldenDisk, ReadBack};
pub use record::{Layout, disk as recorded_disk, value, values};

/// The flow's name in journals.
pub const NAME: &str = "snapshot";

/// The procedure, top-down.
pub fn flow(params: SnapshotParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    Flow::new(
        NAME,
        vec![
            erase(prepare::PrepareClone(p.clone())),
            erase(run_folder::RunFolder(p.clone())),
            erase(switch_log::SwitchLog(p.clone())),
            erase(guard::ArmGuard(p.clone())),
            erase(Begin(p.clone())),
            erase(flush::Flush(p.clone())),
            erase(CloneVm(p.clone())),
            erase(EndBackup(p.clone())),
            erase(disarm::DisarmGuard(p.clone())),
            erase(NeededLogs(p.clone())),
            erase(ReadBack(p.clone())),
            erase(KeepLogs(p.clone())),
            erase(record::Record(p)),
        ],
    )
}
