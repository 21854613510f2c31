//! Split-mirror backups of Oracle databases in Oracle VM 3 guests. `ARCHITECTURE.md` has the map.

pub mod catalog;
pub mod cli;
pub mod config;
pub mod driver;
pub mod engine;
pub mod fault;
pub mod flow;
pub mod model;
pub mod port;
pub mod recovery;
pub mod step;
pub mod store;
pub mod survey;
pub mod text;
pub mod transport;
