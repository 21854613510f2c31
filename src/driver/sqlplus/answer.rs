//! What SQL*Plus printed for one statement: rows, nothing, or an error. Anything else is not understood (law 14).

use crate::{
    driver::oracle_codes::code_of,
    port::{Outcome, Rows, SqlError, Statement},
    text::{self, Release, sqlplus::Joined},
};

/// Between the columns of a row where there is no CSV. A value that holds it is refused, not guessed.
pub const SEPARATOR: &str = "|~|";

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SET MARKUP CSV ON QUOTE ON, from 12.2.
    Csv,
    /// The driver joins the columns of each row with `SEPARATOR`.
    Separated,
}

impl Format {
    /// The format for a release; an idle instance tells none and prints no rows either.
    #[must_use]
    pub fn of(release: Option<Release>) -> Self {
        match release {
            Some(release) if release.has_csv() => Self::Csv,
            _ => Self::Separated,
        }
    }

    /// A query in this format.
    pub fn query(self, text: &str, columns: &[String]) -> Result<String, SqlError> {
        match self {
            Self::Csv => Ok(text.to_owned()),
            Self::Separated => {
                let joined = Joined { separator: SEPARATOR, columns, query: text };
                Ok(text::render(&joined).map_err(super::refused)?.trim_end().to_owned())
            }
        }
    }
}

/// The first error in what was printed: its code and all of the text from there on.
#[must_use]
pub fn error_in(text: &str) -> Option<(String, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let at = lines.iter().position(|line| !is_row(line) && code_of(line).is_some())?;
    let code = code_of(lines[at])?.to_owned();
    let kept: Vec<&str> = lines[at..].iter().copied().filter(|line| !line.is_empty()).collect();
    Some((code, kept.join("\n")))
}

fn is_row(line: &str) -> bool {
    line.starts_with('"') || line.starts_with(SEPARATOR)
}

/// SP2- and the like come from the client, the rest from the database.
#[must_use]
pub fn failure(statement: &str, code: String, text: String, done: usize) -> SqlError {
    match code.split('-').next() {
        Some("SP2") => {
            let message = format!("{statement}: {text}");
            SqlError::Client { code, message, hints: Vec::new() }
        }
        _ => SqlError::Database { statement: statement.to_owned(), code, text, done },
    }
}

/// The error for text that says nothing we know.
#[must_use]
pub fn not_understood(statement: &str, why: &str, text: &str) -> SqlError {
    let message = format!("{statement}: the answer was not understood ({why}): {}", text.trim().escape_debug());
    SqlError::Client { code: "SQL-002".to_owned(), message, hints: Vec::new() }
}

/// The outcome of one statement from what stands between two markers.
pub fn outcome(statement: &Statement, format: Format, text: &str, done: usize) -> Result<Outcome, SqlError> {
    if let Some((code, text)) = error_in(text) {
        return Err(failure(&statement.id, code, text, done));
    }
    if statement.columns.is_empty() {
        return quiet(statement, text);
    }
    let lines = text.lines().map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty());
    let rows = lines.map(|line| row(statement, format, line)).collect::<Result<_, _>>()?;
    Ok(Outcome::Rows(Rows { columns: statement.columns.clone(), rows }))
}

/// `Database altered.` and its like are hidden by FEEDBACK OFF, but glogin.sql or an old release may show them.
fn quiet(statement: &Statement, text: &str) -> Result<Outcome, SqlError> {
    let known = |line: &str| line.is_empty() || line.ends_with(" altered.");
    match text.lines().map(str::trim).all(known) {
        true => Ok(Outcome::Done),
        false => Err(not_understood(&statement.id, "no output was expected", text)),
    }
}

fn row(statement: &Statement, format: Format, line: &str) -> Result<Vec<Option<String>>, SqlError> {
    let values = match format {
        Format::Csv => csv_row(line),
        Format::Separated => separated_row(line),
    };
    let values = values.map_err(|why| not_understood(&statement.id, why, line))?;
    if values.len() == statement.columns.len() {
        return Ok(values);
    }
    let why = format!("{} values for {} columns", values.len(), statement.columns.len());
    Err(not_understood(&statement.id, &why, line))
}

/// Oracle has no empty text: nothing between the separators is NULL in either format.
fn value(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn separated_row(line: &str) -> Result<Vec<Option<String>>, &'static str> {
    let inside = line.trim_end().strip_prefix(SEPARATOR).and_then(|line| line.strip_suffix(SEPARATOR));
    let inside = inside.ok_or("the line is not a whole row")?;
    Ok(inside.split(SEPARATOR).map(value).collect())
}

fn csv_row(line: &str) -> Result<Vec<Option<String>>, &'static str> {
    let mut values = Vec::new();
    let mut rest = line.trim_end();
    loop {
        let (text, after) = csv_value(rest)?;
        values.push(value(&text));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(values),
            None => return Err("there is text behind a quoted value"),
        }
    }
}

fn csv_value(rest: &str) -> Result<(String, &str), &'static str> {
    let Some(inside) = rest.strip_prefix('"') else {
        let end = rest.find(',').unwrap_or(rest.len());
        let bare = &rest[..end];
        // Every column is a text, so all that is not NULL is quoted.
        return if bare.is_empty() { Ok((String::new(), &rest[end..])) } else { Err("a value is not quoted") };
    };
    unquoted(inside).ok_or("a quote is not closed on its line")
}

