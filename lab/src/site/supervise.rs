//! The first process of a site: it makes the machines and holds them. Its end is the end of everything.

use super::{
    config, control, database,
    error::{During, SiteError},
    hypervisor, keys,
    machines::Fleet,
    manager,
    paths::Paths,
    plan::{REPOSITORY, Site},
    spawn,
    volume::{self, Volumes},
    workload,
};
use crate::{context::Mode, guest::overlay};
use rustix::{
    fs::{FlockOperation, flock},
    mount::{UnmountFlags, unmount},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// What `up` hears.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// Every port answers. What is missing is said in words.
    Ready {
        /// Parts that are not there.
        notes: Vec<String>,
    },
    /// It did not work.
    Failed {
        /// Why.
        text: String,
        /// What helps.
        remedy: Option<String>,
    },
}

/// `ovmirror-lab supervise DIR`, in its own namespaces.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let result =
        args.first().ok_or_else(|| SiteError::refused("supervise DIR", "")).and_then(|dir| run(Path::new(dir)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            tell(&Start::Failed { text: error.to_string(), remedy: error.remedy() });
            ExitCode::FAILURE
        }
    }
}

fn tell(start: &Start) {
    if let Ok(text) = serde_json::to_string(start) {
        // `up` may have been interrupted; the site stands all the same.
        writeln!(io::stdout(), "{text}").ok();
    }
}

fn run(dir: &Path) -> Result<(), SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let _lock = lock(&paths)?;
    let site = Site::read(&paths)?.ok_or_else(SiteError::no_site)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .during("starting the runtime")?;
    folders(&paths, &site)?;
    repository(&paths, &site)?;
    let authorized = keys::client(&paths)?;
    let fleet = Arc::new(Fleet::new(paths.clone(), site.clone(), authorized));
    let outcome = hold(&paths, site.clone(), &fleet, &runtime);
    fleet.stop_all();
    release(&paths, &site)?;
    // `down` waits for this end: the stream closes after everything else is gone.
    outcome.map(drop)
}

/// From the start of the machines to the wish to end.
fn hold(
    paths: &Paths,
    mut site: Site,
    fleet: &Arc<Fleet>,
    runtime: &tokio::runtime::Runtime,
) -> Result<Option<tokio::net::UnixStream>, SiteError> {
    fleet.start_all()?;
    for (name, port) in fleet.ports() {
        site.machines.iter_mut().filter(|m| m.name == name).for_each(|m| m.port = port);
    }
    let mut notes = Vec::new();
    if !site.hosts_only {
        let guard = runtime.enter();
        notes.extend(manager::start(paths, &mut site, fleet)?);
        drop(guard);
        notes.extend(database::start(paths, &site, fleet)?);
    }
    site.write(paths)?;
    config::write(paths, &site)?;
    let listener = runtime.block_on(async { control::bind(paths) })?;
    tell(&Start::Ready { notes });
    let asker = runtime.block_on(until_the_end(&listener, &site.repository.id, fleet))?;
    database::stop(&site, fleet);
    Ok(asker)
}

async fn until_the_end(
    listener: &tokio::net::UnixListener,
    repository: &str,
    fleet: &Fleet,
) -> Result<Option<tokio::net::UnixStream>, SiteError> {
    let mut term = signal(SignalKind::terminate()).during("listening for signals")?;
    tokio::select! {
        stream = control::answer(listener, |word| reply(word, repository, fleet)) => Ok(Some(stream)),
        _ = term.recv() => Ok(None),
    }
}

/// One line for one line.
fn reply(word: &str, repository: &str, fleet: &Fleet) -> String {
    if word == "status" {
        return serde_json::to_string(&fleet.ports()).unwrap_or_default();
    }
    if let Ok(order) = serde_json::from_str(word) {
        return workload::order::perform(fleet, &order);
    }
    match serde_json::from_str(word) {
        Ok(order) => hypervisor::perform(fleet, repository, order).map_or_else(|e| e.to_string(), |()| "ok".to_owned()),
        Err(error) => format!("`{word}`: {error}"),
    }
}

