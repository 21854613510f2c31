//! What can go wrong on a server.

use crate::{
    fault::{HEAL, Hint, Kind, Remedy, Retry, hint, hint_command},
    port::RemoteError,
};

/// A failure on a server.
#[derive(Debug, thiserror::Error)]
pub enum Dom0Error {
    /// The way to the server failed; passed through unchanged.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A name that is not sent.
    #[error("`{given}` is no file name that ovmirror uses on a server")]
    BadName {
        /// The name.
        given: String,
    },
    /// A target that is there already.
    #[error("{path} exists already and is not overwritten")]
    Exists {
        /// The path.
        path: String,
    },
    /// A source that is not there.
    #[error("{path} does not exist")]
    Missing {
        /// The path.
        path: String,
    },
    /// A file that does not carry our mark.
    #[error("{path} does not carry ovmirror's mark and is not removed")]
    NotOurs {
        /// The path.
        path: String,
    },
    /// A file that something holds.
    #[error("{path} is held on the server by {by}")]
    Held {
        /// The path.
        path: String,
        /// By what.
        by: String,
    },
    /// Whether something holds a file cannot be told.
    #[error("whether {path} is held on the server cannot be told: {why}")]
    Unseen {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
    /// A command ended with a status other than 0.
    #[error("`{command}` ended with status {status}: {text}")]
    Failed {
        /// The command.
        command: String,
        /// Its status; -1 where there was none.
        status: i32,
        /// What it printed.
        text: String,
    },
    /// The effect is not what was asked for.
    #[error("after `{command}` {path} {found}")]
    ReadBack {
        /// The command.
        command: String,
        /// The file.
        path: String,
        /// What is there.
        found: String,
    },
    /// An answer that is not understood.
    #[error("the answer to `{command}` is not understood: {output}")]
    NotUnderstood {
        /// The command.
        command: String,
        /// What it printed.
        output: String,
    },
    /// The answer was lost; a look showed that nothing was changed.
    #[error("the answer to `{command}` was lost, and a look shows that it changed nothing")]
    NoEffect {
        /// The command.
        command: String,
        /// Why there was no answer.
        #[source]
        source: Box<RemoteError>,
    },
    /// The answer was lost, and the look did not settle it.
    #[error("it is not known whether `{command}` had its effect: {seen}")]
    InDoubt {
        /// The command.
        command: String,
        /// What was seen last.
        seen: String,
        /// Why there was no answer.
        #[source]
        source: Box<RemoteError>,
    },
}

impl Remedy for Dom0Error {
    fn code(&self) -> String {
        let own = match self {
            Self::Remote(error) => return error.code(),
            Self::BadName { .. } => "SRV-001",
            Self::Exists { .. } => "SRV-002",
            Self::Missing { .. } => "SRV-003",
            Self::NotOurs { .. } => "SRV-004",
            Self::Failed { .. } => "SRV-005",
            Self::ReadBack { .. } => "SRV-006",
            Self::NotUnderstood { .. } => "SRV-007",
            Self::NoEffect { .. } => "SRV-008",
            Self::InDoubt { .. } => "SRV-009",
            Self::Held { .. } => "SRV-010",
            Self::Unseen { .. } => "SRV-011",
        };
        own.to_owned()
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Remote(error) => error.kind(),
            Self::BadName { .. } => Kind::User,
            Self::NotOurs { .. } => Kind::Bug,
            _ => Kind::External,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Remote(error) => error.hints(),
            Self::BadName { .. } => vec![hint("use way = \"manager\" for disks with such names")],
            Self::Exists { path } => vec![hint_command("look at it on the server", format!("ls -l {path}"))],
            Self::Missing { .. } => vec![hint("the repository may not be presented to this server")],
            Self::NotOurs { .. } => vec![hint("only files that a run made are removed")],
            Self::Held { .. } => vec![hint_command("end what holds it on the server, then", HEAL)],
            Self::Unseen { .. } => {
                vec![hint_command("let the user of the server run fuser through `become`, then", HEAL)]
            }
            Self::Failed { status: 126 | 127, .. } => {
                vec![hint("the command is not there or not allowed; see the README, least privilege")]
            }
            Self::Failed { .. } | Self::NotUnderstood { .. } => Vec::new(),
            Self::ReadBack { path, .. } => vec![hint(format!("look at {path} on the server before going on"))],
            Self::NoEffect { .. } => vec![hint("nothing was changed; try again")],
            Self::InDoubt { .. } => {
                vec![hint(
                    "it may have had its effect: whatever goes on from here looks first, when the server answers",
                )]
            }
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Remote(error) => error.retry(),
            Self::NoEffect { .. } => Retry::Again,
            Self::InDoubt { .. } => Retry::InDoubt,
            _ => Retry::Never,
        }
    }
}
