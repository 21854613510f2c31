//! The emulated machine: Xen, dom0's kernel, and dom0's disks. Always plain emulation; its ports are on 127.0.0.1.

use crate::site::{
    error::{During, SiteError},
    spawn,
};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

/// MiB of dom0; Xen itself takes less than this much more.
const SERVER_MIB: u32 = 700;
const HYPERVISOR_MIB: u32 = 160;

/// What it is made of.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The folder with the images.
    pub images: &'a Path,
    /// The site's own folder for this.
    pub folder: &'a Path,
    /// dom0's second disk: an archive of what is put into it.
    pub packed: &'a Path,
    /// The repositories' disks.
    pub disks: Vec<PathBuf>,
    /// MiB of all guests.
    pub guests_mib: u32,
    /// Port on 127.0.0.1 and address inside.
    pub ports: Vec<(u16, String)>,
    /// Name and path of folders that dom0 sees.
    pub shares: Vec<(&'static str, PathBuf)>,
    /// What its serial line says.
    pub console: PathBuf,
}

/// One that runs.
#[derive(Debug)]
pub struct Qemu(Mutex<Child>);

impl Qemu {
    /// Powers it on.
    pub fn start(plan: &Plan<'_>) -> Result<Self, SiteError> {
        let log = plan.folder.join("qemu.log");
        let out = File::create(&log).at(&log)?;
        let mut command = command(plan);
        command.stdin(Stdio::null()).stderr(out.try_clone().at(&log)?).stdout(out);
        // The layer over dom0's image is a file without a name; it lies in the site's folder.
        command.env("TMPDIR", plan.folder);
        Ok(Self(Mutex::new(command.spawn().during("starting qemu-system-x86_64")?)))
    }

    /// Whether it runs.
    pub fn alive(&self) -> bool {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }

    /// Power off.
    pub fn kill(&self) {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        child.kill().ok();
        child.wait().ok();
    }
}

fn command(plan: &Plan<'_>) -> Command {
    let mut command = spawn::command("qemu-system-x86_64");
    // Xen crashes under this kind of machine's /dev/kvm, and its dom0 with `-cpu max`.
    command.args([
        "-accel",
        "tcg,thread=multi,tb-size=512",
        "-cpu",
        "qemu64",
        "-smp",
        "2",
        "-no-reboot",
        "-nodefaults",
    ]);
    command.args(["-display", "none", "-m", &format!("{}", SERVER_MIB + HYPERVISOR_MIB + plan.guests_mib)]);
    command.arg("-serial").arg(format!("file:{}", text(&plan.console)));
    command.arg("-kernel").arg(plan.images.join("xen"));
    let memory = format!("dom0_mem={SERVER_MIB}M,max:{SERVER_MIB}M dom0_max_vcpus=1");
    command.args(["-append", &format!("console=com1 com1=115200,8n1 {memory}")]);
    let image = |name: &str| text(&plan.images.join(name));
    let modules = format!("{} console=hvc0 quiet,{}", image("vmlinux"), image("dom0.initrd"));
    command.args(["-initrd", &modules]);
    drive(&mut command, &image("dom0.img"), "snapshot=on,cache=unsafe");
    drive(&mut command, &text(plan.packed), "readonly=on");
    plan.disks.iter().for_each(|disk| drive(&mut command, &text(disk), "cache=unsafe"));
    for (name, path) in &plan.shares {
        let share = format!("local,path={},mount_tag={name},security_model=passthrough", text(path));
        command.args(["-virtfs", &share]);
    }
    let forward = |(port, to): &(u16, String)| format!(",hostfwd=tcp:127.0.0.1:{port}-{to}:22");
    let forwards: String = plan.ports.iter().map(forward).collect();
    // Nothing inside reaches out of it.
    command.args(["-netdev", &format!("user,id=net,net=10.0.2.0/24,restrict=on{forwards}")]);
    command.args(["-device", "virtio-net-pci,netdev=net"]);
    command
}

fn drive(command: &mut Command, file: &str, options: &str) {
    command.args(["-drive", &format!("file={file},format=raw,if=virtio,{options}")]);
}

/// A path in an option: a comma is written twice.
fn text(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}
