//! SQL, RMAN and sqlplus text stands in files that a person reviews (`sql/`, `templates/`), not in Rust.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

mod common;

use common::source::{Source, product_sources};

/// How a statement begins. Upper case only: prose says "select".
const BEGINNINGS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "MERGE INTO ",
    "CREATE ",
    "DROP ",
    "ALTER ",
    "BEGIN BACKUP",
    "END BACKUP",
    "DECLARE ",
    "BEGIN ",
    "RUN {",
    "RUN{",
    "CATALOG ",
    "RECOVER ",
    "RESTORE ",
    "STARTUP ",
    "STARTUP\n",
    "SHUTDOWN ",
    "SHUTDOWN\n",
    "BACKUP ",
    "CONFIGURE ",
    "CROSSCHECK ",
    "ALLOCATE CHANNEL",
    "CONNECT TARGET",
    "SET UNTIL",
    "WHENEVER ",
];

/// Where such text may stand: the registry of statements. Files that read what the other side prints name it here,
/// with the literal.
const FREE: &[&str] = &["text/", ADVICE];

/// Remedies for a person to type, which are never sent.
const ADVICE: &str = "survey/rules/layout.rs";

fn violations(source: &Source) -> Vec<String> {
    if FREE.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let begins = |text: &str| BEGINNINGS.iter().any(|beginning| text.trim_start().starts_with(beginning));
    let literals = source.literals_without_tests().into_iter().filter(|(_, text)| begins(text));
    literals
        .map(|(line, text)| format!("src/{}:{line}: {text:?} belongs into sql/ or templates/", source.path))
        .collect()
}

#[test]
fn no_statement_stands_in_rust() {
    let all: Vec<String> = product_sources().iter().flat_map(violations).collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn a_planted_statement_is_found() {
    let found = |path: &str, text: &str| violations(&Source { path: path.into(), text: text.into() });
    assert_eq!(
        found("driver/x.rs", "\nlet q = \"SELECT name FROM v$database\";"),
        ["src/driver/x.rs:2: \"SELECT name FROM v$database\" belongs into sql/ or templates/"]
    );
    assert_eq!(found("flow/x.rs", "let t = r#\"\n  RUN { BACKUP DATABASE; }\"#;").len(), 1);
    assert_eq!(found("flow/x.rs", "f(\"ALTER DATABASE BEGIN BACKUP\", b\"STARTUP MOUNT\", 'x')").len(), 2);
    assert_eq!(found("text/sql.rs", "let q = \"SELECT 1 FROM dual\";"), Vec::<String>::new());
    assert_eq!(found("flow/x.rs", "// \"SELECT 1\"\n/* \"ALTER x\" */ let t = \"\\\"SELECT \";"), Vec::<String>::new());
    assert_eq!(found("flow/x.rs", "#[cfg(test)]\nmod tests { const Q: &str = \"SELECT 1\"; }"), Vec::<String>::new());
    assert_eq!(found("flow/x.rs", "let c = '\"'; let q = \"ALTER SYSTEM\";").len(), 1, "a quote in a char literal");
    assert_eq!(found("flow/x.rs", "fn f<'a>(x: &'a str) { g(\"ALTER SYSTEM\") }").len(), 1, "a lifetime");
}
