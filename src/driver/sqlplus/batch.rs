//! A batch as one text, and the text that came back as outcomes.
//!
//! Each statement is followed by a PROMPT of its own marker, so one write and one read do for all of them. SQL*Plus
//! goes on after an error, and WHENEVER SQLERROR EXIT is the only thing that stops it: it is set as soon as something
//! that changes the database stands behind another statement. The session is over then; that is the price of sending
//! nothing after a failure. (SP2- errors do not trigger WHENEVER: SQL*Plus User's Guide, "WHENEVER SQLERROR".)

use super::{
    answer::{self, Format},
    literal,
};
use crate::{
    port::{Outcome, SqlError, Statement},
    text::sqlplus,
};
use std::fmt::Write;

/// Whether a statement is a command of SQL*Plus itself (`text::sql::spool_on`).
fn is_client(statement: &Statement) -> bool {
    statement.id.starts_with("client/")
}

fn changes(statement: &Statement) -> bool {
    statement.columns.is_empty() && !is_client(statement)
}

/// Whether the first error must end the session.
#[must_use]
pub fn must_stop(statements: &[Statement]) -> bool {
    statements.iter().skip(1).any(changes)
}

/// The text of a batch.
pub fn text(statements: &[Statement], format: Format, nonce: &str) -> Result<String, SqlError> {
    let mut text = sqlplus::on_error(must_stop(statements)).to_owned();
    if format == Format::Csv {
        text.push_str("SET MARKUP CSV ON DELIMITER , QUOTE ON\n");
    }
    for (place, statement) in statements.iter().enumerate() {
        let body = literal::with_values(statement)?;
        let line = match () {
            () if is_client(statement) => body,
            () if statement.columns.is_empty() => format!("{body};"),
            () => format!("{};", format.query(&body, &statement.columns)?),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}\nPROMPT {nonce}-{place}");
    }
    let _ = writeln!(text, "PROMPT {nonce}-end");
    Ok(text)
}

/// The outcomes, from everything that was printed before the last marker. `whole` is false where the session ended
/// before it.
pub fn outcomes(
    statements: &[Statement],
    format: Format,
    nonce: &str,
    printed: &str,
    whole: bool,
) -> Result<Vec<Outcome>, SqlError> {
    let mut found = Vec::new();
    let mut lines = printed.lines();
    for (place, statement) in statements.iter().enumerate() {
        let marker = format!("{nonce}-{place}");
        let mut section = String::new();
        let mut ended = false;
        for line in lines.by_ref() {
            if line.trim_end() == marker {
                ended = true;
                break;
            }
            section.push_str(line);
            section.push('\n');
        }
        let outcome = answer::outcome(statement, format, &section, found.len());
        // A cut-off section says something only if it holds the error that cut it off.
        match outcome {
            Err(SqlError::Client { code, .. }) if !ended && code == "SQL-002" => {
                return Err(cut_off(statement, printed));
            }
            Err(error) => return Err(error),
            Ok(_) if !ended => return Err(cut_off(statement, printed)),
            Ok(outcome) => found.push(outcome),
        }
    }
    match whole {
        true => Ok(found),
        false => Err(answer::not_understood("sqlplus", "the session ended behind the last statement", printed)),
    }
}

/// The error for output that stops in the middle of a statement.
fn cut_off(statement: &Statement, printed: &str) -> SqlError {
    let tail: String = printed.trim_end().chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect();
    let message = format!("{}: the session ended before the statement: {}", statement.id, tail.escape_debug());
    SqlError::Client { code: "SQL-003".to_owned(), message, hints: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;

    fn change(id: &str) -> Statement {
        Statement { id: id.into(), text: format!("ALTER {id}"), binds: vec![], columns: vec![] }
    }

    fn query(id: &str) -> Statement {
        Statement { columns: vec!["A".into()], text: "SELECT a FROM t".into(), ..change(id) }
    }

    #[test]
    fn one_text_for_all() {
        let spool = Statement { text: "SPOOL OFF".into(), ..change("client/spool_off") };
        let text = text(&[change("x"), query("y"), spool], Format::Csv, "ovm-1").unwrap();
        assert_eq!(
            text,
            "WHENEVER SQLERROR CONTINUE\nSET MARKUP CSV ON DELIMITER , QUOTE ON\nALTER x;\nPROMPT ovm-1-0\n\
             SELECT a FROM t;\nPROMPT ovm-1-1\nSPOOL OFF\nPROMPT ovm-1-2\nPROMPT ovm-1-end\n"
        );
    }

    #[test]
    fn nothing_runs_behind_a_failure() {
        assert!(must_stop(&[query("a"), change("b")]));
        assert!(must_stop(&[change("a"), change("b")]));
        assert!(!must_stop(&[change("a"), query("b")]));
        let text = text(&[query("a"), change("b")], Format::Separated, "n").unwrap();
        assert!(text.starts_with("WHENEVER SQLERROR EXIT FAILURE ROLLBACK\n"));
    }

    #[test]
    fn the_failed_one_is_named() {
        let statements = [query("a"), change("b"), change("c")];
        let printed = "\"1\"\nn-0\nALTER b\n*\nERROR at line 1:\nORA-01109: database not open\n";
        let error = outcomes(&statements, Format::Csv, "n", printed, false).unwrap_err();
        assert!(matches!(error, SqlError::Database { done: 1, .. }), "{error:?}");
        assert_eq!(error.code(), "ORA-01109");
    }

    #[test]
    fn an_early_end_without_an_error_is_said() {
        let statements = [change("a"), change("b")];
        let error = outcomes(&statements, Format::Csv, "n", "n-0\n", false).unwrap_err();
        assert_eq!(error.code(), "SQL-003");
        let error = outcomes(&statements, Format::Csv, "n", "n-0\nn-1\n", false).unwrap_err();
        assert_eq!(error.code(), "SQL-002");
    }

    #[test]
    fn all_done() {
        let printed = "n-0\n\"7\"\nn-1\n";
        let found = outcomes(&[change("a"), query("b")], Format::Csv, "n", printed, true).unwrap();
        assert_eq!(found[0], Outcome::Done);
        assert_eq!(found[1].clone().rows().one().unwrap().text("a").unwrap(), "7");
    }
}
