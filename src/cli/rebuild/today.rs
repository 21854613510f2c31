//! A record without artifacts: the description tells SCNs and slots, the database of today its files and file systems.
//! Nothing is guessed: what neither tells stays unknown, and is said.

use super::{Place, artifacts, golden::GoldenCopy};
use crate::{
    catalog::{SnapshotRecord, SnapshotState, Tape, TapeState},
    cli::prepare,
    fault::{Fault, Kind},
    flow::{
        rebuild::{Found, Source},
        snapshot::{Described, Layout, recorded_disk, value, values},
    },
    step::params::{SnapshotParams, Surveyed},
    survey::DataFile,
};
use chrono::{DateTime, NaiveDateTime, Utc};

/// The survey of today, made at most once.
#[derive(Default)]
pub struct Today(Option<Result<SnapshotParams, Fault>>);

impl Today {
    fn params(&mut self, place: &Place<'_>) -> Result<&SnapshotParams, Fault> {
        let look = || {
            let seen = prepare::survey(place.site, place.world, place.name, place.database, false)?;
            prepare::snapshot(place.site, place.world, place.database, &seen)
        };
        self.0.get_or_insert_with(look).as_ref().map_err(Clone::clone)
    }

    /// What can be known of a golden copy.
    pub fn found(&mut self, place: &Place<'_>, copy: &GoldenCopy) -> Result<Found, Fault> {
        let described = copy.described.as_ref().ok_or_else(|| {
            let text = format!("{} has neither artifacts nor a description at the manager", copy.run);
            Fault::new(Kind::User, "RBD-007", text)
                .hint("restore the artifacts folder from a copy, or copy files out of a reflink of it by hand")
        })?;
        let params = self.params(place).map_err(|fault| {
            Fault::new(
                fault.kind,
                "RBD-008",
                format!("{} has no artifacts, and the database does not answer", copy.run),
            )
            .cause(fault.to_string())
            .hint("open it: its files and file systems of today stand for those of the snapshot")
        })?;
        fits(params, copy, described)?;
        let mut record = record(params, copy, described)?;
        let on_tape = artifacts::on_tape(place.world, &mut record)?;
        let (known, unknown) = told(params, described, on_tape);
        Ok(Found { record, source: Source::Description, known, unknown })
    }
}

/// Law 10, and every golden disk must have its like today: file systems and mount points are those of today.
fn fits(params: &SnapshotParams, copy: &GoldenCopy, described: &Described) -> Result<(), Fault> {
    let present = params.surveyed.identity.dbid;
    if described.dbid != present {
        let text = format!("{} is of DBID {}, not of {present}", copy.run, described.dbid);
        return Err(Fault::new(Kind::User, "RBD-009", text).hint("configure the database that it is of"));
    }
    match described.slots.iter().find(|slot| !params.slots.contains(slot)) {
        None => Ok(()),
        Some(slot) => Err(Fault::new(
            Kind::User,
            "RBD-010",
            format!("{} has a disk of slot {slot}, where {} has no datafiles today", copy.run, params.site.vm_name),
        )
        .hint("without its artifacts the file systems of today must be those of the snapshot")),
    }
}

/// A file that was made later is in no golden copy.
fn was_there(described: &Described, file: &DataFile) -> bool {
    match described.active.is_empty() && described.quiet.is_empty() {
        true => file.creation_change < described.end,
        false => described.active.contains_key(&file.number) || described.quiet.contains_key(&file.number),
    }
}

fn surveyed(params: &SnapshotParams, described: &Described) -> Surveyed {
    let today = params.surveyed.clone();
    let mut identity = today.identity;
    if identity.resetlogs_change != described.resetlogs || described.resetlogs_time.is_some() {
        identity.resetlogs_time = described.resetlogs_time.clone().unwrap_or_default();
    }
    identity.resetlogs_change = described.resetlogs;
    let datafiles: Vec<DataFile> = today.datafiles.into_iter().filter(|file| was_there(described, file)).collect();
    let planned = datafiles.iter().map(|file| file.number);
    let planned = planned.filter(|file| described.active.is_empty() || described.active.contains_key(file)).collect();
    Surveyed { identity, planned, datafiles, ..today }
}

