//! The first state of a manager: a site's objects.

use super::ident::{self, Sort};
use super::object::{Body, EMPTY_CDROM, FileSystem, Kind, Mapping, Medium, PhysicalDisk, VirtualDisk, Vm, VmState};
use super::state::State;
use super::{Release, config};
use crate::host::seam::Machines;
use std::io;
use std::path::Path;

/// What a site has.
#[derive(Debug, Clone)]
pub struct SiteSpec {
    /// The pool's name.
    pub pool: String,
    /// The only server.
    pub server: ServerSpec,
    /// The first holds the vm.cfg files of VMs that name none.
    pub repositories: Vec<RepositorySpec>,
    /// Networks by name.
    pub networks: Vec<String>,
    /// Virtual disks; their files exist when the state is written.
    pub disks: Vec<DiskSpec>,
    /// LUNs.
    pub physical: Vec<PhysicalSpec>,
    /// ISO images: id, name, repository.
    pub cds: Vec<(String, String, String)>,
    /// VMs and templates.
    pub vms: Vec<VmSpec>,
}

/// A server.
#[derive(Debug, Clone)]
pub struct ServerSpec {
    /// Its hardware's UUID as bytes with colons.
    pub id: String,
    /// `ovs1`
    pub name: String,
    /// Its address.
    pub address: String,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct RepositorySpec {
    /// `0004fb0000030000…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// `ocfs2` or `nfs`.
    pub kind: String,
}

/// A virtual disk.
#[derive(Debug, Clone)]
pub struct DiskSpec {
    /// The file's name.
    pub id: String,
    /// `slot021_xvda`
    pub name: String,
    /// Bytes, for whoever makes the file; the manager itself asks the machines.
    pub bytes: u64,
    /// Several VMs may have it.
    pub shareable: bool,
    /// The repository's id.
    pub repository: String,
}

/// A LUN.
#[derive(Debug, Clone)]
pub struct PhysicalSpec {
    /// `0004fb0000180000…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// Several VMs may have it.
    pub shareable: bool,
    /// The WWID.
    pub page83: String,
}

/// A VM or template.
#[derive(Debug, Clone)]
pub struct VmSpec {
    /// `0004fb0000060000…`, of a template `0004fb0000140000…`
    pub id: String,
    /// `slot021`
    pub name: String,
    /// What the machines below call it (attach, detach, start, stop).
    pub guest: String,
    /// What it does. Of a running one the site has started the guest: nothing is started here.
    pub state: VmState,
    /// `XEN_PVM`
    pub domain: String,
    /// `Oracle Linux 6`
    pub os: String,
    /// MB.
    pub memory: u32,
    /// How many network cards on the first network.
    pub cards: usize,
    /// The id of a disk, LUN or ISO, or `EMPTY_CDROM`, at its slot.
    pub slots: Vec<(u32, String)>,
}

impl SiteSpec {
    /// The site of the papers: pool `slot`, server `ovs1`, repository `slotreposan01`, `databases` VMs `slot021`,
    /// `slot022` … with slots 0 to 3, `media` VMs `bckvm`, `bckvm2` … with slots 0 and 1, all running. `bytes` gives a
    /// disk's size from the VM's name and the slot.
    #[must_use]
    pub fn papers(databases: usize, media: usize, bytes: impl Fn(&str, u32) -> u64) -> Self {
        let repository = ident::fresh(Sort::Of(Kind::Repository));
        let mut spec = Self {
            pool: "slot".to_owned(),
            server: ServerSpec {
                id: ident::fresh(Sort::Of(Kind::Server)),
                name: "ovs1".to_owned(),
                address: "127.0.0.1".to_owned(),
            },
            repositories: vec![RepositorySpec {
                id: repository,
                name: "slotreposan01".to_owned(),
                kind: "ocfs2".to_owned(),
            }],
            networks: vec!["vlanpublic".to_owned()],
            disks: vec![],
            physical: vec![],
            cds: vec![],
            vms: vec![],
        };
        (0..databases).for_each(|n| spec.add_vm(&format!("slot{:03}", 21 + n), 4, &bytes));
        (0..media)
            .for_each(|n| spec.add_vm(&if n == 0 { "bckvm".to_owned() } else { format!("bckvm{}", n + 1) }, 2, &bytes));
        spec
    }

