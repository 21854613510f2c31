//! Extracts that are open: runs that are done and not yet taken back.

use super::runs::{RunInfo, RunWord, info};
use crate::{
    fault::{Fault, Kind},
    model::DbName,
    store::Store,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The flow's name in journals.
pub const EXTRACT: &str = "extract";

/// An extract that holds a disk of the database's machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenExtract {
    /// The run; stuck or interrupted ones count, too.
    #[serde(flatten)]
    pub run: RunInfo,
    /// The snapshot.
    pub snapshot: String,
    /// Where it is mounted, unless in the run's folder.
    pub at: Option<String>,
}

/// Of a run's parameters what is asked here.
#[derive(Deserialize)]
struct Asked {
    snapshot: String,
    at: Option<AskedAt>,
    wish: Value,
}

#[derive(Deserialize)]
struct AskedAt {
    dir: String,
}

/// The open extracts of one database or of all, the last begun first. While there is one, a disk swap is refused.
pub fn open_extracts(store: &Store, database: Option<&DbName>) -> Result<Vec<OpenExtract>, Fault> {
    let rows = store.runs(database)?.into_iter().filter(|row| row.flow == EXTRACT);
    let mut open = Vec::new();
    for row in rows {
        let run = info(store, row)?;
        let asked = asked(store, &run)?;
        let stays = match run.state {
            // A run of another wish has taken itself down.
            RunWord::Done => asked.wish == "open",
            RunWord::Undone => false,
            RunWord::Running | RunWord::Unwinding | RunWord::Stuck | RunWord::Interrupted => true,
        };
        if stays {
            open.push(OpenExtract { run, snapshot: asked.snapshot, at: asked.at.map(|at| at.dir) });
        }
    }
    Ok(open)
}

fn asked(store: &Store, run: &RunInfo) -> Result<Asked, Fault> {
    serde_json::from_value(store.run_state(&run.id)?.header.params).map_err(|error| {
        Fault::new(Kind::User, "RUN-004", format!("the parameters of run {} do not fit this version", run.id))
            .cause(error.to_string())
            .hint("use the version of ovmirror that made it")
    })
}
