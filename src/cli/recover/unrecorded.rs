//! An offload that the store does not know: what is asked of the tape, and where today's disks and file systems are.

use super::{facts::Facts, fresh};
use crate::{
    cli::resolve::Site,
    config::Database,
    fault::{Fault, Kind},
    flow::{
        from_tape::{TapeParams, TapeRecordParams},
        snapshot::{GoldenDisk, Layout as SnapshotLayout},
    },
    model::{RunId, Scn},
    step::{World, gather, params::Surveyed, preview::later},
    survey::FileKind,
};
use std::collections::BTreeMap;

/// The parameters of the run that reads and records it.
pub fn params(
    site: &Site,
    world: &World,
    database: &Database,
    facts: &Facts,
    (dbid, writer): (Option<u64>, RunId),
) -> Result<TapeRecordParams, Fault> {
    let present = facts.db.identity.dbid;
    if let Some(other) = dbid.filter(|dbid| *dbid != present) {
        let text = format!("DBID {other} is not {}'s, which is {present}", facts.site.database);
        return Err(Fault::new(Kind::User, "TAP-030", text).hint("take a handle that begins with ovm_ and this DBID"));
    }
    let layout = layout(world, facts)?;
    let disks = layout.disks.clone();
    let clone = fresh::clone_params(site, world, database, (writer.clone(), Scn::default(), layout))?;
    Ok(TapeRecordParams { tape: TapeParams { clone, dbid: present, writer, tag: None }, disks })
}

/// Everything of today; the tape says what the files were.
fn layout(world: &World, facts: &Facts) -> Result<SnapshotLayout, Fault> {
    let disks: Vec<GoldenDisk> = facts.layout.data_disks().map(disk).collect::<Result<_, Fault>>()?;
    if disks.is_empty() {
        let text = format!("{} shows no disk with datafiles: their file systems are not mounted", facts.site.vm_name);
        return Err(Fault::new(Kind::User, "TAP-031", text)
            .hint("mount them as they were, empty if need be: disks and mount points of today are the pattern for the new ones"));
    }
    let surveyed = Surveyed {
        identity: facts.db.identity.clone(),
        datafiles: facts.db.datafiles.clone(),
        planned: facts.db.planned().map(|file| file.number).collect(),
        closed_containers: facts.db.closed_containers.clone(),
        layout: facts.layout.clone(),
        parameters: facts.db.parameters.clone(),
        rebuild: gather::rebuild(world, &facts.site.host, &facts.layout)?,
    };
    Ok(SnapshotLayout {
        site: facts.site.clone(),
        disks,
        surveyed,
        active: BTreeMap::new(),
        quiet: BTreeMap::new(),
        redo: facts.db.files.iter().filter(|f| f.kind == FileKind::Redo).map(|f| f.path.clone()).collect(),
        logs: Vec::new(),
        control: None,
        standby: None,
        flush_ms: 0,
        clone: String::new(),
    })
}

fn disk(disk: &crate::survey::Disk) -> Result<GoldenDisk, Fault> {
    let facts = &disk.facts;
    let repository = facts.repository.clone().ok_or_else(|| {
        Fault::new(Kind::User, "TAP-032", format!("the disk at slot {} lies in no repository", facts.slot))
            .hint("datafiles on physical disks are restored by hand: docs/from-tape.md")
    })?;
    // There is no golden disk behind it.
    Ok(GoldenDisk {
        slot: facts.slot,
        id: later("NO-GOLDEN-DISK")?,
        repository,
        bytes: facts.bytes.unwrap_or_default(),
    })
}
