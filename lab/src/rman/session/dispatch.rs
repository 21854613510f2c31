//! Running one command: faults on purpose, the command itself, the stack if it fails.

use super::{Next, Session, Settings};
use crate::{
    fault::{self, Action},
    rman::{
        dates,
        stack::Failure,
        syntax::command::{Step, Verb},
    },
};
use std::time::Duration;

/// What a fault leaves to be done.
enum Omen {
    Nothing,
    Fail(Failure),
    CutAfter,
}

impl Session {
    /// Runs a command and prints its stack if it fails.
    pub fn perform(&mut self, step: &Step) -> Next {
        if step.verb == Verb::Exit {
            return Next::End;
        }
        self.out.line("");
        if let Err(failure) = self.step(step, false) {
            self.out.line("");
            self.out.lines(&failure.of_command(name(&step.verb), &dates::stack_time(dates::now())).framed());
            self.failed = true;
        }
        Next::Go
    }

    fn step(&mut self, step: &Step, in_run: bool) -> Result<(), Failure> {
        let omen = self.omen(&step.text);
        match omen {
            Omen::Fail(failure) => return Err(failure),
            Omen::Nothing | Omen::CutAfter => {}
        }
        let result = self.command(&step.verb, in_run);
        if matches!(omen, Omen::CutAfter) {
            std::process::exit(1);
        }
        result.map_err(|failure| failure.of_command(name(&step.verb), &dates::stack_time(dates::now())))
    }

    fn omen(&self, text: &str) -> Omen {
        match fault::check(&self.site.faults, "rman", text) {
            None => Omen::Nothing,
            Some(Action::Fail(text)) if text.is_empty() => {
                Omen::Fail(Failure::rman(3113, "").text("ORA-03113: end-of-file on communication channel"))
            }
            Some(Action::Fail(text)) => {
                Omen::Fail(Failure { lines: text.lines().map(str::to_owned).collect(), channel: false })
            }
            Some(Action::Hang) => loop {
                std::thread::park();
            },
            Some(Action::CutBefore) => std::process::exit(1),
            Some(Action::CutAfter) => Omen::CutAfter,
            Some(Action::Garble) => {
                self.out.garble();
                Omen::Nothing
            }
            Some(Action::Slow(ms)) => {
                std::thread::park_timeout(Duration::from_millis(ms));
                Omen::Nothing
            }
        }
    }

    fn run_block(&mut self, steps: &[Step]) -> Result<(), Failure> {
        let before: Settings = self.settings.clone();
        let result = steps.iter().try_for_each(|step| self.step(step, true));
        // The lines come before the stack, as in public logs.
        let released = self.release(None);
        self.settings = before;
        result.and(released)
    }

    fn command(&mut self, verb: &Verb, in_run: bool) -> Result<(), Failure> {
        match verb {
            Verb::Nothing | Verb::Exit => Ok(()),
            Verb::Run(steps) => self.run_block(steps),
            Verb::Connect { catalog: false, text } => self.connect_target(text),
            Verb::Connect { catalog: true, .. } => Err(self.connect_catalog()),
            Verb::Set(setting) => self.set(setting, in_run),
            Verb::Show(what) => self.show(what),
            Verb::Configure { name, value } => self.configure(name, value),
            Verb::Allocate { maintenance: false, .. } if !in_run => {
                Err(Failure::rman(558, "error encountered while parsing input commands")
                    .and_rman(1009, "syntax error: found \"identifier\": expecting one of: \"for\""))
            }
            Verb::Allocate { name, device, parms, format, .. } => {
                let channel = self.allocate(name, *device, parms.as_deref(), format.clone())?;
                self.channels.push(channel);
                Ok(())
            }
            Verb::Release(name) => self.release(name.as_deref()),
            other => self.work_command(other),
        }
    }

    fn work_command(&mut self, verb: &Verb) -> Result<(), Failure> {
        match verb {
            Verb::Backup(backup) => self.backup(backup),
            Verb::Validate(objects, _) => self.validate_files(objects),
            Verb::Catalog(catalog) => self.catalog(catalog),
            Verb::List(list) => self.list(list),
            Verb::Crosscheck { logs } => self.crosscheck(*logs),
            Verb::Restore(restore) => self.restore(restore),
            Verb::Recover { what, until } => self.recover(what, until.as_ref()),
            Verb::Sql(text) => self.run_sql(text),
            Verb::Statement(text) => self.run_statement(text),
            Verb::Startup { mode, pfile, force } => self.startup(mode, pfile.as_deref(), *force),
            Verb::Shutdown(mode) => self.shut_down(mode),
            Verb::ReportSchema => self.report_schema(),
            other => Err(Failure::rman(600, format!("internal error, arguments [{other:?}]"))),
        }
    }
}

/// What RMAN-03002 calls the command.
fn name(verb: &Verb) -> &'static str {
    match verb {
        Verb::Connect { .. } => "connect",
        Verb::Set(_) => "set",
        Verb::Show(_) => "show",
        Verb::Configure { .. } => "configure",
        Verb::Allocate { .. } => "allocate",
        Verb::Release(_) => "release",
        Verb::Backup(_) => "backup",
        Verb::Validate(..) => "validate",
        Verb::Catalog(_) => "catalog",
        Verb::List(_) => "list",
        Verb::Crosscheck { .. } => "crosscheck",
        Verb::Restore(_) => "restore",
        Verb::Recover { .. } => "recover",
        Verb::Sql(_) => "sql",
        Verb::Statement(_) => "sql statement",
        Verb::Startup { .. } => "startup",
        Verb::Shutdown(_) => "shutdown",
        Verb::ReportSchema => "report",
        Verb::Run(_) => "run",
        Verb::Exit | Verb::Nothing => "exit",
    }
}
