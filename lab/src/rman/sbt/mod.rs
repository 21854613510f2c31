//! The media below RMAN: Oracle's test library `oracle.disksbt` and plain files.

mod disk;
mod parms;
mod simulated;
mod tape;

use super::{stack::Failure, syntax::command::Device};
use std::io::Read;

pub use disk::PlainFiles;
pub use parms::Parms;
pub use simulated::SimError;
pub use tape::{TestLibrary, load};

/// Where pieces go and come from.
pub trait Media: Send + Sync + std::fmt::Debug {
    /// DISK or SBT_TAPE.
    fn device(&self) -> Device;
    /// What the library says of itself when a channel is allocated.
    fn greeting(&self) -> Option<&'static str>;
    /// V$BACKUP_PIECE.COMMENTS.
    fn comment(&self) -> Option<&'static str>;
    /// Begins a piece.
    fn create(&self, handle: &str) -> Result<Box<dyn Sink>, Failure>;
    /// Opens a piece.
    fn open(&self, handle: &str) -> Result<Box<dyn Read + Send>, Failure>;
    /// Whether it is there (sbtinfo2).
    fn exists(&self, handle: &str) -> bool;
}

/// A piece being written.
pub trait Sink: Send {
    /// Adds bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure>;
    /// Ends the piece; its size.
    fn close(self: Box<Self>) -> Result<u64, Failure>;
    /// Throws away what was written.
    fn discard(self: Box<Self>);
}
