//! `ovmirror show`

use crate::{
    catalog,
    cli::{
        args::Show,
        output::{human, json},
        report::Reporter,
        resolve::Site,
    },
    fault::Fault,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Show, out: &Reporter) -> Result<ExitCode, Fault> {
    let shown = catalog::show(&site.store()?, &args.id)?;
    out.result(&json::show(&shown, out.simulated()), &human::show(&shown, out.simulated()));
    Ok(ExitCode::SUCCESS)
}
