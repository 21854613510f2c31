//! A site for the manager's tests: machines that are plain folders, a manager in a thread, and the OpenSSH client.
#![allow(dead_code)]

use ovmirror_lab::fault::{self, Action, Fault};
use ovmirror_lab::host::seam::{DiskSize, HostError, Machines, Place};
use ovmirror_lab::manager::seed::{DiskSpec, SiteSpec, seed};
use ovmirror_lab::manager::{ManagerOptions, Release, serve};
use ovmirror_lab::quirk::Quirks;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fs, io};
use tokio::sync::oneshot;

pub const PASSWORD: &str = "Welcome1";

/// Machines made of folders: a disk is a small file.
pub struct Folders {
    root: PathBuf,
    pub running: Mutex<BTreeMap<String, BTreeMap<u32, String>>>,
    /// Slots whose disk the guest has mounted.
    pub mounted: Mutex<BTreeSet<(String, u32)>>,
    /// Clones that still fit into the repositories.
    pub room: Mutex<usize>,
    pub kinds: Mutex<BTreeMap<String, String>>,
    /// `thin` of each clone, in order.
    pub clones: Mutex<Vec<bool>>,
}

impl Folders {
    fn disk(&self, repository: &str, disk: &str) -> PathBuf {
        self.root.join(repository).join("VirtualDisks").join(disk)
    }

    fn config(&self, repository: &str, vm: &str, template: bool) -> PathBuf {
        let folder = if template { "Templates" } else { "VirtualMachines" };
        self.root.join(repository).join(folder).join(vm)
    }
}

fn other(error: io::Error) -> HostError {
    HostError::Other(error.to_string())
}

impl Machines for Folders {
    fn repositories(&self) -> Vec<Place> {
        let kinds = self.kinds.lock().unwrap();
        kinds.iter().map(|(id, kind)| Place { id: id.clone(), alias: id.clone(), kind: kind.clone() }).collect()
    }

    fn space(&self, repository: &str) -> Result<(u64, u64), HostError> {
        let used = self.scan(repository)?.len() as u64;
        Ok((100 << 30, (100 - used) << 30))
    }

    fn scan(&self, repository: &str) -> Result<Vec<String>, HostError> {
        let entries = fs::read_dir(self.root.join(repository).join("VirtualDisks")).map_err(other)?;
        Ok(entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect())
    }

    fn create_disk(&self, repository: &str, disk: &str, bytes: u64) -> Result<(), HostError> {
        let path = self.disk(repository, disk);
        fs::create_dir_all(path.parent().unwrap()).map_err(other)?;
        fs::File::create(path).and_then(|f| f.set_len(bytes)).map_err(other)
    }

    fn clone_disk(&self, from: (&str, &str), to: (&str, &str), thin: bool) -> Result<(), HostError> {
        let mut room = self.room.lock().unwrap();
        *room = room.checked_sub(1).ok_or(HostError::NoSpace)?;
        self.clones.lock().unwrap().push(thin);
        fs::copy(self.disk(from.0, from.1), self.disk(to.0, to.1)).map(drop).map_err(other)
    }

    fn delete_disk(&self, repository: &str, disk: &str) -> Result<(), HostError> {
        let path = self.disk(repository, disk);
        fs::remove_file(&path).map_err(|_| HostError::Missing(path))
    }

    fn disk_size(&self, repository: &str, disk: &str) -> Result<DiskSize, HostError> {
        let path = self.disk(repository, disk);
        let data = fs::metadata(&path).map_err(|_| HostError::Missing(path))?;
        Ok(DiskSize { max: data.len(), used: data.len() / 2 })
    }

    fn attach(&self, vm: &str, slot: u32, _repository: &str, disk: &str) -> Result<(), HostError> {
        let mut running = self.running.lock().unwrap();
        let guest = running.get_mut(vm).ok_or_else(|| HostError::Other(format!("no guest {vm}")))?;
        guest.insert(slot, disk.to_owned());
        Ok(())
    }

    fn detach(&self, vm: &str, slot: u32) -> Result<(), HostError> {
        if self.mounted.lock().unwrap().contains(&(vm.to_owned(), slot)) {
            return Err(HostError::Busy("c".to_owned()));
        }
        let mut running = self.running.lock().unwrap();
        let gone = running.get_mut(vm).and_then(|guest| guest.remove(&slot));
        gone.map(drop).ok_or_else(|| HostError::Missing(PathBuf::from(format!("{vm}:{slot}"))))
    }

    fn start(&self, vm: &str, disks: &[(u32, String, String)]) -> Result<(), HostError> {
        let disks = disks.iter().map(|(slot, _, disk)| (*slot, disk.clone())).collect();
        self.running.lock().unwrap().insert(vm.to_owned(), disks);
        Ok(())
    }

    fn stop(&self, vm: &str) -> Result<(), HostError> {
        self.running.lock().unwrap().remove(vm).map(drop).ok_or_else(|| HostError::Other(format!("no guest {vm}")))
    }

