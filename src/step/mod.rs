//! What several flows use: the world, run parameters, and the pieces that steps are made of.

pub mod active_group;
pub mod backup_mode;
pub mod copies;
pub mod device;
pub mod files;
pub mod folder;
pub mod gather;
pub mod guard;
pub mod headers;
pub mod media;
pub mod names;
pub mod params;
pub mod preview;
pub mod private;
pub mod production;
pub mod recovering;
pub mod shell;
pub mod sql;
pub mod volume_group;
pub mod window;
pub mod world;

pub use world::{Limits, World};
