//! The machines of a site on real Xen, from power-on to power-off.

use super::{
    SERVER, images,
    pack::{self, Content},
    qemu::{Plan, Qemu},
    shell::{Answer, Place, Shells, quoted, script},
};
use crate::{
    host::spec::{HostSpec, Role},
    site::{
        board::{Board, Plugged, Slots},
        error::{During, SiteError},
        hosts::{Hosts, locked},
        layout,
        paths::Paths,
        plan::{Disk, Machine, Site},
        spec,
    },
    witness::blocks::FileBlocks,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    sync::Mutex,
    time::Duration,
};

const REPOSITORY: &str = include_str!("../../../xen/dom0/repository.sh");
const FIRST_DISK: &str = include_str!("../../../xen/dom0/first-disk.sh");
const FIRST_VOLUME: &str = include_str!("../../../xen/dom0/first-volume.sh");
const RAMDISK: &str = include_str!("../../../xen/dom0/ramdisk.sh");
const CREATE: &str = include_str!("../../../xen/dom0/create.sh");
const SHUTDOWN: &str = include_str!("../../../xen/dom0/shutdown.sh");
const END: &str = include_str!("../../../xen/dom0/end.sh");
const LOOK: &str = include_str!("../../../xen/dom0/look.sh");
/// Where dom0 has its repositories.
pub(super) const REPOSITORIES: &str = "/OVS/Repositories";
/// A boot under emulation, on a machine that has other work.
const BOOT: Duration = Duration::from_secs(400);

/// All machines of such a site.
pub struct XenSite {
    pub(super) paths: Paths,
    pub(super) site: Site,
    authorized: String,
    shells: Shells,
    qemu: Mutex<Option<Qemu>>,
    ports: BTreeMap<String, u16>,
    pub(super) running: Mutex<BTreeSet<String>>,
}

impl XenSite {
    /// Of this site; nothing runs yet.
    pub fn new(paths: Paths, site: Site, authorized: String) -> Result<Self, SiteError> {
        let key = paths.client_key();
        let shells = Shells::new(&fs::read_to_string(&key).at(&key)?)?;
        let ports = ports(&site)?;
        let (qemu, running) = (Mutex::default(), Mutex::default());
        Ok(Self { paths, site, authorized, shells, qemu, ports, running })
    }

    fn place(&self, machine: &Machine) -> Place {
        let user = if machine.role == Role::Server { "root" } else { "oracle" };
        Place { user: user.to_owned(), port: self.ports.get(&machine.name).copied().unwrap_or(0) }
    }

    fn server(&self) -> Result<&Machine, SiteError> {
        self.site.of(Role::Server).next().ok_or_else(|| SiteError::refused("the site has no server", ""))
    }

    fn alive(&self) -> bool {
        locked(&self.qemu).as_ref().is_some_and(Qemu::alive)
    }

    /// A script in dom0.
    pub(super) fn dom0(&self, text: &str, args: &[&str], stdin: &str) -> Result<Answer, SiteError> {
        if !self.alive() {
            return Err(SiteError::inside("ovs1", "the emulated machine is off"));
        }
        self.shells.run(&self.place(self.server()?), &script(text, args), stdin.as_bytes())
    }

    fn must(&self, text: &str, args: &[&str], stdin: &str) -> Result<String, SiteError> {
        let answer = self.dom0(text, args, stdin)?;
        if answer.status == 0 {
            return Ok(String::from_utf8_lossy(&answer.stdout).into_owned());
        }
        Err(SiteError::inside("ovs1", String::from_utf8_lossy(&answer.stderr).trim()))
    }

    fn power_on(&self) -> Result<(), SiteError> {
        let (images, folder) = (images::ready()?, self.paths.dir.join("xen"));
        fs::create_dir_all(&folder).at(&folder)?;
        let packed = pack::write(&folder, &self.contents()?)?;
        let mut disks = Vec::new();
        for repository in &self.site.repositories {
            let image = self.paths.image(&repository.name);
            let file = File::options().create(true).truncate(false).write(true).open(&image).at(&image)?;
            file.set_len(repository.bytes).at(&image)?;
            disks.push(image);
        }
        let server = self.server()?;
        let plan = Plan {
            images: &images,
            folder: &folder,
            packed: &packed,
            disks,
            guests_mib: self.guests().map(|_| GUEST_MIB).sum(),
            ports: self.addresses().map(|(m, a)| (self.place(m).port, a)).collect(),
            shares: vec![
                ("shared", self.paths.shared()),
                ("tape", self.paths.tape()),
                ("log", self.paths.dir.join("log")),
            ],
            console: self.paths.host(&server.name).join("console.log"),
        };
        *locked(&self.qemu) = Some(Qemu::start(&plan)?);
        let off = |error| SiteError::inside("ovs1", format!("{error}; see hosts/ovs1/console.log and xen/qemu.log"));
        self.shells.wait(&self.place(server), BOOT, || self.alive()).map_err(off)
    }

