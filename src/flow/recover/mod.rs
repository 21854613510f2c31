//! Recovery in seconds: the datafiles' disks are swapped for reflinks of a snapshot, and redo rolls them forward. The old
//! disks, control files and online logs are kept until `commit`; every step can be taken back, also when all are done.

mod added;
mod apply;
mod archive;
mod aside;
mod bring;
mod checks;
mod connect;
mod folder;
mod headers;
mod keep;
mod map;
mod mount;
mod new_disk;
mod open;
pub mod params;
mod preview;
mod recover;
pub mod server;
mod shutdown;
mod start;
mod swap;
mod taken;
mod unmap;
mod unmount;

pub use keep::remove as remove_kept;
pub use open::{Open, Opened};
pub use params::{AddedFile, FromTape, RecoverParams, SwapDisk};

use crate::{
    engine::{AnyStep, Flow, erase},
    fault::{Fault, Kind},
    step::{World, media::disks_before::DisksBefore, params::Way},
};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "recover";

/// The procedure, top-down.
pub fn flow(params: RecoverParams) -> Result<Flow<World>, Fault> {
    let p = Arc::new(params);
    let mut steps: Vec<Box<dyn AnyStep<World>>> = vec![erase(folder::RunFolder(p.clone()))];
    // While the database still works.
    if p.way == Way::Manager {
        steps.push(erase(DisksBefore));
    }
    for disk in &p.disks {
        steps.push(erase(new_disk::NewDisk { p: p.clone(), disk: disk.clone() }));
    }
    steps.push(erase(bring::BringLogs(p.clone())));
    steps.push(erase(archive::ArchiveCurrent(p.clone())));
    // Down, with the way back kept.
    steps.push(erase(shutdown::ShutDown(p.clone())));
    steps.push(erase(keep::Keep(p.clone())));
    for unit in p.units.iter().rev() {
        steps.push(erase(unmount::Unmount { p: p.clone(), unit: unit.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(unmap::Unmap { p: p.clone(), disk: disk.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(swap::Swap { p: p.clone(), disk: disk.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(map::MapNew { p: p.clone(), disk: disk.clone() }));
    }
    for unit in &p.units {
        steps.push(erase(mount::Mount { p: p.clone(), unit: unit.clone() }));
    }
    // Up again, forward to the target.
    steps.extend([
        erase(start::StartMount(p.clone())),
        erase(headers::Headers(p.clone())),
        erase(added::AddedFiles(p.clone())),
        erase(recover::Recover(p.clone())),
        erase(open::Open(p.clone())),
        erase(checks::Checks(p)),
    ]);
    Flow::new(NAME, steps)
}

fn no_answer(p: &RecoverParams) -> Fault {
    Fault::new(Kind::External, "REC-030", format!("{} did not answer", p.site.database)).on(&p.site.host)
}
