//! Who may import whom (ARCHITECTURE.md has the table as text). Reads the sources, so that a wrong arrow fails with the
//! rule it breaks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

mod common;

use common::source::{Source, product_sources};

/// A module and what it may name of the crate; `port::clock` and `port::monitor` are parts of `port`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("fault", &["model"]),
    ("port", &["model", "fault"]),
    // It makes the statements and roles that the SQL port takes.
    ("text", &["port", "model", "fault"]),
    ("driver", &["port", "text", "model", "fault"]),
    ("transport", &["port", "model", "fault"]),
    ("engine", &["model", "fault", "port::clock", "port::monitor"]),
    // port::clock only to wait for a lock.
    ("store", &["engine", "model", "fault", "port::clock"]),
    ("catalog", &["store", "model", "fault"]),
    ("survey", &["model", "fault"]),
    ("recovery", &["survey", "model", "fault"]),
    ("config", &["model", "fault"]),
    ("step", &["engine", "driver", "port", "survey", "recovery", "catalog", "text", "model", "fault"]),
    ("flow", &["step", "engine", "driver", "port", "survey", "recovery", "catalog", "text", "model", "fault"]),
];

/// What of `port` belongs to its parts that the lower layers may use.
const CLOCK: &[&str] = &["clock", "Clock", "Polled", "poll"];
const MONITOR: &[&str] = &["monitor", "Monitor", "Event", "Silent"];

/// The names after `crate::` in a source, each with its line: `["port", "Clock"]`.
fn imports(source: &Source) -> Vec<(usize, Vec<String>)> {
    let code = source.code_without_tests();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        found.extend(tree(&code[at + "crate::".len()..]).into_iter().map(|path| (line, path)));
    }
    found
}

/// The first two names of each path of a use tree: `{fault::Fault, port::{Clock, poll}}`.
fn tree(text: &str) -> Vec<Vec<String>> {
    if let Some(inner) = text.strip_prefix('{') {
        return branches(inner).into_iter().flat_map(tree).collect();
    }
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(rest) = text[name.len()..].strip_prefix("::") else {
        return vec![vec![name]];
    };
    let inner = match rest.strip_prefix('{') {
        Some(inner) => branches(inner),
        None => vec![rest],
    };
    let second = |part: &str| part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    inner.into_iter().map(|part| vec![name.clone(), second(part)]).collect()
}

/// The parts between commas of a braced list, up to its closing brace.
fn branches(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                parts.push(text[from..at].trim());
                break;
            }
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn allowed(rule: &[&str], path: &[String]) -> bool {
    let (top, second) = (path[0].as_str(), path.get(1).map_or("", String::as_str));
    rule.contains(&top)
        || top == "port" && rule.contains(&"port::clock") && CLOCK.contains(&second)
        || top == "port" && rule.contains(&"port::monitor") && MONITOR.contains(&second)
}

/// What is wrong with a source, one line each.
fn violations(source: &Source) -> Vec<String> {
    let top = source.top_module();
    let wrong = |path: &[String]| match MAY_IMPORT.iter().find(|(module, _)| *module == top) {
        _ if path[0] == top => None,
        Some((_, rule)) if allowed(rule, path) => None,
        Some((_, rule)) => Some(format!("{top} may import only {rule:?}")),
        None if path[0] == "transport" && !source.path.starts_with("cli/wire") => {
            Some("transport may be named only in cli::wire".to_owned())
        }
        None => None,
    };
    let report = |(line, path): (usize, Vec<String>)| {
        wrong(&path).map(|why| format!("src/{}:{line}: crate::{}: {why}", source.path, path.join("::")))
    };
    imports(source).into_iter().filter_map(report).collect()
}

#[test]
fn every_layer_imports_only_what_it_may() {
    let sources = product_sources();
    assert!(sources.len() > 20, "the sources were not found");
    let all: Vec<String> = sources.iter().flat_map(violations).collect();
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn every_module_has_a_rule() {
    let free = ["cli", "lib", "main"];
    for source in product_sources() {
        let top = source.top_module();
        assert!(free.contains(&top) || MAY_IMPORT.iter().any(|(module, _)| *module == top), "{top} has no rule");
    }
}

#[test]
fn a_planted_violation_is_found() {
    let found = |path: &str, text: &str| violations(&Source { path: path.into(), text: text.into() });
    assert_eq!(
        found("model/x.rs", "use serde::Serialize;\nuse crate::fault::Fault;\n"),
        ["src/model/x.rs:2: crate::fault::Fault: model may import only []"]
    );
    assert_eq!(
        found("engine/x.rs", "use crate::{\n    fault::{Fault, Kind},\n    port::{Clock, Remote},\n};\n").len(),
        1
    );
    assert_eq!(found("engine/x.rs", "fn f() { crate::driver::ovm::go() }").len(), 1);
    assert_eq!(found("catalog/x.rs", "use crate::{engine::{self, Flow}, store::Store};").len(), 2);
    assert_eq!(found("cli/cmd/backup.rs", "use crate::transport::ssh::Ssh;").len(), 1);
    assert_eq!(found("cli/wire.rs", "use crate::transport::ssh::Ssh;"), Vec::<String>::new());
    assert_eq!(found("engine/x.rs", "use crate::{model::RunId, port::{self, Clock}};").len(), 1);
    assert_eq!(
        found("driver/x.rs", "// crate::transport\nconst T: &str = \"crate::transport\";"),
        Vec::<String>::new()
    );
    assert_eq!(
        found("model/x.rs", "#[cfg(test)]\nmod tests {\n    use crate::fault::Fault;\n}\n"),
        Vec::<String>::new()
    );
}
