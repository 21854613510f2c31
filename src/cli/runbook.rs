//! From the survey to the page of the runbook. Commands of the manager come from its driver, statements from `sql/`, scripts
//! from `templates/`: what the page says is what ovmirror itself would send.

use super::{
    prepare::Seen,
    recover::{keep, kept_folder, options},
    resolve::Site,
    wire::SystemClock,
};
use crate::{
    config::{Database, Host},
    driver::ovm::{CloneSpec, CloneTo, ObjectKind, OvmName, Ref, Release as OvmRelease, Source},
    fault::{Fault, Kind, Remedy},
    model::{HostName, ObjectId},
    port::{Bind, Clock, sh_quote},
    step::{
        World, device,
        params::{SnapshotParams, Target},
        preview::later,
    },
    survey::{self, HostFacts, device_of_slot},
    text::{
        Release, render,
        runbook::{Disk, Runbook, Sql, TapeStep, Unit},
        sh, sql,
        sql::SqlId,
        sqlplus,
    },
};
use std::path::Path;

/// What the page is drawn from.
pub struct Drawn<'a> {
    pub site: &'a Site,
    pub world: &'a World,
    pub database: &'a Database,
    pub seen: &'a Seen,
    pub host: &'a HostFacts,
    pub params: &'a SnapshotParams,
}

/// The page.
pub fn page<'a>(drawn: &'a Drawn<'a>, tape: Vec<TapeStep>, no_tape: String) -> Result<Runbook<'a>, Fault> {
    let (seen, params) = (drawn.seen, drawn.params);
    let cli = drawn.world.manager.release().map_err(|e| e.fault())?;
    let disks = drawn.disks(cli)?;
    let units = drawn.units();
    let release = params.release()?;
    let (keep_script, restore) = drawn.kept_scripts()?;
    Ok(Runbook {
        database: seen.site.database.as_str(),
        dbid: seen.db.identity.dbid,
        sid: &seen.site.sid,
        home: &seen.site.oracle_home,
        role: sqlplus::role_word(seen.site.role()),
        made_at: SystemClock::new().now().format("%Y-%m-%d %H:%M %:z").to_string(),
        version: env!("CARGO_PKG_VERSION"),
        vm: &seen.site.vm_name,
        vm_id: seen.site.vm.as_str(),
        ovm_release: cli.text(),
        ssh_manager: drawn.ssh_manager(),
        ssh_db: drawn.ssh(&drawn.database.host),
        ssh_server: drawn.database.server.as_ref().map(|host| drawn.ssh(host)).unwrap_or_default(),
        become_words: drawn.become_words(),
        variables: variables(&disks),
        customizer: drawn.customizer(cli)?,
        storage_mappings: drawn.storage_mappings(cli)?,
        clone: drawn.clone(cli)?,
        freeze: &params.freeze,
        controlfile_folder: drawn.controlfile_folder(),
        log_name_column: column(release, sql::LOGS_SINCE, "NAME")?,
        groups: seen.layout.data_groups().into_iter().map(|group| group.name).collect(),
        units_down: units.iter().rev().cloned().collect(),
        kept: drawn.kept()?,
        keep: keep_script,
        restore,
        sql: drawn.sql(release)?,
        disks,
        units,
        tape,
        no_tape,
    })
}

/// What stands for a value of the page's own session.
fn this(name: &str) -> Result<ObjectId, Fault> {
    later(&format!("THIS_{name}"))
}

fn ovm_name(text: &str) -> Result<OvmName, Fault> {
    OvmName::new(text).map_err(|e| e.fault())
}

/// A longer name first: GOLDEN_20 begins with GOLDEN_2.
fn variables(disks: &[Disk]) -> Vec<String> {
    let mut all: Vec<String> = ["TAG", "CUSTOMIZER", "CLONE", "BEGIN_SCN", "UNTIL"].map(str::to_owned).to_vec();
    let of = |disk: &Disk| ["GOLDEN", "NEW", "MAP"].map(|word| format!("{word}_{}", disk.slot));
    all.extend(disks.iter().flat_map(of));
    all.sort_by_key(|name| std::cmp::Reverse(name.len()));
    all
}

fn column(release: Release, id: SqlId, name: &str) -> Result<u64, Fault> {
    let (_, entry) = id.entry(release)?;
    let at = entry.columns.iter().position(|column| column == name);
    at.map(|at| at as u64 + 1).ok_or_else(|| Fault::new(Kind::Bug, "RBK-001", format!("{} has no {name}", entry.id)))
}

