//! `show TYPE instance`: the labels of reference 2.3. Order differs by release; where a line's wording is not known, it
//! is chosen here (reference 9.3: the emulated-device line, the tails).

use crate::manager::block::{Block, gib, reference};
use crate::manager::core::Core;
use crate::manager::grammar::Selector;
use crate::manager::object::{
    Body, FileSystem, Job, JobState, Kind, Mapping, Medium, Object, PhysicalDisk, VirtualDisk, Vm, VmState,
};
use crate::manager::state::State;

struct View<'a> {
    core: &'a Core,
    state: &'a State,
    lines: Vec<(String, String)>,
}

/// The block of one object. `sorted`: `AlphabetizeAttributes=Yes`.
pub fn show(core: &Core, kind: Kind, selector: &Selector, sorted: bool) -> Block {
    let lines = core.read(|state| state.find(kind, selector).map(|object| lines(core, state, object, sorted)));
    match lines {
        Ok(lines) => Block::data(lines),
        Err(text) => Block::failure(text),
    }
}

fn lines(core: &Core, state: &State, object: &Object, sorted: bool) -> Vec<String> {
    let mut view = View { core, state, lines: Vec::new() };
    let old = !core.options.release.is_rewritten();
    if old {
        view.line("Name", &object.name);
        view.line("Id", &object.id);
    }
    view.body(object);
    if !old {
        view.line("Id", &object.id);
        view.line("Name", &object.name);
        view.line("Description", &object.description);
        view.line("Locked", if object.lock.is_some() { "true" } else { "false" });
    }
    if sorted {
        view.lines.sort();
    }
    view.lines.into_iter().map(|(label, value)| format!("{label} = {value}")).collect()
}

const fn yes(value: bool) -> &'static str {
    if value { "Yes" } else { "No" }
}

