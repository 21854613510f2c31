//! What a start brings along: keys, the lab's program and its descriptions, as an archive for dom0, in which lies one
//! for the ramdisk of each guest.

use super::{FIRST_GUEST, SERVER};
use crate::{
    guest,
    host::spec::{HostSpec, Role},
    site::{
        error::{During, SiteError},
        spawn,
    },
};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Stdio,
};

/// A machine and what it is to know.
#[derive(Debug)]
pub struct Content {
    /// All of it.
    pub spec: HostSpec,
    /// Its address inside.
    pub address: String,
}

/// The address of the n-th guest.
#[must_use]
pub fn address(guest: usize) -> String {
    format!("{}{}", SERVER.trim_end_matches("15"), FIRST_GUEST + guest)
}

/// Packs; gives the archive. The server comes last.
pub fn write(folder: &Path, all: &[Content]) -> Result<PathBuf, SiteError> {
    let tree = folder.join("dom0");
    if tree.exists() {
        fs::remove_dir_all(&tree).at(&tree)?;
    }
    let own = tree.join("lab");
    fs::create_dir_all(&own).at(&own)?;
    for content in all {
        if content.spec.role == Role::Server {
            server(&tree, content, all)?;
        } else {
            packed(&own, &content.spec.context.name, |lab| guest(lab, content))?;
        }
    }
    packed(&own, "program", |lab| program(&lab.join("bin"), &all[0].spec.executable))?;
    let archive = folder.join("dom0.tar");
    let mut tar = spawn::command("tar");
    tar.args(["--owner=0", "--group=0", "--numeric-owner", "-cf"]).arg(&archive).arg("-C").arg(&tree).arg(".");
    done("tar", tar.status().during("tar")?.success())?;
    fs::remove_dir_all(&tree).at(&tree)?;
    Ok(archive)
}

fn done(program: &str, success: bool) -> Result<(), SiteError> {
    if success { Ok(()) } else { Err(SiteError::inside(program, "it could not pack what a start brings along")) }
}

/// `NAME.cpio` with what `fill` puts into its `lab/`.
fn packed(own: &Path, name: &str, fill: impl FnOnce(&Path) -> Result<(), SiteError>) -> Result<(), SiteError> {
    let tree = own.join(format!("{name}.tree"));
    let lab = tree.join("lab");
    fs::create_dir_all(lab.join("bin")).at(&lab)?;
    fill(&lab)?;
    let archive = own.join(format!("{name}.cpio"));
    let mut cpio = spawn::command("cpio");
    cpio.args(["--quiet", "-o", "-H", "newc", "-R", "0:0"]).current_dir(&tree);
    cpio.stdin(Stdio::piped()).stdout(File::create(&archive).at(&archive)?);
    let mut child = cpio.spawn().during("cpio")?;
    let names = below(&tree, Path::new(""))?;
    let given = child.stdin.take().map(|mut stdin| stdin.write_all(names.join("\n").as_bytes()));
    given.transpose().during("cpio")?;
    done("cpio", child.wait().during("cpio")?.success())?;
    fs::remove_dir_all(&tree).at(&tree)
}

/// Every name below a folder, a folder before what is in it.
fn below(top: &Path, at: &Path) -> Result<Vec<String>, SiteError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(top.join(at)).at(top)? {
        let entry = entry.at(top)?;
        let name = at.join(entry.file_name());
        names.push(name.display().to_string());
        if entry.file_type().at(top)?.is_dir() {
            names.extend(below(top, &name)?);
        }
    }
    Ok(names)
}

fn put(path: &Path, text: &str, mode: u32) -> Result<(), SiteError> {
    fs::write(path, text).at(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).at(path)
}

fn program(bin: &Path, executable: &Path) -> Result<(), SiteError> {
    let program = bin.join("ovmirror-lab");
    fs::copy(executable, &program).at(&program)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).at(&program)
}

/// What every machine has in /.lab.
fn common(lab: &Path, spec: &HostSpec) -> Result<(), SiteError> {
    let json = |value: serde_json::Result<String>| value.map_err(std::io::Error::from).during("a description");
    put(&lab.join("host.json"), &json(serde_json::to_string(&spec.context))?, 0o644)?;
    put(&lab.join("spec.json"), &json(serde_json::to_string(spec))?, 0o600)?;
    put(&lab.join("authorized_keys"), &format!("{}\n", spec.authorized), 0o644)?;
    let mut lines = sshd(spec);
    for (number, key) in spec.keys.iter().enumerate() {
        put(&lab.join(format!("host_key_{number}")), key, 0o600)?;
        lines += &format!("HostKey /.lab/host_key_{number}\n");
    }
    put(&lab.join("sshd_config"), &lines, 0o644)?;
    let link = |name: &'static str| {
        let path = lab.join("bin").join(name);
        symlink("ovmirror-lab", &path).at(&path)
    };
    let own = guest::tools(spec.role, spec.context.mode);
    // `xm` is Xen's own here.
    own.into_iter().filter(|name| *name != "xm").try_for_each(link)
}

fn sshd(spec: &HostSpec) -> String {
    let path = match spec.role {
        Role::Server => "/.lab/bin:/sbin:/bin:/usr/sbin:/usr/bin",
        _ => "/.lab/bin:/usr/local/bin:/bin:/usr/bin",
    };
    format!(
        "AuthorizedKeysFile /.lab/authorized_keys\nAllowUsers {}\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nUsePAM no\nUseDNS no\nMaxSessions 200\nMaxStartups 200\nSetEnv PATH={path}\n",
        spec.login()
    )
}

fn guest(lab: &Path, content: &Content) -> Result<(), SiteError> {
    let spec = &content.spec;
    common(lab, spec)?;
    let tape = spec.tape.display();
    let text = format!("NAME='{}'\nADDRESS='{}'\nTAPE='{tape}'\n", spec.context.name, content.address);
    put(&lab.join("guest.env"), &text, 0o644)?;
    let private = lab.join("private");
    fs::create_dir_all(&private).at(&private)?;
    fs::set_permissions(&private, fs::Permissions::from_mode(0o1777)).at(&private)
}

fn server(tree: &Path, content: &Content, all: &[Content]) -> Result<(), SiteError> {
    let (lab, etc) = (tree.join(".lab"), tree.join("etc"));
    for folder in [&lab.join("bin"), &etc] {
        fs::create_dir_all(folder).at(folder)?;
    }
    common(&lab, &content.spec)?;
    program(&lab.join("bin"), &content.spec.executable)?;
    put(&etc.join("hostname"), &format!("{}\n", content.spec.context.name), 0o644)?;
    // Whoever serves files asks for the names of its clients, and refuses without one.
    let line = |content: &Content| format!("{} {}\n", content.address, content.spec.context.name);
    let hosts: String = all.iter().map(line).collect();
    put(&etc.join("hosts"), &format!("127.0.0.1 localhost\n{hosts}"), 0o644)
}
