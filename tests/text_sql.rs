//! Walks `sql/` and `templates/`: nothing unregistered, headers that say the truth, no value without a filter.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use ovmirror::{
    port::Bind,
    text::{
        Release,
        filter::FILTERS,
        scan::{Piece, pieces},
        sql::{self, Entry, ValueKind},
        template::TEMPLATES,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, ending: &str, found: &mut BTreeSet<String>, base: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, ending, found, base);
        } else {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            assert!(name.ends_with(ending), "{name} does not end in {ending}");
            found.insert(name);
        }
    }
}

fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(&root().join(folder), ending, &mut found, &root().join(folder));
    found
}

#[test]
fn text_sql_every_file_is_registered() {
    let registered: BTreeSet<String> = sql::FILES.iter().map(|(file, _)| format!("{file}.sql")).collect();
    assert_eq!(files("sql", ".sql"), registered);
    let registered: BTreeSet<String> = TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files("templates", ".tera"), registered);
}

#[test]
fn text_sql_ids_are_the_files_and_unique_per_release() {
    for (file, entry) in sql::entries().unwrap() {
        assert_eq!(file.split('@').next().unwrap(), entry.id, "{file}");
        assert!(!entry.purpose.is_empty() && !entry.privileges.is_empty(), "{file}");
    }
    for release in [(11, 2), (12, 1), (12, 2), (18, 0), (19, 0), (21, 0), (23, 0)] {
        let release = Release::new(release.0, release.1);
        for id in sql::ALL {
            let count =
                sql::entries().unwrap().iter().filter(|(_, e)| e.id == id.as_str() && e.is_for(release)).count();
            assert_eq!(count, 1, "{} for {release}", id.as_str());
        }
    }
}

fn binds_of(entry: &Entry) -> BTreeSet<String> {
    let bind = |piece: Piece<'_>| if let Piece::Bind(name) = piece { Some(name.to_owned()) } else { None };
    pieces(&entry.body).into_iter().filter_map(bind).collect()
}

#[test]
fn text_sql_headers_name_the_binds_of_the_text() {
    for (file, entry) in sql::entries().unwrap() {
        let said: BTreeSet<String> = entry.binds.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(said, binds_of(entry), "{file}");
        let literals: BTreeSet<&str> = entry.literals.iter().map(|(name, _)| name.as_str()).collect();
        let used: BTreeSet<&str> =
            outputs(&entry.body).map(|inside| inside.split('|').next().unwrap().trim()).collect();
        assert_eq!(literals, used, "{file}");
    }
}

/// The names of a select list: split at commas outside brackets and quotes, last word of each item.
fn select_list(body: &str) -> Vec<String> {
    let list = body.strip_prefix("SELECT").unwrap();
    let (mut depth, mut quoted, mut item, mut items) = (0, false, String::new(), Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => items.push(std::mem::take(&mut item)),
            _ => {}
        }
        if depth == 0 && !quoted && list[at..].starts_with("\nFROM ") {
            break;
        }
        if !(c == ',' && depth == 0 && !quoted) {
            item.push(c);
        }
    }
    items.push(item);
    let name = |item: &String| item.trim().rsplit([' ', '.']).next().unwrap().to_uppercase();
    items.iter().map(name).collect()
}

#[test]
fn text_sql_columns_are_the_select_list() {
    for (file, entry) in sql::entries().unwrap() {
        if entry.columns.is_empty() {
            assert!(!entry.body.starts_with("SELECT"), "{file} selects and names no columns");
        } else {
            assert_eq!(entry.columns, select_list(&entry.body), "{file}");
            let unique: BTreeSet<_> = entry.columns.iter().collect();
            assert_eq!(unique.len(), entry.columns.len(), "{file}");
        }
    }
}

#[test]
fn text_sql_variants_answer_alike() {
    let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
    for (file, entry) in sql::entries().unwrap() {
        if let Some(other) = seen.insert(&entry.id, entry) {
            assert_eq!((&other.columns, &other.binds), (&entry.columns, &entry.binds), "{file}");
        }
    }
}

