//! What a release is started with.

use super::thing::Thing;
use crate::model::DbName;
use serde::{Deserialize, Serialize};

/// Parameters of a release run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseParams {
    /// The database.
    pub database: DbName,
    /// What goes, in order.
    pub things: Vec<Thing>,
}
