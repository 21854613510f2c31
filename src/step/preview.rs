//! What every preview for `--dry-run` needs.

use crate::{
    fault::{Fault, Kind},
    model::ObjectId,
};

/// A preview shows what it can: a text that cannot be made is told in its place.
pub fn told(texts: Result<Vec<String>, Fault>) -> Vec<String> {
    texts.unwrap_or_else(|fault| vec![format!("(not known before the run: {fault})")])
}

/// An id that the manager gives during the run.
pub fn later(what: &str) -> Result<ObjectId, Fault> {
    ObjectId::new(what).map_err(|error| Fault::new(Kind::Bug, "PRE-001", error.to_string()))
}
