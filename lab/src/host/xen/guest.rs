//! What runs inside a guest or dom0 of real Xen besides the tools: the end of a guest's boot, and a look at data files.

use crate::{
    host::{boot, etc, spec::HostSpec},
    witness::blocks,
};
use std::{fs, io, path::Path, process::ExitCode};

/// `ovmirror-lab guest-boot`: /etc as an administrator left it, file systems, the Oracle software at the first boot.
#[must_use]
pub fn boot() -> ExitCode {
    told(|| {
        let spec: HostSpec = serde_json::from_slice(&fs::read("/.lab/spec.json")?)?;
        fs::create_dir_all("/home/oracle")?;
        etc::of_guest(&spec, Path::new("/"))?;
        spec.fstab.iter().try_for_each(|line| fs::create_dir_all(&line.dir))?;
        boot::boot(&spec)
    })
}

/// `ovmirror-lab blocks DIR`: the data files below a folder, as JSON.
#[must_use]
pub fn blocks(args: &[String]) -> ExitCode {
    told(|| {
        let folder = args.first().map_or(".", String::as_str);
        println!("{}", serde_json::to_string(&blocks::below(Path::new(folder))?)?);
        Ok(())
    })
}

fn told(act: impl FnOnce() -> io::Result<()>) -> ExitCode {
    match act() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