impl View<'_> {
    fn line(&mut self, label: &str, value: impl ToString) {
        self.lines.push((label.to_owned(), value.to_string()));
    }

    fn link(&mut self, label: &str, id: &str) {
        let name = self.state.name(id).to_owned();
        self.line(label, reference(id, &name));
    }

    /// Repeated references are numbered from 1.
    fn links(&mut self, label: &str, ids: &[String]) {
        for (number, id) in ids.iter().enumerate() {
            self.link(&format!("{label} {}", number + 1), id);
        }
    }

    fn ids(&self, kind: Kind, wanted: impl Fn(&Object) -> bool) -> Vec<String> {
        self.state.of(kind).into_iter().filter(|o| wanted(o)).map(|o| o.id.clone()).collect()
    }

    fn body(&mut self, object: &Object) {
        let id = &object.id;
        match &object.body {
            Body::Manager => self.line("Version", self.core.options.release.version()),
            Body::ServerPool => self.pool(id),
            Body::Server { address, pool } => self.server(address, pool),
            Body::Repository { file_system } => self.repository(id, file_system),
            Body::FileSystem(fs) => self.file_system(id, fs),
            Body::Vm(vm) => self.vm(id, vm),
            Body::VirtualDisk(disk) => self.disk(disk),
            Body::PhysicalDisk(disk) => self.physical(disk),
            Body::VirtualCdrom { repository } => self.link("Repository Id", repository),
            Body::VmDiskMapping(mapping) => self.mapping(mapping),
            Body::Job(job) => self.job(job),
            Body::VmCloneCustomizer { vm } => self.customizer(id, vm),
            Body::Network | Body::Tag => {}
            _ => self.small(&object.body),
        }
    }

    fn small(&mut self, body: &Body) {
        match body {
            Body::VmCloneStorageMapping(m) => {
                self.line("Clone Type", m.clone_type.name());
                self.link("Vm Disk Mapping", &m.mapping);
                self.link("Repository", &m.repository);
                self.link("Vm Clone Customizer", &m.customizer);
            }
            Body::VmCloneNetworkMapping { customizer, vnic, network } => {
                self.link("Vnic", vnic);
                self.link("Network", network);
                self.link("Vm Clone Customizer", customizer);
            }
            Body::Vnic { mac, network, vm } => {
                self.line("Mac Address", mac);
                self.link("Network", network);
                vm.iter().for_each(|vm| self.link("Vm", vm));
            }
            Body::RepositoryExport { server, repository, client, options } => {
                self.link("Server", server);
                self.link("Repository", repository);
                self.line("Client Host Name", client);
                self.line("Options", options);
            }
            _ => {}
        }
    }

    fn pool(&mut self, id: &str) {
        let servers = self.ids(Kind::Server, |o| matches!(&o.body, Body::Server { pool, .. } if pool == id));
        let vms = self.ids(Kind::Vm, |o| o.vm().is_some_and(|v| v.pool == id));
        self.links("Server", &servers);
        self.links("Vm", &vms);
    }

    fn server(&mut self, address: &str, pool: &str) {
        self.line("Status", "Running");
        self.line("Ip Address", address);
        self.link("Server Pool", pool);
        let physical = self.ids(Kind::PhysicalDisk, |_| true);
        self.links("Physical Disk", &physical);
    }

    /// Templates and VMs are both under `Vm N`.
    fn repository(&mut self, id: &str, file_system: &str) {
        let free = self.state.file_system_of(id).map_or(0, |(_, fs)| fs.free);
        self.link("File System", file_system);
        self.line("File System Free (GiB)", gib(free));
        let servers = self.ids(Kind::Server, |_| true);
        self.links("Presented Server", &servers);
        let vms = self.ids(Kind::Vm, |o| o.vm().is_some_and(|v| v.repository == id));
        self.links("Vm", &vms);
        let disks = self.ids(Kind::VirtualDisk, |o| o.disk().is_some_and(|d| d.repository == id));
        self.links("VirtualDisk", &disks);
        let cds =
            self.ids(Kind::VirtualCdrom, |o| matches!(&o.body, Body::VirtualCdrom { repository } if repository == id));
        self.links("VirtualCdrom", &cds);
    }

    fn file_system(&mut self, id: &str, fs: &FileSystem) {
        self.line("Type", if fs.kind == "ocfs2" { "OCFS2" } else { "NFS" });
        self.line("Size (GiB)", gib(fs.size));
        self.line("Free (GiB)", gib(fs.free));
        let on =
            self.ids(Kind::Repository, |o| matches!(&o.body, Body::Repository { file_system } if file_system == id));
        self.links("Repository", &on);
    }

    fn vm(&mut self, id: &str, vm: &Vm) {
        self.line("Status", status(vm.state, self.core.options.quirks.get("template-status")));
        self.line("Memory (MB)", vm.memory);
        self.line("Max. Memory (MB)", vm.memory_limit);
        self.line("Processors", vm.cpus);
        self.line("Max. Processors", vm.cpu_limit);
        self.line("Priority", vm.priority);
        self.line("Processor Cap", vm.cap);
        self.line("High Availability", yes(vm.high_availability));
        self.line("Operating System", &vm.os);
        self.line("Mouse Type", spoken(&vm.mouse));
        self.line("Domain Type", spoken(&vm.domain));
        self.line("Keymap", &vm.keymap);
        self.line("Start Policy", spoken(&vm.start_policy));
        if vm.state == VmState::Running
            && let Some(server) = self.state.server_of(&vm.pool).map(|o| o.id.clone())
        {
            self.link("Server", &server);
        }
        self.link("Repository", &vm.repository);
        self.link("Server Pool", &vm.pool);
        let cards: Vec<String> = self.state.vnics(id).iter().map(|o| o.id.clone()).collect();
        self.cards(&cards);
        self.vm_mappings(id);
        self.links(self.core.options.release.tag_label(), &vm.tags);
    }

    /// `Vnic N = id  [mac]`
    fn cards(&mut self, cards: &[String]) {
        for (number, id) in cards.iter().enumerate() {
            if let Some(Body::Vnic { mac, .. }) = self.state.get(id).map(|o| &o.body) {
                self.line(&format!("Vnic {}", number + 1), reference(id, mac));
            }
        }
    }

    fn vm_mappings(&mut self, vm: &str) {
        let mut ids: Vec<String> = self.state.mappings(vm).iter().map(|(o, _)| o.id.clone()).collect();
        if self.core.options.quirks.is("mapping-order", "id") {
            ids.sort();
        }
        if self.core.options.release.is_rewritten() || self.core.options.quirks.is("mapping-names-on-3.2", "shown") {
            self.links("VmDiskMapping", &ids);
        } else {
            ids.iter().enumerate().for_each(|(n, id)| self.line(&format!("VmDiskMapping {}", n + 1), id));
        }
    }

    fn disk(&mut self, disk: &VirtualDisk) {
        self.line("Max (GiB)", gib(disk.max));
        self.line("Used (GiB)", gib(disk.used));
        self.line("Shareable", yes(disk.shareable));
        self.link("Repository Id", &disk.repository);
    }

    fn physical(&mut self, disk: &PhysicalDisk) {
        self.line("Size (GiB)", gib(disk.size));
        self.line("Shareable", yes(disk.shareable));
        self.line("Page83 ID", &disk.page83);
        self.line("Thin Provision", "No");
    }

    /// On 3.2 this makes exactly eleven lines with the echo: 7 = Slot, 9 = disk, 10 = Vm.
    fn mapping(&mut self, mapping: &Mapping) {
        let release = self.core.options.release;
        let label = match mapping.medium {
            Medium::Virtual(_) => release.virtual_disk_label(),
            Medium::Physical(_) => release.physical_disk_label(),
            Medium::Cd(_) | Medium::Empty => release.cd_label(),
        };
        self.line("Slot", mapping.slot);
        self.line("Emulated Block Device", "No");
        self.link(label, mapping.medium.id());
        self.link("Vm", &mapping.vm);
    }

    fn customizer(&mut self, id: &str, vm: &str) {
        self.link("Vm", vm);
        let of = self.state.of_customizer(id);
        let ids = |kind| of.iter().filter(|o| o.body.kind() == kind).map(|o| o.id.clone()).collect::<Vec<_>>();
        let (storage, network) = (ids(Kind::VmCloneStorageMapping), ids(Kind::VmCloneNetworkMapping));
        self.links("VmCloneStorageMapping", &storage);
        self.links("VmCloneNetworkMapping", &network);
    }

    /// `Summary Done` and `Summary State = Success` are known; the other words are chosen after the UI's.
    fn job(&mut self, job: &Job) {
        let (state, words) = match job.state {
            JobState::Running => ("In Progress", "Running"),
            JobState::Success => ("Completed", "Success"),
            JobState::Failure => ("Failed", "Failure"),
            JobState::Aborted => ("Aborted", "Aborted"),
        };
        self.line("Run State", state);
        self.line("Summary Done", yes(job.state != JobState::Running));
        self.line("Summary State", words);
        job.error.iter().for_each(|text| self.line("Error", text));
    }
}

fn status(state: VmState, template: &str) -> &str {
    match state {
        VmState::Running => "Running",
        VmState::Stopped => "Stopped",
        VmState::Suspended => "Suspended",
        VmState::Template => template,
    }
}

/// `XEN_PVM` is shown as `Xen PVM`, `OS_DEFAULT` as `OS Default`, `USE_POOL_POLICY` as `Use Pool Policy`.
fn spoken(constant: &str) -> String {
    let word = |w: &str| match w {
        "PVM" | "HVM" | "PV" | "OS" | "PS2" | "USB" => w.to_owned(),
        _ => w.chars().take(1).chain(w.to_lowercase().chars().skip(1)).collect(),
    };
    constant.split('_').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("XEN_PVM", "Xen PVM")]
    #[case("OS_DEFAULT", "OS Default")]
    #[case("USE_POOL_POLICY", "Use Pool Policy")]
    fn constants_are_spoken(#[case] constant: &str, #[case] words: &str) {
        assert_eq!(spoken(constant), words);
    }
}
