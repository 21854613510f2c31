//! Hostile names end in one clear error or are taken for what they are, secrets are seen nowhere, and the lines that
//! `setup sudoers` prints are enough.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/security/mod.rs"]
mod security;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;
