//! Why an RMAN run is not good.

use crate::{
    driver::oracle_codes::{advice, hints_for},
    fault::{Fault, Hint, Kind, Remedy, Retry, hint, hint_command},
    port::RemoteError,
};

/// Why.
#[derive(Debug, thiserror::Error)]
pub enum RmanError {
    /// RMAN printed an error stack.
    #[error("RMAN failed: {cause}")]
    Stack {
        /// Code of the cause.
        code: String,
        /// The line that says why, with the media manager's words.
        cause: String,
        /// All lines.
        lines: Vec<String>,
    },
    /// The log has no end line.
    #[error("the RMAN log has no end")]
    NoEnd {
        /// Its last lines.
        tail: String,
    },
    /// The log is clean, and yet the status is not 0.
    #[error("RMAN ended with status {status} and said nothing of an error")]
    Status {
        /// Exit status.
        status: i32,
    },
    /// The process is gone and left no status: the host was restarted, or somebody ended it.
    #[error("RMAN is gone without a status")]
    Gone {
        /// Last lines of its log.
        tail: String,
    },
    /// Nothing moved for too long.
    #[error("RMAN has not moved for {seconds} s")]
    Stalled {
        /// How long.
        seconds: u64,
        /// Last lines of its log.
        tail: String,
    },
    /// The far wrapper refused, or its answer was not understood.
    #[error("{what}: {text}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What it printed.
        text: String,
    },
    /// The text could not be made.
    #[error("the RMAN text cannot be made")]
    Text(#[source] Box<Fault>),
    /// The way to the host failed.
    #[error("the RMAN host gave no answer")]
    Remote(#[source] RemoteError),
}

impl Remedy for RmanError {
    fn code(&self) -> String {
        match self {
            Self::Stack { code, .. } => code.clone(),
            Self::NoEnd { .. } => "RMN-001".to_owned(),
            Self::Status { .. } => "RMN-002".to_owned(),
            Self::Gone { .. } => "RMN-003".to_owned(),
            Self::Stalled { .. } => "RMN-004".to_owned(),
            Self::Refused { .. } => "RMN-005".to_owned(),
            Self::Text(fault) => fault.code.clone(),
            Self::Remote(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Stack { code, .. } => advice(code).map_or(Kind::External, |found| found.kind),
            Self::NoEnd { .. } | Self::Status { .. } | Self::Gone { .. } | Self::Stalled { .. } => Kind::External,
            Self::Refused { .. } => Kind::External,
            Self::Text(fault) => fault.kind,
            Self::Remote(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Stack { lines, .. } => hints_for(&lines.join("\n")),
            Self::NoEnd { .. } | Self::Status { .. } => {
                vec![hint("nothing of it is taken as good")]
            }
            Self::Gone { .. } => {
                vec![hint("see whether the media host was restarted, then offload the snapshot again")]
            }
            Self::Stalled { .. } => vec![
                hint("see whether the media manager waits for a tape or an operator"),
                hint_command("a longer limit is a key of the configuration", "[deadlines] rman_stall"),
            ],
            Self::Refused { .. } => vec![hint("look at the run's folder under ~/.ovmirror on the media host")],
            Self::Text(fault) => fault.hints.clone(),
            Self::Remote(error) => error.hints(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Stack { code, .. } => advice(code).map_or(Retry::Never, |found| found.retry),
            Self::NoEnd { .. } | Self::Status { .. } | Self::Gone { .. } => Retry::Never,
            Self::Stalled { .. } | Self::Refused { .. } | Self::Text(_) => Retry::Never,
            Self::Remote(error) => error.retry(),
        }
    }

    /// The stack goes below the message, the tail of the log into the context.
    fn fault(&self) -> Fault {
        let fault = Fault::new(self.kind(), self.code(), self.to_string()).retry(self.retry());
        let mut fault = match self {
            Self::Stack { cause, lines, .. } => {
                lines.iter().filter(|line| *line != cause).fold(fault, |fault, line| fault.cause(line.clone()))
            }
            Self::NoEnd { tail } | Self::Gone { tail } | Self::Stalled { tail, .. } => fault.printed(tail),
            Self::Text(below) => {
                below.causes.iter().fold(fault.cause(below.message.clone()), |f, c| f.cause(c.clone()))
            }
            Self::Remote(error) => fault.cause(error.to_string()),
            Self::Status { .. } | Self::Refused { .. } => fault,
        };
        fault.hints = self.hints();
        fault
    }
}
