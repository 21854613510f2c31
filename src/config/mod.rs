//! The configuration file: format, defaults and faults that name line and column.

mod duration;
mod file;
mod find;
mod keys;
mod load;
mod problem;
mod validate;

pub use duration::Span;
pub use file::{
    CloneTo, Config, ControlfileKind, Database, Deadlines, Host, KeptLogs, Manager, Media, MountMode, Quiesce, Sbt,
    SqlWay, Validate, Way,
};
pub use find::locate;
pub use keys::{KEYS, Key};
pub use load::{load, parse};
