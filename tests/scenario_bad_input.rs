//! Bad input: each gives one clear error with cause and remedy and the right exit code, and leaves nothing behind but a
//! recorded snapshot where there is one.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/configuration.rs"]
mod configuration;
#[cfg(test)]
#[path = "scenario/database.rs"]
mod database;
#[cfg(test)]
#[path = "scenario/layout.rs"]
mod layout;
#[cfg(test)]
#[path = "scenario/media.rs"]
mod media;
#[cfg(test)]
#[path = "scenario/off.rs"]
mod off;
#[cfg(test)]
#[path = "scenario/refusal.rs"]
mod refusal;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/window.rs"]
mod window;
