//! What crosses module borders when something goes wrong: cause, object, remedy.

use serde::{Deserialize, Serialize};
use std::{error::Error, fmt};

/// Settles what is left of a run. A hint with it is dropped where the run was taken back whole: nothing is left then.
pub const HEAL: &str = "ovmirror heal";

/// Decides the heading and the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Configuration or user (exit code 1).
    User,
    /// Wrong command line (2).
    Usage,
    /// An external system refused or could not be reached (3).
    External,
    /// The run failed and everything it did was taken back (4).
    Undone,
    /// A person is needed (5).
    Stuck,
    /// A live run holds the lock (6).
    Locked,
    /// The snapshot is good, the tape is not (7).
    Tape,
    /// The restore test was done and was not passed (8).
    Drill,
    /// A mistake in ovmirror (70).
    Bug,
}

impl Kind {
    /// The process's exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::User => 1,
            Self::Usage => 2,
            Self::External => 3,
            Self::Undone => 4,
            Self::Stuck => 5,
            Self::Locked => 6,
            Self::Tape => 7,
            Self::Drill => 8,
            Self::Bug => 70,
        }
    }
}

/// Whether trying the same again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It would fail again.
    #[default]
    Never,
    /// It may work now (a lock, a lost connection before anything was sent).
    Again,
    /// The answer was lost: look first (`Step::probe`), then decide.
    InDoubt,
}

/// One thing the reader can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// In words.
    pub text: String,
    /// The exact command to paste, where there is one.
    #[serde(default)]
    pub command: Option<String>,
}

/// Where it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The run.
    pub run: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The command, redacted.
    pub command: Option<String>,
    /// The tail of what it printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A failure as the journal, JSON and the terminal show it. `code` is stable (`OVM-004`, `ORA-01123`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable code.
    pub code: String,
    /// Heading and exit code.
    pub kind: Kind,
    /// One line: cause and object.
    pub message: String,
    /// What lies below, outermost first; never repeats `message`.
    pub causes: Vec<String>,
    /// Where.
    pub context: Context,
    /// What to do next, in order.
    pub hints: Vec<Hint>,
    /// Whether to try again.
    #[serde(default)]
    pub retry: Retry,
}

impl Fault {
    /// A fault with nothing but its head.
    pub fn new(kind: Kind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            kind,
            message: message.into(),
            causes: Vec::new(),
            context: Context::default(),
            hints: Vec::new(),
            retry: Retry::Never,
        }
    }

    /// Adds a remedy in words.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(Hint { text: text.into(), command: None });
        self
    }

    /// Adds a remedy with the command to paste.
    #[must_use]
    pub fn hint_command(mut self, text: impl Into<String>, command: impl Into<String>) -> Self {
        self.hints.push(Hint { text: text.into(), command: Some(command.into()) });
        self
    }

    /// Adds a cause below the message.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Sets the retry advice.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Names the host, unless one is named already.
    #[must_use]
    pub fn on(mut self, host: impl fmt::Display) -> Self {
        self.context.host.get_or_insert_with(|| host.to_string());
        self
    }

    /// Names the command (already redacted), unless one is named already.
    #[must_use]
    pub fn during(mut self, command: impl fmt::Display) -> Self {
        self.context.command.get_or_insert_with(|| command.to_string());
        self
    }

    /// Keeps the last 2,000 characters of what was printed.
    #[must_use]
    pub fn printed(mut self, output: &str) -> Self {
        let trimmed = output.trim();
        if !trimmed.is_empty() {
            let skip = trimmed.chars().count().saturating_sub(2000);
            self.context.output = Some(trimmed.chars().skip(skip).collect());
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Error for Fault {}

/// Implemented beside each error enum by an exhaustive `match`: a new variant needs a written remedy to compile.
pub trait Remedy: Error {
    /// The stable code.
    fn code(&self) -> String;
    /// The kind.
    fn kind(&self) -> Kind;
    /// What to do, most useful first.
    fn hints(&self) -> Vec<Hint>;
    /// Whether to try again.
    fn retry(&self) -> Retry {
        Retry::Never
    }

    /// The fault, with the chain of sources as causes.
    fn fault(&self) -> Fault {
        let mut fault = Fault::new(self.kind(), self.code(), self.to_string()).retry(self.retry());
        let mut source = self.source();
        while let Some(error) = source {
            fault.causes.push(error.to_string());
            source = error.source();
        }
        fault.hints = self.hints();
        fault
    }
}

/// A hint in words, for `Remedy::hints`.
pub fn hint(text: impl Into<String>) -> Hint {
    Hint { text: text.into(), command: None }
}

/// A hint with a command, for `Remedy::hints`.
pub fn hint_command(text: impl Into<String>, command: impl Into<String>) -> Hint {
    Hint { text: text.into(), command: Some(command.into()) }
}
