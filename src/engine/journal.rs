//! Where records go. The engine knows no database.

use super::Record;
use crate::{fault::Fault, model::RunId};

/// An append-only list of records per run.
pub trait Journal {
    /// Makes one record durable; when it returns `Ok`, a crash does not lose it.
    fn append(&self, run: &RunId, record: &Record) -> Result<(), Fault>;

    /// Every record of a run, in order.
    fn read(&self, run: &RunId) -> Result<Vec<Record>, Fault>;
}
