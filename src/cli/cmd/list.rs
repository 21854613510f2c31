//! `ovmirror list`

use crate::{
    catalog,
    cli::{
        args::List,
        output::{human, json},
        report::Reporter,
        resolve::Site,
    },
    fault::Fault,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &List, out: &Reporter) -> Result<ExitCode, Fault> {
    let database = args.database.as_deref().map(|name| site.database(name)).transpose()?;
    let snapshots = catalog::snapshots(&site.store()?, database.as_ref().map(|(name, _)| name))?;
    out.result(&json::list(&snapshots, out.simulated()), &human::list(&snapshots, out.simulated()));
    Ok(ExitCode::SUCCESS)
}
