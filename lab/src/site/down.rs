//! `down`: ends everything of a site. `restart`: ends its manager, which comes again.

use super::{
    control,
    error::{During, SiteError},
    paths::Paths,
};
use crate::host::boot;
use rustix::{
    fs::{major, minor},
    process::{Pid, Signal, kill_process},
};
use std::{fs, io, os::unix::fs::MetadataExt, path::Path, process::ExitCode, time::Duration};
use tokio::{
    net::UnixStream,
    time::{sleep, timeout},
};

/// After this the supervisor is ended by force.
const PATIENCE: Duration = Duration::from_secs(90);

/// `ovmirror-lab down`; with `now` as a power cut does it.
pub fn run(dir: &Path, now: bool) -> Result<ExitCode, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    control::runtime()?.block_on(end(&paths, now))?;
    Ok(ExitCode::SUCCESS)
}

/// `ovmirror-lab restart`
pub fn restart_manager(dir: &Path) -> Result<ExitCode, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let answer = control::runtime()?.block_on(async {
        let mut stream = control::connect(&paths).await.ok_or_else(SiteError::no_site)?;
        control::ask(&mut stream, control::RESTART).await.during("asking the supervisor")
    })?;
    match answer.trim() {
        "ok" => Ok(ExitCode::SUCCESS),
        why => Err(SiteError::inside("supervisor", why)),
    }
}

async fn end(paths: &Paths, now: bool) -> Result<(), SiteError> {
    let pids = match control::connect(paths).await {
        Some(mut stream) => {
            let pids = family(&stream).during("finding the supervisor")?;
            if !now && !asked(&mut stream).await {
                eprintln!("the supervisor does not end; it is ended by force");
                kill(&pids);
            }
            pids
        }
        None => starting(paths),
    };
    if pids.is_empty() {
        eprintln!("nothing runs in {}", paths.dir.display());
    } else if now {
        kill(&pids);
    }
    let ended = timeout(PATIENCE, async {
        for pid in pids {
            gone(pid).await;
        }
    });
    ended.await.map_err(|_| SiteError::inside("supervisor", "it does not end"))
}

/// Asks the supervisor to end everything in order; whether it did.
async fn asked(stream: &mut UnixStream) -> bool {
    timeout(PATIENCE, control::ask(stream, "down")).await.is_ok()
}

/// The supervisor is the first process of its own ones: all others end with it.
fn kill(pids: &[Pid]) {
    for pid in pids {
        // It may have ended meanwhile.
        kill_process(*pid, Signal::KILL).ok();
    }
}

/// A supervisor that does not listen yet, because its site is still starting, has no ear for signals either: it is ended
/// by force.
fn starting(paths: &Paths) -> Vec<Pid> {
    let Some(pid) = holder(&paths.lock()) else { return Vec::new() };
    eprintln!("the site is still starting; it is ended by force");
    let pids: Vec<Pid> = [pid].into_iter().chain(parent(pid).filter(|p| command(*p) == "unshare")).collect();
    kill(&pids);
    pids
}

/// Who holds a lock: `7: FLOCK ADVISORY WRITE 4321 fe:01:5678 0 EOF`.
fn holder(lock: &Path) -> Option<Pid> {
    let data = fs::metadata(lock).ok()?;
    let file = format!("{:02x}:{:02x}:{}", major(data.dev()), minor(data.dev()), data.ino());
    let table = fs::read_to_string("/proc/locks").ok()?;
    let fields = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut held = fields.filter(|f| f.get(1) == Some(&"FLOCK") && f.get(5) == Some(&file.as_str()));
    Pid::from_raw(held.next()?.get(4)?.parse().ok()?)
}

/// Nobody tells of the end of a process that is not a child: it is looked for. One that nobody has
/// reaped yet is gone, too.
async fn gone(pid: Pid) {
    while !boot::zombie(pid) {
        sleep(Duration::from_millis(5)).await;
    }
}

/// The supervisor and the process that made its namespaces.
fn family(stream: &UnixStream) -> io::Result<Vec<Pid>> {
    let pid = stream
        .peer_cred()?
        .pid()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("it has no process number here"))?;
    let parent = parent(pid).filter(|p| command(*p) == "unshare");
    Ok([Some(pid), parent].into_iter().flatten().collect())
}

fn parent(pid: Pid) -> Option<Pid> {
    let text = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    Pid::from_raw(text.lines().find_map(|l| l.strip_prefix("PPid:"))?.trim().parse().ok()?)
}

fn command(pid: Pid) -> String {
    fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_nonzero())).unwrap_or_default().trim().to_owned()
}