fn record(params: &SnapshotParams, copy: &GoldenCopy, described: &Described) -> Result<SnapshotRecord, Fault> {
    let surveyed = surveyed(params, described);
    let wanted = copy.disks.iter().filter(|disk| described.slots.contains(&disk.slot));
    let layout = Layout {
        site: params.site.clone(),
        disks: wanted.cloned().collect(),
        redo: params.redo.clone(),
        active: described.active.clone(),
        quiet: described.quiet.clone(),
        logs: Vec::new(),
        control: None,
        standby: None,
        flush_ms: 0,
        clone: copy.clone.to_string(),
        surveyed,
    };
    let ended_at = match described.ended_at {
        Some(at) => at,
        None => began(copy)?,
    };
    Ok(SnapshotRecord {
        id: copy.run.clone(),
        database: params.site.database.clone(),
        dbid: described.dbid,
        resetlogs_change: described.resetlogs,
        begin_scn: described.begin,
        end_scn: described.end,
        begun_at: began(copy)?.min(ended_at),
        ended_at,
        window_ms: 0,
        clone_job_ms: 0,
        state: SnapshotState::Unproved,
        tape: Tape::empty(TapeState::Pending),
        drilled_at: None,
        pinned: false,
        disks: layout.disks.iter().map(|disk| recorded_disk(&layout.surveyed, disk)).collect(),
        files: values(&layout.surveyed.datafiles)?,
        logs: Vec::new(),
        pieces: Vec::new(),
        layout: value(&layout)?,
    })
}

/// The run's id has the moment, in UTC.
fn began(copy: &GoldenCopy) -> Result<DateTime<Utc>, Fault> {
    let parsed = NaiveDateTime::parse_from_str(&copy.run.stamp().0, "%Y%m%d%H%M%S");
    parsed.map(|at| at.and_utc()).map_err(|error| {
        Fault::new(Kind::User, "RBD-011", format!("{} is no run's id", copy.run)).cause(error.to_string())
    })
}

fn told(params: &SnapshotParams, described: &Described, on_tape: bool) -> (Vec<String>, Vec<String>) {
    let mut known = vec!["SCNs, slots and disks".to_owned()];
    let mut unknown = vec!["its own survey: files, mounts and parameters are those of today".to_owned()];
    match described.active.is_empty() {
        true => unknown.push("CHANGE# of each file: it serves extract, and neither recover nor offload".to_owned()),
        false => known.push("CHANGE# of each file".to_owned()),
    }
    let today = |file: &u64| params.surveyed.datafiles.iter().any(|known| known.number == *file);
    let dropped: Vec<String> =
        described.active.keys().chain(described.quiet.keys()).filter(|file| !today(file)).map(u64::to_string).collect();
    if !dropped.is_empty() {
        unknown.push(format!("names of the files {}, which were dropped since", dropped.join(", ")));
    }
    match on_tape {
        true => known.push("on tape".to_owned()),
        false => unknown.push("whether it is on tape".to_owned()),
    }
    (known, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{RunId, Scn},
        step::params::testing::offload,
    };
    use std::collections::BTreeMap;

    fn described(active: &[u64], quiet: &[u64]) -> Described {
        let files = |all: &[u64]| all.iter().map(|file| (*file, Scn::new(1000))).collect::<BTreeMap<_, _>>();
        Described {
            run: RunId::new("ORCL-20261121T204512-4f2a").unwrap(),
            dbid: 1,
            resetlogs: Scn::new(1),
            resetlogs_time: None,
            begin: Scn::new(1000),
            end: Scn::new(2000),
            ended_at: None,
            slots: vec![2],
            active: files(active),
            quiet: files(quiet),
        }
    }

    #[test]
    fn files_of_later_are_in_no_golden_copy() {
        let file = |number: u64, creation: u64| DataFile {
            number,
            creation_change: Scn::new(creation),
            ..offload().surveyed.datafiles[0].clone()
        };
        let told = described(&[1, 2], &[3]);
        assert!(was_there(&told, &file(1, 10)) && was_there(&told, &file(3, 10)) && !was_there(&told, &file(4, 10)));
        let of_before = described(&[], &[]);
        assert!(was_there(&of_before, &file(4, 1999)) && !was_there(&of_before, &file(4, 2000)));
    }
}
