//! One thing is taken away. Each way looks again before it acts: what has another name by now, is used or is gone, is left.

use super::{
    preview,
    thing::{Thing, What},
};
use crate::{
    driver::{
        dom0::RepoPath,
        ovm::{ObjectKind, OvmName, VmDisk},
    },
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy},
    flow::{recover, snapshot},
    model::{HostName, ObjectId, Tag, beside},
    step::{
        World, device, folder, gather,
        media::{map, owner},
        preview::told,
        shell,
    },
    text::{Release, render, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub struct Remove {
    /// Its number in the run.
    pub at: usize,
    pub thing: Thing,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// It is not there any more.
    pub gone: bool,
    /// Why it is.
    pub fault: Option<Fault>,
}

impl Remove {
    /// Whether it was there.
    fn act(&self, world: &World) -> Result<bool, Fault> {
        let (place, run) = (&self.thing.place, self.thing.run.as_str());
        match &self.thing.what {
            What::Job { id } => job(world, id),
            What::Instance { release, base, .. } => self.instance(world, release, base),
            What::Mount { device, point } => device::unmount(world, place, device, point).map(|()| true),
            What::Mapping { id, vm, guest, .. } => self.mapping(world, id, vm, guest.as_ref()),
            What::Customizer { id } => self.customizer(world, id),
            What::Clone { id } => self.clone(world, id),
            What::Disk { id, repository } => self.disk(world, id, repository.as_ref()),
            What::File { path } => file(world, path),
            What::Control { path } => self.host_file(world, path, path.ends_with(".ctl") && path.contains(run)),
            What::Beside { path, .. } => {
                let ours = beside(path).is_some_and(|(_, of)| of == self.thing.run);
                self.host_file(world, path, ours)
            }
            What::Kept { path } => recover::remove_kept_set(world, place, path, run).map(|()| true),
            What::Folder { .. } => self.folder(world),
        }
    }

    fn instance(&self, world: &World, release: &str, base: &str) -> Result<bool, Fault> {
        let Some(mut target) = self.thing.target() else { return Ok(false) };
        if !gather::host(world, &target.host)?.instances.contains(&target.sid) {
            return Ok(false);
        }
        target.tz = gather::home(world, &target)?.tz;
        let release: Release = release.parse()?;
        if owner::marked(world, &target, release, base)?.as_ref() != Some(&self.thing.run) {
            return Err(changed(&self.thing, "it is another instance by now"));
        }
        let body = render(&sqlplus::ShutdownAbort {})?;
        let ended = world.sqlplus.script(&target, &body, world.limits.start_stop);
        ended.map_err(|error| crate::step::sql::fault(error, &target)).map(|_| true)
    }

    /// Law 16: only when the guest, and the server where there is one, have shown that nothing holds the disk.
    fn mapping(&self, world: &World, id: &ObjectId, vm: &ObjectId, guest: Option<&HostName>) -> Result<bool, Fault> {
        let manager = &world.manager;
        if !manager.exists(ObjectKind::VmDiskMapping, id).map_err(|e| e.fault())? {
            return Ok(false);
        }
        let now = manager.mapping(id).map_err(|e| e.fault())?;
        self.must_be_marked(now.name.as_deref().unwrap_or(&self.thing.name))?;
        let Some(host) = guest else { return Err(changed(&self.thing, "its guest is not configured")) };
        let Some(disk) = now.disk.map(|disk| disk.id) else {
            device::must_be_free(world, host, now.slot)?;
            return manager.delete_mapping(id).map_err(|e| e.fault()).map(|()| true);
        };
        let marked = |disk: &VmDisk| disk.mapping.label().starts_with("ovm.").then_some(disk.slot);
        let ours = manager.vm_disks(vm).map_err(|e| e.fault())?.iter().filter_map(marked).collect();
        let seat = map::Seat { host, vm, slot: now.slot, ours: &ours };
        map::detach(world, &seat, &disk, || server_alone(world, &disk)).map(|()| true)
    }

    fn customizer(&self, world: &World, id: &ObjectId) -> Result<bool, Fault> {
        let manager = &world.manager;
        let there = manager.exists(ObjectKind::VmCloneCustomizer, id).map_err(|e| e.fault())?;
        manager.delete_customizer(id).map_err(|e| e.fault())?;
        Ok(there)
    }

    /// Its own disks go with it; one that any other Vm maps does not (law 8).
    fn clone(&self, world: &World, id: &ObjectId) -> Result<bool, Fault> {
        let manager = &world.manager;
        if !manager.exists(ObjectKind::Vm, id).map_err(|e| e.fault())? {
            return Ok(false);
        }
        let name = OvmName::new(&self.thing.name).map_err(|e| e.fault())?;
        self.must_be_marked(name.as_str())?;
        snapshot::remove_named(world, &name, || others(world, id)).map(|()| true)
    }

    fn disk(&self, world: &World, id: &ObjectId, repository: Option<&ObjectId>) -> Result<bool, Fault> {
        let manager = &world.manager;
        if !manager.exists(ObjectKind::VirtualDisk, id).map_err(|e| e.fault())? {
            return Ok(false);
        }
        let name = manager.disk(id).map_err(|e| e.fault())?.name;
        if Tag::in_name(id.as_str()).is_none_or(|(tag, _)| tag.run != self.thing.run) {
            self.must_be_marked(&name)?;
        }
        if manager.is_mapped(id).map_err(|e| e.fault())? {
            return Err(changed(&self.thing, "a Vm maps it"));
        }
        if let (Some(server), Some(repository)) = (&world.dom0, repository) {
            let path = RepoPath::disk(repository, id).map_err(|e| e.fault())?;
            server.wait_released(&path).map_err(|e| e.fault())?;
        }
        manager.delete_disk(id).map_err(|e| e.fault()).map(|()| true)
    }

    fn host_file(&self, world: &World, path: &str, ours: bool) -> Result<bool, Fault> {
        if !ours {
            return Err(changed(&self.thing, "its name is not of this run"));
        }
        shell::words(world, &self.thing.place, &["rm", "-f", path]).map(|_| true)
    }

    /// A guard that came to life, or a program of the run, keeps it.
    fn folder(&self, world: &World) -> Result<bool, Fault> {
        folder::remove(world, &self.thing.place, self.thing.run.as_str()).map(|()| true)
    }

    fn must_be_marked(&self, name: &str) -> Result<(), Fault> {
        match Tag::in_name(name) {
            Some((tag, _)) if tag.run == self.thing.run => Ok(()),
            _ => Err(changed(&self.thing, &format!("it is named {name} by now"))),
        }
    }
}

/// What is not what it was when it was looked at is left alone (law 8).
fn changed(thing: &Thing, why: &str) -> Fault {
    Fault::new(Kind::User, "ORP-004", format!("{} {} is left: {why}", thing.what.word(), thing.name))
        .hint_command("look again", format!("ovmirror orphans {}", thing.run.database()))
}

fn job(world: &World, id: &ObjectId) -> Result<bool, Fault> {
    world.manager.abort_job(id).map_err(|e| e.fault()).map(|_| true)
}

fn file(world: &World, path: &RepoPath) -> Result<bool, Fault> {
    let server = recover::server::server(world)?;
    server.wait_released(path).map_err(|e| e.fault())?;
    server.remove_ours(path).map_err(|e| e.fault()).map(|()| true)
}

/// Disks that any Vm but this one maps.
fn others(world: &World, clone: &ObjectId) -> Result<BTreeSet<ObjectId>, Fault> {
    let all = world.manager.mappings().map_err(|e| e.fault())?;
    let of_others = all.into_iter().filter(|mapping| mapping.vm.as_ref().is_none_or(|vm| vm.id != *clone));
    Ok(of_others.filter_map(|mapping| mapping.disk).map(|disk| disk.id).collect())
}

/// The server's half of law 16, where a server is configured.
fn server_alone(world: &World, disk: &ObjectId) -> Result<(), Fault> {
    let Some(server) = &world.dom0 else { return Ok(()) };
    let repository = world.manager.disk(disk).map_err(|e| e.fault())?.repository;
    let Some(repository) = repository else { return Ok(()) };
    let path = RepoPath::disk(&repository.id, disk).map_err(|e| e.fault())?;
    server.backend_alone(&path).map_err(|e| e.fault())
}

impl Step<World> for Remove {
    const KIND: &'static str = "remove";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "nobody wants back what nobody answers for" };
    type Out = Released;

    fn key(&self) -> Option<String> {
        Some(self.at.to_string())
    }

    fn describe(&self) -> String {
        format!("remove {} {} on {}", self.thing.what.word(), self.thing.name, self.thing.place)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::texts(world, &self.thing))
    }

    /// One that fails must not keep the others: the run goes on, and the command tells at its end.
    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Released>, Fault> {
        Ok(match self.act(cx.world) {
            Ok(true) => Ran::Done(Released { gone: true, fault: None }),
            Ok(false) => Ran::Skipped(Released { gone: true, fault: None }, "it is gone".to_owned()),
            Err(fault) => {
                let text = fault.to_string();
                Ran::Warned(Released { gone: false, fault: Some(fault) }, text)
            }
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Released>, Fault> {
        // Each way looks before it acts.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Released>) -> Result<(), Fault> {
        Ok(())
    }
}