    fn guests(&self) -> impl Iterator<Item = &Machine> {
        self.site.machines.iter().filter(|m| m.role != Role::Server)
    }

    /// Each machine with its address inside, the server last.
    fn addresses(&self) -> impl Iterator<Item = (&Machine, String)> {
        let address = |(number, machine): (usize, &Machine)| match machine.role {
            Role::Server => SERVER.to_owned(),
            _ => pack::address(number),
        };
        self.site.machines.iter().enumerate().map(move |(n, m)| (m, address((n, m))))
    }

    fn contents(&self) -> Result<Vec<Content>, SiteError> {
        self.addresses().map(|(machine, address)| Ok(Content { spec: self.spec(machine)?, address })).collect()
    }

    fn spec(&self, machine: &Machine) -> Result<HostSpec, SiteError> {
        let folder = self.paths.host(&machine.name);
        fs::create_dir_all(&folder).at(&folder)?;
        let base = spec::of(&self.paths, &self.site, machine, &self.authorized)?;
        Ok(HostSpec { port: 22, repositories: REPOSITORIES.into(), ..base })
    }

    /// The repositories, and at the first start the disks in them; the image that they were made of goes.
    fn storage(&self) -> Result<(), SiteError> {
        for (number, repository) in (0_u8..).zip(&self.site.repositories) {
            let device = format!("/dev/vd{}", char::from(b'c' + number));
            self.must(REPOSITORY, &[&device, &repository.id, &repository.name], "")?;
        }
        let marker = self.paths.repositories().join(".made");
        if !marker.exists() {
            self.guests().try_for_each(|machine| self.first_disks(machine))?;
            self.must("rm -f \"$1\"/*/VirtualDisks/*.lab-base", &[REPOSITORIES], "")?;
            fs::write(&marker, "").at(&marker)?;
        }
        Ok(())
    }

    fn first_disks(&self, machine: &Machine) -> Result<(), SiteError> {
        let (grouped, single): (Vec<_>, Vec<_>) = machine.disks.iter().partition(|disk| disk.group.is_some());
        single.into_iter().try_for_each(|disk| self.first_disk(disk))?;
        self.first_volume(&grouped)
    }

    /// The volume group of a guest; its first disk says what lies on its volume.
    fn first_volume(&self, disks: &[&Disk]) -> Result<(), SiteError> {
        let Some((first, group)) = disks.first().and_then(|disk| Some((disk, disk.group.as_deref()?))) else {
            return Ok(());
        };
        let label = first.label.as_deref().unwrap_or_default();
        let files = disks.iter().flat_map(|disk| [file(&disk.repository, &disk.id), disk.bytes.to_string()]);
        let files: Vec<String> = files.collect();
        let words = [group, layout::VOLUME, &first.uuid, label];
        let args: Vec<&str> = words.into_iter().chain(files.iter().map(String::as_str)).collect();
        self.must(FIRST_VOLUME, &args, "").map(drop)
    }

    fn first_disk(&self, disk: &Disk) -> Result<(), SiteError> {
        let kind = if disk.dir.as_deref() == Some("/") { "system" } else { disk.fs.as_str() };
        let (file, bytes) = (file(&disk.repository, &disk.id), disk.bytes.to_string());
        let label = disk.label.as_deref().unwrap_or_default();
        self.must(FIRST_DISK, &[&file, &bytes, kind, &disk.uuid, label], "").map(drop)
    }

    /// Makes a domain of its vm.cfg; comes back when Xen has it, not when its system is up.
    pub(super) fn create(&self, machine: &Machine, slots: &Slots) -> Result<(), SiteError> {
        let (folder, ramdisk) = (self.vm_folder(machine), format!("/lab/{}.initrd", machine.name));
        self.must(RAMDISK, &[&machine.name], "")?;
        // Without a manager nobody else writes it.
        let text = if self.site.hosts_only { domain(machine, slots, self.number(machine)) } else { String::new() };
        self.must(CREATE, &[&machine.id, &folder, &ramdisk, &GUEST_MIB.to_string()], &text)?;
        self.shells.forget(&self.place(machine));
        locked(&self.running).insert(machine.name.clone());
        Board::of(&self.paths, machine).write(slots)
    }

    /// Where its vm.cfg lies.
    fn vm_folder(&self, machine: &Machine) -> String {
        format!("{REPOSITORIES}/{}/VirtualMachines/{}", self.site.repositories[0].id, machine.id)
    }

    fn number(&self, machine: &Machine) -> usize {
        self.site.machines.iter().position(|m| m.name == machine.name).unwrap_or(0)
    }