fn lock(paths: &Paths) -> Result<File, SiteError> {
    let path = paths.lock();
    let file = File::options().create(true).truncate(false).write(true).open(&path).at(&path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        SiteError::refused("the site in this folder runs already", "`ovmirror-lab down --dir …` ends it")
    })?;
    Ok(file)
}

/// Folders that hosts share; user oracle writes into them.
fn folders(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    for dir in [paths.shared(), paths.tape(), paths.repositories(), paths.hosts(), paths.manager()] {
        fs::create_dir_all(&dir).at(&dir)?;
    }
    fs::set_permissions(paths.shared(), Permissions::from_mode(0o1777)).at(&paths.shared())?;
    let faults = paths.faults();
    File::options().create(true).truncate(false).write(true).open(&faults).at(&faults)?;
    fs::set_permissions(&faults, Permissions::from_mode(0o666)).at(&faults)?;
    if site.mode == Mode::Real {
        chown(paths.tape(), Some(54321), Some(54321)).at(&paths.tape())?;
    }
    Ok(())
}

fn repository(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    let at = paths.repository(&site.repository.id);
    fs::create_dir_all(&at).at(&at)?;
    if site.mode == Mode::Real {
        mount_image(paths, site, &at)?;
    }
    for dir in ["VirtualDisks", "VirtualMachines", "Templates", "ISOs", "Assemblies", "snapshots"] {
        fs::create_dir_all(at.join(dir)).at(&at)?;
    }
    fs::write(at.join(".ovsrepo"), format!("OVS_REPO_ALIAS={REPOSITORY}\n")).at(&at)?;
    sweep(&at.join("VirtualDisks"))?;
    disks(site, &at.join("VirtualDisks"))
}

fn mount_image(paths: &Paths, site: &Site, at: &Path) -> Result<(), SiteError> {
    let image = paths.image();
    if !image.exists() {
        let fresh = paths.dir.join("repo.img.new");
        File::create(&fresh).and_then(|f| f.set_len(site.repository.bytes)).at(&fresh)?;
        volume::mkfs(&fresh, None)?;
        fs::rename(&fresh, &image).at(&image)?;
    }
    let args: [&OsStr; 4] = ["-o".as_ref(), "loop".as_ref(), image.as_os_str(), at.as_os_str()];
    spawn::must("mount", &args).map(drop)
}

/// What torn disks left behind.
fn sweep(folder: &Path) -> Result<(), SiteError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().contains(".img.")) {
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.at(&path)?;
        }
    }
    Ok(())
}

/// The disks of the first boot, made under another name first: a half made one is never taken for whole.
fn disks(site: &Site, folder: &Path) -> Result<(), SiteError> {
    let marker = folder.with_file_name(".made");
    if marker.exists() {
        return Ok(());
    }
    let volumes = Volumes { mode: site.mode };
    for machine in &site.machines {
        for disk in &machine.disks {
            let path = folder.join(&disk.id);
            if path.exists() {
                volumes.delete(&path)?;
            }
            volumes.create(&path, disk.bytes)?;
        }
        let log = machine.disks.iter().find(|d| d.dir.is_none()).map(|d| folder.join(&d.id));
        for disk in machine.disks.iter().filter(|d| d.dir.is_some()) {
            let log = log.as_deref().filter(|_| disk.dir.as_deref() == Some("/u02"));
            volumes.format(&folder.join(&disk.id), log)?;
        }
    }
    fs::write(&marker, "").at(&marker)
}

/// Gives the repository back. A guest's last mount may still be on its way out.
fn release(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    let at = paths.repository(&site.repository.id);
    if site.mode != Mode::Real {
        return clear(&at.join("VirtualDisks"));
    }
    for _ in 0..300 {
        match unmount(&at, UnmountFlags::empty()) {
            Err(rustix::io::Errno::BUSY) => std::thread::park_timeout(Duration::from_millis(10)),
            other => return other.at(&at),
        }
    }
    Err(SiteError::inside("repository", "it stays in use"))
}

/// What overlays left in the disks of a portable site.
fn clear(folder: &Path) -> Result<(), SiteError> {
    for entry in fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        overlay::clear(&path).at(&path)?;
    }
    Ok(())
}
