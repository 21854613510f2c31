//! The witness against a real engine: what it must find equal, and what it must not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

mod branches;
mod tape;
mod trial;
