//! From text to syntax tree, and from the parser's complaints to Oracle's.

use super::{Sql, SqlError};
use crate::context::Oracle;
use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::OracleDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Location;

/// Parses one query.
pub fn parse(text: &str, release: Oracle) -> Sql<Box<Query>> {
    let tokens = super::lexer::tokens(text)?;
    if let Some((_, at)) =
        tokens.iter().find(|(t, _)| matches!(t, super::lexer::Token::Sign(';' | '?' | '`' | '\\' | '~')))
    {
        return Err(SqlError::at(*at, 911, "invalid character"));
    }
    let parsed = Parser::parse_sql(&OracleDialect {}, text).map_err(|e| complaint(&e.to_string(), text, release))?;
    match parsed.into_iter().next() {
        Some(Statement::Query(query)) => Ok(query),
        _ => Err(SqlError::at(0, 900, "invalid SQL statement")),
    }
}

/// Characters before a place that the parser names by line and column, both from 1.
pub fn offset(text: &str, place: Location) -> usize {
    let lines = text.split_inclusive('\n').take((place.line.max(1) - 1) as usize);
    lines.map(|l| l.chars().count()).sum::<usize>() + (place.column.max(1) - 1) as usize
}

/// `… found: X at Line: 1, Column: 15`
fn place(message: &str, text: &str) -> usize {
    let number = |key: &str| {
        let rest = &message[message.rfind(key)? + key.len()..];
        rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    match (number("Line:"), number("Column:")) {
        (Some(line), Some(column)) => offset(text, Location { line, column }),
        _ => text.trim_end().chars().count(),
    }
}

fn complaint(message: &str, text: &str, release: Oracle) -> SqlError {
    let at = place(message, text);
    let upper = text.to_uppercase();
    let has_from = upper.split(|c: char| !c.is_alphanumeric()).any(|w| w == "FROM");
    let (code, words) = match () {
        () if message.contains("Unterminated") => (1756, "quoted string not properly terminated"),
        () if !has_from && release < Oracle::V23 => (923, "FROM keyword not found where expected"),
        () if message.contains("Expected: )") => (907, "missing right parenthesis"),
        () if after_from(text, at) => (903, "invalid table name"),
        () if message.contains("an expression") => (936, "missing expression"),
        () if message.contains("Expected: BY") => (924, "missing BY keyword"),
        () => (933, "SQL command not properly ended"),
    };
    SqlError::at(at, code, words)
}

/// Whether the place follows the word FROM.
fn after_from(text: &str, at: usize) -> bool {
    let before: String = text.chars().take(at).collect();
    before.trim_end().to_uppercase().ends_with("FROM")
}
