//! What a rebuild brought back.

use crate::{
    cli::rebuild::Look,
    flow::rebuild::{Found, Source},
};
use serde_json::{Value, json};

const fn source(found: &Found) -> &'static str {
    match found.source {
        Source::Artifacts => "artifacts",
        Source::Description => "description",
    }
}

/// `snapshots: [{id, result: recorded|known|lost, source, state, tape, known, unknown, error}]`
#[must_use]
pub fn objects(looks: &[Look]) -> Value {
    let object = |look: &Look| match look {
        Look::Known(id) => json!({ "id": id, "result": "known" }),
        Look::Lost(id, fault) => json!({ "id": id, "result": "lost", "error": fault }),
        Look::Found(found) => json!({
            "id": found.record.id,
            "result": "recorded",
            "source": source(found),
            "state": found.record.state,
            "tape": found.record.tape,
            "known": found.known,
            "unknown": found.unknown,
        }),
    };
    looks.iter().map(object).collect()
}

/// The same in lines.
#[must_use]
pub fn text(looks: &[Look], dry_run: bool) -> String {
    let would = if dry_run { "would be recorded" } else { "is recorded" };
    let block = |look: &Look| match look {
        Look::Known(id) => format!("{id} is known to the store\n"),
        Look::Lost(id, fault) => format!("{id} could not be brought back: {fault}\n"),
        Look::Found(found) => {
            let state = serde_json::to_value(found.record.state).unwrap_or_default();
            let state = state.as_str().unwrap_or_default().to_owned();
            let mut text = format!("{} {would} from its {}, {state}\n", found.record.id, source(found));
            text.push_str(&format!("  known: {}\n", found.known.join("; ")));
            if !found.unknown.is_empty() {
                text.push_str(&format!("  not known: {}\n", found.unknown.join("; ")));
            }
            text
        }
    };
    let all: String = looks.iter().map(block).collect();
    if all.is_empty() { "the manager has no snapshots of ours\n".to_owned() } else { all }
}
