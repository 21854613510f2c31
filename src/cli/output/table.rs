//! Columns of text.

/// Which side of a column the text stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// Lays rows out under a heading, two spaces between columns, nothing at the end of a line.
pub(super) fn table(columns: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..columns.len()).map(|at| width(columns[at].0, rows, at)).collect();
    let head: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let sides: Vec<Side> = columns.iter().map(|(_, side)| *side).collect();
    std::iter::once(&head).chain(rows).map(|row| line(row, &widths, &sides) + "\n").collect()
}

/// `name  value` lines, the names as wide as the longest.
pub(super) fn page(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    pairs.iter().map(|(name, value)| format!("{name:width$}  {value}").trim_end().to_owned() + "\n").collect()
}

fn width(name: &str, rows: &[Vec<String>], at: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
    cells.max().unwrap_or(0).max(name.len())
}

fn line(row: &[String], widths: &[usize], sides: &[Side]) -> String {
    let cells = row.iter().zip(widths).zip(sides).map(|((cell, width), side)| match side {
        Side::Left => format!("{cell:<width$}"),
        Side::Right => format!("{cell:>width$}"),
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}
