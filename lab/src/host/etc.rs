//! The /etc of a host.

use super::spec::{HostSpec, Ids, Role};
use crate::{
    guest::{self, sudo::ABSENT},
    site::spawn,
};
use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};

/// What user oracle may do as root, by program: what a site grants for split mirrors on the database VMs and on the
/// media host, and nothing else; no `xfs_repair`, whose `-L` throws a journal away. The file is written with the places these programs have on this machine.
pub const MAY: [&str; 20] = [
    "mount",
    "umount",
    "mkdir",
    "sync",
    "blkid",
    "fuser",
    "fsfreeze",
    "vgimportclone",
    "vgchange",
    "pvs",
    "vgs",
    "lvs",
    "mkfs.xfs",
    "mkfs.ext3",
    "mkfs.ext4",
    "xfs_admin",
    "tune2fs",
    "e2label",
    // A file system that is made anew belongs to root until it is given to the Oracle user.
    "chown",
    "chmod",
];

/// Where programs are looked for, as sudo's secure_path on Oracle Linux.
pub const SECURE_PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin";

/// What is taken from the machine as it is.
const COPIED: [&str; 8] =
    ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "services", "protocols", "login.defs"];

/// Writes it. What an administrator would edit (fstab, oratab) is only written once.
pub fn write(spec: &HostSpec, root: &Path) -> io::Result<()> {
    let etc = root.join("etc");
    copy_machine(&etc)?;
    let (ids, name) = (spec.ids(), &spec.context.name);
    put(&etc.join("passwd"), &passwd(ids, spec.role), 0o644)?;
    put(&etc.join("group"), &group(ids), 0o644)?;
    put(&etc.join("hostname"), &format!("{name}\n"), 0o644)?;
    put(&etc.join("hosts"), &format!("127.0.0.1 localhost localhost.localdomain\n127.0.0.1 {name}\n"), 0o644)?;
    put(&etc.join("nsswitch.conf"), "passwd: files\ngroup: files\nshadow: files\nhosts: files\n", 0o644)?;
    put(&etc.join("profile"), "umask 022\n", 0o644)?;
    if fs::symlink_metadata(etc.join("mtab")).is_err() {
        symlink("../proc/self/mounts", etc.join("mtab"))?;
    }
    if spec.role == Role::Server { Ok(()) } else { of_guest(spec, root) }
}

/// What a guest has besides.
pub fn of_guest(spec: &HostSpec, root: &Path) -> io::Result<()> {
    let etc = root.join("etc");
    fs::create_dir_all(etc.join("pam.d"))?;
    for service in ["sudo", "sudo-i", "other"] {
        put(&etc.join("pam.d").join(service), PAM, 0o644)?;
    }
    put(&etc.join("sudoers"), &sudoers(&places(spec)), 0o440)?;
    once(&etc.join("fstab"), &fstab(spec))?;
    let home = spec.oracle_home.display();
    let oratab: String = spec.sids.iter().map(|sid| format!("{sid}:{home}:N\n")).collect();
    once(&etc.join("oratab"), &oratab)?;
    once(&root.join("home/oracle/.profile"), &profile(spec))?;
    let ids = spec.ids();
    chown(etc.join("oratab"), Some(ids.oracle), Some(ids.oinstall))?;
    for path in ["home/oracle", "home/oracle/.profile"] {
        chown(root.join(path), Some(ids.oracle), Some(ids.oinstall))?;
    }
    fs::set_permissions(root.join("home/oracle"), fs::Permissions::from_mode(0o700))
}

const PAM: &str = "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession sufficient pam_permit.so\n";

fn put(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn once(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() { Ok(()) } else { put(path, text, 0o644) }
}

fn copy_machine(etc: &Path) -> io::Result<()> {
    let there = COPIED.iter().map(|name| Path::new("/etc").join(name)).filter(|p| p.exists());
    let status = spawn::command("cp").args(["-rP", "--remove-destination"]).args(there).arg(etc).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("cp could not copy parts of /etc")) }
}

/// In portable mode everybody is one number: the first name that fits it is the one that tools show.
fn passwd(ids: Ids, role: Role) -> String {
    let oracle = format!("oracle:x:{}:{}:Oracle software owner:/home/oracle:/bin/sh\n", ids.oracle, ids.oinstall);
    let root = "root:x:0:0:root:/root:/bin/sh\n".to_owned();
    if role == Role::Server {
        root
    } else if ids.oracle == 0 {
        oracle + &root
    } else {
        root + &oracle
    }
}

fn group(ids: Ids) -> String {
    let oracle = format!("oinstall:x:{}:\ndba:x:{}:oracle\n", ids.oinstall, ids.dba);
    let system = "root:x:0:\ntty:x:5:\ndisk:x:6:\n".to_owned();
    if ids.oinstall == 0 { oracle + &system } else { system + &oracle }
}

/// Where these programs are on this machine; of those that the lab brings itself, where they would be.
fn places(spec: &HostSpec) -> Vec<PathBuf> {
    let own = guest::tools(spec.role, spec.context.mode);
    let find = |name: &&str| SECURE_PATH.split(':').map(|dir| Path::new(dir).join(name)).find(|p| p.exists());
    let brought = |name: &str| own.contains(&name).then(|| Path::new(ABSENT).join(name));
    MAY.iter().filter_map(|name| find(name).or_else(|| brought(name))).collect()
}

fn sudoers(programs: &[PathBuf]) -> String {
    let list: Vec<_> = programs.iter().map(|p| p.display().to_string()).collect();
    format!(
        "Defaults env_reset, !fqdn, !syslog, !lecture, logfile=/var/log/sudo.log, secure_path=\"{SECURE_PATH}\"\n\
         root ALL=(ALL) ALL\noracle ALL=(root) NOPASSWD: {}\n",
        list.join(", ")
    )
}

fn fstab(spec: &HostSpec) -> String {
    let line = |l: &super::spec::FstabLine| format!("{} {} {} {} 0 0\n", l.device, l.dir, l.kind, l.options);
    spec.fstab.iter().map(line).collect()
}

fn profile(spec: &HostSpec) -> String {
    let sid = spec.sids.first().map_or(String::new(), |sid| format!("export ORACLE_SID={sid}\n"));
    format!("{sid}export ORACLE_HOME={0}\nexport PATH=$PATH:{0}/bin\n", spec.oracle_home.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sudoers_names_the_programs_and_nothing_more() {
        let text = sudoers(&["/bin/mount".into(), "/sbin/blkid".into()]);
        assert!(text.ends_with("oracle ALL=(root) NOPASSWD: /bin/mount, /sbin/blkid\n"), "{text}");
        assert!(!text.contains("NOPASSWD: ALL"));
    }

    #[test]
    fn one_number_for_all_shows_as_oracle() {
        let ids = Ids { oracle: 0, oinstall: 0, dba: 0 };
        assert!(passwd(ids, Role::Media).starts_with("oracle:x:0:0:"));
        assert!(passwd(ids, Role::Server).starts_with("root:"));
        assert!(group(ids).starts_with("oinstall:x:0:"));
    }
}