/// The value behind its opening quote, with doubled quotes made single, and what follows its closing one, if it has one.
pub(super) fn unquoted(mut inside: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    loop {
        let end = inside.find('"')?;
        text.push_str(&inside[..end]);
        inside = &inside[end + 1..];
        match inside.strip_prefix('"') {
            Some(more) => {
                text.push('"');
                inside = more;
            }
            None => return Some((text, inside)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;
    use proptest::prelude::*;
    use rstest::rstest;

    fn query(columns: &[&str]) -> Statement {
        let columns = columns.iter().map(|c| (*c).to_owned()).collect();
        Statement { id: "files/data".into(), text: "SELECT 1".into(), binds: vec![], columns }
    }

    fn rows(format: Format, columns: &[&str], text: &str) -> Vec<Vec<Option<String>>> {
        outcome(&query(columns), format, text, 0).unwrap().rows().rows
    }

    #[test]
    fn both_formats_say_the_same() {
        let wanted = vec![
            vec![Some("1".to_owned()), None, Some("/u02/a,b.dbf".to_owned())],
            vec![Some("2".to_owned()), Some("x y".to_owned()), None],
        ];
        let columns = ["FILE#", "ERROR", "NAME"];
        assert_eq!(rows(Format::Csv, &columns, "\n\"1\",,\"/u02/a,b.dbf\"\n\"2\",\"x y\",\n"), wanted);
        assert_eq!(rows(Format::Separated, &columns, "|~|1|~||~|/u02/a,b.dbf|~|\n|~|2|~|x y|~||~|  \n"), wanted);
    }

    #[test]
    fn doubled_quotes_are_one() {
        assert_eq!(rows(Format::Csv, &["A"], "\"say \"\"hi\"\"\""), [[Some("say \"hi\"".to_owned())]]);
    }

    #[rstest]
    #[case(Format::Csv, "\"1\"")]
    #[case(Format::Csv, "\"1\",\"2\",\"3\"")]
    #[case(Format::Csv, "\"1\",\"broken")]
    #[case(Format::Csv, "1,2")]
    #[case(Format::Csv, "\"1\"x,\"2\"")]
    #[case(Format::Csv, "no rows selected")]
    #[case(Format::Separated, "|~|1|~|a|~|b|~|")]
    #[case(Format::Separated, "|~|1|~|cut off")]
    #[case(Format::Separated, "second line of a name|~|")]
    fn what_is_not_a_row_is_an_error(#[case] format: Format, #[case] text: &str) {
        let error = outcome(&query(&["A", "B"]), format, text, 0).unwrap_err();
        assert_eq!(error.code(), "SQL-002");
    }

    #[test]
    fn errors_are_seen_but_not_in_rows() {
        let text = "\"ORA-01110: data file 1\"\n";
        assert_eq!(rows(Format::Csv, &["ERROR"], text)[0][0].as_deref(), Some("ORA-01110: data file 1"));
        let text = "ALTER DATABASE BEGIN BACKUP\n*\nERROR at line 1:\nORA-01146: cannot start online backup - file 1 is \
                    already in backup\nORA-01110: data file 1: '/u02/system01.dbf'\n\n";
        match outcome(&query(&[]), Format::Csv, text, 3).unwrap_err() {
            SqlError::Database { code, text, done, statement } => {
                assert_eq!((code.as_str(), done, statement.as_str()), ("ORA-01146", 3, "files/data"));
                assert!(text.ends_with("'/u02/system01.dbf'"));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn client_errors_are_the_client_s() {
        let error = outcome(&query(&["A"]), Format::Csv, "SP2-0640: Not connected\n", 0).unwrap_err();
        assert!(matches!(&error, SqlError::Client { code, .. } if code == "SP2-0640"), "{error:?}");
    }

    #[test]
    fn changes_say_nothing() {
        assert_eq!(outcome(&query(&[]), Format::Csv, "\nDatabase altered.\n\n", 0).unwrap(), Outcome::Done);
        assert!(outcome(&query(&[]), Format::Csv, "Enter password:", 0).is_err());
    }

    #[test]
    fn old_releases_get_joined_columns() {
        let text = Format::Separated.query("SELECT a, b FROM t", &["A#".into(), "B".into()]).unwrap();
        assert_eq!(text, "SELECT '|~|' || A# || '|~|' || B || '|~|' FROM (\nSELECT a, b FROM t\n)");
    }

    proptest! {
        #[test]
        fn csv_comes_back(values in proptest::collection::vec("[ -~]{1,12}", 1..5)) {
            let line: Vec<String> = values.iter().map(|v| format!("\"{}\"", v.replace('"', "\"\""))).collect();
            let back = csv_row(&line.join(",")).unwrap();
            prop_assert_eq!(back, values.into_iter().map(Some).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,80}|[\",|~\nA-Z0-9:-]{0,80}") {
            let _ = outcome(&query(&["A", "B"]), Format::Csv, &text, 0);
            let _ = outcome(&query(&["A", "B"]), Format::Separated, &text, 0);
        }
    }
}
