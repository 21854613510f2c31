//! Running a command on another machine.

use crate::{
    fault::{Hint, Kind, Remedy, Retry, hint},
    model::{HostName, Secret},
};
use std::{
    fmt,
    io::{Read, Write},
    time::Duration,
};

/// What is run at the far end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A program and its words; the transport quotes each for a POSIX shell. Words are never secret.
    Words(Vec<String>),
    /// Text that is sent as it stands (a command of the OVM CLI).
    Verbatim(String),
}

/// What the command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Nothing: standard input is closed.
    Nothing,
    /// Text that may be shown and journalled.
    Text(String),
    /// Text that may not.
    Secret(Secret),
}

/// A command as a value: it can be compared, shown and journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCommand {
    /// What is run.
    pub line: Line,
    /// What it reads.
    pub input: Input,
    /// How long the whole call may take.
    pub deadline: Duration,
    /// Whether it is run through the host's `become` prefix (`sudo -n`, say).
    pub privileged: bool,
}

impl RemoteCommand {
    /// A program with words.
    pub fn words<I, S>(words: I, deadline: Duration) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let line = Line::Words(words.into_iter().map(Into::into).collect());
        Self { line, input: Input::Nothing, deadline, privileged: false }
    }

    /// A POSIX shell script, sent on standard input of `sh -s`, so that nothing of it stands in argv.
    pub fn script(text: impl Into<String>, deadline: Duration) -> Self {
        Self { input: Input::Text(text.into()), ..Self::words(["/bin/sh", "-s"], deadline) }
    }

    /// Text sent as it stands.
    pub fn verbatim(text: impl Into<String>, deadline: Duration) -> Self {
        Self { line: Line::Verbatim(text.into()), input: Input::Nothing, deadline, privileged: false }
    }

    /// With this standard input.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Through the host's `become` prefix.
    #[must_use]
    pub fn privileged(mut self) -> Self {
        self.privileged = true;
        self
    }
}

impl fmt::Display for RemoteCommand {
    /// The command as it may be shown: words quoted where needed, input left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.line {
            Line::Verbatim(text) => f.write_str(text),
            Line::Words(words) => f.write_str(&words.iter().map(|w| sh_quote(w)).collect::<Vec<_>>().join(" ")),
        }
    }
}

/// One word for a POSIX shell. Total: every text comes back as one word (the shell's own rule, XCU 2.2.2).
#[must_use]
pub fn sh_quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Exit status; `None` where the far end gave none (a signal, or the OVM CLI).
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// From sending to the end.
    pub took: Duration,
}

impl Answer {
    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    #[must_use]
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Whether the status was 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.status == Some(0)
    }
}

/// Why there is no answer. The three cases decide whether a command may have had its effect.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// No session: nothing was sent.
    #[error("cannot connect to {host}: {why}")]
    CannotConnect {
        /// The host.
        host: HostName,
        /// What happened.
        why: String,
        /// What to do, found by the transport (the known_hosts line to add, say).
        hints: Vec<Hint>,
        /// Stable code (`SSH-001` …).
        code: &'static str,
    },
    /// A session was there, but the command was never sent.
    #[error("the command was not sent to {host}: {why}")]
    NeverSent {
        /// The host.
        host: HostName,
        /// What happened.
        why: String,
    },
    /// Sent, but the answer is missing: the effect is in doubt.
    #[error("{host} gave no answer: {why}")]
    NoAnswer {
        /// The host.
        host: HostName,
        /// What happened (deadline, connection lost, cancelled).
        why: String,
        /// What had been printed by then.
        output: String,
    },
    /// The host is not configured, or a local file (key, password) cannot be used.
    #[error("{why}")]
    Setup {
        /// What is wrong.
        why: String,
        /// What to do.
        hints: Vec<Hint>,
        /// Stable code.
        code: &'static str,
    },
}

impl Remedy for RemoteError {
    fn code(&self) -> String {
        match self {
            Self::CannotConnect { code, .. } | Self::Setup { code, .. } => (*code).to_owned(),
            Self::NeverSent { .. } => "SSH-010".to_owned(),
            Self::NoAnswer { .. } => "SSH-011".to_owned(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Setup { .. } => Kind::User,
            _ => Kind::External,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::CannotConnect { hints, .. } | Self::Setup { hints, .. } => hints.clone(),
            Self::NeverSent { .. } => vec![hint("nothing was changed; try again")],
            Self::NoAnswer { .. } => {
                vec![hint("the command may have had its effect: whatever goes on from here looks first")]
            }
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::CannotConnect { .. } | Self::NeverSent { .. } => Retry::Again,
            Self::NoAnswer { .. } => Retry::InDoubt,
            Self::Setup { .. } => Retry::Never,
        }
    }
}

/// A process at the far end that stays for several questions and answers on one open channel.
pub trait Living: Send {
    /// Writes to its standard input.
    fn send(&mut self, text: &str) -> Result<(), RemoteError>;

    /// Reads its standard output up to and including a line that is exactly `marker`; returns what stood before it.
    fn read_until(&mut self, marker: &str, deadline: Duration) -> Result<String, RemoteError>;

    /// Closes its input, waits at most `deadline` for the end and returns what was still printed.
    fn finish(self: Box<Self>, deadline: Duration) -> Result<Answer, RemoteError>;
}

/// The way to other machines. One implementation per kind of way, chosen by host in `cli::wire`.
pub trait Remote: Send + Sync {
    /// Runs a command to its end.
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError>;

    /// Connects, logs in and opens a channel ahead of the next command, so that this one costs one round trip.
    fn warm(&self, _host: &HostName) -> Result<(), RemoteError> {
        Ok(())
    }

    /// Logs in once by password, whatever other way the host has, and leaves again: the manager's CLI serves a key only
    /// after that. An error where no password is configured.
    fn prime(&self, _host: &HostName) -> Result<(), RemoteError> {
        Ok(())
    }

    /// Starts a living process; `command.deadline` bounds the start only.
    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError>;

    /// Runs a command and streams its standard output to `sink` (`Answer::stdout` stays empty).
    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError>;

    /// Runs a command whose standard input is streamed from `source`.
    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError>;
}
