//! `disk …`: what the hypervisor can do with guests and disks, without the manager. For sites of hosts only, and to
//! look at what a manager's command does below.

use super::{
    args::DiskVerb,
    control,
    error::{During, SiteError},
    paths::Paths,
    plan::Site,
};
use crate::host::seam::{HostError, Machines};
use serde::{Deserialize, Serialize};
use std::{path::Path, process::ExitCode};

/// One order; disks without a repository are those of the site's first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// An empty disk.
    Create {
        /// Its id.
        disk: String,
        /// Its size.
        bytes: u64,
    },
    /// A reflink.
    Clone {
        /// The source.
        from: String,
        /// The new disk.
        to: String,
    },
    /// A disk's file goes.
    Delete {
        /// Its id.
        disk: String,
    },
    /// A disk comes to a guest.
    Attach {
        /// The guest.
        vm: String,
        /// Where.
        slot: u32,
        /// The disk.
        disk: String,
    },
    /// A disk leaves a guest.
    Detach {
        /// The guest.
        vm: String,
        /// Where.
        slot: u32,
    },
    /// Power off.
    Stop {
        /// The guest.
        vm: String,
    },
    /// Power on.
    Start {
        /// The guest.
        vm: String,
        /// Its disks: slot, repository, file name.
        disks: Vec<(u32, String, String)>,
    },
}

/// Does it, in the supervisor.
pub fn perform(machines: &dyn Machines, repository: &str, order: Order) -> Result<(), HostError> {
    match order {
        Order::Create { disk, bytes } => machines.create_disk(repository, &disk, bytes),
        Order::Clone { from, to } => machines.clone_disk((repository, &from), (repository, &to), true),
        Order::Delete { disk } => machines.delete_disk(repository, &disk),
        Order::Attach { vm, slot, disk } => machines.attach(&vm, slot, repository, &disk),
        Order::Detach { vm, slot } => machines.detach(&vm, slot),
        Order::Stop { vm } => machines.stop(&vm),
        Order::Start { vm, disks } => machines.start(&vm, &disks),
    }
}

/// `ovmirror-lab disk …`
pub fn run(verb: DiskVerb) -> Result<ExitCode, SiteError> {
    let (dir, order) = match verb {
        DiskVerb::Create { dir, disk, mib } => (dir, Order::Create { disk, bytes: mib << 20 }),
        DiskVerb::Clone { dir, from, to } => (dir, Order::Clone { from, to }),
        DiskVerb::Delete { dir, disk } => (dir, Order::Delete { disk }),
        DiskVerb::Attach { dir, vm, slot, disk } => (dir, Order::Attach { vm, slot, disk }),
        DiskVerb::Detach { dir, vm, slot } => (dir, Order::Detach { vm, slot }),
        DiskVerb::Stop { dir, vm } => (dir, Order::Stop { vm }),
        DiskVerb::Start { dir, vm } => {
            let disks = first_disks(&dir, &vm)?;
            (dir, Order::Start { vm, disks })
        }
    };
    send(&dir, &order)
}

fn first_disks(dir: &Path, vm: &str) -> Result<Vec<(u32, String, String)>, SiteError> {
    let site = Site::read(&Paths::of(dir).at(dir)?)?.ok_or_else(SiteError::no_site)?;
    let machine = site.machine(vm).ok_or_else(|| SiteError::refused(format!("there is no machine {vm}"), ""))?;
    Ok(machine.disks.iter().map(|d| (d.slot, d.repository.clone(), d.id.clone())).collect())
}

fn send(dir: &Path, order: &Order) -> Result<ExitCode, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let text = serde_json::to_string(order).map_err(std::io::Error::from).during("an order")?;
    let answer = control::runtime()?.block_on(async {
        let mut stream = control::connect(&paths).await?;
        control::ask(&mut stream, &text).await.ok()
    });
    match answer.as_deref().map(str::trim) {
        Some("ok") => Ok(ExitCode::SUCCESS),
        Some(text) => Err(SiteError::inside("hypervisor", text)),
        None => Err(SiteError::refused("the site does not run", "`ovmirror-lab up --dir …`")),
    }
}
