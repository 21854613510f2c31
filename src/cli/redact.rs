//! What must not leave the site: the passwords that the configuration leads to, and what looks like one in a log.

use crate::config::Config;
use serde_json::Value;
use std::{fs, path::PathBuf};

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// Shorter texts would hide half of a log.
const SHORTEST: usize = 4;

/// Takes secrets out of texts.
pub struct Redactor(Vec<String>);

impl Redactor {
    /// Knows the content of every password file; a password command is not run for this.
    pub fn new(config: &Config) -> Self {
        let secret = |path: &PathBuf| fs::read_to_string(path).ok()?.lines().next().map(str::to_owned);
        Self(config.password_files().filter_map(secret).filter(|secret| secret.len() >= SHORTEST).collect())
    }

    /// A text, line by line.
    pub fn text(&self, text: &str) -> String {
        let known = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
        known.split_inclusive('\n').map(line).collect()
    }

    /// Every text in a value.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(all) => all.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, self.value(value))).collect(),
            other => other,
        }
    }
}

/// `… IDENTIFIED BY x`, `user/password@service`.
fn line(line: &str) -> String {
    let kept = match line.to_ascii_lowercase().find("identified by ") {
        Some(at) => format!("{}{HIDDEN}{}", &line[..at + "identified by ".len()], end(line)),
        None => line.to_owned(),
    };
    kept.split_inclusive([' ', '\t', '\n']).map(word).collect()
}

fn end(line: &str) -> &str {
    if line.ends_with('\n') { "\n" } else { "" }
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([' ', '\t', '\n']);
    let login =
        bare.split_once('/').filter(|(user, rest)| !user.is_empty() && rest.contains('@') && !user.contains(':'));
    match login {
        Some((user, rest)) => {
            let service = rest.rsplit_once('@').map_or("", |(_, service)| service);
            format!("{user}/{HIDDEN}@{service}{}", &word[bare.len()..])
        }
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("SET DECRYPTION IDENTIFIED BY 'tiger';\nx\n", "SET DECRYPTION IDENTIFIED BY ***\nx\n")]
    #[case("CONNECT CATALOG rco/tiger@cat end", "CONNECT CATALOG rco/***@cat end")]
    #[case("the word is s3cret-1 here", "the word is *** here")]
    #[case("/u02/oradata/x@y.dbf //db1:1521/ORCL", "/u02/oradata/x@y.dbf //db1:1521/ORCL")]
    fn secrets_go(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(Redactor(vec!["s3cret-1".to_owned()]).text(text), wanted);
    }

    #[test]
    fn also_inside_of_values() {
        let value = serde_json::json!({"a": ["x s\"3 y"], "n": 7});
        assert_eq!(Redactor(vec!["s\"3".to_owned()]).value(value), serde_json::json!({"a": ["x *** y"], "n": 7}));
    }
}
