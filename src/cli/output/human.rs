//! Tables and pages for people, on stdout.

use super::{
    extract,
    table::{
        Side::{Left, Right},
        page, table,
    },
    units::{bytes, ms, time},
    unsettled,
    unsettled::Status,
};
use crate::{
    catalog::{self, LiveRun, RunInfo, Shown},
    engine::StepState,
    store::{RunState, SnapshotRecord, SnapshotState, StepRun, TapeState},
};

/// `list`.
#[must_use]
pub fn list(snapshots: &[SnapshotRecord], simulated: bool) -> String {
    if snapshots.is_empty() {
        return "There are no snapshots.\n".to_owned();
    }
    let row = |made: &SnapshotRecord| {
        vec![
            made.id.to_string(),
            time(made.ended_at),
            made.end_scn.to_string(),
            ms(made.window_ms),
            state(made.state).to_owned() + if made.pinned { ", pinned" } else { "" },
            tape(made.tape.state).to_owned(),
            made.drilled_at.map_or_else(|| "never".to_owned(), time),
            made.disks.len().to_string(),
            bytes(made.disks.iter().map(|disk| disk.bytes).sum()),
        ]
    };
    let columns = [
        ("SNAPSHOT", Left),
        ("ENDED", Left),
        ("END SCN", Right),
        ("WINDOW", Right),
        ("STATE", Left),
        ("TAPE", Left),
        ("DRILLED", Left),
        ("DISKS", Right),
        ("SIZE", Right),
    ];
    table(&columns, &snapshots.iter().map(row).collect::<Vec<_>>()) + &windows(snapshots) + lab(simulated)
}

