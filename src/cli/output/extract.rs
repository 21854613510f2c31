//! What an extract shows.

use super::{
    json,
    table::{
        Side::{Left, Right},
        table,
    },
    units::{bytes, time},
};
use crate::{
    catalog::OpenExtract,
    flow::extract::{Copied, Entry},
};
use serde_json::Value;

/// The files of a snapshot.
#[must_use]
pub fn files_text(files: &[Entry]) -> String {
    let row = |file: &Entry| {
        let folder = if file.kind == "directory" { "/" } else { "" };
        vec![file.bytes.to_string(), time(file.changed), file.owner.clone(), format!("{}{folder}", file.path)]
    };
    let columns = [("BYTES", Right), ("CHANGED", Left), ("OWNER", Left), ("FILE", Left)];
    table(&columns, &files.iter().map(row).collect::<Vec<_>>())
}

/// The same for programs.
#[must_use]
pub fn files_object(files: &[Entry], simulated: bool) -> Value {
    json::object(simulated, "files", serde_json::to_value(files).unwrap_or_default())
}

/// Where an extract is, and how it is closed.
#[must_use]
pub fn opened(extract: &OpenExtract) -> String {
    let at = extract.at.as_deref().unwrap_or("the run's folder");
    format!(
        "\nThe snapshot is mounted read only at {at}. When it is no longer needed:\n  ovmirror extract --close {}\n",
        extract.run.id
    )
}

/// What was copied.
#[must_use]
pub fn copied(copied: &Copied) -> String {
    format!("\nCopied to {} ({}).\n", copied.path, bytes(copied.kib * 1024))
}

/// Open extracts below what runs.
#[must_use]
pub fn open_extracts(open: &[OpenExtract]) -> String {
    if open.is_empty() {
        return String::new();
    }
    let row = |extract: &OpenExtract| {
        let at = extract.at.clone().unwrap_or_default();
        vec![extract.run.id.to_string(), extract.snapshot.clone(), extract.run.state.as_str().to_owned(), at]
    };
    let columns = [("OPEN EXTRACT", Left), ("SNAPSHOT", Left), ("STATE", Left), ("AT", Left)];
    format!("\n{}", table(&columns, &open.iter().map(row).collect::<Vec<_>>()))
}
