//! The first process of a host: makes the root, starts the server, and reaps what others leave behind.

use super::{control, root, spec::HostSpec};
use crate::site::spawn;
use rustix::process::{WaitOptions, wait};
use std::{fs, io, path::Path, process::ExitCode};

/// `ovmirror-lab host-init SPEC`. Its stdin and stdout are the supervisor's.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    match args.first().map(Path::new).map(start) {
        Some(Ok(code)) => code,
        Some(Err(error)) => complain(&error.to_string()),
        None => complain("host-init needs the host's description"),
    }
}

fn complain(text: &str) -> ExitCode {
    if let Ok(line) = control::line(&control::Word::Error(text.to_owned())) {
        print!("{line}");
    }
    ExitCode::FAILURE
}

fn start(path: &Path) -> io::Result<ExitCode> {
    let spec: HostSpec = serde_json::from_slice(&fs::read(path)?)?;
    root::enter(&spec)?;
    let server = spawn::command("/.lab/bin/ovmirror-lab")
        .arg("host-serve")
        .env_clear()
        .env("PATH", super::etc::SECURE_PATH)
        .spawn()?;
    reap(server.id())
}

/// Until the server ends; the namespace ends with this process.
fn reap(server: u32) -> io::Result<ExitCode> {
    loop {
        let Some((pid, status)) = wait(WaitOptions::empty())? else { continue };
        if u32::try_from(pid.as_raw_nonzero().get()) == Ok(server) {
            return Ok(if status.exit_status() == Some(0) { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
}
