//! RMAN restores the datafiles from the pieces of the good attempt, and the logs of its window. It reads every block of
//! every piece: one that is damaged ends the run, and production has not noticed.

use super::{known::Known, params::FromTapeParams, preview, stage::TapeStage};
use crate::{
    driver::rman::{RmanLog, State},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, media::rman_job::RmanJob, preview::told},
    text::{self, rman, sqlplus::role_word},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub struct Restore(pub Arc<FromTapeParams>);

/// What RMAN's log says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RestoredFiles {
    /// Pieces that were read.
    pub pieces: Vec<String>,
    /// Datafiles that were restored.
    pub files: BTreeSet<u32>,
}

const JOB: &str = "restore";

impl FromTapeParams {
    fn new_names(&self) -> Result<Vec<rman::NewName>, Fault> {
        let name = |(number, file): (u64, text::sh::Restored)| {
            let number = u32::try_from(number)
                .map_err(|_| Fault::new(Kind::Bug, "TAP-008", format!("{number} is no number of a datafile")))?;
            Ok(rman::NewName { number, path: file.from })
        };
        self.files().into_iter().map(name).collect()
    }
}

impl Restore {
    /// What RMAN is told.
    pub fn text(&self, tag: &str, logs: &[rman::LogRange], logs_to: &str) -> Result<String, Fault> {
        let clone = &self.0.tape.clone;
        text::render(&rman::Restore {
            role: role_word(clone.site.role()),
            sbt: &clone.sbt(),
            tag,
            files: &self.0.new_names()?,
            logs,
            logs_to,
        })
    }

    fn ranges(cx: &Cx<'_, World>) -> Result<Vec<rman::LogRange>, Fault> {
        let mut threads: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for log in cx.out::<Known>()?.logs {
            let range = threads.entry(log.thread).or_insert((log.sequence, log.sequence));
            *range = (range.0.min(log.sequence), range.1.max(log.sequence));
        }
        Ok(threads.into_iter().map(|(thread, (from, until))| rman::LogRange { thread, from, until }).collect())
    }

    fn wait(&self, job: &RmanJob<'_, '_>) -> Result<RestoredFiles, Fault> {
        let log = job.wait(&mut || 0).map_err(|error| {
            job.fault(&error)
                .hint("production works on as it was; the disks that were made are taken back")
                .hint("choose another snapshot whose tape is ok: ovmirror list")
        })?;
        self.judge(log)
    }

    /// Every file that was asked for is named as restored.
    fn judge(&self, log: RmanLog) -> Result<RestoredFiles, Fault> {
        let files: BTreeSet<u32> = log.restored.iter().copied().collect();
        match self.0.new_names()?.iter().find(|name| !files.contains(&name.number)) {
            None => Ok(RestoredFiles { pieces: log.pieces_read, files }),
            Some(name) => {
                let text = format!("RMAN's log does not say that datafile {} was restored", name.number);
                Err(Fault::new(Kind::External, "TAP-009", text).hint("look at RMAN's log in the run's artifacts"))
            }
        }
    }
}

impl Step<World> for Restore {
    const KIND: &'static str = "restore";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = RestoredFiles;

    fn describe(&self) -> String {
        format!("restore {} datafiles from tape", self.0.files().len())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        let tape = &self.0.tape;
        let range = [rman::LogRange { thread: 1, from: 0, until: 0 }];
        let tag = tape.tag.as_deref().unwrap_or("SM_TAG");
        told(preview::folder(tape).and_then(|folder| Ok(vec![self.text(tag, &range, &format!("{folder}/logs"))?])))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<RestoredFiles>, Fault> {
        let (tag, staged) = (cx.out::<Known>()?.tag, cx.out::<TapeStage>()?.staged);
        let job = RmanJob::new(cx, &self.0.tape.clone, JOB);
        job.start(&self.text(&tag, &Self::ranges(cx)?, &staged.logs)?)?;
        self.wait(&job).map(Ran::Done)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<RestoredFiles>, Fault> {
        // RMAN outlives the session: what was started is waited for, never started twice.
        let job = RmanJob::new(cx, &self.0.tape.clone, JOB);
        Ok(match job.driver().poll(JOB, 0).map_err(|error| job.fault(&error))?.state {
            State::Absent => Probe::Absent,
            State::Running | State::Ended(_) => Probe::Present(self.wait(&job)?),
            State::Gone => Probe::Unknown("RMAN is gone and left no status: was the media host restarted?".to_owned()),
        })
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&RestoredFiles>) -> Result<(), Fault> {
        RmanJob::new(cx, &self.0.tape.clone, JOB).stop()
    }
}
