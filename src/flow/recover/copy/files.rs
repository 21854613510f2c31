//! The datafiles of the work copy get the names. It may take hours, so it outlives the connection.

use super::{CopyUnit, aside::SetAside, mount::MountCopy, params::part, preview};
use crate::{
    driver::rman::{Far, Look, Patience, Program, RmanError},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    flow::recover::{beside, media_recovery::Recover, params::RecoverParams},
    port::{Amount, Event},
    step::{World, preview::told, production, recovering, shell},
    text::{render, sh},
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

pub struct CopyFiles {
    pub p: Arc<RecoverParams>,
    pub unit: CopyUnit,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// How many datafiles.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Between the first looks, and later on.
const FIRST: Duration = Duration::from_millis(100);
const EVERY: Duration = Duration::from_secs(1);
/// How long TERM may take before KILL.
const STOP_S: u64 = 30;
/// Files named in one command.
const AT_ONCE: usize = 100;

impl CopyFiles {
    fn far(&self, cx: &Cx<'_, World>) -> Far {
        let site = &self.p.site;
        Far::new(cx.world.remote.clone(), site.host.clone(), site.env(), cx.run, cx.world.limits.command)
    }

    fn job(&self, far: &Far) -> Result<String, Fault> {
        recovering::job(far, &format!("{}-", self.unit.point()))
    }

    fn point(&self, cx: &Cx<'_, World>) -> Result<String, Fault> {
        let key = self.key();
        let found = cx.all::<MountCopy>()?.into_iter().find(|(unit, _)| *unit == key).map(|(_, point)| point);
        found.ok_or_else(|| Fault::new(Kind::Bug, "REC-106", "there is no work copy to copy from"))
    }

    /// Waits while bytes come; one that stands still too long is ended.
    fn wait(&self, cx: &Cx<'_, World>, far: &Far, job: &str) -> Result<(i32, String), Fault> {
        let total = self.unit.bytes();
        let patience = Patience { first: FIRST, every: EVERY, stall: cx.world.limits.rman_stall };
        let mut tell = |look: &Look| progress(cx, look, total);
        let ended = far.wait(job, cx.clock, patience, &mut tell);
        if matches!(ended, Err(RmanError::Stalled { .. })) {
            far.stop(job, STOP_S).map_err(|e| e.fault().on(&self.p.site.host))?;
        }
        let (status, printed) = ended.map_err(|error| self.broke_off(&error))?;
        Ok((status, String::from_utf8_lossy(&printed).into_owned()))
    }

    fn broke_off(&self, error: &RmanError) -> Fault {
        match error {
            RmanError::Stalled { seconds, tail } => {
                let text = format!("copying the datafiles of {} has not moved for {seconds} s", self.unit.unit.target);
                Fault::new(Kind::External, "REC-107", text)
                    .hint("look at the disks of the machine and at its kernel's messages, then try again")
                    .printed(tail)
                    .on(&self.p.site.host)
            }
            other => other.fault().on(&self.p.site.host),
        }
    }

    fn judge(&self, status: i32, printed: &str) -> Result<Copied, Fault> {
        let last = printed.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing");
        let at = printed.lines().rev().find_map(|line| line.strip_prefix("at ")?.parse().ok());
        match (status, last, at) {
            (0, "copied", Some(bytes)) => Ok(Copied { files: self.unit.files.len(), bytes }),
            _ => {
                let text = format!("the datafiles of {} were not copied: {last}", self.unit.unit.target);
                Err(Fault::new(Kind::External, "REC-108", text)
                    .hint("`size` or `owner` names a copy that is not like its file: see to space and to the user's groups")
                    .printed(printed)
                    .on(&self.p.site.host))
            }
        }
    }

    fn stop(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        let far = self.far(cx);
        // The first name that no ended job has; one that is not at work is stopped at once.
        far.stop(&self.job(&far)?, STOP_S).map_err(|e| e.fault().on(&self.p.site.host))
    }

    fn remove(&self, cx: &Cx<'_, World>, files: &[String]) -> Result<(), Fault> {
        for some in files.chunks(AT_ONCE) {
            let words: Vec<&str> = ["rm", "-f"].into_iter().chain(some.iter().map(String::as_str)).collect();
            shell::words(cx.world, &self.p.site.host, &words)?;
        }
        Ok(())
    }

    /// Copies whose old files are there, and those that never had one: the names were empty before this step.
    fn ours(&self, cx: &Cx<'_, World>) -> Result<Vec<String>, Fault> {
        let names = self.unit.copied();
        let key = self.key();
        let aside = cx.all::<SetAside>()?.into_iter().find(|(unit, _)| *unit == key).map(|(_, aside)| aside);
        let absent = aside.map(|aside| aside.absent).unwrap_or_default();
        let asides: Vec<String> = names.iter().map(|name| beside::name(name, cx.run)).collect();
        let beside = beside::there(cx.world, &self.p.site.host, &asides)?;
        Ok(names
            .into_iter()
            .zip(beside)
            .filter(|(name, there)| *there || absent.contains(name))
            .map(|(name, _)| name)
            .collect())
    }
}

/// The last `at BYTES` of what is new in the log; the number changes when that does.
fn progress(cx: &Cx<'_, World>, look: &Look, total: u64) -> u64 {
    let text = String::from_utf8_lossy(&look.text);
    if let Some(done) = text.lines().rev().find_map(|line| line.strip_prefix("at ")?.parse::<u64>().ok()) {
        cx.monitor.tell(&Event::Progress {
            done,
            total: total.max(done),
            of: Amount::Bytes,
            text: "copied".to_owned(),
        });
    }
    look.size
}

impl Step<World> for CopyFiles {
    const KIND: &'static str = "copy_files";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Copied;

    fn key(&self) -> Option<String> {
        Some(self.unit.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("copy {} datafiles of {} from the work copy", self.unit.files.len(), self.unit.unit.target)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::copy(&self.p, &self.unit))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Copied>, Fault> {
        let pairs = self.unit.pairs(cx.run, &self.point(cx)?);
        let far = self.far(cx);
        let job = self.job(&far)?;
        let text = render(&sh::CopyFiles { files: &pairs })?;
        far.start(Program::Shell, &job, &text).map_err(|e| e.fault().on(&self.p.site.host))?;
        let (status, printed) = self.wait(cx, &far, &job)?;
        self.judge(status, &printed).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Copied>, Fault> {
        // A copy at work is waited for, and one that is whole is not made again.
        Ok(Probe::Absent)
    }

    /// Once recovery had finished the database may have been opened on the copies: they are kept until `commit` (law 4).
    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Copied>) -> Result<(), Fault> {
        self.stop(cx)?;
        // Nothing is removed under an instance that has it open.
        production::stop(cx.world, &self.p.site, self.p.release()?)?;
        let parts: Vec<String> = self.unit.files.iter().map(|file| part(&file.name, cx.run)).collect();
        self.remove(cx, &parts)?;
        match cx.maybe::<Recover>()? {
            Some(_) => Ok(()),
            None => self.remove(cx, &self.ours(cx)?),
        }
    }
}
