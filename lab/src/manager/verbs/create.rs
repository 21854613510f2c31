//! `create`, all but disk mappings.

use super::{saved, simple_create};
use crate::manager::ident::{self, Sort};
use crate::manager::job::{Plan, Scene};
use crate::manager::object::{Body, CloneType, Kind, Made, StorageMapping, VirtualDisk, Vm, VmState};
use crate::manager::syntax::Bound;
use crate::manager::text;

fn titled(bound: &Bound) -> String {
    format!("Create {}: {}", bound.syntax.kind, bound.get("name").unwrap_or_default())
}

/// `create Tag name=`
pub fn tag(_: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    simple_create(titled(bound), vec![], ident::fresh(Sort::Of(Kind::Tag)), bound, Body::Tag)
}

/// `create VmCloneCustomizer name= on Vm …`
pub fn customizer(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let vm = scene.relation(bound)?.id.clone();
    let id = ident::fresh(Sort::Of(Kind::VmCloneCustomizer));
    simple_create(titled(bound), vec![vm.clone()], id, bound, Body::VmCloneCustomizer { vm })
}

/// `create VmCloneStorageMapping … on VmCloneCustomizer …`
pub fn storage_mapping(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let customizer = scene.relation(bound)?;
    let Body::VmCloneCustomizer { vm } = &customizer.body else {
        return Err(text::not_found(Kind::VmCloneCustomizer, "id", &customizer.id));
    };
    let value = bound.must("vmDiskMapping")?;
    let mapping = scene.state.find_value(Kind::VmDiskMapping, value)?;
    if mapping.mapping().is_none_or(|m| m.vm != *vm) {
        let name = scene.state.name(vm);
        return Err(text::rule(&format!("VmDiskMapping: {value} does not belong to Virtual Machine: {name}")));
    }
    let body = StorageMapping {
        customizer: customizer.id.clone(),
        mapping: mapping.id.clone(),
        clone_type: clone_type(bound)?.ok_or_else(|| text::bad_value("cloneType", "", CLONE_TYPES))?,
        repository: target(scene, bound)?.ok_or_else(no_target)?,
    };
    let id = ident::fresh(Sort::Of(Kind::VmCloneStorageMapping));
    simple_create(titled(bound), vec![customizer.id.clone()], id, bound, Body::VmCloneStorageMapping(body))
}

const CLONE_TYPES: &str = "SPARSE_COPY, NON_SPARSE_COPY, THIN_CLONE";

fn no_target() -> String {
    "One of physicalDisk, repository, storageArray is needed".to_owned()
}

/// The clone type, if given.
pub fn clone_type(bound: &Bound) -> Result<Option<CloneType>, String> {
    let read = |v: &str| CloneType::parse(v).ok_or_else(|| text::bad_value("cloneType", v, CLONE_TYPES));
    bound.get("cloneType").map(read).transpose()
}

/// Where the copy goes, if given. The site has no storage array and no spare LUN.
pub fn target(scene: &Scene<'_>, bound: &Bound) -> Result<Option<String>, String> {
    for key in ["physicalDisk", "storageArray"] {
        if let Some(value) = bound.get(key) {
            return Err(text::rule(&format!("{key}: {value} cannot take a clone of a virtual disk here")));
        }
    }
    let repository = |v: &str| scene.state.find_value(Kind::Repository, v).map(|o| o.id.clone());
    bound.get("repository").map(repository).transpose()
}

/// `create VmCloneNetworkMapping name= network= vnic= on VmCloneCustomizer …`
pub fn network_mapping(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let customizer = scene.relation(bound)?;
    let body = Body::VmCloneNetworkMapping {
        customizer: customizer.id.clone(),
        vnic: scene.value(bound, "vnic", Kind::Vnic)?.id.clone(),
        network: scene.value(bound, "network", Kind::Network)?.id.clone(),
    };
    let id = ident::fresh(Sort::Of(Kind::VmCloneNetworkMapping));
    simple_create(titled(bound), vec![customizer.id.clone()], id, bound, body)
}

/// `create Vnic network= name=<MAC>` (3.2)
pub fn loose_vnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let network = scene.value(bound, "network", Kind::Network)?.id.clone();
    let mac = bound.must("name")?.to_owned();
    let id = ident::fresh(Sort::Of(Kind::Vnic));
    simple_create(titled(bound), vec![], id, bound, Body::Vnic { mac, network, vm: None })
}

