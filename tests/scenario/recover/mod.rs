//! Recoveries that go wrong, are taken back, or are refused.

mod copy;
mod parts;
mod refusals;
mod state;
mod steps;
mod undo;
