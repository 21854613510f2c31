//! The snapshot exists: from here on it is kept.

use super::{
    begin::{self, Begin},
    clone::CloneVm,
    end::EndBackup,
    flush::Flush,
    keep_logs::KeepLogs,
    read_back::{GoldenDisk, ReadBack},
    run_folder::RunFolder,
};
use crate::{
    catalog::{CatalogChange, Disk, SnapshotRecord, SnapshotState, Tape, TapeState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::Scn,
    step::{
        World,
        files::{self, Moved},
        names::run_id,
        params::{DbSite, KeptLog, SnapshotParams, Surveyed},
        shell,
    },
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

pub struct Record(pub Arc<SnapshotParams>);

/// The record's `layout`: what offload, recovery and a rebuild need besides the catalog's columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The database's machine.
    pub site: DbSite,
    /// The golden disks with their repositories.
    pub disks: Vec<GoldenDisk>,
    /// What the survey found.
    pub surveyed: Surveyed,
    /// CHANGE# of each ACTIVE file.
    pub active: BTreeMap<u64, Scn>,
    /// V$DATAFILE.CHECKPOINT_CHANGE# of files that took no part.
    pub quiet: BTreeMap<u64, Scn>,
    /// Online redo logs by path.
    pub redo: Vec<String>,
    /// The kept logs.
    pub logs: Vec<KeptLog>,
    /// The kept control file; records of before have none.
    #[serde(default)]
    pub control: Option<Moved>,
    /// The kept STANDBY control file, where the media host wants one.
    #[serde(default)]
    pub standby: Option<Moved>,
    /// The guest's own time for sync or freeze, ms.
    pub flush_ms: u64,
    /// The clone's id at the manager.
    pub clone: String,
}

/// The step's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl Record {
    fn layout(&self, cx: &Cx<'_, World>) -> Result<Layout, Fault> {
        let (begun, golden, kept) = (cx.out::<Begin>()?, cx.out::<ReadBack>()?, cx.out::<KeepLogs>()?);
        Ok(Layout {
            site: self.0.site.clone(),
            disks: golden.disks,
            redo: self.0.redo.clone(),
            surveyed: self.0.surveyed.clone(),
            active: begun.active,
            quiet: begun.quiet,
            logs: kept.logs,
            control: Some(kept.control),
            standby: kept.standby,
            flush_ms: cx.out::<Flush>()?.ms,
            clone: golden.clone.id.to_string(),
        })
    }

    fn record(&self, cx: &Cx<'_, World>) -> Result<SnapshotRecord, Fault> {
        let (begun, ended, layout) = (cx.out::<Begin>()?, cx.out::<EndBackup>()?, self.layout(cx)?);
        let clone = cx.out::<CloneVm>()?;
        let identity = &self.0.surveyed.identity;
        Ok(SnapshotRecord {
            id: run_id(cx.run)?,
            database: self.0.site.database.clone(),
            dbid: identity.dbid,
            resetlogs_change: identity.resetlogs_change,
            begin_scn: begun.scn,
            end_scn: ended.scn,
            begun_at: time(&begun.at)?,
            ended_at: time(&ended.at)?,
            window_ms: ended.window_ms,
            clone_job_ms: clone.job_ms.or(clone.wall_ms).unwrap_or_default(),
            state: SnapshotState::Unproved,
            tape: Tape::empty(TapeState::Pending),
            drilled_at: None,
            pinned: false,
            disks: layout.disks.iter().map(|d| disk(&self.0.surveyed, d)).collect(),
            files: values(&self.0.surveyed.datafiles)?,
            logs: values(&layout.logs)?,
            pieces: Vec::new(),
            layout: value(&layout)?,
        })
    }

    /// The live disk does not keep what only the golden copy needs. It goes when `keep_logs` is done and never needs it
    /// again; the snapshot is good also where it stays.
    fn leftover(&self, cx: &Cx<'_, World>) -> Result<Option<String>, Fault> {
        let copy = cx.out::<RunFolder>()?.controlfile;
        let remove = || shell::words(cx.world, &self.0.site.host, &["rm", "-f", &copy, &begin::standby(&copy)]);
        // Nobody comes back for it, so a way that was cut is tried once more.
        let removed = remove().or_else(|_| remove());
        Ok(removed.err().map(|fault| format!("remove {copy} from {} yourself: {fault}", self.0.site.host)))
    }
}

/// A golden disk with its roles.
pub fn disk(surveyed: &Surveyed, golden: &GoldenDisk) -> Disk {
    let roles = surveyed.layout.disks.iter().find(|disk| disk.facts.slot == golden.slot).map(|disk| &disk.roles);
    let words = roles.into_iter().flatten().map(|role| format!("{role:?}").to_lowercase());
    let role = words.collect::<Vec<_>>().join("+");
    Disk { slot: golden.slot, role, id: golden.id.to_string(), bytes: golden.bytes }
}

/// As JSON.
pub fn value<T: Serialize>(item: &T) -> Result<serde_json::Value, Fault> {
    serde_json::to_value(item)
        .map_err(|e| Fault::new(Kind::Bug, "SNP-010", "a record cannot be written").cause(e.to_string()))
}

/// Each as JSON.
pub fn values<T: Serialize>(items: &[T]) -> Result<Vec<serde_json::Value>, Fault> {
    items.iter().map(value).collect()
}

/// `YYYY-MM-DD HH24:MI:SS.FF3 TZH:TZM`, as `sql/database/now.sql` writes it.
pub(super) fn time(text: &str) -> Result<DateTime<Utc>, Fault> {
    let parsed = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %:z");
    parsed.map(|at| at.with_timezone(&Utc)).map_err(|error| {
        Fault::new(Kind::External, "SQL-001", format!("`{text}` is not a time with offset")).cause(error.to_string())
    })
}

impl Step<World> for Record {
    const KIND: &'static str = "record";
    const UNDO: UndoPolicy = UndoPolicy::NoReturn { because: "the snapshot exists and is kept" };
    type Out = Recorded;

    fn describe(&self) -> String {
        "record the snapshot".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Recorded>, Fault> {
        let record = self.record(cx)?;
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        files::write(&cx.world.artifacts_of(&record.id).join("record.json"), &text)?;
        let out = Recorded { catalog: vec![CatalogChange::SnapshotMade(Box::new(record))] };
        Ok(match self.leftover(cx)? {
            None => Ran::Done(out),
            Some(why) => Ran::Warned(out, why),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Recorded>, Fault> {
        // The record is made by this step's `done` alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Recorded>) -> Result<(), Fault> {
        Ok(())
    }
}
