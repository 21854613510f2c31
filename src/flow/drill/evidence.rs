//! The verdict, dated: `drill.json` and `drill.html` in the run's artifacts. It stands before the clean-up, which
//! changes nothing of it.

use super::{
    DrillParams,
    blocks::{ValidateBlocks, Validated},
    checks::{self, RunChecks},
    open::{How, OpenCopy, WAYS},
    opened,
    recover::{RecoverCopy, Recovered},
    rejected,
};
use crate::{
    catalog::CatalogChange,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, files, names::run_id},
    text::{
        self,
        report::{Checked, Drill, NotOpened, Open, Phase},
    },
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Evidence(pub Arc<DrillParams>);

/// Whether the snapshot came through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// It did.
    pub passed: bool,
    /// What speaks against it.
    pub findings: Vec<String>,
    /// What the catalog takes from it: only a drill that was passed counts as one.
    pub catalog: Vec<CatalogChange>,
}

/// Steps of each phase, by the beginning of their names.
const PHASES: [(&str, &[&str]); 7] = [
    ("work copy, mapped and mounted", &["disks_before", "work_copy", "map", "mount"]),
    ("started in MOUNT", &["stage", "start", "remount_copy", "redirect_files"]),
    ("headers compared", &["accept"]),
    ("recovered", &["recover_copy"]),
    ("opened", &["open_copy"]),
    ("blocks validated", &["validate_blocks"]),
    ("checks run", &["run_checks"]),
];

impl Evidence {
    fn recovered(cx: &Cx<'_, World>) -> Result<Recovered, Fault> {
        Ok(cx.all::<RecoverCopy>()?.into_iter().rfind(|(_, one)| one.through.is_some()).unwrap_or_default().1)
    }

    fn findings(&self, cx: &Cx<'_, World>) -> Result<Vec<String>, Fault> {
        if let Some(why) = rejected(cx)? {
            return Ok(vec![format!("the snapshot is rejected: {why}")]);
        }
        let mut found = Vec::new();
        if opened(cx)?.is_none() {
            let failed = cx.all::<RecoverCopy>()?.into_iter().filter_map(|(_, one)| one.failed);
            found.extend(failed.map(|why| format!("recovery was refused: {why}")));
            found.push("the copy could not be opened".to_owned());
        }
        found.extend(cx.out::<ValidateBlocks>()?.failed);
        let failed = |(name, why): (String, Option<String>)| why.map(|why| format!("check {name}: {why}"));
        found.extend(cx.out::<RunChecks>()?.results.into_iter().filter_map(failed));
        Ok(found)
    }

    /// The way that was taken, and why each other one was not.
    fn open(&self, cx: &Cx<'_, World>) -> Result<Open, Fault> {
        let opened = opened(cx)?.unwrap_or_default();
        let mut not = Vec::new();
        for how in WAYS.into_iter().filter(|how| Some(*how) != opened.how) {
            not.push(NotOpened { how: how.to_string(), why: self.why_not(cx, how, opened.how)? });
        }
        Ok(Open { how: opened.how.map(|how| how.to_string()), mode: opened.mode, not })
    }

    fn why_not(&self, cx: &Cx<'_, World>, how: How, taken: Option<How>) -> Result<String, Fault> {
        if how == How::Standby && !self.0.clone.media.standby {
            return Ok("the media host has controlfile = \"backup\"".to_owned());
        }
        let attempt = Some(how.control_file());
        let of_attempt = |key: &Option<String>| key.as_deref() == attempt;
        let refused = cx.all::<OpenCopy>()?.into_iter().flat_map(|(_, one)| one.refused).find(|(way, _)| *way == how);
        let failed =
            cx.all::<RecoverCopy>()?.into_iter().find(|(key, _)| of_attempt(key)).and_then(|(_, one)| one.failed);
        Ok(match (refused, failed, taken) {
            (Some((_, why)), _, _) => format!("refused: {why}"),
            (None, Some(why), _) => format!("recovery was refused: {why}"),
            (None, None, Some(taken)) => format!("not needed: {taken} did"),
            (None, None, None) => "the snapshot is rejected".to_owned(),
        })
    }

