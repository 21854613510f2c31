//! `ovmirror support-bundle`: one file that only its maker can read.

use crate::{
    catalog,
    cli::{
        args::SupportBundle,
        bundle::{self, Part},
        output::json,
        report::Reporter,
        resolve::Site,
        wire::SystemClock,
    },
    engine::Journal,
    fault::{Fault, Kind},
    port::Clock,
};
use serde_json::json;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub fn run(site: &Site, args: &SupportBundle, out: &Reporter) -> Result<ExitCode, Fault> {
    let store = site.store()?;
    let run = catalog::find_run(&store, &args.run)?.id;
    let folder = site.artifacts.join(run.database()).join(run.as_str());
    let parts = bundle::parts(&site.config, &store.read(&run)?, &folder, out.simulated())?;
    let name = format!("ovmirror-support-{run}");
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar")));
    let file = make(&path)?;
    pack(file, &name, &parts).map_err(|error| failed(&path, &error))?;
    let inside: Vec<_> = parts.iter().map(|part| json!({"name": part.name, "bytes": part.bytes.len()})).collect();
    let value = json!({"file": path, "run": run, "parts": inside});
    out.result(&json::object(out.simulated(), "bundle", value), &text(&path, &parts));
    Ok(ExitCode::SUCCESS)
}

/// A file that was not there, 0600 from its first byte.
fn make(path: &Path) -> Result<File, Fault> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Kind::User, "SUP-001", format!("{} cannot be made", path.display()))
        .cause(error.to_string())
        .hint("name a file that is not there yet, in a folder of yours, with --out")
}

fn pack(file: File, name: &str, parts: &[Part]) -> io::Result<()> {
    let now = u64::try_from(SystemClock::new().now().timestamp()).unwrap_or_default();
    let mut tar = tar::Builder::new(file);
    for part in parts {
        let mut header = tar::Header::new_gnu();
        header.set_size(part.bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(now);
        tar.append_data(&mut header, format!("{name}/{}", part.name), part.bytes.as_slice())?;
    }
    tar.into_inner()?.sync_all()
}

fn text(path: &Path, parts: &[Part]) -> String {
    let mut text = format!("{}, mode 0600:\n", path.display());
    parts.iter().for_each(|part| text.push_str(&format!("{:>10}  {}\n", part.bytes.len(), part.name)));
    text + "Names of databases, hosts, VMs and files are inside; passwords, keys and data are not. Look through it before you \
            send it.\n"
}
