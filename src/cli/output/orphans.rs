//! Orphans for people and JSON.

use super::{
    table::{
        Side::{Left, Right},
        table,
    },
    units::{bytes, duration},
};
use crate::{
    flow::release::{Look, Released, Thing, Verdict},
    model::DbName,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;

fn age(thing: &Thing, now: DateTime<Utc>) -> Option<Duration> {
    (now - thing.since()?).to_std().ok()
}

/// The word for JSON, and why.
fn told(verdict: &Verdict) -> (&'static str, &str) {
    match verdict {
        Verdict::Owned => ("owned", ""),
        Verdict::Orphan => ("orphan", ""),
        Verdict::Unrecorded(what) => ("unrecorded", what.words()),
        Verdict::Left(why) => ("left", why),
    }
}

fn all(looks: &[Look]) -> impl Iterator<Item = &(Thing, Verdict)> {
    looks.iter().flat_map(|look| &look.things)
}

/// `orphans: [{kind, place, name, run, since, age_s, bytes, state, because}]`
#[must_use]
pub fn objects(looks: &[Look], now: DateTime<Utc>) -> Value {
    let object = |(thing, verdict): &(Thing, Verdict)| {
        let (state, because) = told(verdict);
        json!({
            "kind": thing.what.word(),
            "place": thing.place,
            "name": thing.name,
            "run": thing.run,
            "since": thing.since(),
            "age_s": age(thing, now).map(|age| age.as_secs()),
            "bytes": thing.bytes,
            "state": state,
            "because": because,
        })
    };
    all(looks).map(object).collect()
}

/// `unseen: [{place, error}]`
#[must_use]
pub fn unseen(looks: &[Look]) -> Value {
    let all = looks.iter().flat_map(|look| &look.unseen);
    all.map(|one| json!({ "place": one.place, "error": one.why })).collect()
}

/// `strangers: [{database, name}]`
#[must_use]
pub fn strangers(all: &[(String, String)]) -> Value {
    all.iter().map(|(database, name)| json!({ "database": database, "name": name })).collect()
}

/// The same in lines.
#[must_use]
pub fn strangers_text(all: &[(String, String)]) -> String {
    let line = |(database, name): &(String, String)| {
        format!("{name} is of database {database}, which the configuration does not have\n")
    };
    all.iter().map(line).collect()
}

/// `released: [{kind, place, name, run, gone, error}]`
#[must_use]
pub fn released(all: &[(Thing, Released)]) -> Value {
    let object = |(thing, released): &(Thing, Released)| {
        json!({
            "kind": thing.what.word(),
            "place": thing.place,
            "name": thing.name,
            "run": thing.run,
            "gone": released.gone,
            "error": released.fault,
        })
    };
    all.iter().map(object).collect()
}

/// The table, and places that were not seen.
#[must_use]
pub fn text(looks: &[Look], now: DateTime<Utc>) -> String {
    let row = |(thing, verdict): &(Thing, Verdict)| {
        let (state, because) = told(verdict);
        let state = if because.is_empty() { state.to_owned() } else { format!("{state}: {because}") };
        vec![
            thing.what.word().to_owned(),
            thing.place.to_string(),
            thing.name.clone(),
            thing.run.to_string(),
            age(thing, now).map_or_else(String::new, duration),
            thing.bytes.map_or_else(String::new, bytes),
            state,
        ]
    };
    let columns = [
        ("KIND", Left),
        ("PLACE", Left),
        ("NAME", Left),
        ("RUN", Left),
        ("AGE", Right),
        ("SIZE", Right),
        ("STATE", Left),
    ];
    let rows: Vec<_> = all(looks).map(row).collect();
    let listed = if rows.is_empty() { "nothing of ours is left over\n".to_owned() } else { table(&columns, &rows) };
    let hidden = looks.iter().flat_map(|look| &look.unseen);
    let hidden: String = hidden.map(|one| format!("{} was not seen: {}\n", one.place, one.why)).collect();
    listed + &hidden
}

/// What the words mean, and what to type.
#[must_use]
pub fn hints(looks: &[Look]) -> String {
    let is = |wanted: &str| all(looks).any(|(_, verdict)| told(verdict).0 == wanted);
    let mut text = String::new();
    let unknown = |rebuilt: bool| {
        all(looks).any(|(_, v)| matches!(v, Verdict::Unrecorded(what) if what.can_be_rebuilt() == rebuilt))
    };
    if unknown(true) {
        text.push_str("unrecorded: the store does not know them; ovmirror rebuild first\n");
    }
    if unknown(false) {
        text.push_str(
            "the way back of a recovery that the store lost can be used by nobody; when the database is as it should be: \
             ovmirror orphans --release --unrecorded\n",
        );
    }
    if is("orphan") {
        text.push_str(
            "see how they would go: ovmirror orphans --dry-run; take them away: ovmirror orphans --release\n",
        );
    }
    text
}

/// What became of each.
#[must_use]
pub fn released_text(all: &[(Thing, Released)]) -> String {
    let line = |(thing, released): &(Thing, Released)| {
        let end = match (&released.fault, released.gone) {
            (Some(fault), _) => format!("is left: {fault}"),
            (None, true) => "is gone".to_owned(),
            (None, false) => "was not tried".to_owned(),
        };
        format!("{} {} {end}\n", thing.what.word(), thing.name)
    };
    all.iter().map(line).collect()
}

/// What is asked before anything goes.
#[must_use]
pub fn question(database: &DbName, look: &Look, things: &[Thing]) -> String {
    let size: u64 = things.iter().filter_map(|thing| thing.bytes).sum();
    let listed: String =
        things.iter().map(|thing| format!("  {} {} on {}\n", thing.what.word(), thing.name, thing.place)).collect();
    let stay = look.things.len() - things.len();
    let stay = if stay == 0 { String::new() } else { format!(" {stay} more stay.") };
    format!("{listed}{} of {database} ({}) are removed for good.{stay}", things.len(), bytes(size))
}
