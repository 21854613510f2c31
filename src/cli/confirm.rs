//! Questions to the person at the terminal. Where there is none, the answer is no.

use crate::{
    fault::{Fault, Kind},
    port::Ask,
};
use std::io::{BufRead, IsTerminal, Write};

/// The terminal of this process.
pub struct Terminal;

impl Ask for Terminal {
    fn yes(&self, question: &str) -> bool {
        ask(&format!("{question} [yes/no] ")).is_some_and(|answer| answer.eq_ignore_ascii_case("yes"))
    }
}

/// One line from a person; nothing where nobody is there.
fn ask(question: &str) -> Option<String> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let mut err = std::io::stderr().lock();
    write!(err, "{question}").and_then(|()| err.flush()).ok()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned())
}

/// Wants the word typed, unless `given` says that it was agreed to on the command line.
pub fn typed(word: &str, what: &str, given: bool) -> Result<(), Fault> {
    if given {
        return Ok(());
    }
    match ask(&format!("{what}\nType {word} to go on: ")) {
        Some(answer) if answer == word => Ok(()),
        Some(_) => Err(Fault::new(Kind::User, "CLI-001", format!("{word} was not typed; nothing was done"))),
        None => Err(Fault::new(Kind::User, "CLI-002", "nobody is at the terminal to agree; nothing was done")
            .hint("add --yes where no person is there to type it")),
    }
}