    /// Adds a running VM with disks at slots 0, 1, … of the first repository, named `<vm>_xvda` and so on.
    pub fn add_vm(&mut self, name: &str, slots: u32, bytes: impl Fn(&str, u32) -> u64) {
        let repository = self.repositories.first().map(|r| r.id.clone()).unwrap_or_default();
        let mut mapped = Vec::new();
        for slot in 0..slots {
            let id = ident::fresh(Sort::Of(Kind::VirtualDisk));
            mapped.push((slot, id.clone()));
            let disk = format!("{name}_{}", config::device(slot));
            self.disks.push(DiskSpec {
                id,
                name: disk,
                bytes: bytes(name, slot),
                shareable: false,
                repository: repository.clone(),
            });
        }
        self.vms.push(VmSpec {
            id: ident::fresh(Sort::Of(Kind::Vm)),
            name: name.to_owned(),
            guest: name.to_owned(),
            state: VmState::Running,
            domain: "XEN_PVM".to_owned(),
            os: "Oracle Linux 6".to_owned(),
            memory: 2048,
            cards: 1,
            slots: mapped,
        });
    }
}

/// Writes the first `state.json` into a manager's folder, and each VM's vm.cfg. Where a state is already, nothing is done
/// and the answer is false.
pub fn seed(folder: &Path, spec: &SiteSpec, release: Release, machines: &dyn Machines) -> io::Result<bool> {
    let file = folder.join("state.json");
    if file.exists() {
        return Ok(false);
    }
    let state = first(spec, release, machines)?;
    write_configs(&state, machines)?;
    state.save(&file)?;
    Ok(true)
}

fn first(spec: &SiteSpec, release: Release, machines: &dyn Machines) -> io::Result<State> {
    let mut state = State::default();
    let fresh = |kind| ident::fresh(Sort::Of(kind));
    state.add(&fresh(Kind::Manager), "OVM Manager", "", Body::Manager);
    let pool = fresh(Kind::ServerPool);
    state.add(&pool, &spec.pool, "", Body::ServerPool);
    let server = &spec.server;
    let body = Body::Server { address: server.address.clone(), pool: pool.clone() };
    state.add(&server.id, &server.name, "", body);
    for name in &spec.networks {
        state.add(&fresh(Kind::Network), name, "", Body::Network);
    }
    for repository in &spec.repositories {
        add_repository(&mut state, repository, machines)?;
    }
    for disk in &spec.disks {
        let size = machines.disk_size(&disk.repository, &disk.id).map_err(io::Error::other)?;
        let body = VirtualDisk {
            repository: disk.repository.clone(),
            shareable: disk.shareable,
            max: size.max,
            used: size.used,
        };
        state.add(&disk.id, &disk.name, "", Body::VirtualDisk(body));
    }
    for lun in &spec.physical {
        let body = PhysicalDisk { shareable: lun.shareable, size: lun.bytes, page83: lun.page83.clone() };
        state.add(&lun.id, &lun.name, "", Body::PhysicalDisk(body));
    }
    for (id, name, repository) in &spec.cds {
        state.add(id, name, "", Body::VirtualCdrom { repository: repository.clone() });
    }
    for vm in &spec.vms {
        add_vm(&mut state, spec, vm, &pool, release)?;
    }
    Ok(state)
}

fn add_repository(state: &mut State, spec: &RepositorySpec, machines: &dyn Machines) -> io::Result<()> {
    let id = ident::fresh(Sort::Of(Kind::FileSystem));
    let (size, free) = machines.space(&spec.id).map_err(io::Error::other)?;
    state.add(
        &id,
        &format!("fs on {}", spec.name),
        "",
        Body::FileSystem(FileSystem { kind: spec.kind.clone(), size, free }),
    );
    state.add(&spec.id, &spec.name, "", Body::Repository { file_system: id });
    Ok(())
}

fn add_vm(state: &mut State, spec: &SiteSpec, vm: &VmSpec, pool: &str, release: Release) -> io::Result<()> {
    let body = Vm {
        guest: vm.guest.clone(),
        repository: spec.repositories.first().map(|r| r.id.clone()).unwrap_or_default(),
        pool: pool.to_owned(),
        state: vm.state,
        memory: vm.memory,
        memory_limit: vm.memory,
        cpus: 2,
        cpu_limit: 2,
        priority: 50,
        cap: 100,
        high_availability: false,
        os: vm.os.clone(),
        mouse: "OS_DEFAULT".to_owned(),
        domain: vm.domain.clone(),
        keymap: "en-us".to_owned(),
        start_policy: "USE_POOL_POLICY".to_owned(),
        boot: "DISK".to_owned(),
        tags: Vec::new(),
    };
    state.add(&vm.id, &vm.name, "", Body::Vm(body));
    for (slot, medium) in &vm.slots {
        let id = ident::fresh(Sort::Of(Kind::VmDiskMapping));
        let medium = medium_of(state, medium)?;
        let name = release.mapping_name(&id, medium.id());
        state.add(&id, &name, "", Body::VmDiskMapping(Mapping { vm: vm.id.clone(), slot: *slot, medium }));
    }
    let network = state.of(Kind::Network).first().map(|o| o.id.clone()).unwrap_or_default();
    for _ in 0..vm.cards {
        let mac = ident::mac();
        let body = Body::Vnic { mac: mac.clone(), network: network.clone(), vm: Some(vm.id.clone()) };
        state.add(&ident::fresh(Sort::Of(Kind::Vnic)), &mac, "", body);
    }
    Ok(())
}

fn medium_of(state: &State, id: &str) -> io::Result<Medium> {
    if id == EMPTY_CDROM {
        return Ok(Medium::Empty);
    }
    match state.get(id).map(|o| o.body.kind()) {
        Some(Kind::VirtualDisk) => Ok(Medium::Virtual(id.to_owned())),
        Some(Kind::PhysicalDisk) => Ok(Medium::Physical(id.to_owned())),
        Some(Kind::VirtualCdrom) => Ok(Medium::Cd(id.to_owned())),
        _ => Err(io::Error::other(format!("a VM of the site maps {id}, which the site does not have"))),
    }
}

fn write_configs(state: &State, machines: &dyn Machines) -> io::Result<()> {
    for object in state.of(Kind::Vm) {
        if let Some(vm) = object.vm() {
            let text = config::render(state, object, vm);
            let template = vm.state == VmState::Template;
            machines.write_config(&vm.repository, &object.id, template, &text).map_err(io::Error::other)?;
        }
    }
    Ok(())
}