impl Drawn<'_> {
    /// The name that an object of the page's session gets.
    fn named(&self, rest: &str) -> Result<OvmName, Fault> {
        ovm_name(&format!("{}.THIS_TAG{rest}", self.seen.site.database))
    }

    fn disks(&self, cli: OvmRelease) -> Result<Vec<Disk>, Fault> {
        self.seen.layout.data_disks().map(|disk| self.disk(cli, disk)).collect()
    }

    fn disk(&self, cli: OvmRelease, disk: &survey::Disk) -> Result<Disk, Fault> {
        let (facts, vm) = (&disk.facts, &self.seen.site.vm);
        let unknown = || Fault::new(Kind::External, "RBK-002", format!("slot {} holds no virtual disk", facts.slot));
        let (live, repository) =
            (facts.disk.clone().ok_or_else(unknown)?, facts.repository.clone().ok_or_else(unknown)?);
        let (slot, device) = (facts.slot, device_of_slot(facts.slot));
        let (golden, new) = (this(&format!("GOLDEN_{slot}"))?, this(&format!("NEW_{slot}"))?);
        let mapping_name = ovm_name(&self.mapping_name(slot)?)?;
        let rename = |id: &ObjectId, name: &OvmName| cli.rename(ObjectKind::VirtualDisk, id, name);
        let live_name = ovm_name(&facts.name)?;
        let map = |id: &ObjectId| cli.create_mapping(vm, slot, id, Source::Virtual, &mapping_name);
        Ok(Disk {
            slot,
            live: live.to_string(),
            mapping: facts.mapping.to_string(),
            repository: repository.to_string(),
            swap: if disk.swap.possible {
                "may be swapped".to_owned()
            } else {
                format!("must not be swapped: {}", disk.swap.because)
            },
            name_golden: rename(&golden, &self.named(&format!(".disk.{slot}"))?),
            clone: cli.clone_disk(&golden, &repository),
            name_old: rename(&live, &self.named(&format!(".old.{slot}"))?),
            name_new: rename(&new, &live_name),
            name_new_away: rename(&new, &self.named(&format!(".new.{slot}"))?),
            name_old_back: rename(&live, &live_name),
            map_new: map(&new),
            map_old: map(&live),
            refresh: cli.refresh(ObjectKind::Repository, &repository),
            is_free: render(&sh::DeviceFree { device: &device })?,
            has_come: render(&sh::DeviceWait { device: &device, present: true, seconds: 60 })?,
            device,
        })
    }

    fn mapping_name(&self, slot: u32) -> Result<String, Fault> {
        let connected = self.world.manager.connected(&self.seen.site.vm, slot).map_err(|e| e.fault())?;
        Ok(connected.map(|disk| disk.mapping.label().to_owned()).unwrap_or_default())
    }

    fn units(&self) -> Vec<Unit> {
        let unit = |unit: &survey::Unit| {
            let words = device::mount_words(&options(self.host, unit), &unit.fstype, &unit.source, &unit.target);
            Unit { target: unit.target.clone(), mount: words.join(" ") }
        };
        self.seen.layout.data_units().map(unit).collect()
    }

    fn customizer(&self, cli: OvmRelease) -> Result<String, Fault> {
        match self.params.customizer {
            true => Ok(cli.create_customizer(&self.seen.site.vm, &self.named("")?)),
            false => Ok(String::new()),
        }
    }

    fn storage_mappings(&self, cli: OvmRelease) -> Result<Vec<String>, Fault> {
        let one = |disk: &survey::Disk| {
            let repository = disk.facts.repository.clone().map_or_else(|| later("REPOSITORY"), Ok)?;
            let name = self.named(&format!(".{}", disk.facts.slot))?;
            Ok(cli.create_storage_mapping(&this("CUSTOMIZER")?, &disk.facts.mapping, &repository, &name))
        };
        self.seen.layout.data_disks().filter(|_| self.params.customizer).map(one).collect()
    }

    fn clone(&self, cli: OvmRelease) -> Result<String, Fault> {
        let site = &self.seen.site;
        let pool = site.pool.as_ref().ok_or_else(|| {
            Fault::new(Kind::User, "SNP-006", format!("the VM {} shows no server pool", site.vm_name))
                .hint("set server_pool under [manager]")
        })?;
        let spec = CloneSpec {
            source: Ref { id: site.vm.clone(), name: Some(site.vm_name.clone()) },
            to: match self.params.target {
                Target::VmTemplate => CloneTo::VmTemplate,
                Target::Vm => CloneTo::Vm,
            },
            name: self.named("")?,
            pool: pool.into(),
            customizer: self.params.customizer.then(|| this("CUSTOMIZER")).transpose()?,
            repository: None,
        };
        Ok(cli.clone_vm(&spec))
    }

    /// The folder of a datafile: the instance may write there, and the clone carries it.
    fn controlfile_folder(&self) -> &str {
        let files = self.seen.db.files.iter().filter(|file| file.kind == survey::FileKind::Data);
        let folder = files.filter_map(|file| Path::new(&file.path).parent()?.to_str()).next();
        folder.unwrap_or("/")
    }

    fn kept(&self) -> Result<String, Fault> {
        let units: Vec<survey::Unit> = self.seen.layout.data_units().cloned().collect();
        let folder = kept_folder(self.database, &self.seen.db, self.host, &units)?;
        Ok(format!("{folder}/runbook"))
    }

    fn kept_scripts(&self) -> Result<(String, String), Fault> {
        let folder = format!("{}.THIS_TAG", self.kept()?);
        let (files, _, _) = keep(&self.seen.db);
        let (keep, restore) =
            (sh::Keep { folder: &folder, files: &files }, sh::KeptRestore { folder: &folder, files: &files });
        Ok((render(&keep)?, render(&restore)?))
    }

    fn sql(&self, release: Release) -> Result<Sql, Fault> {
        let plain = |id: SqlId| id.at(release, &[]).map(|statement| statement.text);
        let copy = format!("{}/control.THIS_TAG.ctl", self.controlfile_folder());
        let since = sql::LOGS_SINCE.entry(release)?.1.body.replace(":scn", "THIS_BEGIN_SCN");
        let recover = sqlplus::Recover::complete();
        Ok(Sql {
            active: plain(sql::BACKUP_ACTIVE)?,
            archive: plain(sql::LOGS_ARCHIVE_CURRENT)?,
            checkpoint: plain(sql::LOGS_CHECKPOINT)?,
            begin: plain(sql::BACKUP_BEGIN)?,
            controlfile: sql::BACKUP_CONTROLFILE.at(release, &[("path", Bind::Text(copy))])?.text,
            end: plain(sql::BACKUP_END)?,
            now: plain(sql::DATABASE_NOW)?,
            logs: since,
            headers: plain(sql::FILES_HEADERS)?,
            scn_of: sql::TIME_SCN_OF.entry(release)?.1.body.replace(":moment", "'2026-11-21 20:45:12'"),
            startup: render(&sqlplus::StartupMount { pfile: "" })?,
            shutdown: render(&sqlplus::ShutdownImmediate {})?,
            recover: render(&recover)?.trim().to_owned(),
            open: plain(sql::CHANGE_OPEN)?,
            open_resetlogs: plain(sql::CHANGE_OPEN_RESETLOGS)?,
        })
    }

    fn host(&self, name: &HostName) -> Option<&Host> {
        self.site.config.hosts.get(name)
    }

    fn become_words(&self) -> String {
        let words = self.host(&self.database.host).and_then(|host| host.become_with.as_deref()).unwrap_or_default();
        words.to_owned()
    }

    /// `ssh` as this site wants it; for the machine itself a plain shell.
    fn ssh(&self, name: &HostName) -> String {
        match self.host(name) {
            Some(host) if host.local => "sh -c".to_owned(),
            Some(host) => {
                let (address, user) = (host.address.as_deref().unwrap_or(name.as_str()), host.user.as_deref());
                self.ssh_words(host.key.as_deref(), host.port.unwrap_or(22), user.unwrap_or_default(), address)
            }
            None => format!("ssh {name}"),
        }
    }

    fn ssh_manager(&self) -> String {
        let manager = &self.site.config.manager;
        self.ssh_words(manager.key.as_deref(), manager.port, &manager.user, &manager.host)
    }

    fn ssh_words(&self, key: Option<&Path>, port: u16, user: &str, address: &str) -> String {
        let mut words = vec!["ssh".to_owned()];
        words.extend(key.into_iter().flat_map(|key| ["-i".to_owned(), key.display().to_string()]));
        words.extend(["-o".to_owned(), format!("UserKnownHostsFile={}", self.site.known_hosts.display())]);
        words.extend(["-p".to_owned(), port.to_string(), format!("{user}@{address}")]);
        words.iter().map(|word| sh_quote(word)).collect::<Vec<_>>().join(" ")
    }
}
