//! `ovmirror vm`: the manager's view of a VM.

use crate::{
    cli::{args::Vm, output, output::json, report::Reporter, resolve::Site, wire},
    driver::ovm::VmReport,
    fault::{Fault, Kind, Remedy},
    survey::device_of_slot,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Vm, out: &Reporter) -> Result<ExitCode, Fault> {
    let manager = wire::world(site, None)?.manager;
    let vm = manager.find_vm(&args.name).map_err(|e| e.fault())?;
    let report = manager.vm_report(vm).map_err(|e| e.fault())?;
    let disks = serde_json::to_value(&report.disks)
        .map_err(|e| Fault::new(Kind::Bug, "VM-001", "the disks cannot be written").cause(e.to_string()))?;
    out.result(&json::object(out.simulated(), "disks", disks), &text(&report));
    Ok(ExitCode::SUCCESS)
}

fn text(report: &VmReport) -> String {
    let vm = &report.vm;
    let domain = vm.domain_type.as_deref().unwrap_or("unknown domain type");
    let mut text = format!("{} ({}), {}, {domain}\n", vm.name, vm.id, vm.status);
    for disk in &report.disks {
        let name = disk.name.as_deref().unwrap_or("-");
        let size = disk.bytes.map_or_else(|| "-".to_owned(), output::bytes);
        let repository = disk.repository.as_deref().unwrap_or("-");
        let (slot, device) = (disk.slot, device_of_slot(disk.slot));
        text.push_str(&format!("  slot {slot:<3} {device:<6} {:<8} {size:>10}  {name}  in {repository}\n", disk.kind));
    }
    text
}
