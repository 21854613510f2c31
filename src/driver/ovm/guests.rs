//! The way to machines that are guests: where one does not answer, the manager is asked whether its VM runs at all.

use super::{Manager, OvmError};
use crate::{
    fault::{Hint, hint, hint_command},
    model::HostName,
    port::{Answer, Living, Remote, RemoteCommand, RemoteError},
};
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A connection that nobody accepts.
const SILENT: &str = "SSH-001";
/// A VM that does not run.
const VM_STATUS: &str = "VM-STATUS";
/// Who waits for a machine to come back asks often; the manager is asked no oftener than this.
const EVERY: Duration = Duration::from_secs(10);

/// What the manager said of a guest, and when.
type Seen = BTreeMap<HostName, (Duration, Option<Off>)>;

/// Why a guest cannot answer, and what to do.
#[derive(Clone)]
struct Off {
    why: String,
    hints: Vec<Hint>,
}

/// A way to hosts of which some are guests.
pub struct Guests {
    inner: Arc<dyn Remote>,
    manager: Arc<Manager>,
    vms: BTreeMap<HostName, String>,
    seen: Mutex<Seen>,
}

impl Guests {
    /// `vms` has the VM of each host that is one. The manager itself is reached by its own way.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, manager: Arc<Manager>, vms: BTreeMap<HostName, String>) -> Self {
        Self { inner, manager, vms, seen: Mutex::default() }
    }

    fn explained(&self, error: RemoteError) -> RemoteError {
        let RemoteError::CannotConnect { host, why, code: SILENT, .. } = &error else { return error };
        match self.off(host) {
            Some(off) => RemoteError::CannotConnect {
                why: format!("{} ({why})", off.why),
                hints: off.hints,
                code: VM_STATUS,
                host: host.clone(),
            },
            None => error,
        }
    }

    fn off(&self, host: &HostName) -> Option<Off> {
        let (vm, now) = (self.vms.get(host)?, self.manager.clock.elapsed());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get(host) {
            Some((at, off)) if now.saturating_sub(*at) < EVERY => off.clone(),
            _ => {
                let off = self.look(vm);
                seen.insert(host.clone(), (now, off.clone()));
                off
            }
        }
    }

    /// None where it runs, or where the manager does not tell: then the failure stays what it was.
    fn look(&self, wanted: &str) -> Option<Off> {
        match self.manager.find_vm(wanted) {
            Ok(vm) if vm.is_running() => None,
            Ok(vm) => Some(stopped(&vm.name, &vm.status)),
            Err(OvmError::NotFound { name, .. }) => Some(lost(&name)),
            Err(_) => None,
        }
    }
}

fn stopped(vm: &str, status: &str) -> Off {
    let verb = if status.eq_ignore_ascii_case("suspended") { "resume" } else { "start" };
    Off {
        why: format!("its VM {vm} is {status} at the manager"),
        hints: vec![
            hint(format!("start it at the manager (OVM CLI: {verb} Vm name={vm}), and the database in it")),
            hint_command("then see whether it cut a run off", "ovmirror status"),
        ],
    }
}

fn lost(vm: &str) -> Off {
    Off {
        why: format!("the manager knows no VM {vm}"),
        hints: vec![hint(format!(
            "if {vm} is lost: \"Loss of a VM\" in docs/operator.md; else correct `vm` and `host`"
        ))],
    }
}

impl Remote for Guests {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.inner.run(host, command).map_err(|error| self.explained(error))
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        self.inner.warm(host).map_err(|error| self.explained(error))
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        self.inner.prime(host)
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        self.inner.live(host, command).map_err(|error| self.explained(error))
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.inner.fetch(host, command, sink).map_err(|error| self.explained(error))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.inner.feed(host, command, source).map_err(|error| self.explained(error))
    }
}
