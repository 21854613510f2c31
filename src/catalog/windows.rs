//! How long a database is in backup mode: what a change of storage or of load shows first.

use super::SnapshotRecord;
use crate::model::DbName;
use serde::Serialize;
use std::collections::BTreeMap;

/// The windows of one database's snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Windows {
    /// The database.
    pub database: DbName,
    /// How many are known.
    pub count: usize,
    /// Half of them were not longer, milliseconds.
    pub p50_ms: u64,
    /// 95 of 100 were not longer, milliseconds.
    pub p95_ms: u64,
}

/// By database. A snapshot that was found again without its journal has no window.
#[must_use]
pub fn windows(snapshots: &[SnapshotRecord]) -> Vec<Windows> {
    let mut all: BTreeMap<&DbName, Vec<u64>> = BTreeMap::new();
    for made in snapshots.iter().filter(|made| made.window_ms > 0) {
        all.entry(&made.database).or_default().push(made.window_ms);
    }
    all.into_iter().map(|(database, windows)| of(database, windows)).collect()
}

fn of(database: &DbName, mut windows: Vec<u64>) -> Windows {
    windows.sort_unstable();
    Windows {
        database: database.clone(),
        count: windows.len(),
        p50_ms: percentile(&windows, 50),
        p95_ms: percentile(&windows, 95),
    }
}

/// By nearest rank: one of the values, never one in between.
fn percentile(sorted: &[u64], of_100: usize) -> u64 {
    let rank = (sorted.len() * of_100).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[7], 7, 7)]
    #[case(&[1, 2], 1, 2)]
    #[case(&[1, 2, 3, 4, 100], 3, 100)]
    fn percentiles_are_values_that_were_measured(#[case] sorted: &[u64], #[case] p50: u64, #[case] p95: u64) {
        assert_eq!((percentile(sorted, 50), percentile(sorted, 95)), (p50, p95));
    }

    #[test]
    fn one_in_twenty_may_be_longer() {
        let sorted: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&sorted, 95), 95);
    }
}
