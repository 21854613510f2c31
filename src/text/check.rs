//! A site's own check of a restored database: one query, and nothing else. What SQL*Plus would take for a second
//! statement or for a command of its own is refused before the run.

use super::scan::{Piece, pieces};
use crate::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The file's name.
    pub name: String,
    /// Its columns, where the file names them (`-- columns: OK, FILES`); needed before 12.2.
    pub columns: Vec<String>,
    /// The query, without comments and terminator.
    pub query: String,
}

/// Words that a query has no use for: they lock rows or hold PL/SQL.
const REFUSED: [&str; 3] = ["UPDATE", "FUNCTION", "PROCEDURE"];

/// Reads a file.
pub fn parse(name: &str, text: &str) -> Result<Check, Fault> {
    let query = without_comments(text);
    let query = query.trim();
    let query = query.strip_suffix(';').unwrap_or(query).trim_end().to_owned();
    match why_not(&query) {
        None => Ok(Check { name: name.to_owned(), columns: columns(text), query }),
        Some(why) => Err(Fault::new(Kind::User, "CHK-001", format!("the check {name} is not run: {why}"))
            .hint("a check is one SELECT: no other statement, no bind, no database link")),
    }
}

impl Check {
    /// Whether the query speaks of a column OK: then it must have shown one with the value 1.
    #[must_use]
    pub fn judges(&self) -> bool {
        words(&self.query).any(|word| word == "OK")
    }
}

fn without_comments(text: &str) -> String {
    let kept = |piece: Piece<'_>| match piece {
        Piece::Kept(comment) if comment.starts_with("--") => "\n".to_owned(),
        Piece::Kept(comment) if comment.starts_with("/*") => " ".to_owned(),
        Piece::Plain(text) | Piece::Kept(text) => text.to_owned(),
        Piece::Bind(name) => format!(":{name}"),
    };
    pieces(text).into_iter().map(kept).collect()
}

/// `-- columns: A, B` among the first comment lines.
fn columns(text: &str) -> Vec<String> {
    let mut head = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with("--"));
    let named = head.find_map(|line| line.trim_start_matches('-').trim_start().strip_prefix("columns:"));
    let names = named.unwrap_or_default().split(',').map(|name| name.trim().to_ascii_uppercase());
    names.filter(|name| !name.is_empty()).collect()
}

/// Words outside quotes, in upper case.
fn words(query: &str) -> impl Iterator<Item = String> {
    let plain = pieces(query).into_iter().filter_map(|piece| match piece {
        Piece::Plain(text) => Some(text),
        Piece::Kept(_) | Piece::Bind(_) => None,
    });
    let word = |c: char| !c.is_ascii_alphanumeric() && !"_$#".contains(c);
    plain.flat_map(move |text| text.split(word)).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase)
}

fn why_not(query: &str) -> Option<String> {
    let mut all = words(query);
    match all.next().as_deref() {
        None => return Some("there is no statement in it".to_owned()),
        Some("SELECT" | "WITH") if query.starts_with(|c: char| c.is_ascii_alphabetic()) => {}
        Some(_) => return Some("it does not begin with SELECT or WITH".to_owned()),
    }
    if let Some(word) = all.find(|word| REFUSED.contains(&word.as_str())) {
        return Some(format!("it holds {word}"));
    }
    in_pieces(query).or_else(|| in_lines(query)).map(str::to_owned)
}

fn in_pieces(query: &str) -> Option<&'static str> {
    let mut before = "";
    for piece in pieces(query) {
        match piece {
            Piece::Bind(_) => return Some("it holds a bind, and there is nothing to bind"),
            Piece::Plain(text) if text.contains('@') => return Some("it holds a database link"),
            // Where such a literal ends is not told by its quotes.
            Piece::Kept(text) if text.starts_with('\'') && before.ends_with(['q', 'Q']) => {
                return Some("it holds a literal of the kind q'[…]'");
            }
            Piece::Plain(text) => before = text,
            Piece::Kept(_) => before = "",
        }
    }
    None
}

