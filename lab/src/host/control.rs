//! What supervisor and host say to each other: one JSON object per line over the host's stdin and stdout.

use super::spec::Node;
use serde::{Deserialize, Serialize};

/// From the supervisor. Each is answered by one word that is not an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A disk appears.
    Attach(Node),
    /// A disk is to go.
    Detach {
        /// Its slot.
        slot: u32,
        /// It goes even when mounted.
        taken: bool,
    },
    /// A command as the host's login user.
    Run {
        /// Program and arguments.
        argv: Vec<String>,
        /// Further environment.
        env: Vec<(String, String)>,
        /// What it reads.
        stdin: String,
    },
    /// Guests got or lost disks: the server's loop devices are to be shown as they are now.
    Loops,
    /// File systems are given back; the host ends after the answer.
    Stop,
}

/// From the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It is up and answers at this port.
    Ready {
        /// On 127.0.0.1.
        port: u16,
    },
    /// Done.
    Done,
    /// Refused: the disk is in use. It goes when it is free.
    Busy,
    /// Nothing to detach.
    NotConnected,
    /// It did not work.
    Error(String),
    /// What a command gave.
    Output {
        /// Exit status, 128 + n for a signal.
        status: i32,
        /// What it wrote.
        stdout: String,
        /// What it complained of.
        stderr: String,
    },
    /// Event: a disk whose detach was refused went now.
    Gone {
        /// Its slot.
        slot: u32,
    },
}

/// One line of either side.
pub fn line<T: Serialize>(message: &T) -> std::io::Result<String> {
    Ok(serde_json::to_string(message)? + "\n")
}
