//! The logs of the window leave the media host, for an archive destination of production that has them no more.

use super::{known::Known, params::FromTapeParams, stage::TapeStage};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Bind, Row, Rows},
    step::{World, files, names::run_id, params::KeptLog, sql as ask},
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

pub struct FetchLogs(pub Arc<FromTapeParams>);

/// What was fetched.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fetched {
    /// The logs, in `logs/` of the run's artifacts.
    pub logs: Vec<KeptLog>,
}

impl FetchLogs {
    fn folder(cx: &Cx<'_, World>) -> Result<PathBuf, Fault> {
        Ok(cx.world.artifacts_of(&run_id(cx.run)?).join("logs"))
    }

    fn fetch(&self, cx: &Cx<'_, World>, row: Row<'_>, path: &str) -> Result<KeptLog, Fault> {
        let file = path.rsplit('/').next().unwrap_or(path).to_owned();
        let moved = files::fetch(cx.world, &self.0.tape.clone.media.host, path, &Self::folder(cx)?.join(&file))?;
        Ok(KeptLog {
            thread: row.number("THREAD#")?,
            sequence: row.number("SEQUENCE#")?,
            first: row.scn("FIRST_CHANGE#")?,
            next: row.scn("NEXT_CHANGE#")?,
            file,
            moved,
        })
    }

    /// The records that RESTORE made lie in the run's own folder.
    fn restored(&self, cx: &Cx<'_, World>) -> Result<Vec<KeptLog>, Fault> {
        let (clone, logs) = (&self.0.tape.clone, cx.out::<TapeStage>()?.staged.logs);
        let since = sql::LOGS_SINCE.at(clone.release()?, &[("scn", Bind::Number(0))])?;
        let rows = ask::ask(cx.world, &clone.target(), &[since])?;
        files::make_folder(&Self::folder(cx)?)?;
        let mut found: Vec<KeptLog> = Vec::new();
        for row in rows.iter().flat_map(Rows::iter) {
            let Some(path) = row.get("NAME")?.filter(|path| path.starts_with(&format!("{logs}/"))) else { continue };
            found.push(self.fetch(cx, row, path)?);
        }
        Ok(found)
    }
}

impl Step<World> for FetchLogs {
    const KIND: &'static str = "fetch_logs";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Fetched;

    fn describe(&self) -> String {
        "fetch the restored logs of the snapshot's window".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Fetched>, Fault> {
        let logs = self.restored(cx)?;
        let known = cx.out::<Known>()?.logs;
        let lacks = known.iter().find(|log| !logs.iter().any(|l| (l.thread, l.sequence) == (log.thread, log.sequence)));
        match lacks {
            None => Ok(Ran::Done(Fetched { logs })),
            Some(log) => {
                let text = format!("the log of thread {}, sequence {} was not restored", log.thread, log.sequence);
                Err(Fault::new(Kind::External, "TAP-011", text).hint("look at RMAN's log in the run's artifacts"))
            }
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Fetched>, Fault> {
        // Files that were fetched are fetched again.
        Ok(Probe::Absent)
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Fetched>) -> Result<(), Fault> {
        files::remove_folder(&Self::folder(cx)?)
    }
}
