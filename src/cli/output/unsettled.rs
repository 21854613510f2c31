//! Runs that wait for somebody, with what to type next.

use super::{
    table::{Side::Left, table},
    units::time,
};
use crate::catalog::{HeldLease, LiveRun, OpenExtract, RunInfo, RunWord};

/// Everything that `status` shows.
pub struct Status<'a> {
    /// What a live process is at.
    pub live: &'a [LiveRun],
    /// Interrupted and stuck runs.
    pub unsettled: &'a [RunInfo],
    /// Open extracts.
    pub open: &'a [OpenExtract],
    /// What is held by a live process besides the databases of live runs.
    pub leases: &'a [HeldLease],
}

/// The table of what is in use; empty where nothing is.
#[must_use]
pub fn leases(held: &[HeldLease]) -> String {
    if held.is_empty() {
        return String::new();
    }
    let row = |lease: &HeldLease| {
        let run = lease.run.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let (step, by) = (lease.step.clone().unwrap_or_default(), format!("{} on {}", lease.pid, lease.host));
        vec![lease.what.clone(), run, by, time(lease.since), step]
    };
    let columns = [("IN USE", Left), ("RUN", Left), ("PROCESS", Left), ("SINCE", Left), ("STEP", Left)];
    format!("\n{}", table(&columns, &held.iter().map(row).collect::<Vec<_>>()))
}

/// Commands and what each is for.
fn steps(run: &RunInfo) -> [(String, &'static str); 2] {
    let heal = format!("ovmirror heal {}", run.database);
    match run.state {
        RunWord::Stuck => {
            [(format!("ovmirror show {}", run.id), "stuck: what is left, and why"), (heal, "when that is mended")]
        }
        _ => [
            (heal, "interrupted: finishes it or takes it back"),
            (format!("ovmirror undo {}", run.id), "or take it back"),
        ],
    }
}

/// The commands alone, in their order.
#[must_use]
pub fn next(run: &RunInfo) -> Vec<String> {
    steps(run).into_iter().map(|(command, _)| command).collect()
}

/// How many they are, in words that go before `not settled`.
#[must_use]
pub fn count(runs: &[RunInfo]) -> String {
    if runs.len() == 1 { "1 run is".to_owned() } else { format!("{} runs are", runs.len()) }
}

/// The table of them and the commands; empty where there are none.
#[must_use]
pub fn text(runs: &[RunInfo]) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let row = |run: &RunInfo| {
        let (database, state) = (run.database.to_string(), run.state.as_str().to_owned());
        let step = run.step.clone().unwrap_or_default();
        vec![run.id.to_string(), run.flow.clone(), database, state, time(run.started_at), step]
    };
    let columns =
        [("RUN", Left), ("FLOW", Left), ("DATABASE", Left), ("STATE", Left), ("STARTED", Left), ("LAST STEP", Left)];
    let listed = table(&columns, &runs.iter().map(row).collect::<Vec<_>>());
    let head = "A database may be in backup mode, down or without a disk until its runs are settled:";
    let commands: Vec<_> = runs.iter().flat_map(steps).collect();
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    let line = |(command, why): &(String, &str)| format!("  {command:<width$}     # {why}\n");
    format!("{listed}\n{head}\n{}", commands.iter().map(line).collect::<String>())
}