/// SQL*Plus reads lines, also those inside quotes (SQL*Plus User's Guide, "SET SQLTERMINATOR", "SET SQLPREFIX").
fn in_lines(query: &str) -> Option<&'static str> {
    let is_command = |line: &str| matches!(line, "/" | ".") || line.starts_with('#') || line.ends_with('-');
    match () {
        () if query.contains(';') => Some("it holds more than one statement, or a semicolon inside"),
        () if query.chars().any(|c| c.is_control() && !"\n\r\t".contains(c)) => Some("it holds a control character"),
        () if query.lines().any(|line| is_command(line.trim())) => {
            Some("SQL*Plus would take one of its lines for a command (/, ., # at its head, - at its end)")
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("SELECT 1 AS ok FROM dual", "SELECT 1 AS ok FROM dual")]
    #[case::terminated("select 1 from dual;\n", "select 1 from dual")]
    #[case::with(
        "with a as (select 1 x from dual) select x from a",
        "with a as (select 1 x from dual) select x from a"
    )]
    #[case::comments("-- what; it is\nselect 'it''s -- kept' /* a; b */ from t;", "select 'it''s -- kept'   from t")]
    #[case::times("select to_char(d, 'HH24:MI') from t", "select to_char(d, 'HH24:MI') from t")]
    fn a_query_is_taken(#[case] text: &str, #[case] query: &str) {
        assert_eq!(parse("a.sql", text).unwrap().query, query);
    }

    #[rstest]
    #[case::nothing("-- only a comment\n", "no statement")]
    #[case::delete("DELETE FROM t", "SELECT or WITH")]
    #[case::block("BEGIN NULL; END;", "SELECT or WITH")]
    #[case::hidden("/* SELECT */ DROP TABLE t", "SELECT or WITH")]
    #[case::in_brackets("(SELECT 1 FROM dual)", "SELECT or WITH")]
    #[case::two("SELECT 1 FROM dual; DROP TABLE t;", "more than one")]
    #[case::by_a_slash("SELECT 1 FROM dual\n/\nDROP TABLE t", "for a command")]
    #[case::by_a_hash("SELECT 1\n#HOST rm\nFROM dual", "for a command")]
    #[case::in_a_literal("SELECT 'a;\nDROP TABLE t' FROM dual", "semicolon inside")]
    #[case::lock("SELECT a FROM t FOR UPDATE", "UPDATE")]
    #[case::function("WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual", "FUNCTION")]
    #[case::link("SELECT a FROM t@production", "database link")]
    #[case::bind("SELECT a FROM t WHERE b = :x", "bind")]
    #[case::quoted("SELECT q'[;]' FROM dual", "q'[")]
    fn anything_else_is_refused(#[case] text: &str, #[case] why: &str) {
        let fault = parse("a.sql", text).unwrap_err();
        assert!(fault.code == "CHK-001" && fault.message.contains(why), "{fault}");
    }

    #[test]
    fn columns_are_named_in_the_head() {
        let check = parse("a.sql", "-- how many\n-- columns: ok, Files\nSELECT 1, 2 FROM dual").unwrap();
        assert_eq!(check.columns, ["OK", "FILES"]);
        assert!(parse("a.sql", "SELECT 1 FROM dual -- columns: X").unwrap().columns.is_empty());
    }

    #[rstest]
    #[case("SELECT 1 AS ok FROM dual", true)]
    #[case("SELECT 'ok' FROM book", false)]
    fn a_check_that_judges_says_ok(#[case] text: &str, #[case] judges: bool) {
        assert_eq!(parse("a.sql", text).unwrap().judges(), judges);
    }

    proptest! {
        /// Whatever is taken is one statement for SQL*Plus.
        #[test]
        fn what_is_taken_ends_where_we_end_it(text in "SELECT [a-z';\"/*#.@: \n-]{0,40}") {
            if let Ok(check) = parse("a.sql", &text) {
                prop_assert!(!check.query.contains(';'));
                prop_assert!(!check.query.lines().any(|line| matches!(line.trim(), "/" | ".")));
            }
        }
    }
}
