//! Rows of a query whose columns only its author knows: the first line of CSV names them; before 12.2, where SQL*Plus
//! has no CSV, the check itself does.

use super::{
    SqlPlus,
    answer::{Format, SEPARATOR, not_understood, unquoted},
    refused,
};
use crate::{
    port::{Rows, SqlError, SqlTarget},
    text::{self, Release, check::Check, sqlplus::CheckQuery},
};
use std::time::Duration;

/// What CONNECT and a glogin.sql print stands before it.
const MARKER: &str = "ovm-rows";

type Values = Vec<Option<String>>;

/// What is sent for a check.
pub fn text(check: &Check, release: Release) -> Result<String, SqlError> {
    let columns = match Format::of(Some(release)) {
        Format::Csv => &[][..],
        Format::Separated if check.columns.is_empty() => return Err(no_columns(check)),
        Format::Separated => &check.columns,
    };
    let query = CheckQuery { marker: MARKER, separator: SEPARATOR, columns, query: &check.query };
    text::render(&query).map_err(refused)
}

fn no_columns(check: &Check) -> SqlError {
    let message = format!("the check {} does not name its columns, and SQL*Plus shows none before 12.2", check.name);
    let hint = crate::fault::hint("begin the file with a line like: -- columns: OK, FILES");
    SqlError::Client { code: "DRL-021".to_owned(), message, hints: vec![hint] }
}

impl SqlPlus {
    /// Runs a check in a process of its own. No rows: the names of the columns may be missing.
    pub fn check(
        &self,
        target: &SqlTarget,
        check: &Check,
        release: Release,
        deadline: Duration,
    ) -> Result<Rows, SqlError> {
        let printed = self.script(target, &text(check, release)?, deadline)?;
        rows(check, release, &printed).map_err(|why| not_understood(&check.name, why, &printed))
    }
}

fn rows(check: &Check, release: Release, printed: &str) -> Result<Rows, &'static str> {
    let (_, printed) = printed.split_once(MARKER).ok_or("the query was not reached")?;
    match Format::of(Some(release)) {
        Format::Csv => csv(printed),
        Format::Separated => separated(printed, &check.columns),
    }
}

fn separated(printed: &str, columns: &[String]) -> Result<Rows, &'static str> {
    let mut rows = Vec::new();
    // A value may hold line ends; a row ends with a separator.
    let mut open = String::new();
    for line in printed.lines().filter(|line| !line.trim().is_empty()) {
        open.push_str(if open.is_empty() { "" } else { "\n" });
        open.push_str(line.trim_end());
        let inside = open.strip_prefix(SEPARATOR).ok_or("a line is not a row")?;
        let Some(inside) = inside.strip_suffix(SEPARATOR) else { continue };
        let values: Values = inside.split(SEPARATOR).map(value).collect();
        match values.len() {
            n if n < columns.len() => continue,
            n if n > columns.len() => return Err("a row has more values than the check has columns"),
            _ => rows.push(values),
        }
        open.clear();
    }
    if open.is_empty() { Ok(Rows { columns: columns.to_vec(), rows }) } else { Err("the last row is cut off") }
}

fn csv(printed: &str) -> Result<Rows, &'static str> {
    let mut rest = printed.trim_start_matches(['\r', '\n']);
    let mut lines: Vec<Values> = Vec::new();
    while !rest.trim().is_empty() {
        let (values, after) = csv_line(rest)?;
        lines.push(values);
        rest = after.trim_start_matches(['\r', '\n']);
    }
    let mut lines = lines.into_iter();
    let columns: Vec<String> = lines.next().unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect();
    let rows: Vec<Values> = lines.collect();
    match rows.iter().all(|row| row.len() == columns.len()) {
        true => Ok(Rows { columns, rows }),
        false => Err("a row has another number of values than there are columns"),
    }
}

/// One line of CSV; quoted values may hold line ends, numbers are bare.
fn csv_line(text: &str) -> Result<(Values, &str), &'static str> {
    let (mut values, mut rest) = (Vec::new(), text);
    loop {
        let (text, after) = csv_value(rest)?;
        values.push(value(&text));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() || after.starts_with(['\r', '\n']) => return Ok((values, after)),
            None => return Err("there is text behind a quoted value"),
        }
    }
}

fn csv_value(rest: &str) -> Result<(String, &str), &'static str> {
    let Some(inside) = rest.strip_prefix('"') else {
        let end = rest.find([',', '\r', '\n']).unwrap_or(rest.len());
        return Ok((rest[..end].trim().to_owned(), &rest[end..]));
    };
    unquoted(inside).ok_or("a quote is not closed")
}

/// Oracle has no empty text.
fn value(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fault::Remedy, text::check};
    use rstest::rstest;

    fn texts(rows: &Rows) -> Vec<Vec<&str>> {
        rows.rows.iter().map(|row| row.iter().map(|value| value.as_deref().unwrap_or("-")).collect()).collect()
    }

    #[test]
    fn csv_names_its_columns() {
        let rows = csv("\n\"OK\",\"NAME\"\n1,\"a \"\"b\"\",\nc\"\n0,\n\n").unwrap();
        assert_eq!(rows.columns, ["OK", "NAME"]);
        assert_eq!(texts(&rows), [["1", "a \"b\",\nc"], ["0", "-"]]);
        assert_eq!(csv("\n\n").unwrap(), Rows::default());
    }

    #[rstest]
    #[case("\"A\"\n\"x")]
    #[case("\"A\"\n\"x\"y")]
    #[case("\"A\"\n1,2")]
    fn what_is_no_csv_is_not_guessed(#[case] printed: &str) {
        assert!(csv(printed).is_err());
    }

    #[test]
    fn separated_rows_may_hold_line_ends() {
        let columns = ["OK".to_owned(), "NAME".to_owned()];
        let rows = separated("|~|1|~|a\nb|~|\n|~|0|~||~|\n", &columns).unwrap();
        assert_eq!(texts(&rows), [["1", "a\nb"], ["0", "-"]]);
        assert!(separated("|~|1|~|a\n", &columns).is_err() && separated("1\n", &columns).is_err());
        assert!(separated("|~|1|~|a|~|b|~|\n", &columns).is_err());
    }

    #[test]
    fn what_stands_before_the_rows_is_not_read() {
        let check = check::parse("a.sql", "SELECT 1 AS ok FROM dual").unwrap();
        let found = rows(&check, Release::new(19, 0), "Connected.\novm-rows\n\n\"OK\"\n1\n").unwrap();
        assert_eq!(texts(&found), [["1"]]);
        assert!(rows(&check, Release::new(19, 0), "Connected.\n").is_err());
    }

    #[test]
    fn old_releases_need_the_names() {
        let old = Release::new(11, 2);
        let named = check::parse("a.sql", "-- columns: OK\nSELECT 1 AS ok FROM dual").unwrap();
        assert!(text(&named, old).unwrap().contains("|| OK ||"));
        let unnamed = check::parse("a.sql", "SELECT 1 AS ok FROM dual").unwrap();
        assert_eq!(text(&unnamed, old).unwrap_err().code(), "DRL-021");
        assert!(text(&unnamed, Release::new(19, 0)).unwrap().contains("MARKUP CSV"));
    }
}
