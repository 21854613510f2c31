//! The command line: what is typed, what it means, what is printed.

mod args;
mod bundle;
mod cmd;
mod confirm;
mod golden;
mod lease;
pub mod output;
mod prepare;
mod rebuild;
mod recover;
mod redact;
mod report;
mod resolve;
mod runbook;
mod sudoers;
mod wire;

use args::{Cli, Command};
use clap::Parser;
use report::Reporter;
use resolve::Site;
use std::process::ExitCode;

/// Parses the arguments, does what they say and tells the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let _ = no_core_dump();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    let reporter = Reporter::new(&cli.global);
    match dispatch(&cli, &reporter) {
        Ok(code) => code,
        Err(fault) => reporter.fault(&fault),
    }
}

/// Passwords are in this process's memory: no core dump of it, and no look into it by the user's other processes
/// (prctl(2), PR_SET_DUMPABLE). Programs that it starts are not touched, since exec(2) resets it. Where the kernel
/// refuses, the command goes on: a dump needs a crash first.
fn no_core_dump() -> rustix::io::Result<()> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
}

/// clap's own words: help and version on stdout with 0, mistakes on stderr with 2.
fn told(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn dispatch(cli: &Cli, out: &Reporter) -> Result<ExitCode, crate::fault::Fault> {
    // These need no configuration.
    match &cli.command {
        Command::Completions(args) => return cmd::completions::run(args, out),
        Command::Man => return cmd::man::run(out),
        Command::Config(args::ConfigCommand::Show { defaults: true }) => return cmd::config::defaults(out),
        _ => {}
    }
    let site = Site::find(&cli.global)?;
    out.learn(site.config.simulated);
    match &cli.command {
        Command::Check(args) => cmd::check::run(&site, args, out),
        Command::Backup(args) => cmd::backup::run(&site, args, out),
        Command::Offload(args) => cmd::offload::run(&site, args, out),
        Command::Recover(args) => cmd::recover::run(&site, args, out),
        Command::Commit(args) => cmd::commit::run(&site, args, out),
        Command::Extract(args) => cmd::extract::run(&site, args, out),
        Command::Drill(args) => cmd::drill::run(&site, args, out),
        Command::List(args) => cmd::list::run(&site, args, out),
        Command::Show(args) => cmd::show::run(&site, args, out),
        Command::Runs(args) => cmd::runs::run(&site, args, out),
        Command::Status => cmd::status::run(&site, out),
        Command::Resume(args) => cmd::settle::resume(&site, args, out),
        Command::Undo(args) => cmd::settle::undo(&site, args, out),
        Command::Heal(args) => cmd::settle::heal(&site, args, out),
        Command::Orphans(args) => cmd::orphans::run(&site, args, out),
        Command::Rebuild(args) => cmd::rebuild::run(&site, args, out),
        Command::TakeOver(args) => cmd::take_over::run(&site, args, out),
        Command::Plan(args) => cmd::runbook::run(&site, args, out),
        Command::Vm(args) => cmd::vm::run(&site, args, out),
        Command::SupportBundle(args) => cmd::support::run(&site, args, out),
        Command::Setup(args::SetupCommand::Sudoers(args)) => cmd::setup::sudoers(&site, args, out),
        Command::Config(args::ConfigCommand::Check) => cmd::config::check(&site, out),
        Command::Config(args::ConfigCommand::Show { .. }) => cmd::config::show(&site, out),
        Command::Completions(_) | Command::Man => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};

    #[test]
    fn law_13_no_core_dump_of_this_process() {
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
        super::no_core_dump().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
    }
}
