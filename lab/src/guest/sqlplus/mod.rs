//! SQL*Plus: commands and output as in the SQL*Plus User's Guide and Reference (11.2 E16604, 12.2 E49679, 19c E96459,
//! 23ai F47057).

mod args;
mod banner;
mod column;
mod command;
mod connect;
mod csv;
mod entry;
mod exit;
mod numeral;
mod page;
mod recover;
mod settings;
mod shell;
mod show;
mod startup;
mod statement;
mod substitute;
mod table;
mod variable;

pub use exit::Exit;
pub use shell::{Launcher, Shell};

use crate::context::HostContext;
use args::Logon;
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::process::ExitCode;

/// Runs SQL*Plus with everything it touches from outside given.
pub fn run<'a>(
    args: &[String],
    environment: BTreeMap<String, String>,
    context: &'a HostContext,
    launch: &'a Launcher<'a>,
    (input, output): (impl BufRead + 'a, impl Write + 'a),
) -> Exit {
    let options = match args::parse(args, context.oracle) {
        Ok(options) => options,
        Err(text) => return args::refuse(output, &text),
    };
    let mut shell = Shell::new(&options, environment, context, launch, input, output);
    if options.version {
        shell.version();
        return Exit::Code(0);
    }
    if !shell.home_is_set() {
        return Exit::Code(1);
    }
    shell.welcome();
    if let Logon::Refused = shell.logon(&options) {
        return shell.leave(1);
    }
    shell.profiles();
    if let Some(script) = &options.script {
        shell.start_script(script, &options.script_args);
    }
    shell.main_loop()
}

/// The program `sqlplus`.
#[must_use]
pub fn main(args: &[String], context: &HostContext) -> ExitCode {
    let launch = |boot: &crate::db::server::Boot| crate::db::server::launch::launch(boot);
    let environment = std::env::vars().collect();
    let exit = run(args, environment, context, &launch, (std::io::stdin().lock(), std::io::stdout().lock()));
    exit.finish()
}
