//! Recoveries that go wrong, are taken back, or are refused.

mod control;
mod parts;
mod refusals;
mod state;
mod steps;
mod undo;
