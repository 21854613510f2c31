//! What people and programs see: tables and pages, JSON objects, errors, and progress on stderr.

pub mod drill;
pub mod error;
pub mod extract;
pub mod human;
pub mod json;
pub mod orphans;
pub mod progress;
pub mod rebuild;
mod table;
#[cfg(test)]
mod tests;
pub mod units;
pub mod unsettled;

pub use units::{bytes, duration, time};
