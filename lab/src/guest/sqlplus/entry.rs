//! From lines to commands: what ends a statement, what continues a line.

use super::exit::Exit;
use super::shell::{Script, Shell};
use crate::fault::{self, Action};
use std::fs;
use std::path::{Path, PathBuf};

/// What the first word of a line makes of it.
enum Sort {
    /// SQL, to the semicolon.
    Sql,
    /// PL/SQL, to the line with a slash.
    Block,
    /// A command of SQL*Plus's own.
    Own,
}

const SQL: &[&str] = &[
    "SELECT",
    "WITH",
    "ALTER",
    "CREATE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "DROP",
    "GRANT",
    "REVOKE",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "TRUNCATE",
    "ANALYZE",
    "AUDIT",
    "NOAUDIT",
    "COMMENT",
    "EXPLAIN",
    "FLASHBACK",
    "PURGE",
    "RENAME",
    "LOCK",
    "CALL",
    "ADMINISTER",
    "ASSOCIATE",
    "DISASSOCIATE",
];

fn sort(line: &str) -> Sort {
    let upper = line.trim_start().to_uppercase();
    let words: Vec<_> = upper.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        ["BEGIN" | "DECLARE", ..] => Sort::Block,
        ["CREATE", rest @ ..]
            if rest.iter().any(|w| ["PROCEDURE", "FUNCTION", "PACKAGE", "TRIGGER", "TYPE"].contains(w)) =>
        {
            Sort::Block
        }
        // SET is SQL*Plus's own word, except for transactions and roles.
        ["SET", "TRANSACTION" | "ROLE" | "CONSTRAINT" | "CONSTRAINTS", ..] => Sort::Sql,
        [first, ..] if SQL.contains(first) || upper.starts_with('(') => Sort::Sql,
        _ => Sort::Own,
    }
}

