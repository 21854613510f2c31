//! From what was decided to the page that is printed.

use super::{
    facts::{Facts, Snapshot},
    goal::Goal,
    plan::{self, Plan},
    tape,
};
use crate::{
    flow::recover::{CopyUnit, RecoverParams, SwapDisk},
    recovery::{Chain, To, Until},
    step::params::Way,
    survey::{Finding, device_of_slot},
};

/// The page.
#[allow(clippy::too_many_arguments, reason = "each is one part of the page")]
pub fn plan(
    facts: &Facts,
    snapshot: &Snapshot,
    goal: &Goal,
    to: &To,
    params: &RecoverParams,
    chain: Chain,
    findings: Vec<Finding>,
    usual_ms: Option<u64>,
) -> Plan {
    let mounts = |slot: u32| {
        let here = params.units.iter().filter(|unit| unit.slots.contains(&slot));
        here.map(|unit| unit.target.clone()).collect::<Vec<_>>()
    };
    let disk = |disk: &SwapDisk| plan::Disk {
        slot: disk.slot,
        device: device_of_slot(disk.slot),
        live: disk.live.to_string(),
        live_name: disk.live_name.clone(),
        golden: disk.golden.to_string(),
        mounts: mounts(disk.slot),
    };
    let (resetlogs, incomplete) = (params.resetlogs(), goal.until.needs_resetlogs());
    Plan {
        database: facts.site.database.to_string(),
        snapshot: plan::Snapshot {
            id: snapshot.record.id.clone(),
            state: snapshot.record.state,
            end_scn: snapshot.record.end_scn,
            ended_at: snapshot.record.ended_at,
        },
        target: plan::Target {
            kind: kind(to),
            below_scn: goal.below.filter(|_| incomplete),
            time: goal.time.map(|time| time.to_rfc3339()),
            wall_time: match &goal.until {
                Until::Time(time) => Some(time.clone()),
                _ => None,
            },
        },
        part: params.part.as_ref().map(|part| part.what()),
        resetlogs,
        because: if params.part.is_some() {
            "the rest of the database stays open; every change of this part comes back".to_owned()
        } else if params.controlfile.is_some() {
            "the snapshot's control file is older than the files it opens, so a new incarnation begins".to_owned()
        } else if resetlogs {
            "the recovery ends before the last change, so a new incarnation begins".to_owned()
        } else {
            "every change comes back; control files and online logs stay".to_owned()
        },
        way: if params.way == Way::Server { "server" } else { "manager" },
        disks: params.disks.iter().map(disk).collect(),
        copies: params.copying.units.iter().map(|unit| copy(params, unit)).collect(),
        redo_bytes: chain.bytes(),
        logs: chain.links,
        usual_ms,
        kept: params.kept.clone(),
        controlfile: params
            .controlfile
            .as_ref()
            .map(|control| plan::ControlPlan { places: control.places.clone(), lost: control.lost }),
        tape: snapshot.tape.as_ref().map(tape::Restoring::plan),
        findings,
    }
}

fn copy(params: &RecoverParams, unit: &CopyUnit) -> plan::CopyPlan {
    let disks = params.copying.disks.iter().filter(|disk| unit.unit.slots.contains(&disk.slot));
    plan::CopyPlan {
        mount: unit.unit.target.clone(),
        device: unit.unit.source.clone(),
        golden: disks.clone().map(|disk| disk.golden.to_string()).collect(),
        work_slots: disks.map(|disk| disk.media_slot).collect(),
        files: unit.copied(),
        bytes: unit.bytes(),
    }
}

fn kind(to: &To) -> &'static str {
    match to {
        To::Latest => "latest",
        To::Time(_) => "time",
        To::Scn(_) => "scn",
        To::Snapshot(_) => "snapshot",
    }
}
