//! What each verb does: a plan made from the state, and the job's work.

pub mod add;
pub mod clone;
pub mod copy;
pub mod create;
pub mod delete;
pub mod edit;
pub mod job;
pub mod list;
pub mod map;
pub mod power;
pub mod refresh;
pub mod show;

use super::job::{Plan, Scene, Ticket, Trouble};
use super::object::{Body, Kind, Object, Vm, VmState};
use super::syntax::Bound;
use super::{config, text};

/// Lines for `Data:`, or none.
pub type Done = Result<Option<Vec<String>>, Trouble>;

impl<'a> Scene<'a> {
    /// The object that the command addresses.
    pub fn instance(&self, bound: &Bound) -> Result<&'a Object, String> {
        let syntax = bound.syntax;
        let missing = || text::missing_key(syntax.verb, syntax.kind.name(), "id or name");
        self.state.find(syntax.kind, bound.instance.as_ref().ok_or_else(missing)?)
    }

    /// The object after `on`, `to` or `from`.
    pub fn relation(&self, bound: &Bound) -> Result<&'a Object, String> {
        let syntax = bound.syntax;
        match (syntax.relation, &bound.relation) {
            (Some((_, kind)), Some(selector)) => self.state.find(kind, selector),
            _ => Err(text::missing_key(syntax.verb, syntax.kind.name(), "on, to or from")),
        }
    }

    /// The object that a key's value names by id or name.
    pub fn value(&self, bound: &Bound, key: &str, kind: Kind) -> Result<&'a Object, String> {
        self.state.find_value(kind, bound.must(key)?)
    }

    /// A switch's value.
    pub fn is(&self, quirk: &str, value: &str) -> bool {
        self.core.options.quirks.is(quirk, value)
    }

    /// Whether a repository lies on OCFS2, where reflinks are.
    pub fn is_ocfs2(&self, repository: &str) -> bool {
        self.state.file_system_of(repository).is_some_and(|(_, fs)| fs.kind == "ocfs2")
    }
}

/// The VM in an object that was found as one.
pub fn vm_of(object: &Object) -> Result<&Vm, String> {
    object.vm().ok_or_else(|| text::not_found(Kind::Vm, "id", &object.id))
}

/// Refuses what is only allowed for a VM that does not run.
pub fn must_be_off(object: &Object) -> Result<&Vm, String> {
    let vm = vm_of(object)?;
    match vm.state {
        VmState::Stopped | VmState::Template => Ok(vm),
        VmState::Running => Err(text::not_stopped(&object.name, "RUNNING")),
        VmState::Suspended => Err(text::not_stopped(&object.name, "SUSPENDED")),
    }
}

/// A job that makes one object without machines.
pub fn simple_create(title: String, locks: Vec<String>, id: String, bound: &Bound, body: Body) -> Result<Plan, String> {
    let (name, description) = (bound.must("name")?.to_owned(), bound.description().to_owned());
    Ok(Plan::new(title, locks, move |ticket| {
        ticket.add(&id, &name, &description, body)?;
        Ok(ticket.line(&id))
    }))
}

/// The answer of a delete: `Data:` with what is gone, by quirk.
pub fn deleted(ticket: &Ticket, object: &Object) -> Option<Vec<String>> {
    ticket.core.options.quirks.is("delete-prints-data", "yes").then(|| vec![object.line()])
}

/// Writes the vm.cfg of a VM after its change.
pub fn saved(ticket: &Ticket, vm: &str) -> Result<(), Trouble> {
    config::write(ticket, vm)
}
