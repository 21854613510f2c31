//! SET MARKUP CSV.

use super::settings::{Csv, Settings};
use crate::db::sql::Rows;
use crate::db::view::Kind;

/// A result as comma-separated values. Numbers stand bare, text and dates in quotes, null as nothing.
#[must_use]
pub fn lines(rows: &Rows, csv: Csv, set: &Settings) -> Vec<String> {
    let mut out = Vec::new();
    if set.heading && set.pagesize > 0 && !rows.rows.is_empty() {
        let names: Vec<_> = rows.columns.iter().map(|c| quoted(&c.name, csv)).collect();
        out.push(String::new());
        out.push(joined(&names, csv));
    }
    for row in &rows.rows {
        let cell = |(value, column): (&Option<String>, &crate::db::sql::OutColumn)| match value {
            None => set.null.clone(),
            Some(text) if column.kind == Kind::Number => super::numeral::fit(text, set.numwidth),
            Some(text) => quoted(text, csv),
        };
        let cells: Vec<_> = row.iter().zip(&rows.columns).map(cell).collect();
        out.push(joined(&cells, csv));
    }
    out
}

fn joined(cells: &[String], csv: Csv) -> String {
    cells.join(&csv.delimiter.to_string())
}

fn quoted(text: &str, csv: Csv) -> String {
    if csv.quote { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
