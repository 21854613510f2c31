//! Datafiles from tape onto fresh disks, without a licence on production: the file systems are made by the database's own
//! machine, the media host restores onto them. Production works meanwhile; `recover` then swaps the disks in.
//!
//! Where the store is lost, a run of its own reads the control file on tape first and records what it knows.

mod control;
mod fetch_logs;
mod fresh_disk;
mod known;
mod make_fs;
mod mount_control;
mod nomount;
pub mod params;
mod place;
mod plug;
mod preview;
mod record;
mod restore;
mod stage;
mod take_off;
mod unplug;
mod verify;

pub use fetch_logs::{FetchLogs, Fetched};
pub use fresh_disk::MakeDisk;
pub use known::{Known, KnownPieces};
pub use params::{FreshDisk, FromTapeParams, NewFileSystem, TapeParams, TapeRecordParams};
pub use record::RecordTape;

use crate::{
    catalog,
    engine::{AnyStep, Flow, erase},
    fault::Fault,
    step::{World, media::mount::MountUnit},
};
use plug::Place;
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = catalog::FROM_TAPE;
/// The name of the run that records what is on tape.
pub const RECORD: &str = "tape_record";

/// The control file in MOUNT on the media host, and what it knows.
fn read_tape(tape: &Arc<TapeParams>) -> Vec<Box<dyn AnyStep<World>>> {
    vec![
        erase(stage::TapeStage(tape.clone())),
        erase(nomount::StartNomount(tape.clone())),
        erase(control::ControlFile(tape.clone())),
        erase(mount_control::MountControl(tape.clone())),
        erase(known::Known(tape.clone())),
    ]
}

/// The procedure, top-down.
pub fn flow(params: FromTapeParams) -> Result<Flow<World>, Fault> {
    let (p, tape) = (Arc::new(params.clone()), Arc::new(params.tape.clone()));
    let clone = Arc::new(params.tape.clone);
    // Nothing is made before the tape has shown that it holds everything.
    let mut steps = read_tape(&tape);
    for disk in &p.disks {
        steps.push(erase(fresh_disk::MakeDisk { p: p.clone(), disk: disk.clone() }));
    }
    // At the database's machine: file systems of its own kernel's making.
    for disk in &p.disks {
        steps.push(erase(plug::Plug { p: p.clone(), disk: disk.clone(), place: Place::Database }));
    }
    for unit in &p.file_systems {
        steps.push(erase(make_fs::MakeFileSystem { p: p.clone(), fs: unit.clone() }));
    }
    for disk in &p.disks {
        steps.push(erase(unplug::Unplug { p: p.clone(), disk: disk.clone() }));
    }
    // At the media host: RESTORE.
    for disk in &p.disks {
        steps.push(erase(plug::Plug { p: p.clone(), disk: disk.clone(), place: Place::Media }));
    }
    for unit in clone.surveyed.layout.data_units() {
        steps.push(erase(MountUnit { p: clone.clone(), unit: unit.clone() }));
    }
    steps.extend([
        erase(restore::Restore(p.clone())),
        erase(verify::Verify(p.clone())),
        erase(fetch_logs::FetchLogs(p.clone())),
        erase(place::PlaceFiles(p.clone())),
        erase(take_off::TakeOff(p)),
    ]);
    Flow::new(NAME, steps)
}

/// What is on tape becomes a record of the store.
pub fn record_flow(params: TapeRecordParams) -> Result<Flow<World>, Fault> {
    let (p, tape) = (Arc::new(params.clone()), Arc::new(params.tape));
    let mut steps = read_tape(&tape);
    steps.extend([erase(record::PutAway(tape)), erase(record::RecordTape(p))]);
    Flow::new(RECORD, steps)
}