impl Shell<'_> {
    /// The next line; `None` at the end of all input.
    pub fn next_line(&mut self) -> Option<String> {
        while let Some(script) = self.scripts.last_mut() {
            match script.lines.next() {
                Some(line) => return Some(line),
                None => drop(self.scripts.pop()),
            }
        }
        self.typed_line()
    }

    /// The next line of the standard input, for answers to prompts.
    pub fn typed_line(&mut self) -> Option<String> {
        self.flush();
        let mut bytes = Vec::new();
        match self.input.read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()),
        }
    }

    /// Reads and runs one command; false at the end of the input.
    pub fn step(&mut self) -> bool {
        let prompt = self.main_prompt();
        self.prompt(&prompt);
        let Some(line) = self.next_line() else { return false };
        self.echo(&prompt, &line);
        match self.faulty(&line) {
            Some(action) => self.under(action, &line),
            None => self.dispatch(&line),
        }
        true
    }

    fn main_prompt(&self) -> String {
        let time = if self.set.time { chrono::Local::now().format("%H:%M:%S ").to_string() } else { String::new() };
        format!("{time}{}", self.set.sqlprompt)
    }

    /// SET ECHO ON shows the lines of scripts.
    fn echo(&mut self, prompt: &str, line: &str) {
        if self.set.echo && !self.scripts.is_empty() {
            let text = format!("{prompt}{line}");
            self.say(&text);
        }
    }

    fn faulty(&self, line: &str) -> Option<Action> {
        if line.trim().is_empty() { None } else { fault::check(&self.context.faults, "sqlplus", line) }
    }

    /// A line that a fault hits. Cut and hang are the end of this process, as its caller sees it.
    fn under(&mut self, action: Action, line: &str) {
        match action {
            Action::Fail(text) => {
                let text = if text.is_empty() {
                    "SP2-0309: SQL*Plus command procedures may only be nested to a depth of 20.".to_owned()
                } else {
                    text
                };
                self.say(&text);
            }
            Action::Hang => self.wait(None),
            Action::CutBefore => self.ending = Some(Exit::Killed),
            Action::CutAfter => {
                self.muted();
                self.dispatch(line);
                self.ending = Some(Exit::Killed);
            }
            Action::Garble => {
                self.dispatch(line);
                self.say("\u{fffd}\u{fffd}\u{1b}[?\u{fffd}");
            }
            Action::Slow(ms) => {
                self.wait(Some(std::time::Duration::from_millis(ms)));
                self.dispatch(line);
            }
        }
    }

    fn wait(&mut self, time: Option<std::time::Duration>) {
        self.flush();
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        match time {
            Some(time) => drop(wait.recv_timeout(time)),
            // The sender lives on, so that this never comes back: somebody has to end the process.
            None => drop(wait.recv()),
        }
    }

    /// One line, or the statement that it begins.
    fn dispatch(&mut self, line: &str) {
        let Some(line) = self.substituted(line) else { return };
        let trimmed = line.trim();
        match trimmed {
            "" => {}
            "/" => self.run_buffer(),
            _ if trimmed.starts_with("--") => {}
            _ if trimmed.starts_with("/*") && !trimmed.starts_with("/*+") => self.comment(trimmed),
            _ if trimmed.starts_with('@') => self.at(trimmed),
            _ if trimmed.starts_with('!') => self.host(trimmed[1..].trim()),
            _ => match sort(trimmed) {
                Sort::Own => {
                    let line = self.continued(&line);
                    self.command(line.trim());
                }
                Sort::Sql => self.collect(&line, false),
                Sort::Block => self.collect(&line, true),
            },
        }
    }

    /// Skips to the end of a comment.
    fn comment(&mut self, first: &str) {
        let mut line = first.to_owned();
        while !line.contains("*/") {
            self.prompt("DOC>");
            match self.next_line() {
                Some(next) => line = next,
                None => return,
            }
        }
    }

    /// A command line that ends in `-` goes on.
    fn continued(&mut self, line: &str) -> String {
        let mut whole = line.to_owned();
        while let Some(head) = whole.trim_end().strip_suffix('-').map(str::to_owned) {
            // `PROMPT ---` is text.
            if !head.ends_with(char::is_whitespace) {
                break;
            }
            self.prompt("> ");
            match self.next_line() {
                Some(next) => whole = format!("{head}{next}"),
                None => break,
            }
        }
        whole
    }

    /// Reads a statement to its end and runs it.
    fn collect(&mut self, first: &str, block: bool) {
        let mut lines = vec![first.to_owned()];
        if !block && ended(first) {
            return self.run_sql(&lines);
        }
        loop {
            let prompt = format!("{:>3}  ", lines.len() + 1);
            self.prompt(&prompt);
            let Some(line) = self.next_line() else {
                // The end of the input runs nothing.
                return;
            };
            self.echo(&prompt, &line);
            let Some(line) = self.substituted(&line) else { return };
            match line.trim() {
                "/" => return self.run_sql(&lines),
                "." => return self.keep(&lines),
                "" if !block && !self.set.sqlblanklines => return self.keep(&lines),
                _ => {}
            }
            let last = !block && ended(&line);
            lines.push(line);
            if last {
                return self.run_sql(&lines);
            }
        }
    }

    /// A blank line or a point leaves the statement in the buffer, not run.
    fn keep(&mut self, lines: &[String]) {
        self.buffer = lines.join("\n");
    }

    /// `@file`, `@@file`, START file.
    fn at(&mut self, line: &str) {
        let words = super::settings::words(line.trim_start_matches('@'));
        if let Some((file, args)) = words.split_first() {
            self.start_script(file.trim_end_matches(';'), args);
        }
    }

    /// Opens a script; SP2-0310 when it is not there.
    pub fn start_script(&mut self, name: &str, args: &[String]) {
        let Some((_, text)) =
            self.candidates(name).into_iter().find_map(|p| fs::read_to_string(&p).ok().map(|t| (p, t)))
        else {
            let shown = if Path::new(name).extension().is_some() { name.to_owned() } else { format!("{name}.sql") };
            self.say(&format!("SP2-0310: unable to open file \"{shown}\""));
            return self.os_failed();
        };
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.scripts.push(Script { lines: lines.into_iter(), args: args.to_vec() });
    }

    /// Here, then in SQLPATH; `.sql` is added.
    fn candidates(&self, name: &str) -> Vec<PathBuf> {
        let name = if Path::new(name).extension().is_some() { name.to_owned() } else { format!("{name}.sql") };
        let mut all = vec![PathBuf::from(&name)];
        for variable in ["ORACLE_PATH", "SQLPATH"] {
            let folders = self.env(variable).unwrap_or("").split(':').filter(|f| !f.is_empty());
            all.extend(folders.map(|f| Path::new(f).join(&name)));
        }
        all
    }
}

/// Whether a line ends a statement. A semicolon inside a string does not, but SQL*Plus itself looks only at the end.
fn ended(line: &str) -> bool {
    line.trim_end().ends_with(';')
}