#[test]
fn text_sql_is_one_statement_without_terminator() {
    for (file, entry) in sql::entries().unwrap() {
        for piece in pieces(&entry.body) {
            match piece {
                Piece::Plain(text) => assert!(!text.contains(';'), "{file} holds a terminator"),
                Piece::Kept(text) => assert!(!text.starts_with("--") && !text.starts_with("/*"), "{file}: {text}"),
                Piece::Bind(_) => {}
            }
        }
        let slash = entry.body.lines().any(|line| line.trim() == "/" || line.trim().is_empty());
        assert!(!slash, "{file} holds an empty line or a lone slash");
        assert!(entry.body.lines().all(|line| line.len() <= 140), "{file} has a long line");
    }
}

/// Numbers and dates never arrive in a format that a session's settings decide.
#[test]
fn text_sql_numbers_and_dates_have_masks() {
    let text_only = ["DEST_ID", "SID", "BYTES", "BLOCKS", "INCARNATION#"];
    for (file, entry) in sql::entries().unwrap() {
        for line in
            entry.body.lines().map(str::trim).filter(|line| !entry.columns.is_empty() && !line.contains("TO_CHAR"))
        {
            let name = line.trim_end_matches(',').rsplit(['.', ' ']).next().unwrap().to_uppercase();
            let number = name.ends_with('#') || name.ends_with("_TIME") || text_only.contains(&name.as_str());
            let listed = line.ends_with(',') || entry.columns.last() == Some(&name);
            assert!(!(number && listed && entry.columns.contains(&name) && !line.contains('=')), "{file}: {line}");
        }
    }
}

fn outputs(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim())
}

#[test]
fn text_sql_every_value_in_a_template_has_a_rejecting_filter() {
    let bodies = sql::FILES.iter().chain(TEMPLATES);
    for (name, text) in bodies {
        for inside in outputs(text) {
            let filter = inside.rsplit_once('|').map(|(_, filter)| filter.trim());
            let known = filter.is_some_and(|filter| FILTERS.iter().any(|(known, _)| *known == filter));
            assert!(known, "{name}: {{{{ {inside} }}}} has no rejecting filter");
        }
        assert!(!text.contains("| safe") && !text.contains("raw %}"), "{name}");
    }
}

fn sample(kind: ValueKind, name: &str) -> Bind {
    match (kind, name) {
        (ValueKind::Number, _) => Bind::Number(7),
        (ValueKind::Text, "tablespace" | "pdb") => Bind::Text("USERS".into()),
        (ValueKind::Text, _) => Bind::Text("/u02/x.dbf".into()),
    }
}

#[test]
fn text_sql_every_statement_can_be_made_and_checks_its_values() {
    let release = Release::new(19, 0);
    for id in sql::ALL {
        let (_, entry) = id.entry(release).unwrap();
        let values: Vec<_> =
            entry.binds.iter().chain(&entry.literals).map(|(n, kind)| (n.as_str(), sample(*kind, n))).collect();
        let statement = id.at(release, &values).unwrap();
        assert!(!statement.text.contains("{{"), "{}", statement.text);
        assert_eq!(statement.columns, entry.columns);
        assert!(
            id.at(release, &[("no_such_value", Bind::Number(1)), ("nor_this", Bind::Number(1))]).is_err()
                || values.len() == 2
        );
        if let Some(((name, _), rest)) = values.split_first() {
            assert!(id.at(release, rest).is_err(), "{} does without {name}", id.as_str());
        }
    }
}

#[test]
fn text_sql_a_hostile_path_is_refused() {
    let values = [("path", Bind::Text("/u02/x' REUSE; DROP USER x --".into()))];
    let fault = sql::BACKUP_CONTROLFILE.at(Release::new(19, 0), &values).unwrap_err();
    assert_eq!(fault.code, "TXT-003");
    let text =
        sql::BACKUP_CONTROLFILE.at(Release::new(19, 0), &[("path", Bind::Text("/u02/a.ctl".into()))]).unwrap().text;
    assert_eq!(text, "ALTER DATABASE BACKUP CONTROLFILE TO '/u02/a.ctl' REUSE");
}

#[test]
fn text_sql_releases_choose_the_file() {
    let file = |major, minor| sql::DATABASE_IDENTITY.entry(Release::new(major, minor)).unwrap().0;
    assert_eq!(file(11, 2), "database/identity@11");
    assert_eq!(file(12, 1), "database/identity");
    assert_eq!(file(23, 0), "database/identity");
    assert_eq!(sql::DATABASE_IDENTITY.entry(Release::new(10, 2)).unwrap_err().code, "SQL-007");
}