    /// Asks it to go down, and takes the power away if it does not.
    pub(super) fn shut_down(&self, machine: &Machine) -> Result<(), SiteError> {
        if locked(&self.running).remove(&machine.name) {
            self.must(SHUTDOWN, &[&machine.id], "")?;
        }
        Ok(())
    }

    fn last(&self, machine: &Machine) -> Result<Slots, SiteError> {
        let first = |d: &Disk| (d.slot, plugged(&d.repository, &d.id));
        Ok(Board::of(&self.paths, machine).read()?.unwrap_or_else(|| machine.disks.iter().map(first).collect()))
    }
}

/// dom0's name of a disk's file.
pub(super) fn file(repository: &str, disk: &str) -> String {
    format!("{REPOSITORIES}/{repository}/VirtualDisks/{disk}")
}

pub(super) fn plugged(repository: &str, disk: &str) -> Plugged {
    Plugged { repository: repository.to_owned(), disk: disk.to_owned(), inode: 0 }
}

/// MiB of a guest. The engine of a database takes 13 of them, the lab's program and its ramdisk 50.
const GUEST_MIB: u32 = 512;

/// The vm.cfg of a guest that no manager knows.
fn domain(machine: &Machine, slots: &Slots, number: usize) -> String {
    let disk = |(slot, p): (&u32, &Plugged)| {
        format!("'file:{},{},w'", file(&p.repository, &p.disk), crate::host::dev::name(*slot))
    };
    let disks: Vec<String> = slots.iter().map(disk).collect();
    format!(
        "name = '{}'\ndisk = [{}]\nvif = ['mac=00:21:f6:01:00:{number:02x},bridge=xenbr0']\n\
         on_reboot = 'destroy'\non_crash = 'destroy'\n",
        machine.id,
        disks.join(", ")
    )
}

/// A port for each machine: the one it had, if nobody took it meanwhile. All are held until all are found.
fn ports(site: &Site) -> Result<BTreeMap<String, u16>, SiteError> {
    let mut held = Vec::new();
    let mut ports = BTreeMap::new();
    for machine in &site.machines {
        let wished = TcpListener::bind(("127.0.0.1", machine.port));
        let listener = wished.or_else(|_| TcpListener::bind(("127.0.0.1", 0))).during("finding a port")?;
        ports.insert(machine.name.clone(), listener.local_addr().during("finding a port")?.port());
        held.push(listener);
    }
    Ok(ports)
}

impl Hosts for XenSite {
    fn prepare(&self) -> Result<(), SiteError> {
        self.power_on()?;
        self.storage()
    }

    fn start_all(&self) -> Result<(), SiteError> {
        self.guests().try_for_each(|machine| self.create(machine, &self.last(machine)?))?;
        self.guests().try_for_each(|machine| {
            let said = |error| SiteError::inside(&machine.name, error);
            self.shells.wait(&self.place(machine), BOOT, || self.alive()).map_err(said)
        })
    }

    fn stop_all(&self) {
        let guests: Vec<&str> = self.guests().map(|m| m.id.as_str()).collect();
        let ended = self.must(SHUTDOWN, &guests, "").and_then(|_| self.must(END, &[], ""));
        if let Err(error) = ended {
            eprintln!("{error}");
        }
        if let Some(qemu) = locked(&self.qemu).take() {
            qemu.kill();
        }
    }

    fn ports(&self) -> BTreeMap<String, u16> {
        let running = locked(&self.running);
        let on = |name: &str| running.contains(name) || name == crate::site::plan::SERVER;
        if !self.alive() {
            return BTreeMap::new();
        }
        self.ports.iter().filter(|(name, _)| on(name)).map(|(name, port)| (name.clone(), *port)).collect()
    }

    fn run(
        &self,
        name: &str,
        argv: &[&str],
        env: &[(&str, &str)],
        stdin: &str,
    ) -> Result<(i32, String, String), SiteError> {
        let machine = self.site.machine(name).ok_or_else(|| SiteError::inside(name, "there is no such machine"))?;
        let pairs = env.iter().map(|(key, value)| format!("{key}={value}"));
        let words = std::iter::once("env".to_owned()).chain(pairs).chain(argv.iter().map(|word| (*word).to_owned()));
        let line = words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
        let answer = self.shells.run(&self.place(machine), &line, stdin.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((answer.status, text(&answer.stdout), text(&answer.stderr)))
    }

    fn blocks(&self, disk: &str) -> Result<Vec<FileBlocks>, SiteError> {
        let text = self.must(LOOK, &[disk], "")?;
        serde_json::from_str(text.trim()).map_err(std::io::Error::from).at(&PathBuf::from(disk))
    }
}
