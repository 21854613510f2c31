//! Values into a statement's text.
//!
//! SQL*Plus has binds, but they are set by EXECUTE, which is PL/SQL and does not run in every state in which we ask
//! (idle, NOMOUNT, MOUNT). So values become literals: numbers as digits, texts in quotes with `'` doubled, after
//! control characters, which could begin a new line for SQL*Plus, are refused.

use crate::{
    port::{Bind, SqlError, Statement},
    text::scan::{Piece, pieces},
};

/// The statement with its values in place.
pub fn with_values(statement: &Statement) -> Result<String, SqlError> {
    let mut text = String::new();
    for piece in pieces(&statement.text) {
        match piece {
            Piece::Plain(part) | Piece::Kept(part) => text.push_str(part),
            Piece::Bind(name) => text.push_str(&value(statement, name)?),
        }
    }
    Ok(text)
}

fn value(statement: &Statement, name: &str) -> Result<String, SqlError> {
    let bound = statement.binds.iter().find(|(bind, _)| bind == name).map(|(_, value)| value);
    match bound {
        Some(Bind::Number(number)) => Ok(number.to_string()),
        Some(Bind::Text(text)) if text.chars().any(char::is_control) => {
            Err(refused(format!("{}: the value of {name} holds a control character", statement.id)))
        }
        Some(Bind::Text(text)) => Ok(format!("'{}'", text.replace('\'', "''"))),
        None => Err(refused(format!("{}: no value for {name}", statement.id))),
    }
}

fn refused(message: String) -> SqlError {
    SqlError::Client { code: "SQL-005".to_owned(), message, hints: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;
    use proptest::prelude::*;

    fn statement(bind: Bind) -> Statement {
        let text = "SELECT a FROM t WHERE b = :tag AND c <> ':tag'".to_owned();
        Statement { id: "t/t".into(), text, binds: vec![("tag".into(), bind)], columns: vec!["A".into()] }
    }

    #[test]
    fn values_go_to_binds_and_nowhere_else() {
        let text = with_values(&statement(Bind::Text("O'X".into()))).unwrap();
        assert_eq!(text, "SELECT a FROM t WHERE b = 'O''X' AND c <> ':tag'");
        assert!(with_values(&statement(Bind::Number(7))).unwrap().contains("b = 7 AND"));
    }

    #[test]
    fn a_new_line_is_refused() {
        let error = with_values(&statement(Bind::Text("x\n/\nDROP TABLE t".into()))).unwrap_err();
        assert_eq!(error.code(), "SQL-005");
    }

    proptest! {
        #[test]
        fn a_text_stays_in_its_literal(text in "\\PC{0,20}") {
            let made = with_values(&statement(Bind::Text(text))).unwrap();
            prop_assert_eq!(made.matches('\'').count() % 2, 0);
            prop_assert!(made.ends_with("AND c <> ':tag'"));
        }
    }
}
