//! Runs, with the one thing that their rows cannot know: whether anybody is still at them.

use super::superseded::given_up;
use crate::{
    fault::Fault,
    model::{DbName, RunId},
    store::{RunRow, Store},
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// How a run stands, for people and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunWord {
    /// A live process runs it.
    Running,
    /// A live process takes it back.
    Unwinding,
    /// Every step is done.
    Done,
    /// It was taken back.
    Undone,
    /// A person is needed.
    Stuck,
    /// It has not ended and nobody is at it.
    Interrupted,
}

impl RunWord {
    /// As JSON has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Unwinding => "unwinding",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Stuck => "stuck",
            Self::Interrupted => "interrupted",
        }
    }

    fn of(row: &RunRow, alive: bool) -> Self {
        match row.state.as_str() {
            "done" => Self::Done,
            "undone" => Self::Undone,
            "stuck" => Self::Stuck,
            _ if !alive => Self::Interrupted,
            "unwinding" => Self::Unwinding,
            _ => Self::Running,
        }
    }
}

/// A run as `runs` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunInfo {
    /// Its id.
    pub id: RunId,
    /// The flow.
    pub flow: String,
    /// The database.
    pub database: DbName,
    /// How it stands.
    pub state: RunWord,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
    /// The step that began last.
    pub step: Option<String>,
}

/// A run as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LiveRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunInfo,
    /// Since it began, milliseconds.
    pub elapsed_ms: u64,
    /// Median of the done runs of this flow and database, milliseconds.
    pub usual_ms: Option<u64>,
}

/// The runs of one database or of all, the last begun first.
pub fn runs(store: &Store, database: Option<&DbName>) -> Result<Vec<RunInfo>, Fault> {
    store.runs(database)?.into_iter().map(|row| info(store, row)).collect()
}

/// The runs that a live process is at.
pub fn live(store: &Store, now: DateTime<Utc>) -> Result<Vec<LiveRun>, Fault> {
    let all = runs(store, None)?;
    let at_work = |run: &&RunInfo| matches!(run.state, RunWord::Running | RunWord::Unwinding);
    let view = |run: &RunInfo| LiveRun {
        run: run.clone(),
        elapsed_ms: milliseconds(run.started_at, now),
        usual_ms: median(&all, &run.database, &run.flow),
    };
    Ok(all.iter().filter(at_work).map(view).collect())
}

/// The runs of a database that wait for somebody: interrupted or stuck, the last begun first.
pub fn unfinished(store: &Store, database: &DbName) -> Result<Vec<RunInfo>, Fault> {
    waiting(store, runs(store, Some(database))?)
}

/// The same of every database, also of one that is no longer configured.
pub fn unsettled(store: &Store) -> Result<Vec<RunInfo>, Fault> {
    waiting(store, runs(store, None)?)
}

/// A stuck recovery that was given up waits for nobody.
fn waiting(store: &Store, mut runs: Vec<RunInfo>) -> Result<Vec<RunInfo>, Fault> {
    let given_up = given_up(store, &runs)?;
    runs.retain(|run| matches!(run.state, RunWord::Interrupted | RunWord::Stuck) && !given_up.contains(&run.id));
    Ok(runs)
}

/// Median duration of the done runs of a flow on a database, milliseconds.
pub fn usual_ms(store: &Store, database: &DbName, flow: &str) -> Result<Option<u64>, Fault> {
    Ok(median(&runs(store, Some(database))?, database, flow))
}

pub(super) fn info(store: &Store, row: RunRow) -> Result<RunInfo, Fault> {
    let alive = row.ended_at.is_none() && is_alive(store, &row)?;
    Ok(RunInfo {
        state: RunWord::of(&row, alive),
        id: row.id,
        flow: row.flow,
        database: row.database,
        started_at: row.started_at,
        ended_at: row.ended_at,
        step: row.step,
    })
}

/// The lock must be held, and by this run: a later run of the same database may hold it.
fn is_alive(store: &Store, row: &RunRow) -> Result<bool, Fault> {
    let at_it = store.holder(&row.database)?.and_then(|holder| holder.run) == Some(row.id.clone());
    Ok(at_it && store.is_held(&row.database)?)
}

fn median(runs: &[RunInfo], database: &DbName, flow: &str) -> Option<u64> {
    let alike = |run: &&RunInfo| run.state == RunWord::Done && run.flow == flow && run.database == *database;
    let took = |run: &RunInfo| run.ended_at.map(|end| milliseconds(run.started_at, end));
    let mut all: Vec<u64> = runs.iter().filter(alike).filter_map(took).collect();
    all.sort_unstable();
    let middle = all.len() / 2;
    match all.len() {
        0 => None,
        n if n % 2 == 1 => all.get(middle).copied(),
        _ => Some(all[middle - 1].midpoint(all[middle])),
    }
}

fn milliseconds(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    u64::try_from((to - from).num_milliseconds()).unwrap_or(0)
}
