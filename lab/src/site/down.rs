//! `down`: ends everything of a site. `restart`: ends its manager, which comes again.

use super::{
    control,
    error::{During, SiteError},
    paths::Paths,
};
use crate::host::boot;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, io, path::Path, process::ExitCode, time::Duration};
use tokio::{
    net::UnixStream,
    time::{sleep, timeout},
};

/// After this the supervisor is ended by force.
const PATIENCE: Duration = Duration::from_secs(90);

/// `ovmirror-lab down`
pub fn run(dir: &Path) -> Result<ExitCode, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    control::runtime()?.block_on(end(&paths))?;
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

async fn end(paths: &Paths) -> Result<(), SiteError> {
    let Some(mut stream) = control::connect(paths).await else {
        eprintln!("nothing runs in {}", paths.dir.display());
        return Ok(());
    };
    let family = family(&stream).during("finding the supervisor")?;
    let asked = timeout(PATIENCE, control::ask(&mut stream, "down")).await;
    if asked.is_err() {
        eprintln!("the supervisor does not end; it is ended by force");
        for pid in &family {
            // It may have ended meanwhile.
            kill_process(*pid, Signal::KILL).ok();
        }
    }
    let ended = timeout(PATIENCE, async {
        for pid in family {
            gone(pid).await;
        }
    });
    ended.await.map_err(|_| SiteError::inside("supervisor", "it does not end"))
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
