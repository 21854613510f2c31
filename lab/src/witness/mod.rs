//! The witness: a workload that writes down what the database acknowledged, and the comparison of any copy of the database
//! with what was written down.
//!
//! | part | holds |
//! |---|---|
//! | `log` | the file outside the database's disks |
//! | `branch` | incarnations |
//! | `state` | what the rows must be at an SCN, and the comparison |
//! | `workload` | the transactions |
//! | `disaster` | transactions that destroy |
//! | `applet` | `lab-workload`, the process inside a database's VM, and the look at its live rows |
//! | `tape` | a database made from pieces alone |
//! | `blocks` | blocks that are not whole, counted in files |

pub mod applet;
pub mod blocks;
mod branch;
mod disaster;
pub mod log;
mod report;
mod state;
pub mod tape;
pub mod workload;

pub use branch::{Branch, path};
pub use disaster::{Destroyed, Disaster};
pub use report::{PieceBlocks, Report};
pub use state::{LeftBehind, Verdict, acknowledged, compare, state_at};
