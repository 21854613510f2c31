//! The rules of the database engine, against real files.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod backup_mode;
mod containers;
mod crash;
mod drop;
mod histories;
mod lost;
mod media;
mod property;
mod site;
mod snapshot;
mod special;
mod swap;
