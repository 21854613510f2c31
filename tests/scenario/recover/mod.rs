//! Recoveries that go wrong, are taken back, or are refused.

mod control;
mod copy;
mod hanging;
mod in_the_way;
mod parts;
mod refusals;
mod state;
mod steps;
mod undo;
mod zone;
