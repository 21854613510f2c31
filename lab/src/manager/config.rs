//! vm.cfg in the Python syntax of reference 5.

use super::ident::dashed;
use super::job::{Ticket, Trouble};
use super::object::{Body, Medium, Object, Vm, VmState};
use super::state::State;

/// Writes a VM's file anew; every change of a VM does this.
pub fn write(ticket: &Ticket, vm: &str) -> Result<(), Trouble> {
    let wanted = ticket.core.read(|state| {
        let object = state.get(vm)?;
        let body = object.vm()?;
        Some((body.repository.clone(), body.state == VmState::Template, render(state, object, body)))
    });
    let Some((repository, template, text)) = wanted else { return Ok(()) };
    ticket.below("save_vm_config", ticket.machines().write_config(&repository, vm, template, &text))
}

/// The file's text.
pub fn render(state: &State, object: &Object, vm: &Vm) -> String {
    let mut lines = vec![
        format!("vif = [{}]", list(vifs(state, object))),
        format!("OVM_simple_name = {}", python(&object.name)),
        "vnclisten = '127.0.0.1'".to_owned(),
        format!("disk = [{}]", list(disks(state, object))),
        "vncunused = 1".to_owned(),
        format!("uuid = {}", python(&dashed(&object.id))),
        "on_reboot = 'restart'".to_owned(),
        format!("cpu_weight = {}", vm.priority * 550),
        format!("memory = {}", vm.memory),
        format!("cpu_cap = {}", if vm.cap == 100 { 0 } else { vm.cap }),
        format!("maxvcpus = {}", vm.cpu_limit),
        format!("OVM_high_availability = {}", if vm.high_availability { "True" } else { "False" }),
        "vnc = 1".to_owned(),
        format!("OVM_description = {}", python(&object.description)),
        "on_poweroff = 'destroy'".to_owned(),
        "on_crash = 'restart'".to_owned(),
        "guest_os_type = 'linux'".to_owned(),
        format!("name = {}", python(&object.id)),
        format!("vcpus = {}", vm.cpus),
        format!("keymap = {}", python(&vm.keymap)),
        format!("OVM_os_type = {}", python(&vm.os)),
        "OVM_cpu_compat_group = ''".to_owned(),
        format!("OVM_domain_type = {}", python(&vm.domain.to_lowercase())),
        format!("maxmem = {}", vm.memory_limit),
    ];
    lines.push(if vm.domain == "XEN_PVM" { "bootloader = '/usr/bin/pygrub'" } else { "builder = 'hvm'" }.to_owned());
    lines.push(String::new());
    lines.join("\n")
}

fn list(items: Vec<String>) -> String {
    items.iter().map(|i| python(i)).collect::<Vec<_>>().join(", ")
}

/// A Python string literal.
fn python(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

fn vifs(state: &State, object: &Object) -> Vec<String> {
    let vif = |o: &&Object| match &o.body {
        Body::Vnic { mac, network, .. } => Some(format!("mac={mac},bridge={network}")),
        _ => None,
    };
    state.vnics(&object.id).iter().filter_map(vif).collect()
}

fn disks(state: &State, object: &Object) -> Vec<String> {
    let mappings = state.mappings(&object.id);
    mappings.iter().map(|(_, m)| disk(state, &m.medium, &device(m.slot))).collect()
}

fn disk(state: &State, medium: &Medium, device: &str) -> String {
    match medium {
        Medium::Virtual(id) => {
            let repository = state.get(id).and_then(Object::disk).map_or("", |d| &d.repository);
            format!("file:/OVS/Repositories/{repository}/VirtualDisks/{id},{device},w")
        }
        Medium::Physical(id) => {
            let page83 = match state.get(id).map(|o| &o.body) {
                Some(Body::PhysicalDisk(disk)) => disk.page83.as_str(),
                _ => "",
            };
            format!("phy:/dev/mapper/{page83},{device},w")
        }
        Medium::Cd(id) => {
            let repository = match state.get(id).map(|o| &o.body) {
                Some(Body::VirtualCdrom { repository }) => repository.as_str(),
                _ => "",
            };
            format!("file:/OVS/Repositories/{repository}/ISOs/{id},{device}:cdrom,r")
        }
        Medium::Empty => format!("file:,{device}:cdrom,r"),
    }
}

/// The guest's name of a slot: xvda … xvdz, xvdaa …
pub fn device(slot: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = slot + 1;
    while rest > 0 {
        letters.push(char::from(b'a' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().fold(String::from("xvd"), |name, letter| name + &letter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "xvda")]
    #[case(25, "xvdz")]
    #[case(26, "xvdaa")]
    #[case(50, "xvday")]
    fn devices(#[case] slot: u32, #[case] name: &str) {
        assert_eq!(device(slot), name);
    }

    #[test]
    fn python_literals_hold_quotes() {
        assert_eq!(python("HR's \\ x\ny"), r"'HR\'s \\ x\ny'");
    }
}
