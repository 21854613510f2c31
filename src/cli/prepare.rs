//! From the configuration and the survey to the parameters of a run.

mod drill;
pub mod extract;

pub use drill::{checks, drill};

use super::resolve::Site;
use crate::{
    catalog::SnapshotRecord,
    config::{self, ControlfileKind, Database, Media, MountMode},
    driver::ovm::ObjectKind,
    fault::{Fault, Kind, Remedy},
    flow::snapshot::{GoldenDisk, Layout as SnapshotLayout},
    model::{DbName, HostName, ObjectId, RunId, Scn},
    step::{
        World,
        files::Moved,
        gather,
        names::sample_run,
        params::{CloneParams, DbSite, KeptLog, MediaSite, SnapshotParams, Surveyed, Target, Way, WorkDisk},
        preview::later,
        sql as ask,
    },
    survey::{
        self, Choices, DbFacts, DiskKind, FileKind, Finding, Layout, MediaFacts, Rebuild, VmFacts, finding,
        rules::Wanted,
    },
    text::{self, Release, sh::OracleEnv},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Slots for work copies (survey::rules::media).
const WORK_SLOTS: Range<u32> = survey::rules::WORK_SLOTS;

/// Everything that was seen of a database.
pub struct Seen {
    pub site: DbSite,
    pub db: DbFacts,
    pub vm: VmFacts,
    pub layout: Layout,
    pub findings: Vec<Finding>,
}

/// Surveys a database; changes nothing.
pub fn survey(site: &Site, world: &World, name: &DbName, database: &Database, with_media: bool) -> Result<Seen, Fault> {
    let (vm, db_site, release) = located(site, world, (name, database))?;
    let db = gather::database(world, &ask::production(&db_site), release)?;
    let host = gather::host_of(world, &database.host, &db)?;
    let layout = survey::lay_out(&db, &host, &vm);
    let slots: BTreeSet<u32> = layout.data_disks().map(|disk| disk.facts.slot).collect();
    let repositories = gather::repositories(world, &vm, &slots)?;
    let media = if with_media { media_facts(site, world, database)? } else { None };
    let choices = choices(site, database);
    let findings = survey::findings(&survey::Seen {
        db: &db,
        host: &host,
        vm: &vm,
        repositories: &repositories,
        layout: &layout,
        media: media.as_ref(),
        choices: &choices,
    });
    Ok(Seen { site: db_site, db, vm, layout, findings })
}

/// The Vm of a database, the database in it, and the release of its home.
pub fn located(
    site: &Site,
    world: &World,
    (name, database): (&DbName, &Database),
) -> Result<(VmFacts, DbSite, Release), Fault> {
    let vm = gather::vm(world, &database.vm)?;
    let mut db_site = db_site(name, database, &vm, pool(site, world, &vm)?);
    let release = release(world, &mut db_site)?;
    Ok((vm, db_site, release))
}

/// The release of the home decides the role: SYSBACKUP came with 12.1.
fn release(world: &World, site: &mut DbSite) -> Result<Release, Fault> {
    let home = gather::home(world, &ask::production(site))?;
    if let Some(missing) = home.missing.first() {
        return Err(Fault::new(
            Kind::User,
            "DB-HOME",
            format!("{missing} is not in {}/bin on {}", site.oracle_home, site.host),
        )
        .hint("correct oracle_home of this database (see /etc/oratab there)")
        .on(&site.host));
    }
    let text = home.release.unwrap_or_default();
    let release: Release = text.parse()?;
    site.sysbackup = release.has_containers();
    site.tz = home.tz;
    Ok(release)
}

/// The database's machine and instance, as configured.
fn db_site(name: &DbName, database: &Database, vm: &VmFacts, pool: Option<ObjectId>) -> DbSite {
    DbSite {
        database: name.clone(),
        host: database.host.clone(),
        vm: vm.id.clone(),
        vm_name: vm.name.clone(),
        pool,
        server: database.server.clone(),
        oracle_home: database.oracle_home.clone(),
        sid: database.sid.clone(),
        sysbackup: true,
        connect: database.connect.clone().filter(|_| database.sql == config::SqlWay::Oci),
        tz: None,
    }
}

/// The server pool of clones.
fn pool(site: &Site, world: &World, vm: &VmFacts) -> Result<Option<ObjectId>, Fault> {
    let Some(name) = &site.config.manager.server_pool else { return Ok(vm.pool.clone()) };
    let found = world.manager.find(ObjectKind::ServerPool, name).map_err(|e| e.fault())?;
    Ok(Some(found.id))
}

fn media_facts(site: &Site, world: &World, database: &Database) -> Result<Option<MediaFacts>, Fault> {
    let Some((name, media)) = site.media(database) else { return Ok(None) };
    template(media)?;
    let env = OracleEnv { home: media.oracle_home.clone(), sid: database.sid.clone(), tz: None };
    gather::media(world, name, &media.host, &media.vm, &env).map(Some)
}

fn choices(site: &Site, database: &Database) -> Choices {
    let media = site.media(database).map(|(_, media)| media);
    Choices {
        fsfreeze: database.quiesce == config::Quiesce::Fsfreeze,
        skip: database.skip.clone(),
        prefix: media.filter(|m| m.mount == MountMode::Prefix).map(|m| m.prefix.clone()),
        media_home: media.map(|m| m.oracle_home.clone()),
        sid: database.sid.clone(),
    }
}

/// The parameters of a snapshot run.
pub fn snapshot(site: &Site, world: &World, database: &Database, seen: &Seen) -> Result<SnapshotParams, Fault> {
    let slots: Vec<u32> = seen.layout.data_disks().map(|disk| disk.facts.slot).collect();
    let virtuals: Vec<u32> = seen.vm.disks.iter().filter(|d| d.kind == DiskKind::Virtual).map(|d| d.slot).collect();
    let release = world.manager.release().map_err(|e| e.fault())?;
    let fsfreeze = database.quiesce == config::Quiesce::Fsfreeze;
    Ok(SnapshotParams {
        site: seen.site.clone(),
        target: match site.config.manager.clone_to {
            config::CloneTo::VmTemplate => Target::VmTemplate,
            config::CloneTo::Vm => Target::Vm,
        },
        customizer: release.has_customizers() && slots != virtuals,
        slots,
        freeze: seen.layout.to_freeze().filter(|_| fsfreeze).map(str::to_owned).collect(),
        window_limit_s: database.window_limit.get().as_secs(),
        redo: seen.db.files.iter().filter(|f| f.kind == FileKind::Redo).map(|f| f.path.clone()).collect(),
        standby: site.media(database).is_some_and(|(_, media)| media.controlfile == ControlfileKind::Standby),
        surveyed: surveyed(seen, gather::rebuild(world, &database.host, &seen.layout)?),
    })
}

fn surveyed(seen: &Seen, rebuild: Rebuild) -> Surveyed {
    Surveyed {
        identity: seen.db.identity.clone(),
        datafiles: seen.db.datafiles.clone(),
        planned: seen.db.planned().map(|file| file.number).collect(),
        closed_containers: seen.db.closed_containers.clone(),
        layout: seen.layout.clone(),
        parameters: seen.db.parameters.clone(),
        rebuild,
    }
}

/// The parameters of an offload run.
pub fn offload(
    site: &Site,
    world: &World,
    database: &Database,
    record: &SnapshotRecord,
    roll_forward: bool,
) -> Result<CloneParams, Fault> {
    let layout = layout_of(record)?;
    offload_of(site, world, database, (record.id.clone(), record.end_scn, layout), roll_forward)
}

/// What a snapshot's run found and made.
pub fn layout_of(record: &SnapshotRecord) -> Result<SnapshotLayout, Fault> {
    serde_json::from_value(record.layout.clone()).map_err(|error| {
        Fault::new(Kind::Bug, "SNP-011", format!("the record of {} cannot be read", record.id)).cause(error.to_string())
    })
}

/// What an offload of a snapshot that is not there yet would be given, for `--dry-run`.
pub fn offload_to_come(
    site: &Site,
    world: &World,
    database: &Database,
    params: &SnapshotParams,
    roll_forward: bool,
) -> Result<CloneParams, Fault> {
    let id = sample_run(&params.site.database)?;
    offload_of(site, world, database, (id, Scn::default(), layout_to_come(params)?), roll_forward)
}

fn layout_to_come(params: &SnapshotParams) -> Result<SnapshotLayout, Fault> {
    let wanted = params.surveyed.layout.disks.iter().filter(|disk| params.slots.contains(&disk.facts.slot));
    let golden = |disk: &survey::Disk| {
        let (slot, bytes) = (disk.facts.slot, disk.facts.bytes.unwrap_or_default());
        let repository = disk.facts.repository.clone().map_or_else(|| later("REPOSITORY"), Ok)?;
        Ok(GoldenDisk { slot, id: later(&format!("GOLDEN-DISK-{slot}"))?, repository, bytes })
    };
    Ok(SnapshotLayout {
        site: params.site.clone(),
        disks: wanted.map(golden).collect::<Result<_, Fault>>()?,
        surveyed: params.surveyed.clone(),
        active: BTreeMap::new(),
        quiet: BTreeMap::new(),
        redo: params.redo.clone(),
        logs: vec![log_to_come()],
        control: None,
        standby: None,
        flush_ms: 0,
        clone: String::new(),
    })
}

/// At least the log that holds END BACKUP is needed.
fn log_to_come() -> KeptLog {
    let (first, next, moved) = (Scn::default(), Scn::default(), Moved { bytes: 0, sha256: String::new() });
    KeptLog { thread: 1, sequence: 0, first, next, file: "EACH-NEEDED-LOG".to_owned(), moved }
}

/// The parameters of a clone on the media host.
pub fn offload_of(
    site: &Site,
    world: &World,
    database: &Database,
    (snapshot, end_scn, layout): (RunId, Scn, SnapshotLayout),
    roll_forward: bool,
) -> Result<CloneParams, Fault> {
    let no_media = || {
        Fault::new(Kind::User, "CFG-007", format!("{} has no media host", layout.site.database))
            .hint("set media = \"NAME\" for it and add [media.NAME]")
    };
    let (name, media) = site.media(database).ok_or_else(no_media)?;
    let facts = media_facts(site, world, database)?.ok_or_else(no_media)?;
    let wanted = Wanted {
        version: &layout.surveyed.identity.version,
        layout: &layout.surveyed.layout,
        choices: &choices(site, database),
    };
    if let Some(refusal) = finding::refusal(&survey::rules::media_findings(&wanted, &facts)) {
        return Err(refusal);
    }
    let disks = work_disks(&layout, &facts.vm, name)?;
    let params = CloneParams {
        snapshot,
        site: layout.site,
        media: media_site(name, media, facts.vm.id, database)?,
        way: way(database),
        disks,
        surveyed: layout.surveyed,
        active: layout.active,
        quiet: layout.quiet,
        redo: layout.redo,
        end_scn,
        control: if media.controlfile == ControlfileKind::Standby { layout.standby } else { layout.control },
        logs: layout.logs,
        skip: database.skip.clone(),
        roll_forward,
    };
    params.must_have_devices().map(|()| params)
}

fn way(database: &Database) -> Way {
    match database.way {
        config::Way::Manager => Way::Manager,
        config::Way::Server => Way::Server,
    }
}

/// Slots of a Vm at which nothing hangs.
fn free_slots(vm: &VmFacts, slots: Range<u32>) -> impl Iterator<Item = u32> {
    slots.filter(|slot| !vm.disks.iter().any(|disk| disk.slot == *slot))
}

fn work_disks(layout: &SnapshotLayout, vm: &VmFacts, media: &HostName) -> Result<Vec<WorkDisk>, Fault> {
    let mut free = free_slots(vm, WORK_SLOTS);
    let pair = |golden: &GoldenDisk| {
        let media_slot = free.next().ok_or_else(|| {
            let text = format!("the VM of media host {media} has no free slot from {} on", WORK_SLOTS.start);
            Fault::new(Kind::User, "MEDIA-SLOTS", text)
                .hint_command("see what it has", format!("ovmirror vm {}", vm.name))
        })?;
        Ok(WorkDisk { slot: golden.slot, golden: golden.id.clone(), repository: golden.repository.clone(), media_slot })
    };
    layout.disks.iter().map(pair).collect()
}

/// The site's own RMAN template, if it has one.
fn template(media: &Media) -> Result<Option<String>, Fault> {
    let Some(path) = &media.template else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::new(Kind::User, "CFG-008", format!("the RMAN template {} cannot be read", path.display()))
            .cause(error.to_string())
            .hint("correct `template` under [media.NAME], or leave it out")
    })?;
    text::check_own(&text).map(|()| Some(text))
}

fn media_site(name: &HostName, media: &Media, vm: ObjectId, database: &Database) -> Result<MediaSite, Fault> {
    Ok(MediaSite {
        name: name.clone(),
        host: media.host.clone(),
        vm,
        oracle_home: media.oracle_home.clone(),
        prefix: (media.mount == MountMode::Prefix).then(|| media.prefix.clone()),
        standby: media.controlfile == ControlfileKind::Standby,
        channels: media.channels,
        library: media.sbt.library.clone(),
        env: media.sbt.env.clone(),
        template: template(media)?,
        validate: database.validate == config::Validate::Always,
    })
}
