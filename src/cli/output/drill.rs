//! The page of a restore test, on stdout.

use super::{
    table::{
        Side::{Left, Right},
        page, table,
    },
    units::ms,
};
use crate::text::report::{Checked, Drill};

/// `drill`.
#[must_use]
pub fn page_of(drill: &Drill) -> String {
    let mut pairs = vec![
        ("Drill", drill.run.clone()),
        ("Snapshot", format!("{} of {}", drill.snapshot, drill.snapshot_ended_at)),
        ("Result", format!("{} at {}", if drill.passed { "passed" } else { "failed" }, drill.at)),
    ];
    pairs.extend(drill.findings.iter().map(|finding| ("Finding", finding.clone())));
    let through = drill.recovered_through.map_or_else(|| "not recovered".to_owned(), |scn| format!("SCN {scn}"));
    pairs.push(("Recovered", format!("{through} (--to {}; END BACKUP at {})", drill.target, drill.end_scn)));
    pairs.push(("Opened", drill.open.how.clone().unwrap_or_else(|| "no".to_owned())));
    pairs.extend(drill.open.not.iter().map(|other| ("Not opened", format!("{}: {}", other.how, other.why))));
    pairs.push(("Blocks", format!("{} checked in {} files", drill.blocks, drill.files.len())));
    pairs.extend(drill.corruption.iter().map(|line| ("Damaged", line.clone())));
    pairs.extend(drill.checks.iter().map(|check| ("Check", checked(check))));
    let rows: Vec<_> = drill.phases.iter().map(|phase| vec![phase.name.clone(), ms(phase.ms)]).collect();
    let simulated = if drill.simulated { "\nSimulated: this is a lab.\n" } else { "" };
    page(&pairs) + "\n" + &table(&[("PHASE", Left), ("TOOK", Right)], &rows) + simulated
}

fn checked(one: &Checked) -> String {
    let result = if one.passed { "passed".to_owned() } else { format!("failed: {}", one.why) };
    format!("{}: {result}, {} rows", one.check.name, one.row_count)
}