/// One window says nothing that its row does not.
fn windows(snapshots: &[SnapshotRecord]) -> String {
    let told = |one: catalog::Windows| {
        let (count, half, most) = (one.count, ms(one.p50_ms), ms(one.p95_ms));
        format!("{}: {count} windows, half of them up to {half}, 95 % up to {most}\n", one.database)
    };
    let lines: String = catalog::windows(snapshots).into_iter().filter(|one| one.count > 1).map(told).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// `runs`.
#[must_use]
pub fn runs(runs: &[RunInfo], simulated: bool) -> String {
    if runs.is_empty() {
        return "There are no runs.\n".to_owned();
    }
    let row = |run: &RunInfo| {
        let took = run.ended_at.and_then(|end| u64::try_from((end - run.started_at).num_milliseconds()).ok());
        vec![
            run.id.to_string(),
            run.flow.clone(),
            run.state.as_str().to_owned(),
            time(run.started_at),
            took.map_or_else(String::new, ms),
            run.step.clone().unwrap_or_default(),
        ]
    };
    let columns =
        [("RUN", Left), ("FLOW", Left), ("STATE", Left), ("STARTED", Left), ("TOOK", Right), ("LAST STEP", Left)];
    table(&columns, &runs.iter().map(row).collect::<Vec<_>>()) + lab(simulated)
}

/// `status`.
#[must_use]
pub fn status(status: &Status<'_>, simulated: bool) -> String {
    let runs = match (status.live, status.unsettled) {
        ([], []) if status.open.is_empty() && status.leases.is_empty() => return "Nothing runs.\n".to_owned(),
        ([], []) => "No run is under way.\n".to_owned(),
        ([], waiting) => format!("Nothing runs, but {} not settled:\n\n", unsettled::count(waiting)),
        (live, []) => live_runs(live),
        (live, waiting) => format!("{}\n{} not settled:\n\n", live_runs(live), unsettled::count(waiting)),
    };
    let used = unsettled::leases(status.leases);
    runs + &used + &unsettled::text(status.unsettled) + &extract::open_extracts(status.open) + lab(simulated)
}

fn live_runs(live: &[LiveRun]) -> String {
    let row = |one: &LiveRun| {
        vec![
            one.run.id.to_string(),
            one.run.flow.clone(),
            one.run.state.as_str().to_owned(),
            one.run.step.clone().unwrap_or_default(),
            ms(one.elapsed_ms),
            one.usual_ms.map_or_else(|| "-".to_owned(), ms),
        ]
    };
    let columns =
        [("RUN", Left), ("FLOW", Left), ("STATE", Left), ("STEP", Left), ("ELAPSED", Right), ("USUAL", Right)];
    table(&columns, &live.iter().map(row).collect::<Vec<_>>())
}

/// `show ID`.
#[must_use]
pub fn show(shown: &Shown, simulated: bool) -> String {
    let snapshot = shown.snapshot.as_ref().map(snapshot_page);
    let run = shown.run.as_ref().map(|(info, state)| run_page(info, state));
    let pages: Vec<String> = snapshot.into_iter().chain(run).collect();
    pages.join("\n") + lab(simulated)
}

fn snapshot_page(made: &SnapshotRecord) -> String {
    let mut pairs = vec![
        ("Snapshot", made.id.to_string()),
        ("Database", format!("{} (DBID {}, RESETLOGS change {})", made.database, made.dbid, made.resetlogs_change)),
        ("State", state(made.state).to_owned() + if made.pinned { ", pinned" } else { "" }),
        ("SCN", format!("{} to {}", made.begin_scn, made.end_scn)),
        ("Begun", time(made.begun_at)),
        ("Ended", time(made.ended_at)),
        ("Window", format!("{}, of it {} for the clone job", ms(made.window_ms), ms(made.clone_job_ms))),
        ("Tape", tape_line(made)),
        ("Drilled", made.drilled_at.map_or_else(|| "never".to_owned(), time)),
        ("Files", format!("{} data files, {} kept logs", made.files.len(), made.logs.len())),
    ];
    pairs.extend(
        made.disks
            .iter()
            .map(|disk| ("Disk", format!("slot {}, {}, {}, {}", disk.slot, disk.role, bytes(disk.bytes), disk.id))),
    );
    pairs.extend(
        made.pieces.iter().map(|piece| ("Piece", format!("{} {} {}", piece.handle, piece.tag, bytes(piece.bytes)))),
    );
    page(&pairs)
}

fn tape_line(made: &SnapshotRecord) -> String {
    let tape_state = tape(made.tape.state);
    match made.tape.finished_at {
        Some(at) => format!("{tape_state}, {} pieces, {}, {}", made.tape.pieces, bytes(made.tape.bytes), time(at)),
        None => tape_state.to_owned(),
    }
}

fn run_page(info: &RunInfo, state: &RunState) -> String {
    let mut pairs = vec![
        ("Run", info.id.to_string()),
        ("Flow", format!("{} (begun by version {})", info.flow, state.header.tool)),
        ("State", info.state.as_str().to_owned()),
        ("Started", time(info.started_at)),
    ];
    pairs.extend(info.ended_at.map(|at| ("Ended", time(at))));
    pairs.extend(state.why_unwound().map(|why| ("Taken back", why)));
    pairs.extend(state.end.as_ref().filter(|end| !end.left.is_empty()).map(|end| ("Left", end.left.join(", "))));
    let columns = [("STEP", Left), ("STATE", Left), ("STARTED", Left), ("TOOK", Right), ("NOTE", Left)];
    page(&pairs) + "\n" + &table(&columns, &state.steps.iter().map(step_row).collect::<Vec<_>>())
}

fn step_row(step: &StepRun) -> Vec<String> {
    vec![
        step.name.clone(),
        step_state(step.state).to_owned(),
        step.started_at.map_or_else(String::new, time),
        step.ms().map_or_else(String::new, ms),
        note(step),
    ]
}

fn note(step: &StepRun) -> String {
    let fault = step.undo_fault.as_ref().or(step.fault.as_ref()).map(ToString::to_string);
    let skipped = step.skipped.as_ref().map(|why| format!("skipped: {why}"));
    let warning = step.warning.as_ref().map(|why| format!("warning: {why}"));
    let told = step.undo_notes.last().map(|last| format!("its undo told: {last}"));
    fault.or(skipped).or(warning).or(told).unwrap_or_default()
}

fn step_state(state: StepState) -> &'static str {
    match state {
        StepState::Pending => "pending",
        StepState::Started => "started",
        StepState::Done => "done",
        StepState::Failed => "failed",
        StepState::Undoing => "undoing",
        StepState::Undone => "undone",
        StepState::UndoFailed => "undo failed",
    }
}

fn state(state: SnapshotState) -> &'static str {
    match state {
        SnapshotState::Unproved => "unproved",
        SnapshotState::Proved => "proved",
        SnapshotState::Orphan => "orphan",
        SnapshotState::Rejected => "rejected",
    }
}

fn tape(state: TapeState) -> &'static str {
    match state {
        TapeState::None => "none",
        TapeState::Pending => "pending",
        TapeState::Running => "running",
        TapeState::Ok => "ok",
        TapeState::Failed => "failed",
    }
}

fn lab(simulated: bool) -> &'static str {
    if simulated { "\nSimulated: this is a lab.\n" } else { "" }
}
