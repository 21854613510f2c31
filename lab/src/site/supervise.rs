//! The first process of a site: it makes the machines and holds them. Its end is the end of everything.

use super::{
    config, control, database,
    error::{During, SiteError},
    hosts::{self, Hosts},
    hypervisor, keys, manager,
    paths::Paths,
    plan::Site,
    repository, workload,
};
use crate::context::Mode;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
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
    let fleet = hosts::of(&paths, &site, keys::client(&paths)?)?;
    // Where this fails, what it began ends with this process.
    fleet.prepare()?;
    let outcome = hold(&paths, site.clone(), &fleet, &runtime);
    fleet.stop_all();
    // dom0 has its own repositories.
    if site.mode != Mode::Xen {
        repository::close(&paths, &site)?;
    }
    // `down` waits for this end: the stream closes after everything else is gone.
    outcome.map(drop)
}

/// From the start of the machines to the wish to end.
fn hold(
    paths: &Paths,
    mut site: Site,
    fleet: &Arc<dyn Hosts>,
    runtime: &tokio::runtime::Runtime,
) -> Result<Option<tokio::net::UnixStream>, SiteError> {
    if !site.hosts_only {
        // A guest may start from the vm.cfg that this writes.
        manager::objects_of(paths, &site, fleet.as_ref())?;
    }
    fleet.start_all()?;
    for (name, port) in fleet.ports() {
        site.machines.iter_mut().filter(|m| m.name == name).for_each(|m| m.port = port);
    }
    let (mut notes, mut running) = (Vec::new(), None);
    if !site.hosts_only {
        let guard = runtime.enter();
        running = Some(manager::start(paths, &mut site, fleet)?);
        drop(guard);
        notes.extend(database::start(paths, &site, fleet.as_ref())?);
    }
    site.write(paths)?;
    config::write(paths, &site)?;
    let listener = runtime.block_on(async { control::bind(paths) })?;
    tell(&Start::Ready { notes });
    let held = Held { paths, site: site.clone(), fleet, manager: Mutex::new(running) };
    let asker = runtime.block_on(until_the_end(&listener, &held))?;
    database::stop(&site, fleet.as_ref());
    Ok(asker)
}

/// What the supervisor answers with.
struct Held<'a> {
    paths: &'a Paths,
    site: Site,
    fleet: &'a Arc<dyn Hosts>,
    manager: Mutex<Option<manager::Running>>,
}

impl Held<'_> {
    fn restart(&self) -> Result<(), SiteError> {
        let mut held = self.manager.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = held.take() else { return Err(SiteError::refused("this site has no manager", "")) };
        *held = Some(running.restart(self.paths, &mut self.site.clone(), self.fleet)?);
        Ok(())
    }
}

async fn until_the_end(
    listener: &tokio::net::UnixListener,
    held: &Held<'_>,
) -> Result<Option<tokio::net::UnixStream>, SiteError> {
    let mut term = signal(SignalKind::terminate()).during("listening for signals")?;
    tokio::select! {
        stream = control::answer(listener, |word| reply(word, held)) => Ok(Some(stream)),
        _ = term.recv() => Ok(None),
    }
}

/// One line for one line.
fn reply(word: &str, held: &Held<'_>) -> String {
    let (fleet, repository) = (held.fleet.as_ref(), held.site.repositories[0].id.as_str());
    match word {
        "status" => return serde_json::to_string(&fleet.ports()).unwrap_or_default(),
        control::RESTART => return held.restart().map_or_else(|e| e.to_string(), |()| "ok".to_owned()),
        _ => {}
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
    if matches!(site.mode, Mode::Real | Mode::Xen) {
        chown(paths.tape(), Some(54321), Some(54321)).at(&paths.tape())?;
    }
    Ok(())
}
