//! The procedures. Each folder is one flow: `mod.rs` is its step list, beside it the steps of that flow alone.

pub mod commit;
pub mod drill;
pub mod extract;
pub mod from_tape;
pub mod offload;
pub mod rebuild;
pub mod recover;
pub mod release;
pub mod snapshot;
