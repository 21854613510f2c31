//! One file per command.

pub mod backup;
pub mod check;
pub mod commit;
pub mod completions;
pub mod config;
pub mod drill;
pub mod extract;
pub mod from_tape;
pub mod list;
pub mod man;
pub mod offload;
pub mod orphans;
pub mod plan;
pub mod rebuild;
pub mod recover;
pub mod run;
pub mod runbook;
pub mod runs;
pub mod settle;
pub mod setup;
pub mod show;
pub mod status;
pub mod support;
pub mod take_over;
pub mod vm;
