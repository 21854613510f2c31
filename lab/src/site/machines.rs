//! The machines below the manager: guests and server as processes, repository as files.

use super::{
    board::{Board, Plugged, Slots},
    demo::golden,
    error::{During, SiteError},
    hosts::{Hosts, locked},
    link::Link,
    paths::Paths,
    plan::{Machine, Repository, Site},
    repository, spec,
    volume::{Held, Volumes, is_scrap},
};
use crate::{
    guest::xm::Domain,
    host::{
        control::{Order, Word},
        dev, loops,
        seam::{DiskSize, HostError, Machines, Place},
        spec::{HostSpec, Node, Role},
    },
    witness::blocks::FileBlocks,
};
use rustix::fs::statvfs;
use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// Disks for a start: slot, repository and file name.
type Wanted = Vec<(u32, String, String)>;

/// A running machine.
struct Running {
    link: Link,
    number: u32,
    held: Arc<Mutex<BTreeMap<u32, Held>>>,
}

/// All machines of a site.
pub struct Fleet {
    paths: Paths,
    site: Site,
    volumes: Volumes,
    authorized: String,
    running: Mutex<BTreeMap<String, Arc<Running>>>,
    /// Where each answered last: a machine that is started again keeps its address.
    answered: Mutex<BTreeMap<String, u16>>,
    started: Mutex<u32>,
}

impl Fleet {
    /// Of this site; nothing runs yet.
    pub fn new(paths: Paths, site: Site, authorized: String) -> Self {
        let volumes = Volumes { mode: site.mode };
        Self {
            paths,
            site,
            volumes,
            authorized,
            running: Mutex::default(),
            answered: Mutex::default(),
            started: Mutex::new(0),
        }
    }

    fn one(&self, name: &str) -> Result<Arc<Running>, SiteError> {
        let found = locked(&self.running).get(name).cloned();
        found.filter(|r| r.link.alive()).ok_or_else(|| SiteError::inside(name, "it does not run"))
    }

    fn machine(&self, vm: &str) -> Result<&Machine, HostError> {
        self.site.machine(vm).ok_or_else(|| HostError::Other(format!("no machine {vm}")))
    }

    fn repository(&self, id: &str) -> Result<PathBuf, HostError> {
        if self.site.repositories.iter().any(|repository| repository.id == id) {
            return Ok(self.paths.repository(id));
        }
        Err(HostError::Missing(format!("/OVS/Repositories/{id}").into()))
    }

    fn disk(&self, repository: &str, disk: &str) -> Result<PathBuf, HostError> {
        if disk.contains('/') || disk.is_empty() {
            return Err(HostError::Other(format!("`{disk}` is no disk")));
        }
        Ok(self.repository(repository)?.join("VirtualDisks").join(disk))
    }

    /// The disks a machine had last, or those of its first boot: repository and file name by slot.
    fn slots(&self, machine: &Machine) -> Result<Wanted, SiteError> {
        let last = Board::of(&self.paths, machine).read()?;
        let last = last.map(|slots| slots.into_iter().map(|(slot, p)| (slot, p.repository, p.disk)).collect());
        let first = || machine.disks.iter().map(|d| (d.slot, d.repository.clone(), d.id.clone())).collect();
        Ok(last.unwrap_or_else(first))
    }

    fn boot(&self, machine: &Machine, wanted: &Wanted) -> Result<(), SiteError> {
        let folder = self.paths.host(&machine.name);
        fs::create_dir_all(&folder).at(&folder)?;
        let (mut held, mut disks, mut slots) = (BTreeMap::new(), Vec::new(), Slots::new());
        for (slot, repository, disk) in wanted {
            let (node, hold, plugged) = self.node(*slot, repository, disk)?;
            disks.push(node);
            held.insert(*slot, hold);
            slots.insert(*slot, plugged);
        }
        let board = Board::of(&self.paths, machine);
        board.write(&slots)?;
        let held = Arc::new(Mutex::new(held));
        let spec = self.spec(machine, disks)?;
        let shared = held.clone();
        let link = Link::start(&spec, move |slot| {
            locked(&shared).remove(&slot);
            if let Err(error) = board.change(|slots| drop(slots.remove(&slot))) {
                eprintln!("{error}");
            }
        })?;
        locked(&self.answered).insert(machine.name.clone(), link.port);
        let number = self.next_number();
        locked(&self.running).insert(machine.name.clone(), Arc::new(Running { link, number, held }));
        self.publish()
    }

    fn next_number(&self) -> u32 {
        let mut started = locked(&self.started);
        *started += 1;
        *started
    }

    /// What `xm list` shows.
    fn publish(&self) -> Result<(), SiteError> {
        let running = locked(&self.running);
        let guests = self.site.machines.iter().filter(|m| m.role != Role::Server);
        let domains: Vec<Domain> =
            guests.filter_map(|m| Some(Domain { id: m.id.clone(), number: running.get(&m.name)?.number })).collect();
        drop(running);
        let path = self.paths.shared().join("domains.json");
        fs::write(&path, serde_json::to_vec(&domains).map_err(io::Error::from).at(&path)?).at(&path)?;
        self.show_loops();
        Ok(())
    }

