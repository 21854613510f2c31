//! What the manager asks for, in dom0.

use super::site::{XenSite, file, plugged};
use crate::{
    host::{
        dev,
        seam::{DiskSize, HostError, Machines, Place},
    },
    site::{board::Board, error::SiteError, hosts::locked, plan::Machine},
};

const ATTACH: &str = include_str!("../../../xen/dom0/attach.sh");
const DETACH: &str = include_str!("../../../xen/dom0/detach.sh");

/// What a script says of a device that is not there.
const NOT_CONNECTED: i32 = 3;

impl XenSite {
    fn machine(&self, vm: &str) -> Result<&Machine, HostError> {
        self.site.machine(vm).ok_or_else(|| HostError::Other(format!("no machine {vm}")))
    }

    fn runs(&self, machine: &Machine) -> bool {
        locked(&self.running).contains(&machine.name)
    }

    fn folder(&self, repository: &str) -> Result<String, HostError> {
        let path = format!("{}/{repository}", super::site::REPOSITORIES);
        if self.site.repositories.iter().any(|r| r.id == repository) {
            Ok(path)
        } else {
            Err(HostError::Missing(path.into()))
        }
    }

    fn disk(&self, repository: &str, disk: &str) -> Result<String, HostError> {
        if disk.contains('/') || disk.is_empty() {
            return Err(HostError::Other(format!("`{disk}` is no disk")));
        }
        self.folder(repository).map(|_| file(repository, disk))
    }

    fn config(&self, repository: &str, vm: &str, template: bool) -> Result<String, HostError> {
        if vm.contains('/') || vm.is_empty() {
            return Err(HostError::Other(format!("`{vm}` is no id")));
        }
        let kind = if template { "Templates" } else { "VirtualMachines" };
        Ok(format!("{}/{kind}/{vm}", self.folder(repository)?))
    }

    /// A command in dom0 that must succeed; its last argument is what an error is about.
    fn ask(&self, text: &str, args: &[&str], stdin: &str) -> Result<String, HostError> {
        let answer = self.dom0(text, args, stdin).map_err(|error| HostError::Other(error.to_string()))?;
        let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
        let about = args.last().copied().unwrap_or_default();
        match answer.status {
            0 => Ok(String::from_utf8_lossy(&answer.stdout).into_owned()),
            NOT_CONNECTED => Err(HostError::NotConnected(about.to_owned())),
            _ if said.contains("No space left") => Err(HostError::NoSpace),
            _ if said.contains("No such file") => Err(HostError::Missing(about.into())),
            _ => Err(HostError::Other(said)),
        }
    }

    fn numbers<const N: usize>(&self, text: &str, args: &[&str]) -> Result<[u64; N], HostError> {
        let said = self.ask(text, args, "")?;
        let numbers: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        numbers.try_into().map_err(|_| HostError::Other(format!("dom0 said `{}`", said.trim())))
    }
}

fn inside(error: SiteError) -> HostError {
    HostError::Other(error.to_string())
}

impl Machines for XenSite {
    fn repositories(&self) -> Vec<Place> {
        let place =
            |r: &crate::site::plan::Repository| Place { id: r.id.clone(), alias: r.name.clone(), kind: "ocfs2".into() };
        self.site.repositories.iter().map(place).collect()
    }

    fn space(&self, repository: &str) -> Result<(u64, u64), HostError> {
        let [block, all, free] = self.numbers("stat -f -c '%S %b %a' \"$1\"", &[&self.folder(repository)?])?;
        Ok((all * block, free * block))
    }

    fn scan(&self, repository: &str) -> Result<Vec<String>, HostError> {
        let said = self.ask("ls -1 \"$1/VirtualDisks\"", &[&self.folder(repository)?], "")?;
        Ok(said.lines().filter(|name| !crate::site::volume::is_scrap(name)).map(str::to_owned).collect())
    }

    fn create_disk(&self, repository: &str, disk: &str, bytes: u64) -> Result<(), HostError> {
        let path = self.disk(repository, disk)?;
        let text = "[ ! -e \"$2\" ] || { echo \"$2: File exists\" >&2; exit 1; }; truncate -s \"$1\" \"$2\"";
        self.ask(text, &[&bytes.to_string(), &path], "").map(drop)
    }

    fn clone_disk(&self, from: (&str, &str), to: (&str, &str), thin: bool) -> Result<(), HostError> {
        let (from, to) = (self.disk(from.0, from.1)?, self.disk(to.0, to.1)?);
        let thin = if thin { "reflink \"$1\" \"$2\"" } else { "cp --reflink=never --sparse=always \"$1\" \"$2\"" };
        self.ask(thin, &[&from, &to], "").map(drop)
    }

    fn delete_disk(&self, repository: &str, disk: &str) -> Result<(), HostError> {
        self.ask("rm \"$1\"", &[&self.disk(repository, disk)?], "").map(drop)
    }

    fn disk_size(&self, repository: &str, disk: &str) -> Result<DiskSize, HostError> {
        let [max, blocks, block] = self.numbers("stat -c '%s %b %B' \"$1\"", &[&self.disk(repository, disk)?])?;
        Ok(DiskSize { max, used: blocks * block })
    }

    fn attach(&self, vm: &str, slot: u32, repository: &str, disk: &str) -> Result<(), HostError> {
        let machine = self.machine(vm)?;
        if !self.runs(machine) {
            return Ok(());
        }
        let number = dev::vbd(slot).to_string();
        let path = self.disk(repository, disk)?;
        self.ask(ATTACH, &[&machine.id, &dev::name(slot), &number, &path], "")?;
        let board = Board::of(&self.paths, machine);
        board.change(|slots| drop(slots.insert(slot, plugged(repository, disk)))).map_err(inside)
    }

    /// Whatever Xen answers is the answer: with this kernel a mounted disk goes as well, and the guest loses what it writes.
    fn detach(&self, vm: &str, slot: u32) -> Result<(), HostError> {
        let machine = self.machine(vm)?;
        if !self.runs(machine) {
            return Ok(());
        }
        self.ask(DETACH, &[&machine.id, &dev::vbd(slot).to_string(), &dev::name(slot)], "")?;
        Board::of(&self.paths, machine).change(|slots| drop(slots.remove(&slot))).map_err(inside)
    }

    fn start(&self, vm: &str, disks: &[(u32, String, String)]) -> Result<(), HostError> {
        let machine = self.machine(vm)?;
        if self.runs(machine) {
            return Err(HostError::Other(format!("{vm} runs already")));
        }
        let slots = disks.iter().map(|(slot, repository, disk)| (*slot, plugged(repository, disk))).collect();
        self.create(machine, &slots).map_err(inside)
    }

    fn stop(&self, vm: &str) -> Result<(), HostError> {
        self.shut_down(self.machine(vm)?).map_err(inside)
    }

    fn write_config(&self, repository: &str, vm: &str, template: bool, text: &str) -> Result<(), HostError> {
        let path = self.config(repository, vm, template)?;
        // A guest starts from it also behind a power cut: neither the text nor the name may be lost then.
        let script = "mkdir -p \"$1\"; dd of=\"$1/vm.cfg.new\" conv=fsync status=none; \
            mv \"$1/vm.cfg.new\" \"$1/vm.cfg\"; sync \"$1\"";
        self.ask(script, &[&path], text).map(drop)
    }

    fn remove_config(&self, repository: &str, vm: &str, template: bool) -> Result<(), HostError> {
        self.ask("rm -r \"$1\"", &[&self.config(repository, vm, template)?], "").map(drop)
    }
}
