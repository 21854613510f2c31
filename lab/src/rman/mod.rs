//! Recovery Manager and the tape library below it, as an applet: `rman` in a host's PATH.
//!
//! | part | holds |
//! |---|---|
//! | `args`, `session` | command line, input line by line, CONNECT, SET, CONFIGURE, channels |
//! | `syntax` | the language |
//! | `backup` | BACKUP, VALIDATE |
//! | `restore`, `catalog`, `list` | the rest of the commands |
//! | `sbt`, `piece` | media and the format of a piece |
//! | `target` | sessions with the instance |

mod args;
mod backup;
mod catalog;
mod dates;
mod list;
mod names;
mod output;
pub mod piece;
mod restore;
pub mod sbt;
mod session;
mod stack;
mod syntax;
pub mod target;
mod words;

use crate::{
    context::HostContext,
    db::{server::Role, session::Nls},
    quirk::Quirk,
};
use args::Args;
use std::{
    fs,
    io::{self, BufReader, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

pub use backup::{Scan, scan_file};
pub use dates::DateFormat;
pub use output::Output;
pub use restore::{Placed, Wanted, restore_piece};
pub use session::{Next, Session, Source};
pub use stack::Failure;

/// Switches of RMAN: open points of the reference (section 8).
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        name: "backup-with-backup-controlfile",
        values: &["accepted", "refused"],
        about: "whether RMAN backs up data files under a control file of type BACKUP (reference 8.1)",
    },
    Quirk {
        name: "implicit-controlfile-on-backup-controlfile",
        values: &["fails", "skipped"],
        about: "AUTOBACKUP off, data file 1, control file of type BACKUP: does the implied control file fail or stay out (8.1)",
    },
    Quirk {
        name: "rman-fractured-block",
        values: &["fails", "counts"],
        about: "fractured blocks of a file in hot backup mode: ORA-19566, or to tape as they are and into V$DATABASE_BLOCK_CORRUPTION",
    },
    Quirk {
        name: "rman-standby-hot-files",
        values: &["accepted", "refused"],
        about: "whether RMAN backs up files in hot backup mode under a STANDBY control file (reference 8.10)",
    },
    Quirk {
        name: "half-piece-after-kill",
        values: &["left", "removed"],
        about: "what stays on the tape of a piece whose session was killed",
    },
];

/// The applet. Exit code 0, or 1 when any command failed.
#[must_use]
pub fn main(words: &[String]) -> ExitCode {
    match run(words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rman: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> io::Result<bool> {
    let host = HostContext::load()?;
    let args = match Args::parse(words) {
        Ok(args) => args,
        Err(word) => return Ok(usage(&word)),
    };
    let out = Arc::new(Output::new(sink(&args)?));
    out.lines(&words::banner(host.oracle, dates::now()));
    if args.checksyntax {
        return check_syntax(&args, &out);
    }
    let environment = |name: &str| std::env::var(name).ok();
    let (home, sid) = (environment("ORACLE_HOME").unwrap_or_default(), environment("ORACLE_SID").unwrap_or_default());
    let site = target::Site {
        oracle: host.oracle,
        quirks: host.quirks.clone(),
        faults: host.faults.clone(),
        home: PathBuf::from(&home),
        sid: sid.clone(),
    };
    let dates = DateFormat::new(environment("NLS_DATE_FORMAT").as_deref());
    let role = role(&args)?;
    let door =
        target::Daemon { host, home, sid, nls: Nls::from_environment(environment), role, program: "rman".into() };
    let mut session = Session::new(site, Arc::clone(&out), dates, Arc::new(door));
    let good = start(&mut session, &args, &out) && commands(&mut session, &args)?;
    session.close();
    out.lines(&[String::new(), String::new(), "Recovery Manager complete.".into()]);
    Ok(good && !session.failed())
}

fn usage(word: &str) -> bool {
    let lines = [
        "Argument     Value          Description",
        "-----------------------------------------------------------------------------",
        "target       quoted-string  connect-string for target database",
        "catalog      quoted-string  connect-string for recovery catalog",
        "nocatalog    none           if specified, then no recovery catalog",
        "cmdfile      quoted-string  name of input command file",
        "log          quoted-string  name of output message log file",
        "append       none           if specified, log is opened in append mode",
        "checksyntax  none           check the command file for syntax errors",
    ];
    eprintln!("\n{}", lines.join("\n"));
    eprintln!("RMAN-00552: syntax error in command line arguments");
    eprintln!(
        "RMAN-01009: syntax error: found \"{word}\": expecting one of: \"append, catalog, cmdfile, log, target\""
    );
    false
}

fn sink(args: &Args) -> io::Result<Box<dyn Write + Send>> {
    match &args.log {
        None => Ok(Box::new(io::stdout())),
        Some(path) => {
            let mut options = fs::OpenOptions::new();
            options.create(true).write(true).append(args.append).truncate(!args.append);
            Ok(Box::new(options.open(path)?))
        }
    }
}

/// SYSBACKUP where it is named in the connect string, else SYSDBA.
fn role(args: &Args) -> io::Result<Role> {
    let mut text = args.target.clone().unwrap_or_default();
    if let Some(path) = &args.cmdfile {
        text += &fs::read_to_string(path).unwrap_or_default();
    }
    Ok(if text.to_lowercase().contains("as sysbackup") { Role::Sysbackup } else { Role::Sysdba })
}

fn start(session: &mut Session, args: &Args, out: &Output) -> bool {
    let connect = |session: &mut Session| match &args.target {
        Some(text) => session.connect_target(text.trim_matches(['"', '\''])),
        None => Ok(()),
    };
    let result = connect(session).and_then(|()| match &args.catalog {
        Some(_) => Err(session.connect_catalog()),
        None => Ok(()),
    });
    let Err(failure) = result else { return true };
    let head = "RMAN-00554: initialization of internal recovery manager package failed";
    out.lines(&failure.under(head.into()).framed());
    false
}

fn commands(session: &mut Session, args: &Args) -> io::Result<bool> {
    match &args.cmdfile {
        None => {
            session.run_all(&mut io::stdin().lock(), Source::Standard, "standard input");
            Ok(true)
        }
        Some(path) => {
            let Ok(text) = fs::read_to_string(path) else {
                let failure = Failure::rman(558, "error encountered while parsing input commands")
                    .and_rman(1006, "error signaled during parse")
                    .and_rman(2002, format!("unexpected end of input file reached: {path}"));
                session.out.lines(&failure.framed());
                return Ok(false);
            };
            let text = substituted(&text, &args.using);
            session.run_all(&mut BufReader::new(text.as_bytes()), Source::File, path);
            Ok(true)
        }
    }
}

/// `&1`, `&2` … of a command file, from USING.
fn substituted(text: &str, using: &[String]) -> String {
    let pairs = using.iter().enumerate().rev();
    pairs.fold(text.to_owned(), |text, (at, value)| text.replace(&format!("&{}", at + 1), value))
}

fn check_syntax(args: &Args, out: &Output) -> io::Result<bool> {
    let (text, name) = match &args.cmdfile {
        Some(path) => (fs::read_to_string(path)?, path.clone()),
        None => (io::read_to_string(io::stdin())?, "standard input".to_owned()),
    };
    let lines: Vec<String> = substituted(&text, &args.using).lines().map(str::to_owned).collect();
    let failure = syntax::check(&lines, &name);
    match &failure {
        None => out.line("The cmdfile has no syntax errors"),
        Some(failure) => out.lines(&failure.framed()),
    }
    out.lines(&[String::new(), "Recovery Manager complete.".into()]);
    Ok(failure.is_none())
}