    /// The server's /sys follows at once; it follows by itself a moment later, so that a server that is off is no failure.
    fn show_loops(&self) {
        let servers = self.site.of(Role::Server).filter_map(|server| self.one(&server.name).ok());
        servers.for_each(|server| drop(server.link.ask(&Order::Loops)));
    }

    fn node(&self, slot: u32, repository: &str, disk: &str) -> Result<(Node, Held, Plugged), SiteError> {
        let path = self.disk(repository, disk).map_err(|e| SiteError::inside(disk, e))?;
        let bytes = self.volumes.size(&path)?.0;
        let inode = fs::metadata(&path).at(&path)?.ino();
        let relative = PathBuf::from(repository).join("VirtualDisks").join(disk);
        let (held, backing) = self.volumes.hold(&self.paths.repositories(), &relative)?;
        let plugged = Plugged { repository: repository.to_owned(), disk: disk.to_owned(), inode };
        Ok((Node { slot, bytes, backing }, held, plugged))
    }

    fn spec(&self, machine: &Machine, disks: Vec<Node>) -> Result<HostSpec, SiteError> {
        let base = spec::of(&self.paths, &self.site, machine, &self.authorized)?;
        Ok(HostSpec { port: locked(&self.answered).get(&machine.name).copied().unwrap_or(base.port), disks, ..base })
    }

    fn plug(&self, machine: &Machine, slot: u32, repository: &str, disk: &str) -> Result<(), HostError> {
        let Ok(running) = self.one(&machine.name) else { return Ok(()) };
        let (node, hold, plugged) = self.node(slot, repository, disk).map_err(host_error)?;
        match running.link.ask(&Order::Attach(node)).map_err(host_error)? {
            Word::Done => {
                locked(&running.held).insert(slot, hold);
                let board = Board::of(&self.paths, machine);
                board.change(|slots| drop(slots.insert(slot, plugged))).map_err(host_error)?;
                self.show_loops();
                Ok(())
            }
            other => Err(refusal(slot, other)),
        }
    }

    fn pull(&self, machine: &Machine, slot: u32) -> Result<(), HostError> {
        let Ok(running) = self.one(&machine.name) else { return Ok(()) };
        let taken = self.site.quirks.is("detach-of-mounted", "taken");
        if taken {
            self.tear(machine, slot)?;
        }
        match running.link.ask(&Order::Detach { slot, taken }).map_err(host_error)? {
            Word::Done => {
                locked(&running.held).remove(&slot);
                let board = Board::of(&self.paths, machine);
                board.change(|slots| drop(slots.remove(&slot))).map_err(host_error)?;
                self.show_loops();
                Ok(())
            }
            other => Err(refusal(slot, other)),
        }
    }

    /// The disk as it is now stays under its name, whichever that is; what the guest writes from here on is lost.
    fn tear(&self, machine: &Machine, slot: u32) -> Result<(), HostError> {
        let slots = Board::of(&self.paths, machine).read().map_err(host_error)?;
        let plugged = slots.and_then(|slots| slots.get(&slot).cloned());
        let path = plugged.and_then(|plugged| loops::present(&plugged, &self.paths.repositories()));
        path.map_or(Ok(()), |path| self.volumes.tear(&path).map_err(host_error))
    }

    fn config(&self, repository: &str, vm: &str, template: bool) -> Result<PathBuf, HostError> {
        if vm.contains('/') || vm.is_empty() {
            return Err(HostError::Other(format!("`{vm}` is no id")));
        }
        let kind = if template { "Templates" } else { "VirtualMachines" };
        Ok(self.repository(repository)?.join(kind).join(vm))
    }
}

fn refusal(slot: u32, word: Word) -> HostError {
    match word {
        Word::Busy => HostError::Busy(dev::name(slot).trim_start_matches("xvd").to_owned()),
        Word::NotConnected => HostError::NotConnected(dev::name(slot)),
        Word::Error(text) => HostError::Other(text),
        other => HostError::Other(format!("{other:?}")),
    }
}

fn host_error(error: SiteError) -> HostError {
    match error {
        SiteError::Io { doing, source } => io_error(doing.into(), &source),
        SiteError::Program { text, .. } if text.contains("No space left") => HostError::NoSpace,
        other => HostError::Other(other.to_string()),
    }
}

fn io_error(path: PathBuf, source: &io::Error) -> HostError {
    match source.kind() {
        io::ErrorKind::StorageFull => HostError::NoSpace,
        io::ErrorKind::NotFound => HostError::Missing(path),
        _ => HostError::Other(format!("{}: {source}", path.display())),
    }
}

impl Machines for Fleet {
    fn repositories(&self) -> Vec<Place> {
        let place = |r: &Repository| Place { id: r.id.clone(), alias: r.name.clone(), kind: "ocfs2".into() };
        self.site.repositories.iter().map(place).collect()
    }

