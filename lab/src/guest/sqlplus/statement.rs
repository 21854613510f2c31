//! SQL statements: sent, and what comes back printed.

use super::shell::{Link, Shell};
use super::{csv, table};
use crate::context::Oracle;
use crate::db::api::OraError;
use crate::db::server::Answer;
use crate::db::sql::{Rows, SqlError};
use std::time::Instant;

impl Shell<'_> {
    /// `/` and RUN.
    pub fn run_buffer(&mut self) {
        if self.buffer.is_empty() {
            return self.say("SP2-0103: Nothing in SQL buffer to run.");
        }
        let text = self.buffer.clone();
        self.send(&text);
    }

    /// A statement as its lines were typed.
    pub fn run_sql(&mut self, lines: &[String]) {
        let text = lines.join("\n");
        let text = if is_block(&text) { text } else { text.trim_end().trim_end_matches(';').trim_end().to_owned() };
        self.buffer.clone_from(&text);
        self.send(&text);
    }

    /// Sends a statement and prints its answer.
    pub fn send(&mut self, text: &str) {
        let started = Instant::now();
        if let Some(name) = self.undeclared(text) {
            return self.say(&format!("SP2-0552: Bind variable \"{name}\" not declared."));
        }
        match self.ask(text) {
            Some(Ok(Answer::Rows(rows))) => self.show_rows(&rows),
            Some(Ok(Answer::Said(said))) if self.set.feedback.is_some() => self.say(&format!("\n{said}\n")),
            Some(Ok(_)) => {}
            Some(Err(error)) => self.show_error(text, &error),
            None => return,
        }
        if self.set.timing {
            let elapsed = started.elapsed();
            let hundredths = elapsed.as_millis() / 10;
            let (s, cs) = (hundredths / 100, hundredths % 100);
            self.say(&format!("Elapsed: {:02}:{:02}:{:02}.{cs:02}", s / 3600, s / 60 % 60, s % 60));
        }
    }

    /// Asks the server; `None` when there is no connection at all (SP2-0640 was said).
    pub fn ask(&mut self, text: &str) -> Option<Result<Answer, SqlError>> {
        let answer = match &mut self.link {
            Link::None => {
                self.say("SP2-0640: Not connected");
                return None;
            }
            Link::Idle(_) => Err(self.idle_error().into()),
            Link::Lost => Err(OraError::new(3114, "not connected to ORACLE").into()),
            Link::Up(client, _) => client.sql(text, &self.binds),
        };
        if answer.as_ref().is_err_and(|error| matches!(error.error.lines[0].0, 3113 | 28)) {
            self.link = Link::Lost;
        }
        Some(answer)
    }

    /// A session that was begun with an idle instance is none, even when the instance has come up since.
    fn idle_error(&self) -> OraError {
        let (home, sid) = self.instance();
        let up = crate::db::server::is_up(&self.context.private, &home, &sid);
        if up { OraError::new(1012, "not logged on") } else { unavailable() }
    }

    /// The first `:name` that VARIABLE has not made.
    fn undeclared(&self, text: &str) -> Option<String> {
        bind_names(text).into_iter().find(|n| !self.binds.contains_key(n))
    }

    /// A result with its feedback.
    pub fn show_rows(&mut self, rows: &Rows) {
        self.take_new_values(rows);
        let lines = match self.set.csv {
            Some(csv) => csv::lines(rows, csv, &self.set),
            None => table::lines(rows, &self.set, &self.columns),
        };
        for line in &lines {
            self.row(line);
        }
        self.count(rows.rows.len() as u64);
    }

    /// `N rows selected.`
    fn count(&mut self, rows: u64) {
        let Some(least) = self.set.feedback else { return };
        match rows {
            0 => self.say("\nno rows selected\n"),
            n if n < least => self.say(""),
            1 => self.say("\n1 row selected.\n"),
            n => self.say(&format!("\n{n} rows selected.\n")),
        }
    }

    fn take_new_values(&mut self, rows: &Rows) {
        let Some(last) = rows.rows.last() else { return };
        for (column, value) in rows.columns.iter().zip(last) {
            if let Some(variable) = self.columns.get(&column.name.to_uppercase()).and_then(|l| l.variable.clone()) {
                self.defines.insert(variable, value.clone().unwrap_or_default());
            }
        }
    }

    /// The statement's line, a star below the place, `ERROR at line n:`, the stack.
    pub fn show_error(&mut self, text: &str, error: &SqlError) {
        if matches!(error.error.lines[0].0, 3114 | 28 | 1012) {
            self.say(&format!("ERROR:\n{}\n\n", error.error));
            return self.failed(&error.error);
        }
        let before: String = text.chars().take(error.at).collect();
        let number = before.matches('\n').count();
        let line = text.split('\n').nth(number).unwrap_or("");
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count());
        self.say(line.trim_end());
        self.say(&format!("{}*", " ".repeat(column)));
        self.say(&format!("ERROR at line {}:", number + 1));
        let stack = error.error.to_string();
        self.say(&stack);
        self.help(&error.error);
        self.say("\n");
        self.failed(&error.error);
    }

    /// From 23ai on the place in the error help is printed (SET ERRORDETAILS).
    pub fn help(&mut self, error: &OraError) {
        let wanted = self.set.errordetails && self.env("ORA_SUPPRESS_ERROR_URL").is_none();
        if self.context.oracle >= Oracle::V23 && wanted {
            self.say(&format!("Help: https://docs.oracle.com/error-help/db/ora-{:05}/", error.lines[0].0));
        }
    }

    /// Rows of a query of SQL*Plus's own; errors are printed without a place.
    pub fn query(&mut self, text: &str) -> Option<Rows> {
        let binds = std::mem::take(&mut self.binds);
        let answer = self.ask(text);
        self.binds = binds;
        match answer? {
            Ok(Answer::Rows(rows)) => Some(rows),
            Ok(_) => None,
            Err(error) => {
                self.say(&error.error.to_string());
                self.failed(&error.error);
                None
            }
        }
    }
}

/// ORA-01034 as a client sees it that has no session.
#[must_use]
pub fn unavailable() -> OraError {
    OraError::new(1034, "ORACLE not available\nProcess ID: 0\nSession ID: 0 Serial number: 0")
}

fn is_block(text: &str) -> bool {
    let first = text.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    ["begin", "declare"].iter().any(|w| first.eq_ignore_ascii_case(w))
}

/// Bind names outside strings and comments, in upper case.
fn bind_names(text: &str) -> Vec<String> {
    let (mut names, mut quoted, mut chars) = (Vec::new(), false, text.chars().peekable());
    let mut last = ' ';
    while let Some(c) = chars.next() {
        if c == '\'' {
            quoted = !quoted;
        }
        let begins = c == ':' && !quoted && last != ':' && chars.peek().is_some_and(|n| n.is_alphabetic());
        if begins {
            let mut name = String::new();
            while let Some(n) = chars.next_if(|n| n.is_alphanumeric() || matches!(n, '_' | '$' | '#')) {
                name.push(n.to_ascii_uppercase());
            }
            names.push(name);
        }
        last = c;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_stand_outside_strings() {
        assert_eq!(bind_names("select :a, ':b', to_char(x, 'HH24:MI') from t where y = :c1"), ["A", "C1"]);
    }
}