    fn checked(&self, cx: &Cx<'_, World>) -> Result<Vec<Checked>, Fault> {
        if cx.out::<RunChecks>()?.results.is_empty() {
            return Ok(Vec::new());
        }
        let path = checks::answers(cx.world, cx.run)?;
        let text = std::fs::read_to_string(&path).map_err(|error| files::local("read", &path, &error))?;
        serde_json::from_str(&text).map_err(|error| {
            Fault::new(Kind::Bug, "DRL-005", format!("{} cannot be read", path.display())).cause(error.to_string())
        })
    }

    fn report(&self, cx: &Cx<'_, World>, findings: &[String], at: DateTime<Utc>) -> Result<Drill, Fault> {
        let (d, p) = (&self.0, &self.0.clone);
        let Validated { files, corruption, .. } = cx.out::<ValidateBlocks>()?;
        let identity = &p.surveyed.identity;
        Ok(Drill {
            schema: 1,
            simulated: d.simulated,
            run: cx.run.to_owned(),
            at: time(at),
            passed: findings.is_empty(),
            findings: findings.to_vec(),
            database: p.site.database.to_string(),
            dbid: identity.dbid,
            resetlogs_change: identity.resetlogs_change,
            snapshot: p.snapshot.to_string(),
            snapshot_ended_at: time(d.ended_at),
            begin_scn: d.begin_scn,
            end_scn: p.end_scn,
            target: d.goal.to_string(),
            recovered_through: Self::recovered(cx)?.through,
            media: p.media.name.to_string(),
            open: self.open(cx)?,
            phases: phases(cx.took),
            blocks: files.iter().map(|file| file.blocks).sum(),
            files,
            corruption,
            checks: self.checked(cx)?,
        })
    }

    fn keep(&self, cx: &Cx<'_, World>, report: &Drill) -> Result<(), Fault> {
        let folder = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&folder)?;
        let json = serde_json::to_string_pretty(report).unwrap_or_default();
        files::write(&folder.join("drill.json"), &json)?;
        files::write(&folder.join("drill.html"), &text::render(report)?)
    }
}

/// A printed time has an offset (law 15).
fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn phases(took: &[(String, u64)]) -> Vec<Phase> {
    let of = |step: &str, kinds: &[&str]| kinds.contains(&step.split(':').next().unwrap_or(step));
    let sum = |kinds: &[&str]| took.iter().filter(|(step, _)| of(step, kinds)).map(|(_, ms)| ms).sum();
    PHASES.iter().map(|(name, kinds)| Phase { name: (*name).to_owned(), ms: sum(kinds) }).collect()
}

impl Step<World> for Evidence {
    const KIND: &'static str = "drill_evidence";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "what was seen stays true: the evidence is kept" };
    type Out = Verdict;

    fn describe(&self) -> String {
        "write the evidence: drill.json and drill.html".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Verdict>, Fault> {
        let (at, findings) = (cx.clock.now(), self.findings(cx)?);
        self.keep(cx, &self.report(cx, &findings, at)?)?;
        let passed = findings.is_empty();
        let drilled = CatalogChange::Drilled { id: self.0.clone.snapshot.clone(), at };
        let text = format!("the drill failed: {}", findings.join("; "));
        let out = Verdict { passed, findings, catalog: if passed { vec![drilled] } else { Vec::new() } };
        Ok(if passed { Ran::Done(out) } else { Ran::Warned(out, text) })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Verdict>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Verdict>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_sums_of_steps() {
        let took = [("work_copy:2", 10), ("work_copy:3", 5), ("mount:/u02", 1), ("recover_copy:backup", 7)];
        let took: Vec<(String, u64)> = took.into_iter().map(|(name, ms)| (name.to_owned(), ms)).collect();
        let all = phases(&took);
        assert_eq!((all[0].ms, all[3].ms, all[6].ms), (16, 7, 0));
    }
}
