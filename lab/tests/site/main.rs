//! Whole sites, spoken to with the OpenSSH client. What this machine does not allow is said and tested as such.

#![expect(clippy::unwrap_used, reason = "a helper of a test may end the test")]

mod disk;
mod fault;
mod host;
mod layout;
mod life;
mod lost;
mod manager;
mod rehearse;
mod support;
mod swap;
mod tools;
