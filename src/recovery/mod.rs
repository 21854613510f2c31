//! Which snapshot, which logs, until where: what a recovery is decided by. Pure functions over facts.

pub mod chain;
pub mod choose;
pub mod files;
pub mod heads;
pub mod incarnation;
pub mod moment;
pub mod target;

pub use chain::{Chain, Link, Online, Place};
pub use choose::{Candidate, serving};
pub use files::{Changed, changed};
pub use incarnation::{Incarnation, Path};
pub use target::{To, Until};
