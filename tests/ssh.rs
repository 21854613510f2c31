//! The SSH transport against real OpenSSH servers.
#![expect(clippy::disallowed_methods, reason = "the tests start sshd, ssh-keygen and ssh-agent")]

#[cfg(test)]
#[path = "ssh/sshd.rs"]
mod sshd;

#[cfg(test)]
#[path = "ssh/legacy.rs"]
mod legacy;
#[cfg(test)]
#[path = "ssh/live.rs"]
mod live;
#[cfg(test)]
#[path = "ssh/login.rs"]
mod login;
#[cfg(test)]
#[path = "ssh/loss.rs"]
mod loss;
#[cfg(test)]
#[path = "ssh/run.rs"]
mod run;
#[cfg(test)]
#[path = "ssh/trust.rs"]
mod trust;
