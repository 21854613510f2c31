//! What the configuration says about a host and about all of them.

use crate::{
    model::{HostName, Secret},
    transport::CancelToken,
};
use std::{path::PathBuf, time::Duration};

/// A host reached over SSH.
#[derive(Debug, Clone)]
pub struct SshHost {
    /// Its name in the configuration.
    pub name: HostName,
    /// DNS name or IP address, the same text that known_hosts has.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// Login name.
    pub user: String,
    /// Private key file, without passphrase (one with a passphrase belongs into an agent).
    pub key: Option<PathBuf>,
    /// Where the password comes from.
    pub password: Option<PasswordSource>,
    /// Whether the agent at `SSH_AUTH_SOCK` is asked.
    pub use_agent: bool,
    /// Words put before a privileged command (`sudo -n`).
    pub become_prefix: Option<Vec<String>>,
    /// Whether the algorithms of Oracle Linux 5/6, dom0 and old managers are allowed.
    pub legacy: bool,
    /// Whether it is the OVM CLI of a manager: its key login works only after a password login, and a session carries
    /// one command.
    pub manager: bool,
}

/// Where a password comes from. It never stands in the configuration itself.
#[derive(Clone)]
pub enum PasswordSource {
    /// A file that nobody else may read (0600); one line end at its end is cut.
    File(PathBuf),
    /// A command for `/bin/sh -c` on this machine; the first line it prints is the password. It is the user's own line,
    /// so pipes and quotes work; it is never shown, because it may hold a secret.
    Command(String),
    /// The password itself (tests, or asked from a person).
    Value(Secret),
}

impl std::fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Command(_) => f.write_str("Command(***)"),
            Self::Value(_) => f.write_str("Value(***)"),
        }
    }
}

/// What is the same for all hosts.
#[derive(Debug, Clone)]
pub struct SshOptions {
    /// The known_hosts file.
    pub known_hosts: PathBuf,
    /// Limit for each of: TCP connection per address, handshake, login. A command's own deadline may be shorter.
    pub connect: Duration,
    /// A keep-alive is sent after this much silence while a command runs.
    pub keepalive: Duration,
    /// Cancels every call.
    pub cancel: CancelToken,
}
