//! Faults of the file: where (line, column), what, and the nearest known key.

use crate::fault::{Fault, Kind};
use std::path::Path;

/// A fault at a byte range of the text.
pub fn at(path: &Path, text: &str, span: Option<std::ops::Range<usize>>, message: &str) -> Fault {
    let place = span.map(|span| line_and_column(text, span.start));
    let place = place.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    let mut lines = message.lines();
    let head = lines.next().unwrap_or("not valid").to_owned();
    let fault = Fault::new(Kind::User, "CFG-002", format!("{}{place}: {head}", path.display()));
    let fault = match nearest(message) {
        Some(key) => fault.hint(format!("did you mean `{key}`?")),
        None => fault,
    };
    fault.hint_command("see every key with its type and default", "ovmirror config show --defaults")
}

/// A fault that concerns the whole file or a value by its key path.
pub fn value(path: &Path, key: &str, why: &str, remedy: &str) -> Fault {
    Fault::new(Kind::User, "CFG-003", format!("{}: {key}: {why}", path.display())).hint(remedy)
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(1, |tail| tail.chars().count() + 1);
    (line, column)
}

/// serde says "unknown field `x`, expected one of `a`, `b`": the nearest of those, if one is near.
fn nearest(message: &str) -> Option<String> {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (given, known) = quoted.split_first()?;
    if !message.contains("unknown field") && !message.contains("unknown variant") {
        return None;
    }
    let scored = known.iter().map(|key| (strsim::jaro_winkler(given, key), *key));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, key)| key.to_owned())
}
