//! A disk at a slot of the database's Vm: connected and disconnected, never while something holds it (law 16).

use super::{
    params::{RecoverParams, SwapDisk},
    server,
};
use crate::{
    driver::ovm::{OvmName, Source},
    engine::Cx,
    fault::{Fault, Kind, Remedy},
    model::ObjectId,
    step::{World, device, params::Way},
};

/// Takes a disk from its slot, if it is there, once guest and server have shown that nothing holds it.
pub fn disconnect(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<(), Fault> {
    let manager = &cx.world.manager;
    let Some(mapping) = manager.mapping_at(&p.site.vm, disk.slot, id).map_err(|e| e.fault())? else {
        return Ok(());
    };
    device::must_be_free(cx.world, &p.site.host, disk.slot)?;
    if p.way == Way::Server {
        server::server(cx.world)?.backend_alone(&server::live(disk)?).map_err(|e| e.fault())?;
    }
    manager.delete_mapping(&mapping.id).map_err(|e| e.fault())?;
    device::wait(cx.world, &p.site.host, disk.slot, false)?;
    match p.way {
        Way::Manager => Ok(()),
        Way::Server => server::server(cx.world)?.wait_released(&server::live(disk)?).map_err(|e| e.fault()),
    }
}

/// Connects a disk to the slot under the mapping's name, unless it is connected.
pub fn connect(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<ObjectId, Fault> {
    let manager = &cx.world.manager;
    let there = match manager.mapping_at(&p.site.vm, disk.slot, id).map_err(|e| e.fault())? {
        Some(mapping) => mapping,
        None => {
            must_be_empty(cx, p, disk)?;
            let name = OvmName::new(&disk.mapping_name).map_err(|e| e.fault())?;
            manager.create_mapping(&p.site.vm, disk.slot, id, Source::Virtual, &name).map_err(|e| e.fault())?
        }
    };
    device::wait(cx.world, &p.site.host, disk.slot, true)?;
    Ok(there.id)
}

/// Waits for what became of a connecting command whose answer nobody read: its job may be at work still.
pub fn settle(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk, id: &ObjectId) -> Result<(), Fault> {
    let name = OvmName::new(&disk.mapping_name).map_err(|e| e.fault())?;
    cx.world.manager.settle_mapping(&p.site.vm, disk.slot, id, &name).map(drop).map_err(|e| e.fault())
}

fn must_be_empty(cx: &Cx<'_, World>, p: &RecoverParams, disk: &SwapDisk) -> Result<(), Fault> {
    let there = cx.world.manager.connected(&p.site.vm, disk.slot).map_err(|e| e.fault())?;
    match there.and_then(|there| there.disk) {
        None => Ok(()),
        Some(other) => {
            let text = format!("slot {} of {} holds {}", disk.slot, p.site.vm_name, other.id);
            Err(Fault::new(Kind::External, "REC-025", text)
                .hint_command("look at its disks", format!("ovmirror vm {}", p.site.vm_name)))
        }
    }
}
