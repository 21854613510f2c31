//! A disk at a slot of the database's Vm: connected and disconnected, never while something holds it (law 16).

use super::{
    params::{RecoverParams, SwapDisk},
    server,
};
use crate::{
    driver::ovm::{OvmName, Source, VmDisk},
    engine::Cx,
    fault::{Fault, Kind, Remedy},
    model::ObjectId,
    step::{World, device, params::Way, volume_group},
};

/// Takes a disk from its slot, if it is there, once guest and server have shown that nothing holds it.
pub fn disconnect(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<(), Fault> {
    let manager = &cx.world.manager;
    let there = manager.connected(&p.site.vm, disk.slot).map_err(|e| e.fault())?;
    let Some(there) = there.filter(|there| there.disk.as_ref().is_some_and(|found| found.id == *id)) else {
        return Ok(());
    };
    let ours = p.disks.iter().map(|disk| disk.slot).collect();
    volume_group::must_be_free(cx.world, &p.site.host, disk.slot, &ours)?;
    if p.way == Way::Server {
        server::server(cx.world)?.backend_alone(&server::live(disk)?).map_err(|e| e.fault())?;
    }
    manager.delete_mapping(&there.mapping.id).map_err(|e| e.fault())?;
    device::wait(cx.world, &p.site.host, disk.slot, false)?;
    match p.way {
        Way::Manager => Ok(()),
        Way::Server => server::server(cx.world)?.wait_released(&server::live(disk)?).map_err(|e| e.fault()),
    }
}

/// Connects a disk to the slot under the mapping's name, unless it is connected. One look says both, whether it is there
/// and whether the slot is empty: the database is down meanwhile.
pub fn connect(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<ObjectId, Fault> {
    let manager = &cx.world.manager;
    let there = match manager.connected(&p.site.vm, disk.slot).map_err(|e| e.fault())? {
        Some(VmDisk { mapping, disk: Some(found), .. }) if found.id == *id => mapping.id,
        Some(VmDisk { disk: Some(other), .. }) => return Err(not_empty(p, disk, &other.id)),
        _ => {
            let name = OvmName::new(&disk.mapping_name).map_err(|e| e.fault())?;
            manager.create_mapping(&p.site.vm, disk.slot, id, Source::Virtual, &name).map_err(|e| e.fault())?.id
        }
    };
    device::wait(cx.world, &p.site.host, disk.slot, true)?;
    Ok(there)
}

/// Waits for what became of a connecting command whose answer nobody read: its job may be at work still.
pub fn settle(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<(), Fault> {
    let name = OvmName::new(&disk.mapping_name).map_err(|e| e.fault())?;
    cx.world.manager.settle_mapping(&p.site.vm, disk.slot, id, &name).map(drop).map_err(|e| e.fault())
}

fn not_empty(p: &RecoverParams, disk: &SwapDisk, other: &ObjectId) -> Fault {
    let text = format!("slot {} of {} holds {other}", disk.slot, p.site.vm_name);
    Fault::new(Kind::External, "REC-025", text)
        .hint_command("look at its disks", format!("ovmirror vm {}", p.site.vm_name))
}