    fn write_config(&self, repository: &str, vm: &str, template: bool, text: &str) -> Result<(), HostError> {
        let folder = self.config(repository, vm, template);
        fs::create_dir_all(&folder).map_err(other)?;
        fs::write(folder.join("vm.cfg"), text).map_err(other)
    }

    fn remove_config(&self, repository: &str, vm: &str, template: bool) -> Result<(), HostError> {
        let folder = self.config(repository, vm, template);
        fs::remove_dir_all(&folder).map_err(|_| HostError::Missing(folder))
    }
}

/// A manager that runs.
pub struct Site {
    pub machines: Arc<Folders>,
    pub options: ManagerOptions,
    pub spec: SiteSpec,
    pub port: u16,
    pub folder: PathBuf,
    stop: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _keep: tempfile::TempDir,
}

/// A site of one release with some switches, primed for key logins.
pub fn site(release: Release, quirks: &[&str]) -> Site {
    site_with(release, quirks, Duration::ZERO, |_| {})
}

/// The same, with a job time and a site that is changed first.
pub fn site_with(release: Release, quirks: &[&str], job_time: Duration, change: impl Fn(&mut SiteSpec)) -> Site {
    let mut site = unprimed(release, quirks, job_time, change);
    site.prime();
    site
}

/// Without the first password login.
pub fn unprimed(release: Release, quirks: &[&str], job_time: Duration, change: impl Fn(&mut SiteSpec)) -> Site {
    let keep = tempfile::tempdir().unwrap();
    let folder = keep.path().to_owned();
    let mut set = Quirks::default();
    quirks.iter().for_each(|q| set.set(q).unwrap());
    let mut spec = SiteSpec::papers(1, 1, |_, slot| (u64::from(slot) + 1) << 20);
    change(&mut spec);
    let machines = Arc::new(machines(&folder, &spec));
    let options = ManagerOptions {
        folder: folder.join("manager"),
        port: 0,
        user: "admin".to_owned(),
        password: PASSWORD.to_owned(),
        release,
        quirks: set,
        faults: folder.join("faults.json"),
        rtt: Duration::ZERO,
        job_time,
    };
    fs::create_dir(&options.folder).unwrap();
    assert!(seed(&options.folder, &spec, release, machines.as_ref()).unwrap());
    client_files(&folder, &options.folder);
    let mut site = Site { machines, options, spec, port: 0, folder, stop: None, _keep: keep };
    site.start();
    site
}

fn machines(folder: &Path, spec: &SiteSpec) -> Folders {
    let machines = Folders {
        root: folder.join("Repositories"),
        running: Mutex::default(),
        mounted: Mutex::default(),
        room: Mutex::new(1000),
        kinds: Mutex::new(spec.repositories.iter().map(|r| (r.id.clone(), r.kind.clone())).collect()),
        clones: Mutex::default(),
    };
    for repository in &spec.repositories {
        fs::create_dir_all(machines.root.join(&repository.id).join("VirtualDisks")).unwrap();
    }
    for disk in &spec.disks {
        make(&machines, disk);
    }
    for vm in &spec.vms {
        let disks = vm.slots.iter().map(|(slot, disk)| (*slot, disk.clone())).collect();
        machines.running.lock().unwrap().insert(vm.guest.clone(), disks);
    }
    machines
}

