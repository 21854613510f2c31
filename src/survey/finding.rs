//! One thing that `check` says.

use crate::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// The backup works, but the reader should know.
    Warn,
    /// The backup would be refused.
    Error,
}

/// What was looked at, what was seen, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// Stable code (`DB-ARCHIVELOG`).
    pub code: String,
    /// The object (`ORCL`, `xvdc`, `/u02/…`).
    pub subject: String,
    /// What was seen.
    pub text: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
}

impl Finding {
    /// All is well.
    pub fn ok(code: &str, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::at(Level::Ok, code, subject, text, "")
    }

    /// Worth knowing.
    pub fn warn(code: &str, subject: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::at(Level::Warn, code, subject, text, remedy)
    }

    /// Refused.
    pub fn error(code: &str, subject: impl Into<String>, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::at(Level::Error, code, subject, text, remedy)
    }

    fn at(
        level: Level,
        code: &str,
        subject: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { level, code: code.to_owned(), subject: subject.into(), text: text.into(), remedy: remedy.into() }
    }
}

/// The fault that a backup ends with when the survey refuses: the first error leads, the others follow as causes.
#[must_use]
pub fn refusal(findings: &[Finding]) -> Option<Fault> {
    let mut errors = findings.iter().filter(|finding| finding.level == Level::Error);
    let first = errors.next()?;
    let head = format!("{}: {}", first.subject, first.text);
    let mut fault = Fault::new(Kind::User, first.code.clone(), head).hint(first.remedy.clone());
    for other in errors {
        fault = fault.cause(format!("also {} {}: {}", other.code, other.subject, other.text));
    }
    Some(fault.hint_command("see every finding with its remedy", "ovmirror check"))
}
