//! The table of commands that change something: which keys each takes, in which release.

use super::Release;
use super::block::Block;
use super::core::Core;
use super::grammar::{self, Request, Selector};
use super::job::{Plan, Scene};
use super::object::Kind;
use super::{text, verbs};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a command is carried out.
#[derive(Clone, Copy)]
pub enum Run {
    /// As a job.
    Job(fn(&Scene<'_>, &Bound) -> Result<Plan, String>),
    /// At once.
    Now(fn(&Arc<Core>, &Bound) -> Block),
}

/// One command form.
pub struct Syntax {
    /// `create`
    pub verb: &'static str,
    /// `VmDiskMapping`
    pub kind: Kind,
    /// The releases that have this form.
    pub releases: (Release, Release),
    /// The command addresses an object itself.
    pub instance: bool,
    /// Its keys; a leading `*` marks those that must be given.
    pub keys: &'static [&'static str],
    /// `on Vm`
    pub relation: Option<(&'static str, Kind)>,
    /// What it does.
    pub run: Run,
}

const ALL: (Release, Release) = (Release::V3_2, Release::V3_4);
const OLD: (Release, Release) = (Release::V3_2, Release::V3_2);
const NEW: (Release, Release) = (Release::V3_3, Release::V3_4);
const LAST: (Release, Release) = (Release::V3_4, Release::V3_4);

const VM: &[&str] = &[
    "memory",
    "memoryLimit",
    "cpuCount",
    "cpuCountLimit",
    "cpuPriority",
    "cpuUtilizationCap",
    "highAvailability",
    "hugePagesEnabled",
    "osType",
    "mouseType",
    "keymapName",
    "bootOrder",
    "networkInstallPath",
    "startPolicy",
];

macro_rules! form {
    ($verb:literal $kind:ident $releases:ident instance [$($key:literal),*] -> $run:expr) => {
        Syntax { verb: $verb, kind: Kind::$kind, releases: $releases, instance: true, keys: &[$($key),*], relation: None, run: $run }
    };
    ($verb:literal $kind:ident $releases:ident instance [$($key:literal),*] $word:literal $other:ident -> $run:expr) => {
        Syntax { verb: $verb, kind: Kind::$kind, releases: $releases, instance: true, keys: &[$($key),*], relation: Some(($word, Kind::$other)), run: $run }
    };
    ($verb:literal $kind:ident $releases:ident [$($key:literal),*] -> $run:expr) => {
        Syntax { verb: $verb, kind: Kind::$kind, releases: $releases, instance: false, keys: &[$($key),*], relation: None, run: $run }
    };
    ($verb:literal $kind:ident $releases:ident [$($key:literal),*] $word:literal $other:ident -> $run:expr) => {
        Syntax { verb: $verb, kind: Kind::$kind, releases: $releases, instance: false, keys: &[$($key),*], relation: Some(($word, Kind::$other)), run: $run }
    };
}

use Run::{Job, Now};
use verbs::{add, clone, copy, create, delete, edit, job as control, map, power, refresh};

/// Every form. `VM` keys are allowed where [`takes_vm_keys`] says so.
#[rustfmt::skip]
pub static TABLE: &[Syntax] = &[
    form!("abort" Job ALL instance [] -> Now(control::abort)),
    form!("add" Tag ALL instance [] "to" Vm -> Job(add::tag)),
    form!("remove" Tag ALL instance [] "from" Vm -> Job(add::untag)),
    form!("add" Vnic OLD instance [] "to" Vm -> Job(add::vnic)),
    form!("remove" Vnic OLD instance [] "from" Vm -> Job(add::unvnic)),
    form!("clone" Vm OLD instance ["*destType", "*destName", "*serverPool", "targetRepository"] -> Job(clone::vm)),
    form!("clone" Vm NEW instance ["*destType", "*destName", "*serverPool", "cloneCustomizer", "targetRepository"] -> Job(clone::vm)),
    form!("clone" VirtualDisk OLD instance ["*target", "*cloneType"] -> Job(copy::clone_disk)),
    form!("cloneVdToRepo" VirtualDisk NEW instance ["*target", "*cloneType"] -> Job(copy::clone_to_repository)),
    form!("moveVmToRepository" Vm NEW instance ["*cloneCustomizer", "*targetRepository"] -> Job(copy::move_vm)),
    form!("create" Vm ALL ["*name", "*repository", "*domainType", "server", "description"] "on" ServerPool -> Job(create::vm)),
    form!("create" VirtualDisk ALL ["*size", "*shareable", "*sparse", "*name", "description"] "on" Repository -> Job(create::disk)),
    form!("create" VmDiskMapping OLD ["*slot", "storageDevice", "*name", "description"] "on" Vm -> Job(map::create)),
    form!("create" VmDiskMapping NEW ["*slot", "physicalDisk", "virtualDisk", "virtualCd", "*name", "description"] "on" Vm -> Job(map::create)),
    form!("create" VmCloneCustomizer NEW ["*name", "description"] "on" Vm -> Job(create::customizer)),
    form!("create" VmCloneStorageMapping NEW ["*cloneType", "*vmDiskMapping", "physicalDisk", "repository", "storageArray", "*name", "description"] "on" VmCloneCustomizer -> Job(create::storage_mapping)),
    form!("create" VmCloneNetworkMapping NEW ["*name", "*network", "*vnic", "description"] "on" VmCloneCustomizer -> Job(create::network_mapping)),
    form!("create" Vnic OLD ["*network", "*name", "description"] -> Job(create::loose_vnic)),
    form!("create" Vnic NEW ["*network", "*name", "macAddress", "description"] "on" Vm -> Job(create::vnic)),
    form!("create" Tag ALL ["*name", "description"] -> Job(create::tag)),
    form!("create" RepositoryExport NEW ["*clientHostName", "*name", "*repository", "description", "options"] "on" Server -> Job(create::export)),
    form!("delete" Vm ALL instance [] -> Job(delete::vm)),
    form!("delete" VirtualDisk ALL instance [] -> Job(delete::disk)),
    form!("delete" VmDiskMapping ALL instance [] -> Job(map::delete)),
    form!("delete" VmCloneCustomizer NEW instance [] -> Job(delete::customizer)),
    form!("delete" VmCloneStorageMapping NEW instance [] -> Job(delete::plain)),
    form!("delete" VmCloneNetworkMapping NEW instance [] -> Job(delete::plain)),
    form!("delete" VirtualCdrom ALL instance [] -> Job(delete::cdrom)),
    form!("delete" Vnic ALL instance [] -> Job(delete::vnic)),
    form!("delete" Tag ALL instance [] -> Job(delete::tag)),
    form!("delete" RepositoryExport NEW instance [] -> Job(delete::plain)),
    form!("edit" Vm ALL instance ["name", "description"] -> Job(edit::vm)),
    form!("edit" VirtualDisk ALL instance ["name", "description", "shareable"] -> Job(edit::disk)),
    form!("edit" VmDiskMapping ALL instance ["virtualCd", "name", "description"] -> Job(map::edit)),
    form!("edit" VmCloneStorageMapping LAST instance ["cloneType", "physicalDisk", "repository", "storageArray", "name", "description"] -> Job(edit::storage_mapping)),
    form!("edit" VmCloneCustomizer NEW instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" VmCloneNetworkMapping NEW instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" RepositoryExport NEW instance ["name", "description", "options"] -> Job(edit::export)),
    form!("edit" Repository ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" Server ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" ServerPool ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" Network ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" PhysicalDisk ALL instance ["name", "description", "shareable"] -> Job(edit::disk)),
    form!("edit" VirtualCdrom ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("edit" Vnic ALL instance ["name", "description", "network"] -> Job(edit::vnic)),
    form!("edit" Tag ALL instance ["name", "description"] -> Job(edit::plain)),
    form!("refresh" Repository ALL instance [] -> Job(refresh::repository)),
    form!("refresh" FileSystem ALL instance [] -> Job(refresh::file_system)),
    form!("refresh" Server ALL instance [] -> Job(refresh::nothing)),
    form!("refresh" PhysicalDisk ALL instance [] -> Job(refresh::nothing)),
    form!("start" Vm ALL instance [] -> Job(power::start)),
    form!("stop" Vm ALL instance [] -> Job(power::stop)),
    form!("kill" Vm ALL instance [] -> Job(power::kill)),
    form!("restart" Vm ALL instance [] -> Job(power::restart)),
    form!("suspend" Vm ALL instance [] -> Job(power::suspend)),
    form!("resume" Vm ALL instance [] -> Job(power::resume)),
    form!("migrate" Vm ALL instance ["destServer"] -> Job(power::migrate)),
];

/// A command whose type, keys and relation fit its form.
pub struct Bound {
    /// Its form.
    pub syntax: &'static Syntax,
    /// The object it addresses.
    pub instance: Option<Selector>,
    /// The object after `on`, `to` or `from`.
    pub relation: Option<Selector>,
    args: BTreeMap<String, String>,
}

impl Syntax {
    /// Its keys and those every VM takes.
    pub fn all_keys(&self) -> impl Iterator<Item = &'static str> {
        let vm: &[&str] = if self.takes_vm_keys() { VM } else { &[] };
        self.keys.iter().chain(vm).copied()
    }

    fn takes_vm_keys(&self) -> bool {
        self.kind == Kind::Vm && matches!(self.verb, "create" | "edit")
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: Release) -> bool {
        (self.releases.0..=self.releases.1).contains(&release)
    }

    fn is_key(&self, key: &str) -> bool {
        self.all_keys().any(|k| k.trim_start_matches('*').eq_ignore_ascii_case(key))
    }
}

/// Finds the form of a request.
pub fn find(request: &Request, release: Release) -> Result<&'static Syntax, String> {
    let mut forms = TABLE.iter().filter(|s| s.is_in(release) && s.verb.eq_ignore_ascii_case(&request.verb)).peekable();
    if forms.peek().is_none() {
        return Err(text::unknown_command(&request.verb));
    }
    let kind = request.kind.as_deref().unwrap_or_default();
    forms.find(|s| s.kind.name().eq_ignore_ascii_case(kind)).ok_or_else(|| text::unknown_type(&request.verb, kind))
}

/// Fits a request into its form.
pub fn bind(request: Request, release: Release) -> Result<Bound, String> {
    let syntax = find(&request, release)?;
    let (verb, kind) = (syntax.verb, syntax.kind.name());
    let mut pairs = request.pairs.into_iter();
    let instance = match syntax.instance.then(|| pairs.next()) {
        None => None,
        Some(Some((key, value))) => Some(grammar::selector(&key, value)?),
        Some(None) => return Err(text::missing_key(verb, kind, "id or name")),
    };
    let mut args = BTreeMap::new();
    for (key, value) in pairs {
        if !syntax.is_key(&key) {
            return Err(text::unknown_key(verb, kind, &key));
        }
        check_value(&key, &value)?;
        args.insert(key.to_lowercase(), value);
    }
    let must = syntax.keys.iter().filter_map(|k| k.strip_prefix('*'));
    if let Some(key) = must.into_iter().find(|k| !args.contains_key(&k.to_lowercase())) {
        return Err(text::missing_key(verb, kind, key));
    }
    let relation = relation(syntax, request.relation)?;
    Ok(Bound { syntax, instance, relation, args })
}

/// Descriptions have up to 4,000 characters; a name has at least one.
fn check_value(key: &str, value: &str) -> Result<(), String> {
    let too_long = key.eq_ignore_ascii_case("description") && value.chars().count() > 4000;
    let empty = key.eq_ignore_ascii_case("name") && value.is_empty();
    if too_long {
        return Err("The description must not have more than 4000 characters".to_owned());
    }
    if empty { Err(text::bad_value(key, value, "a text of at least one character")) } else { Ok(()) }
}

fn relation(syntax: &Syntax, given: Option<grammar::Relation>) -> Result<Option<Selector>, String> {
    let (verb, kind) = (syntax.verb, syntax.kind.name());
    match (syntax.relation, given) {
        (None, None) => Ok(None),
        (Some((word, wanted)), Some(given))
            if given.word == word && wanted.name().eq_ignore_ascii_case(&given.kind) =>
        {
            Ok(Some(given.instance))
        }
        (Some((word, wanted)), _) => Err(format!("{verb} {kind} needs: {word} {wanted} id= or name=")),
        (None, Some(given)) => Err(format!("Unexpected text: {} {}", given.word, given.kind)),
    }
}

impl Bound {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.args.get(&key.to_lowercase()).map(String::as_str)
    }

    /// The value of a key that the form demands.
    pub fn must(&self, key: &str) -> Result<&str, String> {
        self.get(key).ok_or_else(|| text::missing_key(self.syntax.verb, self.syntax.kind.name(), key))
    }

    /// The description, which may be left out.
    pub fn description(&self) -> &str {
        self.get("description").unwrap_or_default()
    }

    /// `Yes` or `No`.
    pub fn yes(&self, key: &str) -> Result<Option<bool>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("yes") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("no") => Ok(Some(false)),
            Some(value) => Err(text::bad_value(key, value, "Yes, No")),
        }
    }

    /// A number within bounds.
    pub fn number(&self, key: &str, from: u32, to: u32) -> Result<Option<u32>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.parse().ok().filter(|n| (from..=to).contains(n));
        number.map(Some).ok_or_else(|| text::bad_value(key, value, &format!("{from}..{to}")))
    }

    /// One of some words; the answer is as listed.
    pub fn word(&self, key: &str, words: &[&'static str]) -> Result<Option<&'static str>, String> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let found = words.iter().copied().find(|w| w.eq_ignore_ascii_case(value));
        found.map(Some).ok_or_else(|| text::bad_value(key, value, &words.join(", ")))
    }
}
