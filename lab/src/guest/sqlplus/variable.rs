//! VARIABLE, EXECUTE, PRINT.

use super::shell::{Link, Shell};
use crate::db::server::Answer;
use crate::db::sql::{Bind, OutColumn, Rows};
use crate::db::view::Kind;

impl Shell<'_> {
    /// VARIABLE name NUMBER | VARCHAR2(n) | CHAR(n); from 12.2 on with `= value`.
    pub fn variable(&mut self, rest: &str) {
        let (head, value) = rest.split_once('=').map_or((rest, None), |(h, v)| (h.trim(), Some(v.trim())));
        let Some((name, kind)) = head.split_once(char::is_whitespace) else {
            return self.say("SP2-0553: Illegal variable name or missing type.");
        };
        let upper: String = kind.to_uppercase().split_whitespace().collect();
        let width = upper.chars().filter(char::is_ascii_digit).skip(usize::from(upper.starts_with("VARCHAR2")));
        let width: u32 = width.collect::<String>().parse().unwrap_or(1);
        let bind = match upper.split('(').next() {
            Some("NUMBER") => Bind::Number(None),
            Some("VARCHAR2" | "CHAR" | "NVARCHAR2" | "NCHAR") => Bind::Text(None, width),
            _ => {
                return self.say(
                    "Usage: VAR[IABLE] [ <variable> [ NUMBER | CHAR | CHAR (n [CHAR|BYTE]) |\n\
                     \t\t    VARCHAR2 (n [CHAR|BYTE]) | NCHAR | NCHAR (n) |\n\t\t    NVARCHAR2 (n) | CLOB | NCLOB | BLOB | BFILE\n\
                     \t\t    REFCURSOR | BINARY_FLOAT | BINARY_DOUBLE ] ]",
                );
            }
        };
        let name = name.to_uppercase();
        self.binds.insert(name.clone(), bind);
        if let Some(value) = value {
            let text = value.trim_matches('\'').to_owned();
            self.assign(&name, Some(text));
        }
    }

    fn assign(&mut self, name: &str, value: Option<String>) {
        match self.binds.get_mut(name) {
            Some(Bind::Number(held) | Bind::Text(held, _)) => *held = value,
            None => self.say(&format!("SP2-0552: Bind variable \"{name}\" not declared.")),
        }
    }

    /// EXECUTE: `:name := expression`, which the server evaluates, or a statement in a block.
    pub fn execute(&mut self, rest: &str) {
        let text = rest.trim().trim_end_matches(';');
        match text.strip_prefix(':').and_then(|t| t.split_once(":=")) {
            Some((name, expression)) => self.evaluate(text, &name.trim().to_uppercase(), expression.trim()),
            None => self.send(&format!("BEGIN {text}; END;")),
        }
    }

    fn evaluate(&mut self, text: &str, name: &str, expression: &str) {
        if !self.binds.contains_key(name) {
            return self.say(&format!("SP2-0552: Bind variable \"{name}\" not declared."));
        }
        if matches!(self.link, Link::None) {
            return self.say("SP2-0640: Not connected");
        }
        match self.ask(&format!("SELECT {expression} FROM dual")) {
            Some(Ok(Answer::Rows(rows))) => {
                let value = rows.rows.into_iter().next().and_then(|r| r.into_iter().next()).flatten();
                self.assign(name, value);
                if self.set.feedback.is_some() {
                    self.say("\nPL/SQL procedure successfully completed.\n");
                }
            }
            Some(Err(mut error)) => {
                error.at = 0;
                let shown = format!("BEGIN {text}; END;");
                self.show_error(&shown, &error);
            }
            _ => {}
        }
    }

    /// PRINT [name …]
    pub fn print(&mut self, rest: &str) {
        let mut names: Vec<_> = rest
            .split([' ', ','])
            .filter(|n| !n.is_empty())
            .map(|n| n.trim_start_matches(':').to_uppercase())
            .collect();
        if names.is_empty() {
            names = self.binds.keys().cloned().collect();
        }
        for name in names {
            let Some(bind) = self.binds.get(&name).cloned() else {
                self.say(&format!("SP2-0552: Bind variable \"{name}\" not declared."));
                continue;
            };
            let (kind, width, value) = match bind {
                Bind::Number(value) => (Kind::Number, 40, value),
                Bind::Text(value, width) => (Kind::Text(width), width.max(name.len() as u32), value),
            };
            let rows = Rows { columns: vec![OutColumn { name, kind, width }], rows: vec![vec![value]] };
            for line in super::table::lines(&rows, &self.set, &self.columns) {
                self.row(&line);
            }
            self.say("");
        }
    }
}
