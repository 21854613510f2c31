//! Whether a snapshot lies on the incarnation path: the recoveries that would tell it are lost with the store, but the
//! control file knows the path.

use super::{Look, Place};
use crate::{
    catalog::SnapshotState,
    cli::{
        prepare,
        recover::{Snapshot, candidate},
    },
    fault::Fault,
    model::Scn,
    recovery::Path,
    step::{gather, sql as ask},
};

/// Those that a RESETLOGS left behind are recorded as such. Where the database does not answer, that stays unknown.
pub fn mark_left(place: &Place<'_>, looks: &mut [Look]) -> Result<(), Fault> {
    let found = looks.iter_mut().filter_map(|look| if let Look::Found(found) = look { Some(found) } else { None });
    let found: Vec<_> = found.collect();
    let Some(last) = found.iter().map(|found| found.record.end_scn).max() else { return Ok(()) };
    let path = present(place, last);
    for found in found {
        let one = Snapshot { layout: prepare::layout_of(&found.record)?, record: found.record.clone(), tape: None };
        match &path {
            Ok(path) => {
                if let Some(why) = candidate(&one).refused(path, None) {
                    found.record.state = SnapshotState::Orphan;
                    found.known.push(why);
                }
            }
            Err(why) => found.unknown.push(format!("whether it is on the incarnation path: {why}")),
        }
    }
    Ok(())
}

fn present(place: &Place<'_>, from: Scn) -> Result<Path, Fault> {
    let (_, site, release) = prepare::located(place.site, place.world, (place.name, place.database))?;
    gather::redo(place.world, &ask::production(&site), release, from).map(|redo| redo.path)
}
