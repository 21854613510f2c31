//! RMAN on the media host: starting it, looking at it, and what its log says.

mod error;
mod far;
mod job;
mod log;
mod short;
mod stack;
#[cfg(test)]
mod tests;

pub use error::RmanError;
pub use far::{Far, Look, Patience, Program, State};
pub use job::{Rman, verdict};
pub use log::{ArchivedLog, Connected, Datafile, Piece, RmanLog, ValidatedFile, parse, parse_bytes};
pub use short::short;
pub use stack::{Stack, StackLine};
