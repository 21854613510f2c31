//! The site: what `ovmirror-lab` makes, keeps and takes down.

/// A line on stdout. A reader that went away (`| head`) must not end a command half way.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

pub mod args;
pub mod board;
pub mod config;
pub mod control;
pub mod database;
pub mod demo;
pub mod disaster;
pub mod down;
pub mod error;
pub mod faults;
pub mod hosts;
pub mod hypervisor;
pub mod keys;
pub mod layout;
pub mod link;
pub mod machines;
pub mod manager;
pub mod paths;
pub mod plan;
pub mod probe;
pub mod report;
pub mod repository;
pub mod spawn;
pub mod spec;
pub mod supervise;
pub mod up;
pub mod verify;
pub mod volume;
pub mod workload;

use args::{Args, Verb};
use clap::Parser;
use error::SiteError;
use std::process::ExitCode;

/// The command line `ovmirror-lab …`.
#[must_use]
pub fn main() -> ExitCode {
    match run(Args::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            if let Some(remedy) = error.remedy() {
                eprintln!("Hint: {remedy}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<ExitCode, SiteError> {
    match verb {
        Verb::Up(up) => up::run(&up),
        Verb::Down { dir, now } => down::run(&dir, now),
        Verb::Restart { dir } => down::restart_manager(&dir),
        Verb::Status { dir, json } => report::status(&dir, json),
        Verb::Fault(fault) => faults::run(&fault),
        Verb::Workload(verb) => workload::run(&verb),
        Verb::Disaster(disaster) => disaster::run(&disaster),
        Verb::Verify(verify) => verify::run(&verify),
        Verb::Demo(demo) => demo::run(&demo),
        Verb::Disk(verb) => hypervisor::run(verb),
        Verb::Quirks => {
            report::quirks();
            Ok(ExitCode::SUCCESS)
        }
    }
}
