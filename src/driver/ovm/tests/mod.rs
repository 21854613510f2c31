//! The calls against scripted answers in the manager's own text.

mod changing;
mod cloning;
mod guests;
mod looking;

use super::{Deadlines, Manager, OvmName, script::Script, script::TestClock};
use crate::{model::ObjectId, port::Remote};
use std::sync::Arc;

fn manager(script: Script) -> Manager {
    manager_over(Arc::new(script))
}

fn manager_over(remote: Arc<dyn Remote>) -> Manager {
    Manager::new(remote, TestClock::shared(), Deadlines::default()).unwrap()
}

fn v34() -> Script {
    Script::new().version("3.4.6.2105")
}

fn id(text: &str) -> ObjectId {
    ObjectId::new(text).unwrap()
}

fn name(text: &str) -> OvmName {
    OvmName::new(text).unwrap()
}

const VM: &str = "0004fb0000060000aaaaaaaaaaaaaaaa";
const DISK: &str = "0004fb00001200009d2574fd9b824a84.img";

/// `show Vm` of a guest with these further lines.
fn vm_lines(more: &str) -> String {
    format!(
        "  Status = Running\n  Memory (MB) = 8192\n  Domain Type = Xen PVM\n  Name = slot021\n  Id = {VM}\n  Locked = false{more}"
    )
}

fn show_vm() -> String {
    format!("show Vm id={VM}")
}
