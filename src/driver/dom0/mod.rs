//! An Oracle VM Server (dom0): reflinks and moves of disk images in a repository, as the papers do them by hand.
//! Files made here are unknown to the manager until `refresh Repository`.

mod error;
mod holders;
mod path;
mod server;

#[cfg(test)]
mod tests;

pub use error::Dom0Error;
pub use holders::Holders;
pub use path::{FileName, Folder, RepoPath};
pub use server::{Server, ServerDeadlines};
