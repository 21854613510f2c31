//! Everything the manager knows, kept in one file.

use super::grammar::Selector;
use super::object::{Body, FileSystem, Job, Kind, Mapping, Medium, Object, VirtualDisk, Vm};
use super::text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::{fs, io, path::Path};

/// All objects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    objects: BTreeMap<String, Object>,
    sequence: u64,
    last_job: u64,
}

impl State {
    /// Reads the file; a missing one is an empty manager.
    pub fn load(file: &Path) -> io::Result<Self> {
        match fs::read(file) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file in one step: a reader sees the old or the new one.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut new, self)?;
        new.persist(file).map_err(|e| e.error)?;
        Ok(())
    }

    /// Adds an object.
    pub fn add(&mut self, id: &str, name: &str, description: &str, body: Body) {
        self.sequence += 1;
        let (id, name) = (id.to_owned(), name.to_owned());
        let object = Object {
            id: id.clone(),
            name,
            description: description.to_owned(),
            lock: None,
            sequence: self.sequence,
            body,
        };
        self.objects.insert(id, object);
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) {
        self.objects.remove(id);
    }

    /// A new job id: a Unix time in milliseconds (reference 2.1), greater than all before.
    pub fn next_job(&mut self) -> u64 {
        let now = u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or_default();
        self.last_job = now.max(self.last_job + 1);
        self.last_job
    }

    /// An object by id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Object> {
        self.objects.get(id)
    }

    /// An object by id, to change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Object> {
        self.objects.get_mut(id)
    }

    /// Every object.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Every object, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        self.objects.values_mut()
    }

    /// The objects of a type in the order of lists: oldest first, jobs newest first (scripts take `head -1`).
    #[must_use]
    pub fn of(&self, kind: Kind) -> Vec<&Object> {
        let mut found: Vec<_> = self.iter().filter(|o| o.body.kind() == kind).collect();
        found.sort_by_key(|o| o.sequence);
        if kind == Kind::Job {
            found.reverse();
        }
        found
    }

    /// The object that a command names. `name=` of a job is taken as its id.
    pub fn find(&self, kind: Kind, selector: &Selector) -> Result<&Object, String> {
        match selector {
            Selector::Id(id) => self.by_id(kind, id),
            Selector::Name(id) if kind == Kind::Job => self.by_id(kind, id),
            Selector::Name(name) => self.by_name(kind, name),
        }
    }

    /// The object behind a value that may be an id or a name.
    pub fn find_value(&self, kind: Kind, value: &str) -> Result<&Object, String> {
        self.by_id(kind, value).or_else(|_| self.by_name(kind, value))
    }

    fn by_id(&self, kind: Kind, id: &str) -> Result<&Object, String> {
        self.get(id).filter(|o| o.body.kind() == kind).ok_or_else(|| text::not_found(kind, "id", id))
    }

    fn by_name(&self, kind: Kind, name: &str) -> Result<&Object, String> {
        let mut found = self.iter().filter(|o| o.body.kind() == kind && o.name == name);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(text::ambiguous(kind, name)),
            (None, _) => Err(text::not_found(kind, "name", name)),
        }
    }

    /// The name of an object; its id where it has none.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.get(id).map_or(id, |o| o.name.as_str())
    }

    /// The mappings of a VM by slot.
    #[must_use]
    pub fn mappings(&self, vm: &str) -> Vec<(&Object, &Mapping)> {
        let mut found: Vec<_> =
            self.iter().filter_map(|o| o.mapping().map(|m| (o, m))).filter(|(_, m)| m.vm == vm).collect();
        found.sort_by_key(|(_, m)| m.slot);
        found
    }

    /// The mappings that show a medium.
    pub fn mappings_of_medium<'a>(&'a self, medium: &'a str) -> impl Iterator<Item = (&'a Object, &'a Mapping)> {
        self.iter()
            .filter_map(|o| o.mapping().map(|m| (o, m)))
            .filter(move |(_, m)| m.medium != Medium::Empty && m.medium.id() == medium)
    }

    /// The network cards of a VM.
    #[must_use]
    pub fn vnics(&self, owner: &str) -> Vec<&Object> {
        let mut found: Vec<_> =
            self.iter().filter(|o| matches!(&o.body, Body::Vnic { vm: Some(v), .. } if v == owner)).collect();
        found.sort_by_key(|o| o.sequence);
        found
    }

    /// The objects that hang from a customizer.
    #[must_use]
    pub fn of_customizer(&self, id: &str) -> Vec<&Object> {
        let hangs = |o: &&Object| match &o.body {
            Body::VmCloneStorageMapping(m) => m.customizer == id,
            Body::VmCloneNetworkMapping { customizer, .. } => customizer == id,
            _ => false,
        };
        self.iter().filter(hangs).collect()
    }

    /// The server where the machines of a pool run. The site has one per pool.
    #[must_use]
    pub fn server_of(&self, of_pool: &str) -> Option<&Object> {
        self.of(Kind::Server).into_iter().find(|o| matches!(&o.body, Body::Server { pool, .. } if pool == of_pool))
    }

    /// The file system under a repository.
    #[must_use]
    pub fn file_system_of(&self, repository: &str) -> Option<(&Object, &FileSystem)> {
        let Body::Repository { file_system } = &self.get(repository)?.body else { return None };
        let object = self.get(file_system)?;
        Some((object, object.file_system()?))
    }
}

impl Object {
    /// The VM in it.
    #[must_use]
    pub const fn vm(&self) -> Option<&Vm> {
        if let Body::Vm(vm) = &self.body { Some(vm) } else { None }
    }

    /// The VM in it, to change.
    pub const fn vm_mut(&mut self) -> Option<&mut Vm> {
        if let Body::Vm(vm) = &mut self.body { Some(vm) } else { None }
    }

    /// The disk in it.
    #[must_use]
    pub const fn disk(&self) -> Option<&VirtualDisk> {
        if let Body::VirtualDisk(disk) = &self.body { Some(disk) } else { None }
    }

    /// The disk in it, to change.
    pub const fn disk_mut(&mut self) -> Option<&mut VirtualDisk> {
        if let Body::VirtualDisk(disk) = &mut self.body { Some(disk) } else { None }
    }

    /// The mapping in it.
    #[must_use]
    pub const fn mapping(&self) -> Option<&Mapping> {
        if let Body::VmDiskMapping(mapping) = &self.body { Some(mapping) } else { None }
    }

    /// The mapping in it, to change.
    pub const fn mapping_mut(&mut self) -> Option<&mut Mapping> {
        if let Body::VmDiskMapping(mapping) = &mut self.body { Some(mapping) } else { None }
    }

    /// The file system in it.
    #[must_use]
    pub const fn file_system(&self) -> Option<&FileSystem> {
        if let Body::FileSystem(fs) = &self.body { Some(fs) } else { None }
    }

    /// The job in it.
    #[must_use]
    pub const fn job(&self) -> Option<&Job> {
        if let Body::Job(job) = &self.body { Some(job) } else { None }
    }

    /// The job in it, to change.
    pub const fn job_mut(&mut self) -> Option<&mut Job> {
        if let Body::Job(job) = &mut self.body { Some(job) } else { None }
    }

    /// The line of lists and creates: `id:…  name:…`, two blanks between.
    #[must_use]
    pub fn line(&self) -> String {
        format!("id:{}  name:{}", self.id, self.name)
    }
}