fn make(machines: &Folders, disk: &DiskSpec) {
    machines.create_disk(&disk.repository, &disk.id, disk.bytes).unwrap();
    fs::write(machines.disk(&disk.repository, &disk.id), format!("content of {}", disk.name)).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that starts programs")]
fn program(name: &str) -> Command {
    Command::new(name)
}

/// Waits until something holds.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Runs a script.
pub fn sh(file: &Path) -> Output {
    program("sh").arg(file).output().unwrap()
}

fn client_files(folder: &Path, manager: &Path) {
    let key = folder.join("id");
    let made = program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    fs::copy(folder.join("id.pub"), manager.join("ovmcli_authorized_keys")).unwrap();
    let ask = folder.join("askpass");
    fs::write(&ask, format!("#!/bin/sh\necho {PASSWORD}\n")).unwrap();
    fs::set_permissions(&ask, fs::Permissions::from_mode(0o700)).unwrap();
}

impl Site {
    /// Starts the manager (again).
    pub fn start(&mut self) {
        let (options, machines) = (self.options.clone(), self.machines.clone());
        let (ready, bound) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let ready = move |port| ready.send(port).unwrap();
            let stopped = async { drop(stopped.await) };
            runtime.block_on(async { tokio::spawn(serve(options, machines, ready, stopped)).await }).unwrap().unwrap();
        });
        self.port = bound.recv().unwrap();
        self.stop = Some((stop, thread));
    }

    /// Stops it as a crash would.
    pub fn stop(&mut self) {
        if let Some((stop, thread)) = self.stop.take() {
            drop(stop);
            thread.join().unwrap();
        }
    }

    /// The first password login since the start.
    pub fn prime(&mut self) {
        let output = self.by_password("showversion");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The OpenSSH client, with nothing of the machine's own settings.
    pub fn ssh(&self) -> Command {
        let mut ssh = program("ssh");
        ssh.args(["-F", "none", "-p", &self.port.to_string(), "-l", "admin"])
            .args(["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"])
            .args(["-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes"]);
        ssh
    }

    /// The same, taking only known host keys.
    pub fn strict_ssh(&self, known: &Path) -> Command {
        let mut ssh = program("ssh");
        ssh.args(["-F", "none", "-p", &self.port.to_string(), "-l", "admin", "-o", "IdentityAgent=none"])
            .args(["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"])
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", known.display()));
        ssh
    }

    /// By key.
    pub fn by_key(&self, command: &str) -> Output {
        let mut ssh = self.ssh();
        ssh.arg("-i").arg(self.folder.join("id")).args(["-o", "BatchMode=yes", "-n", "127.0.0.1", command]);
        ssh.output().unwrap()
    }

    /// By password, asked of a script.
    pub fn by_password(&self, command: &str) -> Output {
        let mut ssh = self.ssh();
        ssh.env("SSH_ASKPASS", self.folder.join("askpass")).env("SSH_ASKPASS_REQUIRE", "force").env("DISPLAY", ":0");
        ssh.args(["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-n", "127.0.0.1", command]);
        ssh.output().unwrap()
    }

    /// Runs a command by key and gives the raw output.
    pub fn raw(&self, command: &str) -> String {
        let output = self.by_key(command);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The output with plain line ends.
    pub fn run(&self, command: &str) -> String {
        self.raw(command).replace("\n\r", "\n")
    }

    /// The output of a command that must succeed.
    pub fn ok(&self, command: &str) -> String {
        let text = self.run(command);
        assert!(text.contains("Status: Success"), "{text}");
        assert!(!text.contains("Status: Failure"), "{text}");
        text
    }

    /// The text of a failure.
    pub fn refused(&self, command: &str) -> String {
        let text = self.run(command);
        assert!(text.contains("Status: Failure"), "{text}");
        let line = text.lines().find_map(|l| l.strip_prefix("Error Msg: "));
        line.unwrap_or_else(|| panic!("no Error Msg in {text}")).to_owned()
    }

    /// The id that a create or clone answers.
    pub fn made(&self, command: &str) -> String {
        let text = self.ok(command);
        let line = text.lines().find_map(|l| l.strip_prefix("  id:"));
        line.unwrap_or_else(|| panic!("no id in {text}")).split("  name:").next().unwrap().to_owned()
    }

    /// `Label = value` of an object.
    pub fn value(&self, kind: &str, id: &str, label: &str) -> Option<String> {
        let text = self.ok(&format!("show {kind} id={id}"));
        text.lines().find_map(|l| l.trim().strip_prefix(&format!("{label} = ")).map(str::to_owned))
    }

    /// The references `Label N = id  [name]` of an object, by id.
    pub fn links(&self, kind: &str, id: &str, label: &str) -> Vec<String> {
        let text = self.ok(&format!("show {kind} id={id}"));
        let lines = text.lines().filter_map(|l| l.trim().strip_prefix(label)?.split_once(" = "));
        lines.map(|(_, v)| v.split("  [").next().unwrap().to_owned()).collect()
    }

    /// Ids of a list.
    pub fn list(&self, kind: &str) -> Vec<String> {
        let text = self.ok(&format!("list {kind}"));
        let ids = text.lines().filter_map(|l| l.strip_prefix("  id:"));
        ids.map(|l| l.split("  name:").next().unwrap().to_owned()).collect()
    }

    /// The spec's VM.
    pub fn vm(&self, name: &str) -> String {
        self.spec.vms.iter().find(|v| v.name == name).unwrap().id.clone()
    }

    /// The spec's disk.
    pub fn disk(&self, name: &str) -> String {
        self.spec.disks.iter().find(|d| d.name == name).unwrap().id.clone()
    }

    /// The mapping of a VM at a slot.
    pub fn mapping(&self, vm: &str, slot: u32) -> String {
        let mappings = self.links("Vm", vm, "VmDiskMapping ");
        let at = |id: &&String| self.value("VmDiskMapping", id, "Slot") == Some(slot.to_string());
        mappings.iter().find(at).unwrap().clone()
    }

    /// The path of a disk's file.
    pub fn file(&self, disk: &str) -> PathBuf {
        self.machines.disk(&self.spec.repositories[0].id, disk)
    }

    /// Arms a fault.
    pub fn arm(&self, matches: &str, action: Action) {
        let fault = Fault { id: 1, place: "manager".to_owned(), matches: matches.to_owned(), nth: 1, seen: 0, action };
        fault::edit(&self.options.faults, |faults| faults.push(fault)).unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.stop.take() {
            drop(stop);
            drop(thread.join());
        }
    }
}
