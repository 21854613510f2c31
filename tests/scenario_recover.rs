//! Recovery: each step failing or killed, undone in each situation, refused where it must be, committed.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/recover/mod.rs"]
mod recover;
#[cfg(test)]
#[path = "scenario/refusal.rs"]
mod refusal;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;
#[cfg(test)]
#[path = "scenario/witness.rs"]
mod witness;
