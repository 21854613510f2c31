//! All text that is sent to a database, RMAN or a shell: statements of `sql/`, templates of `templates/`.
//!
//! A value gets into such text in three ways only: as a bind, through a rejecting filter of a template, or not at all.

pub mod check;
pub mod filter;
pub mod guard;
mod header;
pub mod pfile;
mod release;
pub mod report;
pub mod rman;
pub mod runbook;
pub mod scan;
pub mod sh;
pub mod sql;
pub mod sqlplus;
pub mod sudoers;
pub mod template;

pub use release::Release;
pub use template::{Template, check_own, render, render_own};

/// Whether every script takes this path, for who is given one by a person; the reason where not.
pub fn check_path(path: &str) -> Result<(), &'static str> {
    filter::sh_path(path).map(drop)
}