/// `create Vnic network= name= [macAddress=] on Vm …`
pub fn vnic(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let vm = scene.relation(bound)?.id.clone();
    let network = scene.value(bound, "network", Kind::Network)?.id.clone();
    let mac = bound.get("macAddress").map_or_else(ident::mac, str::to_owned);
    let (id, name, description) =
        (ident::fresh(Sort::Of(Kind::Vnic)), bound.must("name")?.to_owned(), bound.description().to_owned());
    Ok(Plan::new(titled(bound), vec![vm.clone()], move |ticket| {
        ticket.add(&id, &name, &description, Body::Vnic { mac, network, vm: Some(vm.clone()) })?;
        saved(ticket, &vm)?;
        Ok(ticket.line(&id))
    }))
}

/// `create RepositoryExport … on Server …`: OCFS2 repositories only.
pub fn export(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let repository = scene.value(bound, "repository", Kind::Repository)?;
    if !scene.is_ocfs2(&repository.id) {
        return Err(text::rule(&format!("Repository: {} is not on OCFS2 and cannot be exported", repository.name)));
    }
    let body = Body::RepositoryExport {
        server: scene.relation(bound)?.id.clone(),
        repository: repository.id.clone(),
        client: bound.must("clientHostName")?.to_owned(),
        options: bound.get("options").unwrap_or_default().to_owned(),
    };
    let id = ident::fresh(Sort::Of(Kind::RepositoryExport));
    simple_create(titled(bound), vec![repository.id.clone()], id, bound, body)
}

/// `create VirtualDisk size=<GiB> … on Repository …`
pub fn disk(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let repository = scene.relation(bound)?.id.clone();
    let size = bound.number("size", 1, 1_000_000)?.unwrap_or(1);
    let shareable = bound.yes("shareable")?.unwrap_or(false);
    bound.yes("sparse")?;
    let (id, name, description) =
        (ident::fresh(Sort::Of(Kind::VirtualDisk)), bound.must("name")?.to_owned(), bound.description().to_owned());
    Ok(Plan::new(titled(bound), vec![], move |ticket| {
        ticket.take_time()?;
        ticket.making(Made::File { repository: repository.clone(), disk: id.clone() })?;
        let made = ticket.machines().create_disk(&repository, &id, u64::from(size) << 30);
        ticket.below("storage_plugin_create", made)?;
        let size = ticket.below("storage_plugin_get_status", ticket.machines().disk_size(&repository, &id))?;
        let body = VirtualDisk { repository, shareable, max: size.max, used: size.used };
        ticket.add(&id, &name, &description, Body::VirtualDisk(body))?;
        Ok(ticket.line(&id))
    }))
}

/// `create Vm … on ServerPool …`
pub fn vm(scene: &Scene<'_>, bound: &Bound) -> Result<Plan, String> {
    let pool = scene.relation(bound)?.id.clone();
    let id = ident::fresh(Sort::Of(Kind::Vm));
    let mut body = Vm {
        guest: id.clone(),
        repository: scene.value(bound, "repository", Kind::Repository)?.id.clone(),
        pool,
        state: VmState::Stopped,
        memory: 1024,
        memory_limit: 1024,
        cpus: 1,
        cpu_limit: 1,
        priority: 50,
        cap: 100,
        high_availability: false,
        os: "Oracle Linux 6".to_owned(),
        mouse: "OS_DEFAULT".to_owned(),
        domain: "XEN_PVM".to_owned(),
        keymap: "en-us".to_owned(),
        start_policy: "USE_POOL_POLICY".to_owned(),
        boot: "DISK".to_owned(),
        tags: Vec::new(),
    };
    let domains = ["XEN_HVM", "XEN_HVM_PV_DRIVERS", "XEN_PVM", "LDOMS_PVM", "UNKNOWN"];
    body.domain = bound.word("domainType", &domains)?.unwrap_or("XEN_PVM").to_owned();
    super::edit::settings(bound, &mut body)?;
    body.memory_limit = body.memory_limit.max(body.memory);
    body.cpu_limit = body.cpu_limit.max(body.cpus);
    let (name, description) = (bound.must("name")?.to_owned(), bound.description().to_owned());
    Ok(Plan::new(titled(bound), vec![], move |ticket| {
        let repository = body.repository.clone();
        ticket.add(&id, &name, &description, Body::Vm(body))?;
        ticket.making(Made::Config { repository, vm: id.clone(), template: false })?;
        saved(ticket, &id)?;
        Ok(ticket.line(&id))
    }))
}
