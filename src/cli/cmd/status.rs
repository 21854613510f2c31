//! `ovmirror status`

use crate::{
    catalog,
    cli::{
        output::{human, json},
        report::Reporter,
        resolve::Site,
        wire::SystemClock,
    },
    fault::Fault,
    port::Clock,
};
use std::process::ExitCode;

pub fn run(site: &Site, out: &Reporter) -> Result<ExitCode, Fault> {
    let live = catalog::live(&site.store()?, SystemClock::new().now())?;
    out.result(&json::status(&live, out.simulated()), &human::status(&live, out.simulated()));
    Ok(ExitCode::SUCCESS)
}
