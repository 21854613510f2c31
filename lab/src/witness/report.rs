//! What `verify` says.

use super::state::{LeftBehind, Verdict};
use serde::{Deserialize, Serialize};

/// The answer of `verify --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// 1
    pub schema: u32,
    /// The database's name.
    pub database: String,
    /// The SCN of the comparison; a string, as every SCN.
    pub at_scn: String,
    /// Whether every row is what it must be.
    pub equal: bool,
    /// Transactions that make the expected state.
    pub transactions: u64,
    /// The first wrong one, or what made the comparison impossible.
    pub first_difference: Option<String>,
    /// Acknowledged transactions that a RESETLOGS on the way left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_behind: Option<LeftBehind>,
    /// From tape: the tag of the data files that were restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// From tape: the handle of the control file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controlfile: Option<String>,
    /// From tape: blocks that are not whole in the pieces with data files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fractured_blocks: Option<u64>,
    /// From tape: the same by file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PieceBlocks>,
}

/// A data file in the pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceBlocks {
    /// Its number.
    pub file: u32,
    /// The piece.
    pub handle: String,
    /// Blocks in the piece.
    pub blocks: u64,
    /// Those that are not whole.
    pub fractured_blocks: u64,
}

impl Report {
    /// Of a comparison.
    #[must_use]
    pub fn new(database: String, at_scn: u64, verdict: Verdict) -> Self {
        Self {
            schema: 1,
            database,
            at_scn: at_scn.to_string(),
            equal: verdict.equal,
            transactions: verdict.transactions,
            first_difference: verdict.first_difference,
            left_behind: verdict.left_behind,
            tag: None,
            controlfile: None,
            fractured_blocks: None,
            files: Vec::new(),
        }
    }

    /// In one line of words.
    #[must_use]
    pub fn words(&self) -> String {
        let (database, scn, count) = (&self.database, &self.at_scn, self.transactions);
        let left = self.left_behind.as_ref().map_or_else(String::new, |left| {
            let LeftBehind { transactions, first_scn, last_scn } = left;
            format!("; {transactions} left behind by RESETLOGS, SCN {first_scn} to {last_scn}")
        });
        match &self.first_difference {
            None => format!("{database} at SCN {scn}: equal, {count} transactions compared{left}"),
            Some(text) => format!("{database} at SCN {scn}: NOT equal, {count} transactions compared; {text}{left}"),
        }
    }
}
