//! `ovmirror man`

use crate::{
    cli::{args::Cli, report::Reporter},
    fault::{Fault, Kind},
};
use clap::CommandFactory;
use std::process::ExitCode;

pub fn run(out: &Reporter) -> Result<ExitCode, Fault> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|e| Fault::new(Kind::Bug, "MAN-001", "the manual page cannot be made").cause(e.to_string()))?;
    out.text(&String::from_utf8_lossy(&page));
    Ok(ExitCode::SUCCESS)
}