    fn space(&self, repository: &str) -> Result<(u64, u64), HostError> {
        let path = self.repository(repository)?;
        let data = statvfs(&path).map_err(|e| io_error(path, &e.into()))?;
        Ok((data.f_blocks * data.f_frsize, data.f_bavail * data.f_frsize))
    }

    fn scan(&self, repository: &str) -> Result<Vec<String>, HostError> {
        let path = self.repository(repository)?.join("VirtualDisks");
        let names =
            fs::read_dir(&path).map_err(|e| io_error(path, &e))?.filter_map(|e| e.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|n| !is_scrap(n)).collect();
        names.sort();
        Ok(names)
    }

    fn create_disk(&self, repository: &str, disk: &str, bytes: u64) -> Result<(), HostError> {
        self.volumes.create(&self.disk(repository, disk)?, bytes).map_err(host_error)
    }

    fn clone_disk(&self, from: (&str, &str), to: (&str, &str), thin: bool) -> Result<(), HostError> {
        let target = self.disk(to.0, to.1)?;
        self.volumes.clone(&self.disk(from.0, from.1)?, &target, thin).map_err(host_error)
    }

    fn delete_disk(&self, repository: &str, disk: &str) -> Result<(), HostError> {
        self.volumes.delete(&self.disk(repository, disk)?).map_err(host_error)
    }

    fn disk_size(&self, repository: &str, disk: &str) -> Result<DiskSize, HostError> {
        let (max, used) = self.volumes.size(&self.disk(repository, disk)?).map_err(host_error)?;
        Ok(DiskSize { max, used })
    }

    fn attach(&self, vm: &str, slot: u32, repository: &str, disk: &str) -> Result<(), HostError> {
        self.plug(self.machine(vm)?, slot, repository, disk)
    }

    fn detach(&self, vm: &str, slot: u32) -> Result<(), HostError> {
        self.pull(self.machine(vm)?, slot)
    }

    fn start(&self, vm: &str, disks: &[(u32, String, String)]) -> Result<(), HostError> {
        let machine = self.machine(vm)?;
        if self.one(&machine.name).is_ok() {
            return Err(HostError::Other(format!("{vm} runs already")));
        }
        self.boot(machine, &disks.to_vec()).map_err(host_error)
    }

    fn stop(&self, vm: &str) -> Result<(), HostError> {
        let machine = self.machine(vm)?;
        if let Some(running) = locked(&self.running).remove(&machine.name) {
            running.link.stop();
        }
        Board::of(&self.paths, machine).hide();
        self.publish().map_err(host_error)
    }

    fn write_config(&self, repository: &str, vm: &str, template: bool, text: &str) -> Result<(), HostError> {
        let path = self.config(repository, vm, template)?;
        let written = fs::create_dir_all(&path).and_then(|()| fs::write(path.join("vm.cfg"), text));
        written.map_err(|e| io_error(path.join("vm.cfg"), &e))
    }

    fn remove_config(&self, repository: &str, vm: &str, template: bool) -> Result<(), HostError> {
        let path = self.config(repository, vm, template)?;
        fs::remove_dir_all(&path).map_err(|e| io_error(path, &e))
    }
}

impl Hosts for Fleet {
    fn prepare(&self) -> Result<(), SiteError> {
        repository::open(&self.paths, &self.site)
    }

    fn start_all(&self) -> Result<(), SiteError> {
        let start = |machine| {
            let disks = self.slots(machine)?;
            self.boot(machine, &disks)
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = self.site.machines.iter().map(|m| scope.spawn(move || start(m))).collect();
            let ended = all
                .into_iter()
                .map(|t| t.join().unwrap_or_else(|_| Err(SiteError::inside("host", "its start broke off"))));
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    }

    fn stop_all(&self) {
        let all = std::mem::take(&mut *locked(&self.running));
        std::thread::scope(|scope| {
            for machine in all.values() {
                scope.spawn(|| machine.link.stop());
            }
        });
    }

    fn ports(&self) -> BTreeMap<String, u16> {
        let running = locked(&self.running);
        running.iter().filter(|(_, r)| r.link.alive()).map(|(name, r)| (name.clone(), r.link.port)).collect()
    }

    fn run(
        &self,
        name: &str,
        argv: &[&str],
        env: &[(&str, &str)],
        stdin: &str,
    ) -> Result<(i32, String, String), SiteError> {
        let order = Order::Run {
            argv: argv.iter().map(|a| (*a).to_owned()).collect(),
            env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            stdin: stdin.to_owned(),
        };
        match self.one(name)?.link.ask(&order)? {
            Word::Output { status, stdout, stderr } => Ok((status, stdout, stderr)),
            other => Err(SiteError::inside(name, format!("{other:?}"))),
        }
    }

    fn blocks(&self, disk: &str) -> Result<Vec<FileBlocks>, SiteError> {
        golden::blocks(&self.paths, &self.site, disk)
    }
}
