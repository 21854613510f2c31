//! RMAN's language. What is not in the grammar is RMAN-01009, never a silent success.

mod backup;
pub mod command;
mod cursor;
mod other;
mod restore;
mod token;

use super::stack::Failure;
use command::{Step, Verb};
use cursor::{Bad, Cursor, Parsed};
pub use token::{OpenQuote, Token, tokens};

// The words that may begin a command.

const COMMANDS: &[&str] = &[
    "allocate",
    "alter",
    "backup",
    "catalog",
    "configure",
    "connect",
    "crosscheck",
    "exit",
    "list",
    "quit",
    "recover",
    "release",
    "report",
    "restore",
    "run",
    "set",
    "show",
    "shutdown",
    "sql",
    "startup",
    "validate",
];

/// What came of some lines of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// More lines are needed.
    More,
    /// A command, its text, and how many tokens it took.
    Command(Box<Step>, usize),
    /// Not a command.
    Error(Failure),
}

/// Reads one command from the tokens. `ended`: no more lines will come.
#[must_use]
pub fn read(tokens: &[Token], source: &str, ended: bool) -> Read {
    let mut cursor = Cursor::new(tokens, source);
    match step(&mut cursor, true) {
        Ok(step) => Read::Command(Box::new(step), cursor.place()),
        Err(Bad::Incomplete) if !ended => Read::More,
        Err(Bad::Incomplete) => {
            let expected = "expecting one of: \";\"";
            let failure = Failure::rman(558, "error encountered while parsing input commands")
                .and_rman(1009, format!("syntax error: found \"end-of-file\": {expected}"));
            let line = tokens.last().map_or(1, |token| token.line + 1);
            Read::Error(failure.and_rman(1007, format!("at line {line} column 1 file: {source}")))
        }
        Err(Bad::Syntax(failure)) => Read::Error(failure),
    }
}

/// CHECKSYNTAX: the first error in the lines.
#[must_use]
pub fn check(lines: &[String], source: &str) -> Option<Failure> {
    let Ok(all) = tokens(lines, 1) else {
        let failure = Failure::rman(558, "error encountered while parsing input commands");
        return Some(failure.and_rman(2002, "unexpected end of input file reached"));
    };
    let mut at = 0;
    while at < all.len() {
        match read(&all[at..], source, true) {
            Read::Command(_, used) => at += used,
            Read::Error(failure) => return Some(failure),
            Read::More => return None,
        }
    }
    None
}

fn step(cursor: &mut Cursor<'_>, top: bool) -> Parsed<Step> {
    let start = cursor.place();
    if cursor.accept_mark(';') {
        return Ok(Step { verb: Verb::Nothing, text: String::new() });
    }
    let verb = verb(cursor, top)?;
    let text = cursor.text_since(start);
    end(cursor, &verb)?;
    Ok(Step { verb, text })
}

/// The commands that a line's end ends; every other one needs `;`.
fn end(cursor: &mut Cursor<'_>, verb: &Verb) -> Parsed<()> {
    let by_line = matches!(
        verb,
        Verb::Connect { .. }
            | Verb::Exit
            | Verb::Startup { .. }
            | Verb::Shutdown(_)
            | Verb::Run(_)
            | Verb::Statement(_)
    );
    if cursor.accept_mark(';') || by_line { Ok(()) } else { Err(cursor.wrong(&[";"])) }
}

fn verb(cursor: &mut Cursor<'_>, top: bool) -> Parsed<Verb> {
    if top && cursor.accept("RUN") {
        return run(cursor);
    }
    let start = cursor.place();
    let Some(word) = cursor.peek().map(|token| token.text.to_uppercase()) else { return Err(Bad::Incomplete) };
    match word.as_str() {
        "BACKUP" => backup::backup(cursor),
        "VALIDATE" => backup::validate(cursor),
        "RESTORE" => restore::restore(cursor),
        "RECOVER" => restore::recover(cursor),
        "ALLOCATE" => other::allocate(cursor),
        "RELEASE" => other::release(cursor),
        "SET" => other::set(cursor),
        "SQL" => other::sql(cursor),
        "ALTER" | "SELECT" => other::statement(cursor),
        "CATALOG" => other::catalog(cursor),
        "LIST" => other::list(cursor),
        "CROSSCHECK" => other::crosscheck(cursor),
        "REPORT" => other::report(cursor),
        "STARTUP" => other::startup(cursor),
        "SHUTDOWN" => other::shutdown(cursor),
        "CONNECT" if top => other::connect(cursor),
        "SHOW" if top => other::show(cursor),
        "CONFIGURE" if top => other::configure(cursor),
        "EXIT" | "QUIT" if top => cursor.next().map(|_| Verb::Exit),
        _ => {
            debug_assert_eq!(start, cursor.place());
            Err(cursor.wrong(COMMANDS))
        }
    }
}

fn run(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect_mark('{')?;
    let mut steps = Vec::new();
    while !cursor.accept_mark('}') {
        steps.push(step(cursor, false)?);
    }
    Ok(Verb::Run(steps))
}

#[cfg(test)]
mod tests;
