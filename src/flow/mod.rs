//! The procedures. Each folder is one flow: `mod.rs` is its step list, beside it the steps of that flow alone.

pub mod drill;
pub mod offload;
pub mod snapshot;
