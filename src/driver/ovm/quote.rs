//! Values in a command of the OVM CLI. What cannot be carried safely is refused, never altered.
//!
//! Inside quotes a forward slash escapes the next character and stands for itself when doubled (CLI guide, preface
//! and `refresh`). A semicolon separates commands of one exec string; nothing says that quotes protect it.

use super::error::OvmError;
use crate::model::ObjectId;
use std::fmt;

/// Longest value the CLI takes: descriptions hold up to 4,000 characters.
const LONGEST: usize = 4000;
/// Longest name that is sent.
const LONGEST_NAME: usize = 255;

/// A name that may stand in a command.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OvmName(String);

impl OvmName {
    /// Checks a name: no `;`, quote, control character, outer blank; 1 to 255 characters.
    pub fn new(text: &str) -> Result<Self, OvmError> {
        let bad = |why| OvmError::BadValue { what: "name", given: text.to_owned(), why };
        common(text).map_err(bad)?;
        if text.is_empty() || text.chars().count() > LONGEST_NAME {
            return Err(bad("it must have 1 to 255 characters"));
        }
        if text.contains(['\'', '"', '`']) {
            return Err(bad("it holds a quote"));
        }
        if text.trim() != text {
            return Err(bad("it begins or ends with a blank"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OvmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A description that may stand in a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Checks a description: one line without `;` and control characters, at most 4,000 characters. Quotes are escaped.
    pub fn new(text: &str) -> Result<Self, OvmError> {
        match common(text) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(why) => Err(OvmError::BadValue { what: "description", given: text.to_owned(), why }),
        }
    }

    /// The text as it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn common(text: &str) -> Result<(), &'static str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFD}');
    match () {
        () if text.contains(';') => Err("it holds a semicolon, which separates commands"),
        () if text.contains(breaks) => Err("it holds a line end or a control character"),
        () if text.chars().count() > LONGEST => Err("it has more than 4,000 characters"),
        () => Ok(()),
    }
}

/// An object in a command: by id wherever it is known, since names need not be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectRef {
    /// `id=…`
    Id(ObjectId),
    /// `name=…`
    Name(OvmName),
}

impl From<&ObjectId> for ObjectRef {
    fn from(id: &ObjectId) -> Self {
        Self::Id(id.clone())
    }
}

impl ObjectRef {
    /// As the instance of a command: `id=…` or `name="…"`.
    #[must_use]
    pub fn instance(&self) -> String {
        match self {
            Self::Id(id) => format!("id={id}"),
            Self::Name(name) => format!("name={}", quoted(name.as_str())),
        }
    }

    /// As the value of a key (`serverPool=…`).
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Name(name) => quoted(name.as_str()),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// A checked value for a command, in quotes unless every character is plain.
#[must_use]
pub(super) fn quoted(checked: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    if !checked.is_empty() && checked.chars().all(plain) {
        return checked.to_owned();
    }
    let mut text = String::from('"');
    for c in checked.chars() {
        if matches!(c, '/' | '\'' | '"') {
            text.push('/');
        }
        text.push(c);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("slot021", "slot021")]
    #[case("ovm.ORCL-20261121T204512-4f2a.work.2", "ovm.ORCL-20261121T204512-4f2a.work.2")]
    #[case("System.img (16)", "\"System.img (16)\"")]
    #[case("a/b", "\"a//b\"")]
    #[case("-rf", "-rf")]
    #[case("$(id)", "\"$(id)\"")]
    #[case("Datenträger", "\"Datenträger\"")]
    #[case("a=b, c", "\"a=b, c\"")]
    #[case("back\\slash", "\"back\\slash\"")]
    fn names_are_quoted(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(quoted(OvmName::new(name).unwrap().as_str()), expected);
    }

    #[rstest]
    #[case("soa-db_dbdata;")]
    #[case("a\nb")]
    #[case("a\rb")]
    #[case("a\0b")]
    #[case("a\u{2028}b")]
    #[case("it's")]
    #[case("say \"x\"")]
    #[case("`id`")]
    #[case("")]
    #[case(" a")]
    #[case("a ")]
    fn hostile_names_are_refused(#[case] name: &str) {
        assert!(OvmName::new(name).is_err());
    }

    #[test]
    fn lengths() {
        assert!(OvmName::new(&"a".repeat(300)).is_err());
        assert!(Description::new(&"é".repeat(4000)).is_ok());
        assert!(Description::new(&"a".repeat(4001)).is_err());
    }

    #[test]
    fn a_description_escapes_quotes_as_the_guide_does() {
        assert_eq!(quoted(Description::new("HR's VMs").unwrap().as_str()), "\"HR/'s VMs\"");
        assert_eq!(quoted(Description::new("").unwrap().as_str()), "\"\"");
        assert!(Description::new("a; delete Vm id=1").is_err());
    }

    /// Reads a value as the guide says.
    fn unquote(text: &str) -> Option<String> {
        let Some(inner) = text.strip_prefix('"') else { return Some(text.to_owned()) };
        let (mut out, mut chars) = (String::new(), inner.chars());
        while let Some(c) = chars.next() {
            match c {
                '"' => return chars.next().is_none().then_some(out),
                '/' => out.push(chars.next()?),
                other => out.push(other),
            }
        }
        None
    }

    proptest! {
        #[test]
        fn whatever_is_taken_comes_back(text in ".{0,80}") {
            if let Ok(value) = Description::new(&text) {
                let sent = quoted(value.as_str());
                prop_assert!(!sent.contains(|c: char| c == ';' || c.is_control()));
                prop_assert_eq!(unquote(&sent), Some(text));
            }
        }
    }
}
