//! `ovmirror status`

use crate::{
    catalog,
    cli::{
        output::{human, json, unsettled::Status},
        report::Reporter,
        resolve::Site,
        wire::SystemClock,
    },
    fault::Fault,
    port::Clock,
};
use std::process::ExitCode;

pub fn run(site: &Site, out: &Reporter) -> Result<ExitCode, Fault> {
    let store = site.store()?;
    let live = catalog::live(&store, SystemClock::new().now())?;
    let mut open = catalog::open_extracts(&store, None)?;
    // One that is being opened or closed is among the runs already.
    open.retain(|extract| !live.iter().any(|run| run.run.id == extract.run.id));
    let waiting = catalog::unsettled(&store)?;
    let leases = catalog::leases(&store, &live)?;
    let state = Status { live: &live, unsettled: &waiting, open: &open, leases: &leases };
    out.result(&json::status(&state, out.simulated()), &human::status(&state, out.simulated()));
    Ok(ExitCode::SUCCESS)
}
