//! The manager: an SSH server that speaks the OVM CLI.
//!
//! Written from the public reference of the CLI; what that leaves open is a switch in [`QUIRKS`]. Text comes in
//! ([`grammar`]), is checked against the table of commands ([`syntax`]), planned against the objects ([`verbs`]), done as
//! a job under locks ([`job`]) and answered as a block ([`block`]).

pub mod block;
mod config;
mod core;
pub mod dialect;
pub mod grammar;
mod help;
pub mod ident;
mod job;
mod keys;
mod lock;
pub mod object;
mod quirks;
pub mod seed;
mod session;
mod shell;
mod ssh;
mod state;
mod syntax;
mod text;
mod verbs;

use crate::quirk::{Quirk, Quirks};
pub use dialect::Release;
pub use keys::public as host_keys;
pub use ssh::{Manager, serve};
use std::{path::PathBuf, time::Duration};

/// Switches of the manager.
pub const QUIRKS: &[Quirk] = quirks::ALL;

/// How a manager is run.
#[derive(Debug, Clone)]
pub struct ManagerOptions {
    /// Holds `state.json`, `host_rsa`, `host_ed25519` and `ovmcli_authorized_keys`.
    pub folder: PathBuf,
    /// On the loopback; 0 takes any that is free.
    pub port: u16,
    /// The only user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The dialect.
    pub release: Release,
    /// The switches in force.
    pub quirks: Quirks,
    /// The site's faults.
    pub faults: PathBuf,
    /// The round trip of the way to the manager, under SSH.
    pub rtt: Duration,
    /// How long each clone, attach and refresh job takes; its locks are held meanwhile.
    pub job_time: Duration,
}
