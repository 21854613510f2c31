//! What a commit is started with.

use crate::{flow::recover::RecoverParams, model::RunId};
use serde::{Deserialize, Serialize};

/// Parameters of a commit run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitParams {
    /// The recovery.
    pub run: RunId,
    /// Its parameters.
    pub recovery: RecoverParams,
    /// Whether the recovery was taken back: then the disks that it had made are deleted, else those that it replaced.
    pub undone: bool,
    /// Whether it is stuck, and a later recovery has other disks in its slots: both are deleted.
    #[serde(default)]
    pub superseded: bool,
}
