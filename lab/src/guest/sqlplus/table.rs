//! Rows as SQL*Plus prints them: headings, pages, folded lines.

use super::column::Look;
use super::numeral;
use super::settings::Settings;
use crate::db::sql::{OutColumn, Rows};
use crate::db::view::Kind;
use std::collections::BTreeMap;

/// A column ready to be printed.
struct Shown {
    index: usize,
    heading: String,
    width: usize,
    number: bool,
    model: Option<String>,
}

/// All lines of a result, page by page.
#[must_use]
pub fn lines(rows: &Rows, set: &Settings, looks: &BTreeMap<String, Look>) -> Vec<String> {
    let columns: Vec<_> = rows.columns.iter().enumerate().filter_map(|(i, c)| shown(i, c, set, looks)).collect();
    let bands = bands(&columns, set);
    let heading = heading(&bands, set);
    let records: Vec<_> = rows.rows.iter().map(|r| record(r, &bands, set)).collect();
    paged(&heading, &records, set)
}

fn shown(index: usize, column: &OutColumn, set: &Settings, looks: &BTreeMap<String, Look>) -> Option<Shown> {
    let look = looks.get(&column.name.to_uppercase()).cloned().unwrap_or_default();
    if look.hidden {
        return None;
    }
    let heading = look.heading.clone().unwrap_or_else(|| column.name.clone());
    let number = column.kind == Kind::Number;
    let natural = match column.kind {
        Kind::Number => look.model.as_ref().map_or(set.numwidth, |m| m.len() + 1).max(heading.chars().count()),
        _ => (column.width as usize).max(1),
    };
    let width = look.width.filter(|_| !number).unwrap_or(natural).min(set.linesize);
    let model =
        look.model.filter(|_| number).or_else(|| Some(set.numformat.clone()).filter(|f| number && !f.is_empty()));
    Some(Shown { index, heading, width, number, model })
}

/// Columns that do not fit one line go on to the next.
fn bands<'a>(columns: &'a [Shown], set: &Settings) -> Vec<Vec<&'a Shown>> {
    let mut bands: Vec<Vec<&Shown>> = Vec::new();
    let mut used = 0;
    for column in columns {
        let more = column.width + if used == 0 { 0 } else { set.colsep.chars().count() };
        match bands.last_mut() {
            Some(band) if used + more <= set.linesize => {
                band.push(column);
                used += more;
            }
            _ => {
                bands.push(vec![column]);
                used = column.width;
            }
        }
    }
    bands
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let cut: String = text.chars().take(width).collect();
    if right { format!("{cut:>width$}") } else { format!("{cut:<width$}") }
}

fn heading(bands: &[Vec<&Shown>], set: &Settings) -> Vec<String> {
    if !set.heading || set.pagesize == 0 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for band in bands {
        let names: Vec<_> = band.iter().map(|c| pad(&c.heading, c.width, c.number)).collect();
        out.push(names.join(&set.colsep));
        if let Some(sign) = set.underline {
            let rules: Vec<_> = band.iter().map(|c| sign.to_string().repeat(c.width)).collect();
            out.push(rules.join(&set.colsep));
        }
    }
    out
}

/// The lines of one row; a text longer than its column goes on below.
fn record(row: &[Option<String>], bands: &[Vec<&Shown>], set: &Settings) -> Vec<String> {
    let mut out = Vec::new();
    for band in bands {
        let cells: Vec<_> = band.iter().map(|c| cell(row[c.index].as_deref(), c, set)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            let parts = cells
                .iter()
                .zip(band)
                .map(|(cell, c)| pad(cell.get(line).map_or("", String::as_str), c.width, c.number));
            out.push(parts.collect::<Vec<_>>().join(&set.colsep));
        }
    }
    if out.len() > 1 && set.recsep {
        out.push(String::new());
    }
    out
}

fn cell(value: Option<&str>, column: &Shown, set: &Settings) -> Vec<String> {
    let Some(text) = value else { return vec![set.null.clone()] };
    if column.number {
        return vec![number(text, column, set.numwidth)];
    }
    let mut lines = Vec::new();
    for part in text.split('\n') {
        let chars: Vec<char> = part.chars().collect();
        if chars.is_empty() {
            lines.push(String::new());
        }
        lines.extend(chars.chunks(column.width).map(|c| c.iter().collect::<String>()));
        if !set.wrap {
            lines.truncate(1);
        }
    }
    lines
}

/// NUMWIDTH decides how a number is written, even where a long heading makes its column wider.
fn number(text: &str, column: &Shown, numwidth: usize) -> String {
    let Some(model) = &column.model else { return numeral::fit(text, numwidth) };
    crate::db::sql::format_number(text, model).unwrap_or_else(|_| "#".repeat(column.width))
}

/// Headings are repeated on each page; a page begins with an empty line. PAGESIZE 0 knows no pages.
fn paged(heading: &[String], records: &[Vec<String>], set: &Settings) -> Vec<String> {
    if set.pagesize == 0 {
        return records.concat();
    }
    let mut out = Vec::new();
    let mut left = 0;
    for record in records {
        let fresh = out.is_empty();
        if fresh || record.len() > left {
            out.push(String::new());
            out.extend_from_slice(heading);
            left = set.pagesize.saturating_sub(1 + heading.len()).max(record.len());
        }
        out.extend_from_slice(record);
        left -= record.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let column = |name: &str, kind, width| OutColumn { name: name.into(), kind, width };
        let columns = vec![
            column("FILE#", Kind::Number, 40),
            column("STATUS", Kind::Text(7), 7),
            column("FIRST_TIME", Kind::Date, 9),
        ];
        let row = |n: &str| vec![Some(n.to_owned()), Some("ACTIVE".to_owned()), Some("21-NOV-26".to_owned())];
        Rows { columns, rows: vec![row("1"), row("15000000000000")] }
    }

    #[test]
    fn numbers_stand_right_and_headings_are_cut() {
        let got = lines(&rows(), &Settings::default(), &BTreeMap::new());
        assert_eq!(
            got,
            [
                "",
                "     FILE# STATUS  FIRST_TIM",
                "---------- ------- ---------",
                "         1 ACTIVE  21-NOV-26",
                "1.5000E+13 ACTIVE  21-NOV-26"
            ]
        );
    }

    #[test]
    fn a_narrow_line_folds_and_separates_records() {
        let set = Settings { linesize: 18, heading: false, pagesize: 0, ..Settings::default() };
        let got = lines(&rows(), &set, &BTreeMap::new());
        assert_eq!(got, ["         1 ACTIVE ", "21-NOV-26", "", "1.5000E+13 ACTIVE ", "21-NOV-26", ""]);
    }

    #[test]
    fn a_page_repeats_its_heading() {
        let mut many = rows();
        many.rows = vec![many.rows[0].clone(); 12];
        let got = lines(&many, &Settings::default(), &BTreeMap::new());
        assert_eq!(got.iter().filter(|l| l.starts_with("     FILE#")).count(), 2);
        assert_eq!(got.len(), 14 + 3 + 1);
    }
}
