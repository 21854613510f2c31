//! `ovmirror completions SHELL`

use crate::{
    cli::{
        args::{Cli, Completions},
        report::Reporter,
    },
    fault::Fault,
};
use clap::CommandFactory;
use std::process::ExitCode;

/// Into memory first: the generator panics when its reader (`| head`) has gone.
pub fn run(args: &Completions, out: &Reporter) -> Result<ExitCode, Fault> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ovmirror", &mut script);
    out.text(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}
