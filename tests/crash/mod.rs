//! The crash matrix: see docs/crash-matrix.md.

pub mod act;
pub mod cell;
pub mod census;
pub mod flow;
pub mod hundred;
pub mod invariants;
pub mod judge;
pub mod page;
pub mod workers;
pub mod world;
