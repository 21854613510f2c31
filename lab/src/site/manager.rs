//! The manager of a site: its folder, its password, its first objects, and its start inside the supervisor.

use super::{
    error::{During, SiteError},
    hosts::Hosts,
    keys,
    paths::Paths,
    plan::{Machine, POOL, Repository, SERVER, Site},
};
use crate::{
    host::spec::Role,
    manager::{
        Manager, ManagerOptions, Release,
        object::VmState,
        seed::{self, DiskSpec, RepositorySpec, ServerSpec, SiteSpec, VmSpec},
    },
};
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// The only user.
pub const USER: &str = "admin";

/// Where it keeps its state.
fn folder(paths: &Paths) -> PathBuf {
    paths.dir.join("manager")
}

/// The lines that known_hosts needs for it.
pub fn known_hosts(paths: &Paths, port: u16) -> Result<String, SiteError> {
    let keys = crate::manager::host_keys(&folder(paths)).during("reading the manager's host keys")?;
    Ok(keys.iter().map(|key| format!("[127.0.0.1]:{port} {key}\n")).collect())
}

/// One that serves.
pub struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Ends it, and starts another on the same state and port: connections are cut, jobs that run fail, and keys are refused
    /// until somebody logs in with the password (as after a restart of the service `ovmcli`).
    pub fn restart(self, paths: &Paths, site: &mut Site, fleet: &Arc<dyn Hosts>) -> Result<Self, SiteError> {
        self.stop.send(()).ok();
        let ended = tokio::runtime::Handle::current().block_on(self.ended);
        ended.map_err(io::Error::other).and_then(|served| served).during("ending the manager")?;
        start(paths, site, fleet)
    }
}

/// Its first objects, and each vm.cfg; nothing where it has objects already.
pub fn objects_of(paths: &Paths, site: &Site, fleet: &dyn Hosts) -> Result<(), SiteError> {
    let folder = folder(paths);
    std::fs::create_dir_all(&folder).at(&folder)?;
    seed::seed(&folder, &objects(site), release(site)?, fleet).during("writing the manager's objects").map(drop)
}

fn release(site: &Site) -> Result<Release, SiteError> {
    site.release.parse().map_err(|why: String| SiteError::refused(why, "--release 3.2, 3.3 or 3.4"))
}

/// Starts it on its objects. The runtime of the supervisor is entered, so that it may spawn.
pub fn start(paths: &Paths, site: &mut Site, fleet: &Arc<dyn Hosts>) -> Result<Running, SiteError> {
    let folder = folder(paths);
    let authorized = folder.join("ovmcli_authorized_keys");
    keys::secret(&authorized, &format!("{}\n", keys::client(paths)?))?;
    let options = ManagerOptions {
        port: site.manager_port,
        user: USER.to_owned(),
        password: password(paths)?,
        release: release(site)?,
        quirks: site.quirks.clone(),
        faults: paths.faults(),
        rtt: Duration::from_millis(site.rtt_ms),
        job_time: Duration::from_millis(site.job_ms),
        folder: folder.clone(),
    };
    let runtime = tokio::runtime::Handle::current();
    let manager = runtime.block_on(Manager::bind(options, fleet.clone())).during("starting the manager")?;
    site.manager_port = manager.port();
    let (stop, stopped) = oneshot::channel();
    let ended = runtime.spawn(manager.run(async { drop(stopped.await) }));
    Ok(Running { stop, ended })
}

/// The site's objects. The ids are those that files and folders of the repository have already.
fn objects(site: &Site) -> SiteSpec {
    let guests = || site.machines.iter().filter(|machine| machine.role != Role::Server);
    let server = site.machines.iter().find(|machine| machine.role == Role::Server);
    SiteSpec {
        pool: POOL.to_owned(),
        server: ServerSpec {
            id: server.map_or_else(String::new, |machine| machine.id.clone()),
            name: SERVER.to_owned(),
            address: "127.0.0.1".to_owned(),
        },
        repositories: site.repositories.iter().map(repository).collect(),
        networks: vec!["vlanpublic".to_owned()],
        disks: guests().flat_map(disks).collect(),
        physical: Vec::new(),
        cds: Vec::new(),
        vms: guests().map(vm).collect(),
    }
}

fn repository(repository: &Repository) -> RepositorySpec {
    RepositorySpec { id: repository.id.clone(), name: repository.name.clone(), kind: "ocfs2".to_owned() }
}

fn disks(machine: &Machine) -> impl Iterator<Item = DiskSpec> + '_ {
    machine.disks.iter().map(|disk| DiskSpec {
        id: disk.id.clone(),
        name: disk.name.clone(),
        bytes: disk.bytes,
        shareable: false,
        repository: disk.repository.clone(),
    })
}

fn vm(machine: &Machine) -> VmSpec {
    VmSpec {
        id: machine.id.clone(),
        name: machine.name.clone(),
        guest: machine.name.clone(),
        state: VmState::Running,
        domain: "XEN_PVM".to_owned(),
        os: "Oracle Linux 6".to_owned(),
        memory: 8192,
        cards: 1,
        slots: machine.disks.iter().map(|disk| (disk.slot, disk.id.clone())).collect(),
    }
}

/// Made once.
fn password(paths: &Paths) -> Result<String, SiteError> {
    let path = paths.password();
    if !path.exists() {
        keys::secret(&path, &format!("Lab{:016x}\n", rand::random::<u64>()))?;
    }
    std::fs::read_to_string(&path).map(|text| text.trim_end().to_owned()).at(&path)
}
