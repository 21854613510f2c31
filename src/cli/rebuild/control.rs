//! The control file of the window lies in the golden copy: an extract, closed at once, brings it to the artifacts.

use super::Place;
use crate::{
    catalog::{self, SnapshotRecord},
    cli::{args::Extract, cmd::run::Session, golden, prepare},
    fault::{Fault, Kind},
    flow::{self, snapshot::Layout},
    model::RunId,
    step::files,
};

/// Whether the artifacts lack it.
pub fn is_missing(session: &Session<'_>, record: &SnapshotRecord) -> bool {
    !session.world.artifacts_of(&record.id).join("control.ctl").is_file()
}

/// Brings it.
pub fn bring(place: &Place<'_>, session: &Session<'_>, id: &RunId) -> Result<(), Fault> {
    let record = catalog::find_snapshot(&session.store, id.as_str())?;
    let layout = prepare::layout_of(&record)?;
    let mount = data_mount(&layout)?;
    let known = (place.name, place.database);
    let params = prepare::extract::extract(place.site, &session.world, known, &record, &of_mount(id, &mount))?;
    golden::must_hang(&session.world, &record, |slot| params.disks.iter().any(|disk| disk.slot == slot))?;
    let run = session.start(&flow::extract::flow(params.clone())?, &params)?;
    let fetched = fetch(session, &run, &record);
    session.undo(&run)?;
    fetched
}

/// Where BEGIN put it: on the first of the datafiles' mount points.
fn data_mount(layout: &Layout) -> Result<String, Fault> {
    let units = layout.surveyed.layout.data_units().map(|unit| unit.target.clone());
    units.min().ok_or_else(|| Fault::new(Kind::User, "RBD-012", "no mount point holds datafiles"))
}

fn of_mount(id: &RunId, mount: &str) -> Extract {
    Extract {
        snapshot: Some(id.to_string()),
        at: None,
        disk: Some(mount.to_owned()),
        path: None,
        to: None,
        list: false,
        close: None,
        dry_run: false,
        wait_lock: None,
    }
}

fn fetch(session: &Session<'_>, run: &RunId, record: &SnapshotRecord) -> Result<(), Fault> {
    let point: String = session.out_of(run, flow::extract::MOUNT)?;
    let (folder, host) = (session.world.artifacts_of(&record.id), &session.database.host);
    files::make_folder(&folder)?;
    let copy = format!("{point}/.ovmirror/{}.ctl", record.id);
    let control = files::fetch(&session.world, host, &copy, &folder.join("control.ctl"));
    let control = control.inspect_err(|_| {
        // Half a control file is worse than none.
        let _ = std::fs::remove_file(folder.join("control.ctl"));
    })?;
    match prepare::layout_of(record)?.control {
        Some(kept) if kept != control => {
            Err(Fault::new(Kind::External, "RBD-013", format!("{copy} is not the control file that was kept"))
                .hint("offload and drill refuse it; recover with the present control file needs none"))
        }
        _ => Ok(()),
    }
}
