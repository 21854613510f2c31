//! What is seen of a database before its recovery is planned. It works in MOUNT as well; a database that is down is
//! mounted only where that was agreed to.

use super::lost;
use crate::{
    catalog::SnapshotRecord,
    cli::{prepare, resolve::Site},
    config::Database,
    driver::ovm::VmDisk,
    fault::{Fault, Kind, Remedy},
    flow::snapshot::Layout as SnapshotLayout,
    model::{DbName, Scn},
    step::{
        World,
        gather::{self, Redo},
        params::DbSite,
        production::{self, State},
        sql as ask,
    },
    survey::{self, DbFacts, HostFacts, Layout, VmFacts},
    text::Release,
};

/// A snapshot with its record taken apart.
pub struct Snapshot {
    pub record: SnapshotRecord,
    pub layout: SnapshotLayout,
    /// It comes from tape; none: from its golden disks.
    pub tape: Option<super::tape::Restoring>,
}

/// Everything that was seen.
pub struct Facts {
    pub site: DbSite,
    pub release: Release,
    pub was: State,
    pub vm: VmFacts,
    pub mapped: Vec<VmDisk>,
    pub host: HostFacts,
    pub db: DbFacts,
    pub layout: Layout,
    pub redo: Redo,
    pub guards: Vec<String>,
    /// No control file could be mounted: what it would tell is of the snapshot's time, or of logs' names and headers.
    pub lost: bool,
    /// Where the incarnation that is recovered ends, if it is not the present one.
    pub branch_end: Option<Scn>,
}

/// What is known before the database is asked.
pub struct Seat {
    pub site: DbSite,
    pub release: Release,
    pub was: State,
    pub vm: VmFacts,
    pub mapped: Vec<VmDisk>,
}

/// The snapshots of a database, taken apart.
pub fn snapshots(store: &crate::store::Store, name: &DbName) -> Result<Vec<Snapshot>, Fault> {
    let all = crate::catalog::snapshots(store, Some(name))?;
    all.into_iter().map(|record| Ok(Snapshot { layout: prepare::layout_of(&record)?, record, tape: None })).collect()
}

/// Looks. `may_mount`: a database that is down may be mounted, and stays so. `base`: where no control file can be
/// mounted, this snapshot's record stands for it.
pub fn look(
    site: &Site,
    world: &World,
    (name, database): (&DbName, &Database),
    from: Scn,
    may_mount: bool,
    base: Option<&Snapshot>,
) -> Result<Facts, Fault> {
    let (vm, db_site, release) = prepare::located(site, world, (name, database))?;
    let was = production::state(world, &db_site, release)?;
    let mapped = world.manager.vm_disks(&vm.id).map_err(|e| e.fault())?;
    let seat = Seat { site: db_site, release, was, vm, mapped };
    if was < State::Mounted {
        match (mount(world, &seat.site, release, was, may_mount || base.is_some()), base) {
            (Err(fault), Some(base)) if are_lost(&fault) => return without(world, seat, base),
            (mounted, _) => mounted?,
        }
    }
    let Seat { site: db_site, vm, mapped, .. } = seat;
    let target = ask::production(&db_site);
    let db = gather::database(world, &target, release)?;
    let host = gather::host_of(world, &database.host, &db)?;
    Ok(Facts {
        mapped,
        layout: survey::lay_out(&db, &host, &vm),
        redo: gather::redo(world, &target, release, from)?,
        guards: gather::guards(world, &database.host)?,
        site: db_site,
        release,
        was,
        vm,
        host,
        db,
        lost: false,
        branch_end: None,
    })
}

/// STARTUP starts the instance, and MOUNT finds a control file missing, or a block of it corrupt (Error Messages).
fn are_lost(fault: &Fault) -> bool {
    matches!(fault.code.as_str(), "ORA-00205" | "ORA-00227")
}

/// The instance goes down again where not even that is enough.
fn without(world: &World, seat: Seat, base: &Snapshot) -> Result<Facts, Fault> {
    let (site, release) = (seat.site.clone(), seat.release);
    let looked = lost::look(world, seat, base);
    if looked.is_err() {
        production::stop(world, &site, release)?;
    }
    looked
}

fn mount(world: &World, site: &DbSite, release: Release, was: State, agreed: bool) -> Result<(), Fault> {
    let question = format!("{} is down. May it be started in MOUNT, to read its control files?", site.database);
    if !agreed && !world.ask.yes(&question) {
        return Err(Fault::new(Kind::User, "REC-050", format!("{} is down, and may not be mounted", site.database))
            .hint("its control files tell which logs and files there are: add --mount to let ovmirror STARTUP MOUNT it")
            .on(&site.host));
    }
    if was == State::Started {
        production::stop(world, site, release)?;
    }
    production::mount(world, site).map_err(|fault| match are_lost(&fault) {
        true => fault.hint(
            "one that is left can be copied to the other places of CONTROL_FILES; if all are lost, take the \
            snapshot's: add --controlfile snapshot",
        ),
        false => fault,
    })
}
