//! SQL, the dictionary, the daemon and SQL*Plus, on an engine that only remembers what it was told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

#[path = "sql/daemon.rs"]
mod daemon;
#[path = "sql/fake.rs"]
mod fake;
#[path = "sql/queries.rs"]
mod queries;
#[path = "sql/sqlplus.rs"]
mod sqlplus;
