//! `ovmirror runs`

use crate::{
    catalog,
    cli::{
        args::Runs,
        output::{human, json},
        report::Reporter,
        resolve::Site,
    },
    fault::Fault,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Runs, out: &Reporter) -> Result<ExitCode, Fault> {
    let database = args.database.as_deref().map(|name| site.database(name)).transpose()?;
    let runs = catalog::runs(&site.store()?, database.as_ref().map(|(name, _)| name))?;
    out.result(&json::runs(&runs, out.simulated()), &human::runs(&runs, out.simulated()));
    Ok(ExitCode::SUCCESS)
}
