//! Whether a disk's file is held on the server (law 16): by a process, or by a loop device.

use super::{
    error::Dom0Error,
    path::RepoPath,
    server::{Server, failed},
};
use crate::port::{Answer, Input, Polled, RemoteCommand, poll};

/// Loop devices show their file under /sys since Linux 2.6.37; the script is read by `sh -s`.
const SCRIPT: &str = include_str!("holders.sh");

/// Who holds a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// Nobody.
    Nobody,
    /// These (`process 4711`, `loop loop3`).
    Held(Vec<String>),
    /// It cannot be told, and why.
    Unknown(String),
}

impl Server {
    /// Who holds a file on this server. Another server of the pool is not looked at.
    pub fn holders(&self, path: &RepoPath) -> Result<Holders, Dom0Error> {
        let by_fuser = self.fuser(path)?;
        let mut held = by_fuser.clone().unwrap_or_default();
        let (found, unreadable) = self.look_for_holders(path, by_fuser.is_none())?;
        held.extend(found);
        Ok(match (held.is_empty(), unreadable) {
            (false, _) => Holders::Held(held),
            (true, 0) => Holders::Nobody,
            (true, n) => Holders::Unknown(format!("{n} processes do not let their files be seen, and fuser is absent")),
        })
    }

    /// That nothing but one holder, the backend of the guest that has the disk, holds a file.
    pub fn backend_alone(&self, path: &RepoPath) -> Result<(), Dom0Error> {
        match self.shown(path)?.as_slice() {
            [] | [_] => Ok(()),
            several => Err(Dom0Error::Held { path: path.to_string(), by: several.join(", ") }),
        }
    }

    /// Waits until nothing holds a file: a backend lets go a moment after its mapping is gone.
    pub fn wait_released(&self, path: &RepoPath) -> Result<(), Dom0Error> {
        let look = || match self.shown(path)?.as_slice() {
            [] => Ok(Polled::Done(())),
            by => Ok(Polled::NotYet(by.join(", "))),
        };
        poll(self.clock.as_ref(), self.deadlines.every, self.deadlines.command, look).map_err(|end| match end {
            Ok(by) => Dom0Error::Held { path: path.to_string(), by },
            Err(error) => error,
        })
    }

    /// The holders; none of a file that is not there. What cannot be told is an error (law 14).
    fn shown(&self, path: &RepoPath) -> Result<Vec<String>, Dom0Error> {
        if !self.exists(path)? {
            return Ok(Vec::new());
        }
        match self.holders(path)? {
            Holders::Nobody => Ok(Vec::new()),
            Holders::Held(by) => Ok(by),
            Holders::Unknown(why) => Err(Dom0Error::Unseen { path: path.to_string(), why }),
        }
    }

    /// Processes by `fuser`; `None` where it is absent. Status 1 without an error text means nobody.
    fn fuser(&self, path: &RepoPath) -> Result<Option<Vec<String>>, Dom0Error> {
        let words = ["fuser".to_owned(), path.to_string()];
        let answer = self.any(&words)?;
        match answer.status {
            Some(0) => Ok(Some(pids(&answer))),
            Some(1) if answer.text().trim().is_empty() && answer.error_text().trim().is_empty() => Ok(Some(Vec::new())),
            Some(1 | 126 | 127) => Ok(None),
            _ => Err(failed(&words.join(" "), &answer)),
        }
    }

    fn look_for_holders(&self, path: &RepoPath, all: bool) -> Result<(Vec<String>, usize), Dom0Error> {
        let path = path.to_string();
        let words = ["/bin/sh", "-s", path.as_str(), if all { "all" } else { "loops" }];
        let command = RemoteCommand::words(words, self.deadlines.command).input(Input::Text(SCRIPT.to_owned()));
        let answer = self.remote.run(&self.host, &command)?;
        let text = answer.text();
        if !answer.ok() || text.lines().last() != Some("end") {
            return Err(failed(&format!("look for holders of {path}"), &answer));
        }
        let lines = || text.lines().filter(|line| *line != "end");
        let unreadable = lines().filter(|line| line.starts_with("unreadable ")).count();
        let held = lines().filter(|line| !line.starts_with("unreadable ")).map(str::to_owned).collect();
        Ok((held, unreadable))
    }
}

/// fuser prints pids on standard output, each perhaps with letters behind it, and the file's name on standard error.
fn pids(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let words = text.split_whitespace().map(|w| w.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
    words.filter(|w| !w.is_empty()).map(|pid| format!("process {pid}")).collect()
}
